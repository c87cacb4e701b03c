/** Decodes a token without verifying it. @module */
import { optionError } from './errors.js';
import { cappedToken, MAX_TOKEN_BYTES } from './limits.js';
import type { Claims, Header } from './types.js';
import { door, put, take, wasm } from './wasm.js';

/** The content of a token; nothing of it is verified. */
export interface Decoded<C extends object = Claims> {
  header: Header;
  claims: C;
}

/**
 * The header and claims of a token, NOT verified: never base a decision on them. Malformed tokens are rejected as in
 * every other function.
 *
 * @throws AuthError
 */
export function decode<C extends object = Claims>(token: string): Decoded<C> {
  if (typeof token !== 'string') throw optionError('token', 'a string', token);
  const doors = wasm();
  const capped = cappedToken(token);
  return JSON.parse(take(door(() => doors.decode(put(capped, MAX_TOKEN_BYTES)))));
}
