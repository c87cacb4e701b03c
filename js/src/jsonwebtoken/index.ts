/**
 * `portcullis/jsonwebtoken`: the API of jsonwebtoken 9, implemented with Portcullis' own checks.
 *
 * Change only the import. The differences and their reasons are in docs/migrating-from-jsonwebtoken.md.
 *
 * @example
 * import jwt from "portcullis/jsonwebtoken";
 * const token = jwt.sign({ sub: "alice" }, secret, { expiresIn: "15m" });
 * const claims = jwt.verify(token, secret, { algorithms: ["HS256"] });
 */

import { decode } from './decode.js';
import { JsonWebTokenError, NotBeforeError, TokenExpiredError } from './errors.js';
import { sign as signToken } from './sign.js';
import type * as types from './types.js';
import { verify as verifyToken } from './verify.js';

/** Creates a token: `sign(payload, secretOrPrivateKey, [options], [callback])`. */
export const sign = signToken as types.Sign;

/** Verifies a token: `verify(token, secretOrPublicKey, [options], [callback])`. */
export const verify = verifyToken as types.Verify;

export type * from './types.js';
export { decode, JsonWebTokenError, NotBeforeError, TokenExpiredError };

/** The API as one object, as returned by `require`. It is a plain object, so that tests can replace its members. */
const jwt = { decode, verify, sign, JsonWebTokenError, NotBeforeError, TokenExpiredError };

/** The types as members of the default import: `jwt.JwtPayload`. */
declare namespace jwt {
  /** An invalid token. */
  type JsonWebTokenError = import('./errors.js').JsonWebTokenError;
  /** A token whose `nbf` is in the future. */
  type NotBeforeError = import('./errors.js').NotBeforeError;
  /** A token whose `exp` has passed. */
  type TokenExpiredError = import('./errors.js').TokenExpiredError;
  /** See {@link types.Algorithm}. */
  type Algorithm = types.Algorithm;
  /** See {@link types.DecodeOptions}. */
  type DecodeOptions = types.DecodeOptions;
  /** See {@link types.GetPublicKeyOrSecret}. */
  type GetPublicKeyOrSecret = types.GetPublicKeyOrSecret;
  /** See {@link types.Jwt}. */
  type Jwt = types.Jwt;
  /** See {@link types.JwtHeader}. */
  type JwtHeader = types.JwtHeader;
  /** See {@link types.JwtPayload}. */
  type JwtPayload = types.JwtPayload;
  /** See {@link types.PublicKey}. */
  type PublicKey = types.PublicKey;
  /** See {@link types.Secret}. */
  type Secret = types.Secret;
  /** See {@link types.SignCallback}. */
  type SignCallback = types.SignCallback;
  /** See {@link types.SigningKeyCallback}. */
  type SigningKeyCallback = types.SigningKeyCallback;
  /** See {@link types.SignOptions}. */
  type SignOptions = types.SignOptions;
  /** See {@link types.VerifyCallback}. */
  type VerifyCallback<T = Jwt | JwtPayload | string> = types.VerifyCallback<T>;
  /** See {@link types.VerifyErrors}. */
  type VerifyErrors = types.VerifyErrors;
  /** See {@link types.VerifyOptions}. */
  type VerifyOptions = types.VerifyOptions;
}

export default jwt;
