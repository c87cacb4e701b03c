/**
 * Portcullis: verify and issue JWTs, keep sessions, enforce roles. The same verdict for the same token everywhere.
 *
 * @module
 */
export * as errors from './errors.js';
export type {
  Alg,
  Asked,
  AuthError,
  CacheOptions,
  Claims,
  CryptoKeyLike,
  Decision,
  Decoded,
  Duration,
  ErrorCode,
  Header,
  ImportOptions,
  Json,
  Jwk,
  Jwks,
  KeyFinder,
  KeyMaterial,
  KeyObjectLike,
  KeyProvider,
  OneKey,
  Outside,
  Policy,
  PrivateJwk,
  Revocations,
  Signer,
  SignerOptions,
  SigningKey,
  SigningMaterial,
  Stage,
  Verifier,
  VerifierOptions,
} from './internal.js';
export {
  createSigner,
  createVerifier,
  decode,
  importKey,
  isAuthError,
  Key,
  policy,
  sign,
  Verified,
  verify,
} from './internal.js';
