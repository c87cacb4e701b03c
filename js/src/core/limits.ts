/**
 * Lengths above which an input is refused before it is copied anywhere. A wasm memory that grew never shrinks, so the module must not
 * see an oversized input first. The numbers are those of `src/limits.rs`; a test holds the two equal.
 *
 * @module
 */
import { errorOf, optionError } from './errors.js';

/** Longest compact token that is looked at, in bytes. */
export const MAX_TOKEN_BYTES = 8 * 1024;
/**
 * Longest compact token that `portcullis/jsonwebtoken` looks at, in bytes. What it replaces has no limit, and signs tokens of any length; no
 * header or cookie holds more. None of it is copied into a module.
 */
export const MAX_JSONWEBTOKEN_BYTES = 1024 * 1024;
/** Longest text that is searched for a token to explain, in bytes. */
export const MAX_INSPECTED_BYTES = 1024 * 1024;
/** Largest JWK or JWKS document, in bytes. */
export const MAX_JWKS_BYTES = 256 * 1024;
/** Largest document that a caller may allow to be fetched, in bytes. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;
/** Largest PEM file, in bytes. */
export const MAX_PEM_BYTES = 64 * 1024;
/** Largest shared secret, in bytes. */
export const MAX_SECRET_BYTES = 64 * 1024;
/** Largest set of claims or payload that is signed, or asked about, in bytes. */
export const MAX_SIGNED_BYTES = 1024 * 1024;
/** Longest text in an option that has no limit of its own, in bytes. */
export const MAX_OPTION_BYTES = 64 * 1024;
/** Largest policy file, in bytes. */
export const MAX_POLICY_BYTES = 1024 * 1024;
/** Largest request body of the service's own routes, in bytes. */
export const MAX_BODY_BYTES = 64 * 1024;
/** Longest address, in bytes: of a request to the service's own routes, and of a document. */
export const MAX_URL_BYTES = 16 * 1024;
/** Largest headers of a request to the service's own routes, names and values together, in bytes. */
export const MAX_HEADERS_BYTES = 64 * 1024;
/** Longest request path, in bytes. */
export const MAX_PATH_BYTES = 8 * 1024;
/** Longest stored password hash, in bytes. */
export const MAX_PASSWORD_HASH_BYTES = 1024;
/** What a signature is made over: a header and a payload, each in base64url, which takes four bytes for three. */
export const MAX_MESSAGE_BYTES = 4 * MAX_SIGNED_BYTES;
/** Longest password that is normalized, in characters before Unicode composes them. */
export const MAX_PASSWORD_INPUT_CHARS = 129 * 4 * 2;

/** The bounds of the exports for passwords, which two modules have. @internal */
export const PASSWORD_BOUNDS = {
  argon2id: [MAX_OPTION_BYTES, MAX_OPTION_BYTES],
  fitsHash: [MAX_OPTION_BYTES, MAX_PASSWORD_HASH_BYTES],
  hashPassword: [MAX_OPTION_BYTES],
  passwordHashIsOutdated: [MAX_PASSWORD_HASH_BYTES],
  passwordHashIsReadable: [MAX_PASSWORD_HASH_BYTES],
  verifyPassword: [MAX_OPTION_BYTES, MAX_PASSWORD_HASH_BYTES],
} as const;

/**
 * The start of `text`, one unit longer than the limit where `text` is too long, so that the module refuses it with its own code. No
 * UTF-16 unit takes less than one byte of UTF-8.
 *
 * @internal
 */
export function cut(text: string, most: number): string {
  return text.length > most ? text.slice(0, most + 1) : text;
}

/** A token within the limit. @throws FormatError @internal */
export function cappedToken(token: string): string {
  if (token.length <= MAX_TOKEN_BYTES) return token;
  throw errorOf({
    code: 'ERR_TOKEN_TOO_LONG',
    stage: 'format',
    outside: 'invalid_token',
    message: 'the token is longer than the limit',
    subject: 'token',
    expected: `at most ${MAX_TOKEN_BYTES} bytes`,
    actual: `${token.length} characters`,
  });
}

/** An option within a limit. @throws OptionError @internal */
export function capped<T extends string | Uint8Array>(name: string, value: T, most: number): T {
  if (value.length > most) throw optionError(name, `at most ${most} bytes`, value);
  return value;
}
