/**
 * Verification: create a verifier once and reuse it. The wasm code makes the complete decision; this file passes the
 * token to it and returns the claims.
 *
 * @module
 */
import { CALLBACK_DEADLINE, isThenable, type Waits, within } from '../guard.js';
import { type CacheOptions, TokenCache } from './cache.js';
import { checkOptions, many, present, rules, seconds } from './check.js';
import { decode } from './decode.js';
import { callbackTimeout, errorOf, optionError } from './errors.js';
import { type IssuerKeys, Issuers } from './issuers.js';
import { type Key, type KeyMaterial, setOf, toKeys } from './keys.js';
import { cappedToken, MAX_TOKEN_BYTES } from './limits.js';
import { revocationList } from './revocations.js';
import type { Alg, Claims, Duration, Header } from './types.js';
import { checkLater, core, door, LATER, put, take, wasm } from './wasm.js';

/**
 * Finds keys by the header of a token, which is not verified yet. An exception, no result within 30 seconds, and a
 * result that is not a key reject the token.
 */
export type KeyFinder = (header: Header) => KeyMaterial | Promise<KeyMaterial>;

/** A provider of keys, such as `remoteKeys(url)`. */
export interface KeyProvider {
  /** The keys for a token with this header. The identity of the array shows whether they changed. */
  keysFor(header: Header): readonly Key[] | Promise<readonly Key[]>;
}

/** Checks whether a token that is otherwise valid has been revoked. */
export interface Revocations {
  /**
   * Whether the token with these claims has been revoked. Only `false` accepts the token: any other value, an
   * exception, and no result within 30 seconds reject it.
   */
  isRevoked(claims: Claims): boolean | Promise<boolean>;
}

/** Options of {@link createVerifier}. */
export interface VerifierOptions<C extends object = Claims> {
  /** What verifies signatures: one key, several, a provider, a function of the header, or keys by issuer. */
  key: KeyMaterial | KeyProvider | KeyFinder | Issuers;
  /** Accepted algorithms. Required if the key does not determine one: a bare secret, an RSA key. */
  algorithms?: readonly Alg[];
  /**
   * `iss` must be (one of) this. `null` skips the check. If the keys are {@link issuers}, `iss` must be the issuer of
   * the keys in any case; a list here restricts the accepted issuers, and `null` or their `names` accepts all of them.
   */
  issuer: string | readonly string[] | null;
  /** `aud` must contain (one of) this. `null` skips the check. */
  audience: string | readonly string[] | null;
  /**
   * The header's `typ`, such as `at+jwt`; case and a leading `application/` are ignored. Without it, every type is
   * accepted except that of refresh tokens, `rt+jwt`.
   */
  typ?: string;
  /** `sub` must be (one of) this. */
  subject?: string | readonly string[];
  /** Allowed clock skew. Default: 5 seconds. */
  leeway?: Duration;
  /** Maximum age, by `iat`. */
  maxAge?: Duration;
  /** Required claims. */
  requiredClaims?: readonly string[];
  /**
   * A custom check, after all others. `false` or a promise of it, an exception, and no result within 30 seconds reject
   * the token.
   */
  check?: (claims: C, header: Header) => unknown;
  /**
   * Caches valid tokens until they expire or the keys change. Cached results are frozen, because all callers with the
   * same token share them. Limits are per issuer. If `key` is a function, it must return the same object each time for
   * the keys to count as unchanged.
   */
  cache?: boolean | CacheOptions;
  /** Checked for every token, cached or not. A URL is short for {@link revocationList} with that URL. */
  revocations?: Revocations | string | URL;
  /** The current time in milliseconds, for tests. Default: `Date.now`. */
  now?: () => number;
}

/** A valid token. */
export class Verified<C extends object = Claims> {
  /** The claims, exactly as in the token. */
  readonly claims: C;
  readonly #token: string;

  /** @internal */
  constructor(claims: C, token: string) {
    this.claims = claims;
    this.#token = token;
  }

  /** The header, which the signature covers like the claims. */
  get header(): Header {
    return headerOf(this.#token);
  }

  /** The token itself. Not enumerable, so that it is not logged by accident. */
  get token(): string {
    return this.#token;
  }
}

/** Verifies tokens. Created by {@link createVerifier}. */
export interface Verifier<C extends object = Claims> {
  /** Verifies a token. Rejects with an `AuthError`. */
  verify(token: string): Promise<Verified<C>>;
  /**
   * Verifies a token synchronously. Throws an `AuthError`; `ERR_SYNC_UNAVAILABLE` if the host can only answer
   * asynchronously.
   */
  verifySync(token: string): Verified<C>;
}

const ALLOWED = {
  key: rules.key,
  algorithms: rules.algorithms,
  issuer: rules.textsOrNull,
  audience: rules.textsOrNull,
  typ: rules.text,
  subject: rules.texts,
  leeway: rules.duration,
  maxAge: rules.duration,
  requiredClaims: rules.names,
  check: rules.callback,
  cache: [
    'true, false or { maxEntries, maxBytes }',
    (value: unknown) => typeof value === 'boolean' || rules.object[1](value),
  ],
  revocations: [
    'an https address, or an object with a function isRevoked(claims)',
    (value: unknown) => isAddress(value) || typeof (value as Revocations | null)?.isRevoked === 'function',
  ],
  now: rules.callback,
} as const;

/**
 * A verifier.
 *
 * @example
 * const verifier = createVerifier({ key: secret, algorithms: ['HS256'], issuer: 'https://id.example', audience: 'api' });
 * const { claims } = verifier.verifySync(token);
 */
export function createVerifier<C extends object = Claims>(options: VerifierOptions<C>): Verifier<C> {
  checkOptions(options, ALLOWED, 'createVerifier');
  for (const name of ['key', 'issuer', 'audience'] as const) {
    if (options[name] === undefined) throw optionError(name, ALLOWED[name][0], undefined);
  }
  const { key, ...others } = { ...options, revocations: revocationsOf(options.revocations) };
  return key instanceof Issuers ? new IssuerVerifier<C>(others, key) : new TokenVerifier<C>({ ...others, key });
}

function isAddress(value: unknown): value is string | URL {
  return typeof value === 'string' || value instanceof URL;
}

function revocationsOf(given: VerifierOptions['revocations']): Revocations | undefined {
  return isAddress(given) ? revocationList(given) : given;
}

type WasmVerifier = InstanceType<ReturnType<typeof wasm>['WasmVerifier']>;
/**
 * A verifier in wasm. It references its keys, because a host drops the handle of a key that is no longer referenced.
 */
type Handle = WasmVerifier & { keys?: readonly Key[]; generation?: number };

interface Remembered<C extends object> {
  claims: C;
  verified: Verified<C>;
  /** The identity of the keys that verified it. */
  handle: Handle;
}

/** Options after the issuer was selected and `revocations` was resolved to a list. */
interface OneIssuerOptions<C extends object> extends VerifierOptions<C> {
  key: IssuerKeys;
  revocations: Revocations | undefined;
}

class TokenVerifier<C extends object> implements Verifier<C> {
  readonly #options: OneIssuerOptions<C>;
  readonly #forWasm: string;
  readonly #now: () => number;
  readonly #cache: TokenCache<Remembered<C>> | undefined;
  /** Whether there are checks after signature and claims. */
  readonly #asksMore: boolean;
  /** Set if the keys are known from the start. */
  readonly #fixedKeys: readonly Key[] | undefined;
  #fixed: Handle | undefined;
  readonly #byKeys = new WeakMap<readonly Key[], Handle>();

  constructor(options: OneIssuerOptions<C>) {
    this.#options = options;
    this.#forWasm = JSON.stringify({
      algorithms: options.algorithms,
      issuer: many(options.issuer),
      audience: many(options.audience),
      subject: many(options.subject),
      typ: options.typ,
      leeway: options.leeway === undefined ? undefined : seconds('leeway', options.leeway),
      maxAge: options.maxAge === undefined ? undefined : seconds('maxAge', options.maxAge),
      requiredClaims: options.requiredClaims,
    });
    this.#now = options.now ?? Date.now;
    this.#cache = options.cache ? new TokenCache(options.cache) : undefined;
    this.#asksMore = options.check !== undefined || options.revocations !== undefined;
    const { key } = options;
    if (Array.isArray(key) && key.length === 0) throw optionError('key', 'at least one key', key);
    if (typeof key !== 'function' && !isProvider(key)) this.#fixedKeys = toKeys(key, options.algorithms);
    this.#current();
  }

  verifySync(token: string): Verified<C> {
    const now = present(this.#now);
    const handle = this.#current() ?? atOnce(this.#find(token));
    const known = this.#known(handle, token, now);
    if (known !== undefined) return this.#asksMore ? atOnce(this.#askMore(known)) : known;
    const answer = this.#ask(handle, token, now);
    if (answer === LATER) {
      throw syncUnavailable('this host checks such signatures asynchronously: use verify()');
    }
    const verified = this.#accept(handle, answer, token);
    return this.#asksMore ? atOnce(this.#askMore(verified)) : verified;
  }

  async verify(token: string): Promise<Verified<C>> {
    const now = present(this.#now);
    const handle = this.#current() ?? (await this.#find(token));
    const known = this.#known(handle, token, now);
    if (known !== undefined) return this.#asksMore ? this.#askMore(known) : known;
    let answer = this.#ask(handle, token, now);
    if (answer === LATER) {
      const good = await checkLater();
      answer = door(() => handle.resume(put(token, MAX_TOKEN_BYTES), now, good));
    }
    const verified = this.#accept(handle, answer, token);
    return this.#asksMore ? this.#askMore(verified) : verified;
  }

  /** The cached result for a token, if the keys are still those that verified it. */
  #known(handle: Handle, token: string, now: number): Verified<C> | undefined {
    const known = this.#cache?.get(token, now);
    return known?.handle === handle ? known.verified : undefined;
  }

  #ask(handle: Handle, token: string, now: number): number {
    if (typeof token !== 'string') throw missing(token);
    const capped = cappedToken(token);
    return door(() => handle.verify(put(capped, MAX_TOKEN_BYTES), now));
  }

  /** The handle of the fixed keys, created again after a trap. */
  #current(): Handle | undefined {
    if (this.#fixedKeys !== undefined && this.#fixed?.generation !== core.generation) {
      this.#fixed = this.#handleFor(this.#fixedKeys);
    }
    return this.#fixed;
  }

  #accept(handle: Handle, answer: number, token: string): Verified<C> {
    const verified = new Verified<C>(JSON.parse(take(answer)), token);
    const { claims } = verified;
    this.#cache?.set(token, { claims, verified, handle }, handle.validFrom, handle.validUntil);
    return verified;
  }

  #askMore(verified: Verified<C>): Waits<Verified<C>> {
    const { check, revocations } = this.#options;
    // Only `false` accepts: a function that forgot to return something has not accepted the token.
    const revoked: Waits<unknown> =
      revocations === undefined ? false : timely('isRevoked', revocations.isRevoked(verified.claims as Claims));
    const afterRevocation = (is: unknown): Waits<Verified<C>> => {
      if (is !== false) throw REVOKED();
      return check === undefined
        ? verified
        : then(timely('check', check(verified.claims, verified.header)), (good) => passed(good, verified));
    };
    return then(revoked, afterRevocation);
  }

  #find(token: string): Waits<Handle> {
    const header = headerOf(token);
    const { key, algorithms } = this.#options;
    const found: Waits<unknown> = isProvider(key) ? key.keysFor(header) : (key as KeyFinder)(header);
    return then(timely('key', found), (material) => this.#handleFor(toKeys(material as KeyMaterial, algorithms)));
  }

  #handleFor(keys: readonly Key[]): Handle {
    const known = this.#byKeys.get(keys);
    if (known?.generation === core.generation) return known;
    const { WasmVerifier } = wasm();
    const handle: Handle = door(() => {
      const set = setOf(keys);
      const made = new WasmVerifier(set, this.#forWasm);
      set.free();
      return made;
    });
    handle.keys = keys;
    handle.generation = core.generation;
    this.#byKeys.set(keys, handle);
    return handle;
  }
}

/**
 * One verifier per issuer. Each accepts only its own `iss`, so the issuer that selected the keys is verified together
 * with the signature.
 */
class IssuerVerifier<C extends object> implements Verifier<C> {
  readonly #byIssuer: ReadonlyMap<string, Verifier<C>>;

  constructor(options: Omit<OneIssuerOptions<C>, 'key'>, keys: Issuers) {
    const verifierOf = (issuer: string): [string, Verifier<C>] => {
      const key = keys.keysOf(issuer);
      if (key === undefined) throw optionError('issuer', `among ${keys.names.join(', ')}`, issuer);
      return [issuer, new TokenVerifier<C>({ ...options, key, issuer })];
    };
    this.#byIssuer = new Map((many(options.issuer) ?? keys.names).map(verifierOf));
  }

  verifySync(token: string): Verified<C> {
    return this.#of(token).verifySync(token);
  }

  async verify(token: string): Promise<Verified<C>> {
    return this.#of(token).verify(token);
  }

  #of(token: string): Verifier<C> {
    if (typeof token !== 'string' || token === '') throw missing(token);
    const { iss } = decode(token).claims;
    const found = typeof iss === 'string' ? this.#byIssuer.get(iss) : undefined;
    if (found === undefined) throw noSuchIssuer();
    return found;
  }
}

function noSuchIssuer(): Error {
  const message = 'no keys are known for the issuer that the token names';
  return errorOf({ code: 'ERR_KEY_NOT_FOUND', stage: 'key', outside: 'invalid_token', message, subject: 'iss' });
}

function isProvider(key: unknown): key is KeyProvider {
  return typeof key === 'object' && key !== null && typeof (key as KeyProvider).keysFor === 'function';
}

/** The result of a function of the application, with a time limit. */
function timely<T>(name: string, answer: Waits<T>): Waits<T> {
  return within(CALLBACK_DEADLINE, answer, () => callbackTimeout(name));
}

/** Continues synchronously if possible, so that the synchronous functions can use the same steps. */
function then<T, R>(value: Waits<T>, next: (value: T) => Waits<R>): Waits<R> {
  return isThenable(value) ? Promise.resolve(value).then(next) : next(value);
}

function atOnce<T>(value: Waits<T>): T {
  if (!isThenable(value)) return value;
  Promise.resolve(value).catch(() => undefined);
  throw syncUnavailable('the keys, the check or the revocation list answer later: use verify()');
}

function passed<V>(good: unknown, verified: V): V {
  if (good === false) {
    throw errorOf({
      code: 'ERR_CLAIM_MISMATCH',
      stage: 'claims',
      outside: 'invalid_token',
      message: 'a claim has an unexpected value (check: returned false)',
      subject: 'check',
    });
  }
  return verified;
}

const REVOKED = () =>
  errorOf({
    code: 'ERR_TOKEN_REVOKED',
    stage: 'revocation',
    outside: 'invalid_token',
    message: 'the token has been revoked',
  });

function syncUnavailable(message: string): Error {
  return errorOf({ code: 'ERR_SYNC_UNAVAILABLE', stage: 'option', outside: 'internal', message });
}

function missing(token: unknown): Error {
  if (token === undefined || token === null || token === '') {
    return errorOf({
      code: 'ERR_TOKEN_MISSING',
      stage: 'format',
      outside: 'unauthenticated',
      message: 'no token provided',
    });
  }
  return optionError('token', 'a string', token);
}

/** The header of a token, unverified. Throws an `AuthError` if it is invalid. @internal */
export function headerOf(token: string): Header {
  if (typeof token !== 'string') throw missing(token);
  const { decodeHeader } = wasm();
  const capped = cappedToken(token);
  return JSON.parse(take(door(() => decodeHeader(put(capped, MAX_TOKEN_BYTES)))));
}

/**
 * Verifies one token, without keeping the verifier. {@link createVerifier} is much faster for many tokens with the same
 * options.
 */
export async function verify<C extends object = Claims>(
  token: string,
  options: VerifierOptions<C>,
): Promise<Verified<C>> {
  return createVerifier<C>(options).verify(token);
}
