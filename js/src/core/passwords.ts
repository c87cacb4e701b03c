/** Password hashes: argon2id (m=19456 KiB, t=2, p=1); argon2 and bcrypt hashes from elsewhere are read. @module */
import { platform } from '../platform/current.js';
import { optionError } from './errors.js';
import { cut, MAX_PASSWORD_HASH_BYTES, MAX_PASSWORD_INPUT_CHARS } from './limits.js';

/** The module with argon2 in it, loaded on first use. */
const full = () => import('../full.js');

/**
 * The hash of a password, as a PHC string with a fresh salt, to be stored as it is. Whether the password is one to accept is for
 * the caller to say, but for its length: more than 128 characters (after NFKC) are refused.
 *
 * Costs about 30 ms of one core and 19 MiB. Node computes it on threads of its own, at most four and one fewer than there are cores;
 * with 64 waiting per thread the next is refused with `ERR_HASHING_UNAVAILABLE` (503). Other runtimes compute it at once.
 *
 * @throws OptionError, PasswordError
 */
export async function hashPassword(password: string): Promise<string> {
  checkPassword(password);
  const hash = await platform.hash(await full(), 'hashPassword', [cut(password, MAX_PASSWORD_INPUT_CHARS)]);
  // Cut, it would fit others that begin alike.
  if (hash === undefined) throw optionError('password', 'at most 128 characters long', password);
  return hash as string;
}

/**
 * Whether `password` is the one behind `hash`. An unreadable hash costs as much as any other, and never fits. Computed where
 * {@link hashPassword} is.
 *
 * @throws OptionError, PasswordError
 */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  // An empty one is an answer somebody gave, not a mistake of the caller's: it is wrong like any other.
  if (typeof password !== 'string') throw optionError('password', 'a string', password);
  if (typeof hash !== 'string') throw optionError('hash', 'a string', hash);
  const given = [cut(password, MAX_PASSWORD_INPUT_CHARS), cut(hash, MAX_PASSWORD_HASH_BYTES)];
  // Anything but `true` refuses.
  return (await platform.hash(await full(), 'verifyPassword', given)) === true;
}

/**
 * Whether a hash made today would be made differently: after the next good `verifyPassword`, store a new one, but only if the
 * stored one is still the one that was verified.
 */
export async function needsRehash(hash: string): Promise<boolean> {
  if (typeof hash !== 'string') throw optionError('hash', 'a string', hash);
  return (await full()).passwordHashIsOutdated(cut(hash, MAX_PASSWORD_HASH_BYTES));
}

/**
 * Password hashing for the auth service, which normalizes passwords and makes salts itself. What it gives are views into its memory, which
 * may move while the hash waits: they are copied first. @internal
 */
export const hashing = {
  argon2id: (password: Uint8Array, salt: Uint8Array) => computed('argon2id', password.slice(), salt.slice()),
  fitsHash: (password: Uint8Array, hash: string) => computed('fitsHash', password.slice(), hash),
};

async function computed(call: 'argon2id' | 'fitsHash', ...given: unknown[]): Promise<unknown> {
  return platform.hash(await full(), call, given);
}

function checkPassword(password: unknown): void {
  if (typeof password !== 'string' || password === '')
    throw optionError('password', 'a string that is not empty', password);
}
