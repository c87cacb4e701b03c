/**
 * Unsigned tokens (RFC 7515 section 6), for callers who request them explicitly: `algorithm: "none"` when signing,
 * `"none"` in `algorithms` when verifying. Only this file supports them; nothing in the package outside
 * `portcullis/jsonwebtoken` does.
 */

/** The name of the algorithm `none`. */
export const NONE = 'none';

/**
 * The unsigned token with an input.
 *
 * @param asked - the caller's `algorithm` option
 * @throws Error if an overridden header says `none` and the option does not
 */
export function unsecuredToken(input: string, asked: unknown): string {
  if (asked !== NONE) throw new Error('a token without a signature needs the option algorithm: "none"');
  return `${input}.`;
}

/** Whether a token with `none` has no signature, as required. */
export function isUnsecured(signature: string): boolean {
  return signature === '';
}
