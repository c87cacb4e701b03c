/**
 * Length limits that are checked before an input is copied. A wasm memory never shrinks, so the module must not receive
 * an oversized input. The numbers are those of `src/limits.rs`; a test compares them.
 *
 * @module
 */
import { errorOf, optionError } from './errors.js';

/** Longest compact token that is parsed, in bytes. */
export const MAX_TOKEN_BYTES = 8 * 1024;
/**
 * Longest compact token that `portcullis/jsonwebtoken` accepts, in bytes. The original has no limit and signs tokens of
 * any length; no header or cookie can contain a longer one. It is never copied into a module.
 */
export const MAX_JSONWEBTOKEN_BYTES = 1024 * 1024;
/** Longest text that is searched for a token to inspect, in bytes. */
export const MAX_INSPECTED_BYTES = 1024 * 1024;
/** Largest JWK or JWKS document, in bytes. */
export const MAX_JWKS_BYTES = 256 * 1024;
/** Largest document that callers can configure to fetch, in bytes. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;
/** Largest PEM file, in bytes. */
export const MAX_PEM_BYTES = 64 * 1024;
/** Largest shared secret, in bytes. */
export const MAX_SECRET_BYTES = 64 * 1024;
/** Largest claims set or payload that is signed or passed to a policy, in bytes. */
export const MAX_SIGNED_BYTES = 1024 * 1024;
/** Longest text in an option without its own limit, in bytes. */
export const MAX_OPTION_BYTES = 64 * 1024;
/** Largest policy file, in bytes. */
export const MAX_POLICY_BYTES = 1024 * 1024;
/** Largest request body of the service's own routes, in bytes. */
export const MAX_BODY_BYTES = 64 * 1024;
/** Longest URL, in bytes: of a request to the service's own routes, and of a document. */
export const MAX_URL_BYTES = 16 * 1024;
/** Largest headers of a request to the service's own routes, names and values together, in bytes. */
export const MAX_HEADERS_BYTES = 64 * 1024;
/** Longest request path, in bytes. */
export const MAX_PATH_BYTES = 8 * 1024;
/** Longest stored password hash, in bytes. */
export const MAX_PASSWORD_HASH_BYTES = 1024;
/** Longest signing input: a header and a payload, both base64url-encoded, which turns three bytes into four. */
export const MAX_MESSAGE_BYTES = 4 * MAX_SIGNED_BYTES;
/** Longest password that is normalized, in characters before Unicode composition. */
export const MAX_PASSWORD_INPUT_CHARS = 129 * 4 * 2;

/** The limits of the password exports, which two modules have. @internal */
export const PASSWORD_BOUNDS = {
  argon2id: [MAX_OPTION_BYTES, MAX_OPTION_BYTES],
  fitsHash: [MAX_OPTION_BYTES, MAX_PASSWORD_HASH_BYTES],
  hashPassword: [MAX_OPTION_BYTES],
  passwordHashIsOutdated: [MAX_PASSWORD_HASH_BYTES],
  passwordHashIsReadable: [MAX_PASSWORD_HASH_BYTES],
  verifyPassword: [MAX_OPTION_BYTES, MAX_PASSWORD_HASH_BYTES],
} as const;

/**
 * The start of `text`: if it is too long, one unit more than the limit, so that the module rejects it with its own
 * code. A UTF-16 unit takes at least one byte of UTF-8.
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
