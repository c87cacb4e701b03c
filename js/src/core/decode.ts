/** Looking into a token without believing it. @module */
import { optionError } from './errors.js';
import { cappedToken, MAX_TOKEN_BYTES } from './limits.js';
import type { Claims, Header } from './types.js';
import { door, put, take, wasm } from './wasm.js';

/** What a token says of itself; nobody has vouched for any of it. */
export interface Decoded<C extends object = Claims> {
  header: Header;
  claims: C;
}

/**
 * The header and claims of a token, NOT verified: never decide anything by them. Malformed tokens are refused like everywhere.
 *
 * @throws AuthError
 */
export function decode<C extends object = Claims>(token: string): Decoded<C> {
  if (typeof token !== 'string') throw optionError('token', 'a string', token);
  const doors = wasm();
  const capped = cappedToken(token);
  return JSON.parse(take(door(() => doors.decode(put(capped, MAX_TOKEN_BYTES)))));
}
