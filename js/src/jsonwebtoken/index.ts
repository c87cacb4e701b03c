/**
 * `portcullis/jsonwebtoken`: the API of jsonwebtoken 9 over Portcullis' own checks.
 *
 * Change the import and keep the rest. What differs, and why, is in docs/migrating-from-jsonwebtoken.md.
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

/** Makes a token: `sign(payload, secretOrPrivateKey, [options], [callback])`. */
export const sign = signToken as types.Sign;

/** Checks a token: `verify(token, secretOrPublicKey, [options], [callback])`. */
export const verify = verifyToken as types.Verify;

export type * from './types.js';
export { decode, JsonWebTokenError, NotBeforeError, TokenExpiredError };

/** The API as one object, as `require` gives it. An object of its own, so that tests may replace its members. */
const jwt = { decode, verify, sign, JsonWebTokenError, NotBeforeError, TokenExpiredError };

/** The types as members of the default import: `jwt.JwtPayload`. */
declare namespace jwt {
  type JsonWebTokenError = import('./errors.js').JsonWebTokenError;
  type NotBeforeError = import('./errors.js').NotBeforeError;
  type TokenExpiredError = import('./errors.js').TokenExpiredError;
  type Algorithm = types.Algorithm;
  type DecodeOptions = types.DecodeOptions;
  type GetPublicKeyOrSecret = types.GetPublicKeyOrSecret;
  type Jwt = types.Jwt;
  type JwtHeader = types.JwtHeader;
  type JwtPayload = types.JwtPayload;
  type PublicKey = types.PublicKey;
  type Secret = types.Secret;
  type SignCallback = types.SignCallback;
  type SigningKeyCallback = types.SigningKeyCallback;
  type SignOptions = types.SignOptions;
  type VerifyCallback<T = Jwt | JwtPayload | string> = types.VerifyCallback<T>;
  type VerifyErrors = types.VerifyErrors;
  type VerifyOptions = types.VerifyOptions;
}

export default jwt;
