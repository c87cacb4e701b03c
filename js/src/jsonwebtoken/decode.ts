import { asText, objectInside, takeApart } from './compact.js';
import type { DecodeOptions, Jwt, JwtPayload } from './types.js';

/** Header, payload and signature, WITHOUT verification; null if the text is not a token. */
export function decode(token: string, options: DecodeOptions & { complete: true }): Jwt | null;
/** The payload as an object, whatever the header says, WITHOUT verification; null if the text is not a token. */
export function decode(token: string, options: DecodeOptions & { json: true }): JwtPayload | null;
/** The payload, WITHOUT verification; null if the text is not a token. */
export function decode(token: string, options?: DecodeOptions): JwtPayload | string | null;
/**
 * Decodes a token WITHOUT verifying it. Never trust the result: use `verify` instead.
 *
 * @param token - the token
 * @param options - `complete` for header, payload and signature; `json` to parse the payload whatever the header says
 * @returns the payload, or null if the text is not a token
 * @throws SyntaxError if a payload that must be JSON is not
 */
export function decode(token: unknown, options?: DecodeOptions): Jwt | JwtPayload | string | null {
  const parts = takeApart(String(asText(token)), Boolean(options?.json));
  if (!parts) return null;
  const payload = objectInside(parts.payload) as JwtPayload | string;
  if (options?.complete !== true) return payload;
  return { header: parts.head.read() as unknown as Jwt['header'], payload, signature: parts.signature };
}
