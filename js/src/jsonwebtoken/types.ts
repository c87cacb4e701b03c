import type { JsonWebKey, KeyObject } from 'node:crypto';
import type { JsonWebTokenError, NotBeforeError, TokenExpiredError } from './errors.js';

/** The algorithms of this API. `none` only if it is explicitly requested. */
export type Algorithm =
  | 'HS256'
  | 'HS384'
  | 'HS512'
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'none';

/** Key material accepted by `node:crypto`. */
export interface PrivateKeyInput {
  key: string | Buffer;
  passphrase?: string;
  format?: 'pem' | 'der' | 'jwk';
  type?: 'pkcs1' | 'pkcs8' | 'sec1';
}

/** Key material accepted by `node:crypto`. */
export interface PublicKeyInput {
  key: string | Buffer | JsonWebKey;
  format?: 'pem' | 'der' | 'jwk';
  type?: 'pkcs1' | 'spki';
}

/** A secret, or a private key: PEM, bytes, a `KeyObject`, or PEM with its passphrase. */
export type Secret = string | Buffer | KeyObject | PrivateKeyInput | { key: string | Buffer; passphrase: string };

/** A secret, or a public key: PEM, bytes, a `KeyObject` or a JWK in `{ key, format: "jwk" }`. */
export type PublicKey = string | Buffer | KeyObject | PublicKeyInput;

/** A token's header (RFC 7515 section 4). */
export interface JwtHeader {
  alg: string | Algorithm;
  typ?: string | undefined;
  cty?: string | undefined;
  crit?: Array<string | Exclude<keyof JwtHeader, 'crit'>> | undefined;
  kid?: string | undefined;
  jku?: string | undefined;
  x5u?: string | string[] | undefined;
  'x5t#S256'?: string | undefined;
  x5t?: string | undefined;
  x5c?: string | string[] | undefined;
}

/** A token's claims (RFC 7519 section 4.1). Times are in seconds since 1970. */
export interface JwtPayload {
  // biome-ignore lint/suspicious/noExplicitAny: applications read their own claims without casts, as in the API this replaces
  [claim: string]: any;
  iss?: string | undefined;
  sub?: string | undefined;
  aud?: string | string[] | undefined;
  exp?: number | undefined;
  nbf?: number | undefined;
  iat?: number | undefined;
  jti?: string | undefined;
}

/** A whole token. */
export interface Jwt {
  header: JwtHeader;
  payload: JwtPayload | string;
  /** In base64url, as in the token. */
  signature: string;
}

/** Seconds, or a string that `ms` can parse: `"2 days"`, `"10h"`. A bare number in a string is milliseconds. */
export type Timespan = number | string;

/** Options of `sign`. */
export interface SignOptions {
  /** Default `HS256`. */
  algorithm?: Algorithm | undefined;
  /** Sets `kid` in the header. */
  keyid?: string | undefined;
  /** Sets `exp`, counted from `iat`. */
  // biome-ignore lint/suspicious/noExplicitAny: callers pass branded strings of other typings of `ms`
  expiresIn?: Timespan | any;
  /** Sets `nbf`, counted from `iat`. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  notBefore?: Timespan | any;
  /** Sets `aud`. */
  audience?: string | string[] | undefined;
  /** Sets `sub`. */
  subject?: string | undefined;
  /** Sets `iss`. */
  issuer?: string | undefined;
  /** Sets `jti`. */
  jwtid?: string | undefined;
  /** Changes the caller's payload object instead of a copy. */
  mutatePayload?: boolean | undefined;
  /** Omits `iat`. */
  noTimestamp?: boolean | undefined;
  /** Merged into the header. */
  header?: Partial<JwtHeader> | Record<string, unknown> | undefined;
  /** The encoding of the payload's text. Default `utf8`. */
  encoding?: string | undefined;
  /** Allows signing with RSA keys under 2048 bits. */
  allowInsecureKeySizes?: boolean | undefined;
  /** Allows signing with keys whose kind or curve does not fit the algorithm. */
  allowInvalidAsymmetricKeyTypes?: boolean | undefined;
}

/** Options of `verify`. */
export interface VerifyOptions {
  /** The accepted algorithms. Default: those of the key's kind. */
  algorithms?: Algorithm[] | undefined;
  /** One of these must be in `aud`. */
  audience?: string | RegExp | [string | RegExp, ...(string | RegExp)[]] | (string | RegExp)[] | undefined;
  /** The current time, in seconds since 1970. Default, also for 0: the clock. */
  clockTimestamp?: number | undefined;
  /** Allowed clock skew, in seconds. Default 0. */
  clockTolerance?: number | undefined;
  /** Returns header, payload and signature instead of the payload. */
  complete?: boolean | undefined;
  /** `iss` must be this, or one of these. */
  issuer?: string | [string, ...string[]] | string[] | undefined;
  /** `jti` must be this. */
  jwtid?: string | undefined;
  /** Skips the check of `exp`. */
  ignoreExpiration?: boolean | undefined;
  /** Skips the check of `nbf`. */
  ignoreNotBefore?: boolean | undefined;
  /** The `nonce` claim must be this (OpenID Connect). */
  nonce?: string | undefined;
  /** `sub` must be this. */
  subject?: string | undefined;
  /** The maximum age, counted from `iat`. */
  maxAge?: Timespan | undefined;
  /** Accepts keys whose kind or curve does not fit the algorithm. */
  allowInvalidAsymmetricKeyTypes?: boolean | undefined;
}

/** Options of `decode`. */
export interface DecodeOptions {
  /** Returns header, payload and signature instead of the payload. */
  complete?: boolean | undefined;
  /** Parses the payload as JSON whatever the header's `typ` says. */
  json?: boolean | undefined;
}

/** The errors of `verify`. */
export type VerifyErrors = JsonWebTokenError | NotBeforeError | TokenExpiredError;

/** Receives `(null, result)` or `(error)`. */
export type VerifyCallback<T = Jwt | JwtPayload | string> = (
  error: VerifyErrors | null,
  decoded?: T | undefined,
) => void;

/** Receives `(null, token)` or `(error)`. */
export type SignCallback = (error: Error | null, encoded?: string | undefined) => void;

/** Returns a requested key. Only the first call counts. */
// biome-ignore lint/suspicious/noExplicitAny: callers pass on whatever error their key store gave them
export type SigningKeyCallback = (error: any, signingKey?: Secret | PublicKey) => void;

/** Finds the key for a token's header. The header is not verified: use it to choose among keys you trust, for nothing else. */
export type GetPublicKeyOrSecret = (header: JwtHeader, callback: SigningKeyCallback) => void;

/** The call signatures of `sign`. */
export interface Sign {
  (payload: string | Buffer | object, secretOrPrivateKey: Secret | PrivateKeyInput, options?: SignOptions): string;
  (payload: string | Buffer | object, secretOrPrivateKey: null, options?: SignOptions & { algorithm: 'none' }): string;
  (payload: string | Buffer | object, secretOrPrivateKey: Secret | PrivateKeyInput, callback: SignCallback): void;
  (
    payload: string | Buffer | object,
    secretOrPrivateKey: Secret | PrivateKeyInput,
    options: SignOptions,
    callback: SignCallback,
  ): void;
  (
    payload: string | Buffer | object,
    secretOrPrivateKey: null,
    options: SignOptions & { algorithm: 'none' },
    callback: SignCallback,
  ): void;
}

/** The call signatures of `verify`. */
export interface Verify {
  (token: string, secretOrPublicKey: Secret | PublicKey, options: VerifyOptions & { complete: true }): Jwt;
  (
    token: string,
    secretOrPublicKey: Secret | PublicKey,
    options?: VerifyOptions & { complete?: false },
  ): JwtPayload | string;
  (token: string, secretOrPublicKey: Secret | PublicKey, options?: VerifyOptions): Jwt | JwtPayload | string;
  (
    token: string,
    secretOrPublicKey: Secret | PublicKey | GetPublicKeyOrSecret,
    callback?: VerifyCallback<JwtPayload | string>,
  ): void;
  (
    token: string,
    secretOrPublicKey: Secret | PublicKey | GetPublicKeyOrSecret,
    options: VerifyOptions & { complete: true },
    callback?: VerifyCallback<Jwt>,
  ): void;
  (
    token: string,
    secretOrPublicKey: Secret | PublicKey | GetPublicKeyOrSecret,
    options?: VerifyOptions & { complete?: false },
    callback?: VerifyCallback<JwtPayload | string>,
  ): void;
  (
    token: string,
    secretOrPublicKey: Secret | PublicKey | GetPublicKeyOrSecret,
    options?: VerifyOptions,
    callback?: VerifyCallback,
  ): void;
}
