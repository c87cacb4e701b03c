/**
 * Unsigned tokens (RFC 7515 section 6), for callers who ask for them by name: `algorithm: "none"` when signing, `"none"` in
 * `algorithms` when verifying. This file is the only place that knows them; nothing of the package outside
 * `portcullis/jsonwebtoken` does.
 */

/** The name of the algorithm that is none. */
export const NONE = 'none';

/**
 * The unsigned token over an input.
 *
 * @param asked - the caller's `algorithm` option
 * @throws Error when an overridden header says `none` and the option does not
 */
export function unsecuredToken(input: string, asked: unknown): string {
  if (asked !== NONE) throw new Error('a token without a signature needs the option algorithm: "none"');
  return `${input}.`;
}

/** Whether a token that says `none` carries, as it must, no signature. */
export function isUnsecured(signature: string): boolean {
  return signature === '';
}
