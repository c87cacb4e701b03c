/**
 * Converts between the two encodings of an ECDSA signature. A JWS contains the concatenation of two numbers of fixed
 * width (RFC 7518 section 3.4), OpenSSL uses a DER sequence of two integers (RFC 3279 section 2.2.3).
 *
 * Node can convert them itself, but reading the options object for that takes three to four times as long as this
 * conversion.
 */

const SEQUENCE = 0x30;
const INTEGER = 0x02;
/** From this length on, the length field needs an additional byte. */
const LONG_FORM = 0x80;

/** From two numbers of equal width to DER. */
export function derFromHalves(halves: Uint8Array): Buffer {
  const signature = Buffer.from(halves.buffer, halves.byteOffset, halves.byteLength);
  const half = signature.length / 2;
  const first = firstDigit(signature, 0, half);
  const second = firstDigit(signature, half, signature.length);
  const sizes = [integerSize(signature, first, half), integerSize(signature, second, signature.length)] as const;
  const body = sizes[0] + sizes[1] + 4;
  const der = Buffer.alloc(body + (body < LONG_FORM ? 2 : 3));
  let at = der.writeUInt8(SEQUENCE);
  if (body >= LONG_FORM) at = der.writeUInt8(LONG_FORM + 1, at);
  at = der.writeUInt8(body, at);
  at = writeInteger(der, at, sizes[0], signature, first, half);
  writeInteger(der, at, sizes[1], signature, second, signature.length);
  return der;
}

/**
 * From OpenSSL's DER to two numbers of `width` bytes each.
 *
 * @throws Error if a number does not fit: the key's curve is not that of the algorithm
 */
export function halvesFromDer(der: Buffer, width: number): Buffer {
  const halves = Buffer.alloc(2 * width);
  const first = (der[1] as number) < LONG_FORM ? 2 : 3;
  const second = copyInteger(der, first, halves, width);
  copyInteger(der, second, halves, 2 * width);
  return halves;
}

/** Copies the integer at `at` so that it ends at `end`, and returns the start of the next one. */
function copyInteger(der: Buffer, at: number, halves: Buffer, end: number): number {
  const start = at + 2;
  const next = start + (der[at + 1] as number);
  const digits = der[start] === 0 ? start + 1 : start;
  const width = halves.length / 2;
  if (next - digits > width) {
    throw new Error(`the key's signatures hold numbers of ${next - digits} bytes, the algorithm has room for ${width}`);
  }
  der.copy(halves, end - (next - digits), digits, next);
  return next;
}

/** The start of a number without its leading zeros; its last byte is kept. */
function firstDigit(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end - 1 && bytes[at] === 0) at++;
  return at;
}

/** DER integers are signed: a number with its highest bit set needs a zero before it. */
function integerSize(bytes: Buffer, start: number, end: number): number {
  return end - start + ((bytes[start] as number) >= LONG_FORM ? 1 : 0);
}

function writeInteger(der: Buffer, at: number, size: number, bytes: Buffer, start: number, end: number): number {
  der[at] = INTEGER;
  der[at + 1] = size;
  bytes.copy(der, at + 2 + size - (end - start), start, end);
  return at + 2 + size;
}
