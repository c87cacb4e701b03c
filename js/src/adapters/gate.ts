/**
 * What every adapter does, without a framework: find the token, verify it, find the user, decide. The adapters translate
 * requests into {@link Carrier}s and refusals into answers, and decide nothing.
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

/** What adapters take besides the options of a verifier. */
export interface GateOptions<C extends object = Claims, U = unknown> extends TokenPlaces {
  /**
   * The application's user for a good token. `null`, `undefined` and `false` refuse it: the account is gone. An exception is a 500,
   * no answer within 30 seconds a 503.
   */
  user?: (claims: C, auth: Verified<C>) => U | null | undefined | Promise<U | null | undefined>;
  /** The `realm` of challenges. */
  realm?: string;
}

/** Options of an adapter: those of `createVerifier`, or a ready `verifier`; and {@link GateOptions}. */
export type AuthOptions<C extends object = Claims, U = unknown> = GateOptions<C, U> &
  (VerifierOptions<C> | { verifier: Verifier<C> });

/** Options where a missing token passes. */
export type OptionalAuthOptions<C extends object = Claims, U = unknown> = AuthOptions<C, U> & {
  /** What becomes of a token that is there but no good. It is refused unless this says otherwise. */
  invalidToken?: 'refuse' | 'treat-as-missing';
};

/** Who asks: the verified token, and the application's user where `user` was given. */
export interface Admitted<C extends object = Claims, U = unknown> {
  auth: Verified<C>;
  user: U | undefined;
}

const isText = (value: unknown) => typeof value === 'string' && value !== '';

/** Written as browsers send them (RFC 6454 section 6.2): one that is written otherwise would never match. */
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

/** The rule for `invalidToken`, where a missing token passes. */
export const OPTIONAL_ALLOWED: Record<string, Rule> = {
  invalidToken: ['"refuse" or "treat-as-missing"', (value) => value === 'refuse' || value === 'treat-as-missing'],
};

/** The gate of one set of options. */
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
   * Who asks; `undefined` when there is no token.
   *
   * @throws AuthError
   */
  async admit(carrier: Carrier): Promise<Admitted<C, U> | undefined> {
    const token = extract(carrier, this.#options);
    if (token === undefined) return undefined;
    const auth = await timely('verifier', this.#verifier.verify(token));
    // A verifier of the application's own may answer anything.
    if (typeof auth?.claims !== 'object' || auth.claims === null) {
      throw callbackInvalid('verifier', 'the verdict of createVerifier', auth);
    }
    const { user } = this.#options;
    if (user === undefined) return { auth, user: undefined };
    const found = await timely('user', user(auth.claims, auth));
    if (found === null || found === undefined || (found as unknown) === false) throw unknownUser();
    return { auth, user: found };
  }

  /** Who asks, for a place where a token is needed. @throws AuthError */
  async require(carrier: Carrier): Promise<Admitted<C, U>> {
    const admitted = await this.admit(carrier);
    if (admitted === undefined) throw missing();
    return admitted;
  }

  /** Who asks, if anyone says. A bad token is refused unless the options say in words that it counts as none. @throws AuthError */
  async optional(carrier: Carrier): Promise<Admitted<C, U> | undefined> {
    try {
      return await this.admit(carrier);
    } catch (error) {
      const forgiven = this.#options.invalidToken === 'treat-as-missing' && isAuthError(error) && error.status === 401;
      if (forgiven) return undefined;
      throw error;
    }
  }

  /** What a refused client is told. */
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
