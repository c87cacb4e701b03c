/**
 * Password hashes: argon2id (m=19456 KiB, t=2, p=1); argon2 and bcrypt hashes from other libraries can be verified.
 * @module
 */
import { platform } from '../platform/current.js';
import { optionError } from './errors.js';
import { cut, MAX_PASSWORD_HASH_BYTES, MAX_PASSWORD_INPUT_CHARS } from './limits.js';

/** The module with argon2, loaded at first use. */
const full = () => import('../full.js');

/**
 * The hash of a password, as a PHC string with a new salt. Store it unchanged. The caller decides which passwords are
 * acceptable, except for their length: more than 128 characters (after NFKC) are rejected.
 *
 * Costs about 30 ms of one core and 19 MiB. Node computes it on worker threads: one fewer than the number of cores, and
 * at most four. If 64 hashes are waiting for each thread, it is rejected with `ERR_HASHING_UNAVAILABLE` (503). Other
 * runtimes compute it on the main thread.
 *
 * @throws OptionError, PasswordError
 */
export async function hashPassword(password: string): Promise<string> {
  checkPassword(password);
  const hash = await platform.hash(await full(), 'hashPassword', [cut(password, MAX_PASSWORD_INPUT_CHARS)]);
  // If it were truncated, other passwords with the same start would match.
  if (hash === undefined) throw optionError('password', 'at most 128 characters long', password);
  return hash as string;
}

/**
 * Whether `hash` is the hash of `password`. An unreadable hash costs as much as any other, and never matches. Computed
 * on the same threads as {@link hashPassword}.
 *
 * @throws OptionError, PasswordError
 */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  // An empty password is user input, not a mistake of the caller: it is wrong like any other.
  if (typeof password !== 'string') throw optionError('password', 'a string', password);
  if (typeof hash !== 'string') throw optionError('hash', 'a string', hash);
  const given = [cut(password, MAX_PASSWORD_INPUT_CHARS), cut(hash, MAX_PASSWORD_HASH_BYTES)];
  // Anything except `true` is a mismatch.
  return (await platform.hash(await full(), 'verifyPassword', given)) === true;
}

/**
 * Whether a new hash would have another algorithm or other parameters. If so, store a new hash after the next
 * successful `verifyPassword`, but only if the stored hash is still the verified one.
 */
export async function needsRehash(hash: string): Promise<boolean> {
  if (typeof hash !== 'string') throw optionError('hash', 'a string', hash);
  return (await full()).passwordHashIsOutdated(cut(hash, MAX_PASSWORD_HASH_BYTES));
}

/**
 * Password hashing for the auth service, which normalizes passwords and creates salts itself. Its arguments are views
 * into its memory, which may move while the hash waits, so they are copied first. @internal
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
