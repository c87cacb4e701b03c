import { bearerChallenge } from '../adapters/bearer.js';
import { asError, atOnce, isThenable, once, report, whenLate } from '../guard.js';
import { type Secret, type VerifyOptions, verify } from '../jsonwebtoken/index.js';
import type {
  Actions,
  Challenge,
  JwtVerifier,
  SecretOrKeyProvider,
  StrategyOptions,
  StrategyOptionsWithoutRequest,
  StrategyOptionsWithRequest,
  VerifiedCallback,
  VerifyCallback,
  VerifyCallbackWithRequest,
} from './types.js';

/** The interface of a strategy for passport, and for classes that extend it. */
export interface Strategy {
  /** `jwt`: the name for `passport.authenticate`. */
  name: string;
  /** Called by passport. Calls `success`, `fail` or `error`. */
  // biome-ignore lint/suspicious/noExplicitAny: the application knows the framework's request type
  authenticate(request: any, options?: any): void;
}

/** The constructor of {@link Strategy}. */
export interface StrategyConstructor {
  new (options: StrategyOptionsWithoutRequest, verify: VerifyCallback): Strategy;
  new (options: StrategyOptionsWithRequest, verify: VerifyCallbackWithRequest): Strategy;
  /** Verifies tokens for all strategies. Replaceable, so that tests need no tokens. */
  JwtVerifier: JwtVerifier;
  prototype: Strategy;
}

/** The internals of a strategy. The names are those of passport-jwt, because subclasses use them. */
interface Inside extends Strategy, Actions {
  _secretOrKeyProvider: SecretOrKeyProvider;
  _verify: (...args: unknown[]) => unknown;
  _jwtFromRequest: StrategyOptions['jwtFromRequest'];
  _passReqToCallback: boolean | undefined;
  _verifOpts: VerifyOptions;
  _challenge: Challenge | undefined;
}

type Options = StrategyOptions & { passReqToCallback?: boolean };

/**
 * Authenticates requests by their token.
 *
 * A function, not a class, so that both `class extends Strategy` and `Strategy.call(this, …)` work. Passport calls it
 * on objects derived from the original one, so its state is in plain members.
 *
 * @example
 * passport.use(
 *   new Strategy(
 *     { jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(), secretOrKey: secret, algorithms: ['HS256'] },
 *     (payload, done) => users.find(payload.sub).then((user) => done(null, user ?? false), done),
 *   ),
 * );
 *
 * @throws TypeError if a required option is missing
 */
export const Strategy = function JwtStrategy(this: Inside, options: Options, verifyCallback: Inside['_verify']): void {
  if (options === null || typeof options !== 'object') throw new TypeError('JwtStrategy requires an options object');
  this.name = 'jwt';
  this._secretOrKeyProvider = keyProvider(options);
  this._verify = verifyCallback;
  if (!verifyCallback) throw new TypeError('JwtStrategy requires a verify callback');
  this._jwtFromRequest = options.jwtFromRequest;
  if (!options.jwtFromRequest) {
    throw new TypeError('JwtStrategy requires a function to retrieve jwt from requests (see option jwtFromRequest)');
  }
  this._passReqToCallback = options.passReqToCallback;
  this._verifOpts = verifyOptions(options);
  if (options.challenge) this._challenge = options.challenge === true ? {} : options.challenge;
} as unknown as StrategyConstructor;

Strategy.JwtVerifier = (token, secretOrKey, options, callback) => {
  verify(token, secretOrKey as Secret, options, callback);
};

Strategy.prototype.authenticate = function authenticate(request) {
  const self = this as unknown as Inside;
  let token: string | null;
  try {
    token = tokenIn(self, request);
  } catch (error) {
    return self.error(asError('jwtFromRequest', error));
  }
  if (!token) return refuse(self, new Error('No auth token'), undefined);
  const given = token;
  asked(
    self,
    'secretOrKeyProvider',
    (done) => self._secretOrKeyProvider(request, given, done),
    (keyError, key) => {
      if (keyError) refuse(self, keyError, keyError);
      else judge(self, request, given, key);
    },
  );
};

/** @throws the exception of the application's function; a TypeError if it returns something else than a string */
function tokenIn(self: Inside, request: unknown): string | null {
  const isText = (value: unknown) => value === null || value === undefined || typeof value === 'string';
  const wrong = () => new TypeError('jwtFromRequest must return a string or null, and at once');
  return atOnce('jwtFromRequest', self._jwtFromRequest(request), isText, wrong);
}

function judge(self: Inside, request: unknown, token: string, key: unknown): void {
  const verify = (done: (error: Error | null, payload?: unknown) => void) =>
    Strategy.JwtVerifier(token, key, self._verifOpts, done);
  asked(self, 'JwtVerifier', verify, (error, payload) => {
    if (error) refuse(self, error, error);
    else askApplication(self, request, payload);
  });
}

/** Calls the application's function that finds the user. */
function askApplication(self: Inside, request: unknown, payload: unknown): void {
  const find = (done: VerifiedCallback) =>
    self._passReqToCallback ? self._verify(request, payload, done) : self._verify(payload, done);
  asked(self, 'the verify callback', find, (error, user, info) => {
    if (error) self.error(error);
    else if (user) self.success(user, info);
    else refuse(self, info, info ?? 'the user is unknown');
  });
}

/**
 * Calls a function that answers with a callback. Its first answer counts; an exception or rejection before that is an
 * error, and so is no answer within the time limit.
 */
function asked<A extends unknown[]>(
  self: Inside,
  name: string,
  ask: (done: (...answer: A) => void) => unknown,
  answered: (...answer: A) => void,
): void {
  let inTime = (): void => undefined;
  const done = once((...answer: A) => {
    inTime();
    answered(...answer);
  });
  const failed = (error: unknown) => {
    if (done.called) return report(name, error);
    done.called = true;
    inTime();
    self.error(asError(name, error));
  };
  try {
    const answer = ask(done);
    if (isThenable(answer))
      Promise.resolve(answer)
        .catch(failed)
        .catch((error) => report(name, error));
  } catch (error) {
    failed(error);
  }
  if (!done.called) inTime = whenLate(name, () => failed(new Error(`${name} did not answer in time`)));
}

/** Fails like passport-jwt, or with a challenge if challenges are enabled. */
function refuse(self: Inside, info: unknown, reason: unknown): void {
  if (!self._challenge) self.fail(info);
  else if (reason === undefined) self.fail(bearerChallenge({ realm: self._challenge.realm }), 401);
  else self.fail(bearerChallenge({ ...self._challenge, error: 'invalid_token', description: messageOf(reason) }), 401);
}

function messageOf(reason: unknown): string | undefined {
  if (typeof reason === 'string') return reason;
  const message = (reason as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message : undefined;
}

function keyProvider({ secretOrKey, secretOrKeyProvider }: Options): SecretOrKeyProvider {
  if (!secretOrKey) {
    if (!secretOrKeyProvider) throw new TypeError('JwtStrategy requires a secret or key');
    return secretOrKeyProvider;
  }
  if (secretOrKeyProvider) {
    throw new TypeError('JwtStrategy has been given both a secretOrKey and a secretOrKeyProvider');
  }
  return (_request, _token, done) => done(null, secretOrKey);
}

/** The strategy's own options merged over `jsonWebTokenOptions`: an omitted option does not remove a given one. */
function verifyOptions(options: Options): VerifyOptions {
  const inner = options.jsonWebTokenOptions ?? {};
  return {
    ...inner,
    audience: options.audience ?? inner.audience,
    issuer: options.issuer ?? inner.issuer,
    algorithms: options.algorithms ?? inner.algorithms,
    ignoreExpiration: Boolean(options.ignoreExpiration ?? inner.ignoreExpiration),
  };
}
