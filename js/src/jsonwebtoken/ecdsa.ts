/**
 * ECDSA signatures of a curve that is not the algorithm's own: only for callers who say `allowInvalidAsymmetricKeyTypes`. A JWS
 * carries the two numbers side by side at a fixed width (RFC 7518 section 3.4).
 */

/**
 * Widens or narrows the two numbers of a signature to `width` bytes each.
 *
 * @throws Error when a number does not fit
 */
export function halvesOfWidth(signature: Buffer, width: number): Buffer {
  const half = signature.length / 2;
  return Buffer.concat([resized(signature.subarray(0, half), width), resized(signature.subarray(half), width)]);
}

/** The same two numbers as the DER sequence that OpenSSL takes. */
export function derFromHalves(signature: Buffer): Buffer {
  const half = signature.length / 2;
  const body = Buffer.concat([derInteger(signature.subarray(0, half)), derInteger(signature.subarray(half))]);
  return Buffer.concat([derHead(0x30, body.length), body]);
}

function resized(number: Buffer, width: number): Buffer {
  const digits = withoutLeadingZeros(number);
  if (digits.length > width) {
    throw new Error(`the key's signatures hold numbers of ${digits.length} bytes, the algorithm has room for ${width}`);
  }
  return Buffer.concat([Buffer.alloc(width - digits.length), digits]);
}

function derInteger(number: Buffer): Buffer {
  const digits = withoutLeadingZeros(number);
  const positive = (digits[0] ?? 0) >= 0x80 || digits.length === 0 ? Buffer.concat([Buffer.alloc(1), digits]) : digits;
  return Buffer.concat([derHead(0x02, positive.length), positive]);
}

function derHead(tag: number, length: number): Buffer {
  return Buffer.from(length < 0x80 ? [tag, length] : [tag, 0x81, length]);
}

function withoutLeadingZeros(number: Buffer): Buffer {
  const first = number.findIndex((byte) => byte !== 0);
  return first === -1 ? Buffer.alloc(0) : number.subarray(first);
}
