/** The compact form `header.payload.signature` (RFC 7515 section 3.1), taken apart and put together. */

/** A token taken apart. Nothing about it has been checked. */
export interface Parts {
  header: Record<string, unknown>;
  payload: unknown;
  /** As it stands in the token: base64url. */
  signature: string;
  /** What the signature covers: header and payload as they stand in the token. */
  input: string;
}

const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/**
 * Takes a token apart.
 *
 * The payload is parsed as JSON when the header's `typ` says `JWT` or `json` is set; else it stays text.
 *
 * @returns null when the text is no token
 * @throws SyntaxError when a payload that must be JSON is not
 */
export function takeApart(token: string, json: boolean): Parts | null {
  if (!COMPACT.test(token)) return null;
  const headerEnd = token.indexOf('.');
  const payloadEnd = token.indexOf('.', headerEnd + 1);
  const header = parseHeader(token.slice(0, headerEnd));
  if (!header) return null;
  const text = Buffer.from(token.slice(headerEnd + 1, payloadEnd), 'base64').toString('utf8');
  return {
    header,
    payload: json || header.typ === 'JWT' ? JSON.parse(text) : text,
    signature: token.slice(payloadEnd + 1),
    input: token.slice(0, payloadEnd),
  };
}

/** Whether a text has exactly two dots. Stops at the third, so a hostile text costs one pass. */
export function hasThreeParts(text: string): boolean {
  const first = text.indexOf('.');
  const second = first === -1 ? -1 : text.indexOf('.', first + 1);
  return second !== -1 && text.indexOf('.', second + 1) === -1;
}

/** JSON objects and arrays inside a text payload; anything else stays the text it was. */
export function objectInside(payload: unknown): unknown {
  if (typeof payload !== 'string') return payload;
  try {
    const value: unknown = JSON.parse(payload);
    return value !== null && typeof value === 'object' ? value : payload;
  } catch {
    return payload;
  }
}

/**
 * The first two parts of a token to be.
 *
 * The header is written as Latin-1 and the payload in `encoding`, as this API has always done: a `kid` beyond Latin-1 does not
 * survive.
 */
export function signingInput(header: object, payload: unknown, encoding: string): string {
  const head = base64url(JSON.stringify(header), 'latin1');
  return `${head}.${base64url(asText(payload), encoding as BufferEncoding)}`;
}

/** What a value looks like inside a token: text as it is, numbers and buffers as text, the rest as JSON. */
export function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || Buffer.isBuffer(value)) return value.toString();
  return JSON.stringify(value);
}

function base64url(text: string, encoding: BufferEncoding): string {
  return Buffer.from(text, encoding).toString('base64url');
}

function parseHeader(encoded: string): Record<string, unknown> | null {
  try {
    return JSON.parse(Buffer.from(encoded, 'base64').toString('latin1'));
  } catch {
    return null;
  }
}
