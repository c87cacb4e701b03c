/**
 * The common part of all adapters, independent of frameworks: find the token, verify it, find the user, authorize. The
 * adapters only convert requests to {@link Carrier}s and errors to responses.
 *
 * @module
 */

import { CALLBACK_DEADLINE, type Waits, within } from '../guard.js';
import {
  type AuthError,
  type Claims,
  callbackInvalid,
  callbackTimeout,
  checkOptions,
  createVerifier,
  errorOf,
  isAuthError,
  optionError,
  type Rule,
  rules,
  type Verified,
  type Verifier,
  type VerifierOptions,
} from '../internal.js';
import { type Refusal, refusalOf } from './challenge.js';
import { type Carrier, extract, type TokenPlaces } from './extract.js';

/** Options of adapters in addition to those of a verifier. */
export interface GateOptions<C extends object = Claims, U = unknown> extends TokenPlaces {
  /**
   * Finds the application's user for a valid token. `null`, `undefined` and `false` reject the token: the account no
   * longer exists. An exception is a 500; no result within 30 seconds is a 503.
   */
  user?: (claims: C, auth: Verified<C>) => U | null | undefined | Promise<U | null | undefined>;
  /** The `realm` of challenges. */
  realm?: string;
}

/** Options of an adapter: those of `createVerifier`, or your own `verifier`; and {@link GateOptions}. */
export type AuthOptions<C extends object = Claims, U = unknown> = GateOptions<C, U> &
  (VerifierOptions<C> | { verifier: Verifier<C> });

/** Options for optional authentication: a missing token is accepted. */
export type OptionalAuthOptions<C extends object = Claims, U = unknown> = AuthOptions<C, U> & {
  /** How to treat an invalid token. Default: reject it. */
  invalidToken?: 'refuse' | 'treat-as-missing';
};

/** The authenticated request: the verified token, and the application's user if `user` was given. */
export interface Admitted<C extends object = Claims, U = unknown> {
  auth: Verified<C>;
  user: U | undefined;
}

const isText = (value: unknown) => typeof value === 'string' && value !== '';

/** Compared with the form that browsers send (RFC 6454 section 6.2): an origin in any other form would never match. */
function isOriginList(value: unknown): boolean {
  const isOrigin = (one: unknown) =>
    typeof one === 'string' &&
    /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s]+$/.test(one) &&
    (!/^https?:/.test(one) || originOf(one) === one);
  return Array.isArray(value) && value.every(isOrigin);
}

function originOf(text: string): string | undefined {
  return URL.canParse(text) ? new URL(text).origin : undefined;
}

const ALLOWED: Record<string, Rule> = {
  header: rules.flag,
  cookie: ['the name of a cookie', (value) => isText(value) && /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(value as string)],
  query: ['the name of a query parameter', isText],
  allowedOrigins: ['an array of origins, such as "https://app.example.com"', isOriginList],
  user: rules.callback,
  realm: rules.text,
};

/** The rule for `invalidToken`, with optional authentication. */
export const OPTIONAL_ALLOWED: Record<string, Rule> = {
  invalidToken: ['"refuse" or "treat-as-missing"', (value) => value === 'refuse' || value === 'treat-as-missing'],
};

/** Authentication with one set of options. */
export class Gate<C extends object = Claims, U = unknown> {
  readonly #verifier: Verifier<C>;
  readonly #options: GateOptions<C, U> & { invalidToken?: string };

  /** @throws OptionError */
  constructor(options: AuthOptions<C, U>, more: Record<string, Rule> = {}) {
    if (typeof options !== 'object' || options === null) throw optionError('options', 'an object', options);
    const known = { ...ALLOWED, ...more };
    const entries = Object.entries(options);
    const ours = Object.fromEntries(entries.filter(([name]) => Object.hasOwn(known, name)));
    const rest = Object.fromEntries(entries.filter(([name]) => !Object.hasOwn(known, name)));
    checkOptions(ours, known, 'the adapter');
    this.#options = ours;
    this.#verifier = verifierOf<C>(rest);
  }

  /**
   * The authenticated user; `undefined` if there is no token.
   *
   * @throws AuthError
   */
  async admit(carrier: Carrier): Promise<Admitted<C, U> | undefined> {
    const token = extract(carrier, this.#options);
    if (token === undefined) return undefined;
    const auth = await timely('verifier', this.#verifier.verify(token));
    // The result of the application's own verifier can have any type.
    if (typeof auth?.claims !== 'object' || auth.claims === null) {
      throw callbackInvalid('verifier', 'the verdict of createVerifier', auth);
    }
    const { user } = this.#options;
    if (user === undefined) return { auth, user: undefined };
    const found = await timely('user', user(auth.claims, auth));
    if (found === null || found === undefined || (found as unknown) === false) throw unknownUser();
    return { auth, user: found };
  }

  /** The authenticated user; a token is required. @throws AuthError */
  async require(carrier: Carrier): Promise<Admitted<C, U>> {
    const admitted = await this.admit(carrier);
    if (admitted === undefined) throw missing();
    return admitted;
  }

  /**
   * The authenticated user, if there is a token. An invalid token is rejected unless the options treat it as missing.
   * @throws AuthError
   */
  async optional(carrier: Carrier): Promise<Admitted<C, U> | undefined> {
    try {
      return await this.admit(carrier);
    } catch (error) {
      const forgiven = this.#options.invalidToken === 'treat-as-missing' && isAuthError(error) && error.status === 401;
      if (forgiven) return undefined;
      throw error;
    }
  }

  /** The error response for a client. */
  refusal(error: unknown, scope?: string): Refusal {
    return refusalOf(error, this.#options.realm, scope);
  }
}

function timely<T>(name: string, answer: Waits<T>): Waits<T> {
  return within(CALLBACK_DEADLINE, answer, () => callbackTimeout(name));
}

function verifierOf<C extends object>(rest: Record<string, unknown>): Verifier<C> {
  const { verifier, ...others } = rest as { verifier?: Verifier<C> };
  if (verifier === undefined) return createVerifier<C>(rest as never);
  const [stray] = Object.keys(others);
  if (stray !== undefined) throw optionError(stray, 'left out beside a ready "verifier"', others[stray as never]);
  if (typeof verifier?.verify !== 'function') throw optionError('verifier', 'what createVerifier returns', verifier);
  return verifier;
}

/** The error for a request without a token. */
export function missing(): AuthError {
  return errorOf({
    code: 'ERR_TOKEN_MISSING',
    stage: 'format',
    outside: 'unauthenticated',
    message: 'no token provided',
  });
}

function unknownUser(): AuthError {
  return errorOf({
    code: 'ERR_CLAIM_MISMATCH',
    stage: 'claims',
    outside: 'invalid_token',
    message: 'the holder of this token has no account here',
    subject: 'sub',
  });
}
