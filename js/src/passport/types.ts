import type { PublicKey, Secret, VerifyOptions } from '../jsonwebtoken/index.js';

// The framework's request type is the application's business: its own callbacks name it.
// biome-ignore lint/suspicious/noExplicitAny: see above
type AnyRequest = any;

/** Finds the token in a request, at once. What it throws, and an answer that is no text, is an error of the strategy. */
export type JwtFromRequestFunction<Request = AnyRequest> = (request: Request) => string | null;

/** Answers a request for a key: `(error)` or `(null, key)`. */
export type SecretOrKeyDone = (error: unknown, secretOrKey?: Secret | PublicKey) => void;

/**
 * Finds the key for a token. The token is not verified yet. What it throws or rejects with, and no answer within 30 seconds, is an error
 * of the strategy.
 */
export type SecretOrKeyProvider<Request = AnyRequest> = (
  request: Request,
  rawJwtToken: string,
  done: SecretOrKeyDone,
) => void;

/** Ends the application's part: `(error)`, `(null, user, info?)` or `(null, false, info?)`. */
// biome-ignore lint/suspicious/noExplicitAny: users and infos are the application's own
export type VerifiedCallback = (error: unknown, user?: any, info?: any) => void;

/** Finds the user for a verified payload. What it throws or rejects with, and no answer within 30 seconds, is an error of the strategy. */
// biome-ignore lint/suspicious/noExplicitAny: payloads are the application's own
export type VerifyCallback = (payload: any, done: VerifiedCallback) => unknown;

/** The same with the request, under `passReqToCallback`. */
export type VerifyCallbackWithRequest<Request = AnyRequest> = (
  request: Request,
  // biome-ignore lint/suspicious/noExplicitAny: payloads are the application's own
  payload: any,
  done: VerifiedCallback,
) => unknown;

/** What a challenge says besides what went wrong (RFC 6750 section 3). */
export interface Challenge {
  /** The protection space, shown to people. */
  realm?: string | undefined;
  /** What a token must be good for, separated by spaces. */
  scope?: string | undefined;
}

/** Options of {@link Strategy} but for where the key comes from. */
export interface BaseStrategyOptions {
  /** Where the token is: one of `ExtractJwt`, or your own. */
  jwtFromRequest: JwtFromRequestFunction;
  /** `iss` must be this, or one of these. */
  issuer?: string | string[] | undefined;
  /** One of these must be in `aud`. */
  audience?: VerifyOptions['audience'];
  /** Which algorithms are accepted. Default: those of the key's kind. */
  algorithms?: VerifyOptions['algorithms'];
  /** Leaves `exp` unchecked. */
  ignoreExpiration?: boolean | undefined;
  /** Further options for `verify` of `portcullis/jsonwebtoken`. Where one stands above too, that one counts. */
  jsonWebTokenOptions?: VerifyOptions | undefined;
  /**
   * Answers 401 with a `WWW-Authenticate: Bearer` header. Off by default, as in passport-jwt. With it, what a custom callback
   * gets as `info` is the challenge's text instead of the error.
   */
  challenge?: boolean | Challenge | undefined;
}

/** Options with one key, or a function that finds it; never both. */
export type KeyOptions =
  | { secretOrKey: Secret | PublicKey; secretOrKeyProvider?: undefined }
  | { secretOrKeyProvider: SecretOrKeyProvider; secretOrKey?: undefined };

/** Options of {@link Strategy}. */
export type StrategyOptions = BaseStrategyOptions & KeyOptions;
/** The same where the verify callback does not get the request. */
export type StrategyOptionsWithoutRequest = StrategyOptions & { passReqToCallback?: false | undefined };
/** The same where the verify callback gets the request first. */
export type StrategyOptionsWithRequest = StrategyOptions & { passReqToCallback: true };

/** What passport adds to a strategy before it calls `authenticate`. */
export interface Actions {
  /** Lets the request in as `user`. */
  success(user: unknown, info?: unknown): void;
  /** Refuses the request. */
  fail(challenge?: unknown, status?: number): void;
  /** Reports what is no refusal: something is broken. */
  error(error: unknown): void;
}

/** How a strategy asks for a token to be checked. */
export type JwtVerifier = (
  token: string,
  secretOrKey: unknown,
  options: VerifyOptions,
  callback: (error: Error | null, payload?: unknown) => void,
) => void;
