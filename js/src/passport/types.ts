import type { PublicKey, Secret, VerifyOptions } from '../jsonwebtoken/index.js';

// The application knows the framework's request type: its own callbacks declare it.
// biome-ignore lint/suspicious/noExplicitAny: see above
type AnyRequest = any;

/**
 * Finds the token in a request, synchronously. An exception, and a result that is not a string, is an error of the
 * strategy.
 */
export type JwtFromRequestFunction<Request = AnyRequest> = (request: Request) => string | null;

/** Returns a requested key: `(error)` or `(null, key)`. */
export type SecretOrKeyDone = (error: unknown, secretOrKey?: Secret | PublicKey) => void;

/**
 * Finds the key for a token. The token is not verified yet. An exception, a rejection, and no answer within 30 seconds
 * are an error of the strategy.
 */
export type SecretOrKeyProvider<Request = AnyRequest> = (
  request: Request,
  rawJwtToken: string,
  done: SecretOrKeyDone,
) => void;

/** Returns the result of the application: `(error)`, `(null, user, info?)` or `(null, false, info?)`. */
// biome-ignore lint/suspicious/noExplicitAny: users and infos are types of the application
export type VerifiedCallback = (error: unknown, user?: any, info?: any) => void;

/**
 * Finds the user for a verified payload. An exception, a rejection, and no answer within 30 seconds are an error of the
 * strategy.
 */
// biome-ignore lint/suspicious/noExplicitAny: payloads are types of the application
export type VerifyCallback = (payload: any, done: VerifiedCallback) => unknown;

/** The same with the request, with `passReqToCallback`. */
export type VerifyCallbackWithRequest<Request = AnyRequest> = (
  request: Request,
  // biome-ignore lint/suspicious/noExplicitAny: payloads are types of the application
  payload: any,
  done: VerifiedCallback,
) => unknown;

/** Parameters of a challenge in addition to the error (RFC 6750 section 3). */
export interface Challenge {
  /** The protection space, shown to people. */
  realm?: string | undefined;
  /** The required scopes, separated by spaces. */
  scope?: string | undefined;
}

/** Options of {@link Strategy}, except for the key. */
export interface BaseStrategyOptions {
  /** Finds the token: one of `ExtractJwt`, or your own function. */
  jwtFromRequest: JwtFromRequestFunction;
  /** `iss` must be this, or one of these. */
  issuer?: string | string[] | undefined;
  /** One of these must be in `aud`. */
  audience?: VerifyOptions['audience'];
  /** The accepted algorithms. Default: those of the key's kind. */
  algorithms?: VerifyOptions['algorithms'];
  /** Skips the check of `exp`. */
  ignoreExpiration?: boolean | undefined;
  /** Further options for `verify` of `portcullis/jsonwebtoken`. The options above take precedence. */
  jsonWebTokenOptions?: VerifyOptions | undefined;
  /**
   * Responds to errors with 401 and a `WWW-Authenticate: Bearer` header. Off by default, as in passport-jwt. If it is
   * on, a custom callback receives the text of the challenge as `info` instead of the error.
   */
  challenge?: boolean | Challenge | undefined;
}

/** Options with one key, or with a function that finds it; never both. */
export type KeyOptions =
  | { secretOrKey: Secret | PublicKey; secretOrKeyProvider?: undefined }
  | { secretOrKeyProvider: SecretOrKeyProvider; secretOrKey?: undefined };

/** Options of {@link Strategy}. */
export type StrategyOptions = BaseStrategyOptions & KeyOptions;
/** The same if the verify callback does not receive the request. */
export type StrategyOptionsWithoutRequest = StrategyOptions & { passReqToCallback?: false | undefined };
/** The same if the verify callback receives the request first. */
export type StrategyOptionsWithRequest = StrategyOptions & { passReqToCallback: true };

/** The methods that passport adds to a strategy before it calls `authenticate`. */
export interface Actions {
  /** Authenticates the request as `user`. */
  success(user: unknown, info?: unknown): void;
  /** Rejects the request. */
  fail(challenge?: unknown, status?: number): void;
  /** Reports an internal error, not a rejection. */
  error(error: unknown): void;
}

/** Verifies a token for a strategy. */
export type JwtVerifier = (
  token: string,
  secretOrKey: unknown,
  options: VerifyOptions,
  callback: (error: Error | null, payload?: unknown) => void,
) => void;
