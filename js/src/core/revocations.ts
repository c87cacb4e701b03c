/**
 * The revocation list of a session server (`GET /auth/revocations`), cached while it is current. Without traffic,
 * nothing is fetched.
 *
 * @module
 */
import { checkOptions, rules, seconds } from './check.js';
import { type DocumentOptions, documentRules, HTTPS, isLoopback, PolledDocument, pause } from './document.js';
import { errorOf, optionError } from './errors.js';
import type { Claims, Duration } from './types.js';
import type { Revocations } from './verifier.js';

/** Options of {@link revocationList}. */
export interface RevocationListOptions extends DocumentOptions {
  /** How long a list is used without another fetch. Default: 30 seconds. */
  freshFor?: Duration;
  /** Age after which a list is no longer used; until then it is used while it is fetched again. Default: 5 minutes. */
  maxAge?: Duration;
  /**
   * What to do with tokens while no current list is available: `refuse` them (`ERR_REVOCATION_UNAVAILABLE`, a 503), or
   * `accept` them according to the last known list. Default: `refuse`.
   */
  whenUnavailable?: 'refuse' | 'accept';
  /** Minimum time between a failed fetch and the next. Default: 5 seconds. */
  cooldown?: Duration;
  /** Maximum size of the list. Default: 8 MiB. */
  maxBytes?: number;
}

const ALLOWED = {
  ...documentRules,
  maxAge: rules.duration,
  whenUnavailable: ['refuse or accept', (value: unknown) => value === 'refuse' || value === 'accept'],
} as const;

/**
 * The list at `url`, for `createVerifier({ revocations })`: fetched at first use, in one fetch for all callers, with
 * the ETag of the last one. A token is revoked if its `sid` is among the list's sessions, or if it was issued before
 * the time for its `sub`; a token without `iat` counts as issued before.
 *
 * @throws OptionError if `url` is not an https URL
 * @example
 * const revocations = revocationList('https://id.example/auth/revocations', { freshFor: '10s', maxAge: '1m' });
 * const verifier = createVerifier({ key, issuer: 'https://id.example', audience: 'api', revocations });
 */
export function revocationList(url: string | URL, options: RevocationListOptions = {}): Revocations {
  checkOptions(options, ALLOWED, 'revocationList');
  const address = URL.canParse(String(url)) ? new URL(url) : undefined;
  if (address === undefined || !isAllowed(address, options.allowLoopbackHttp ?? false)) {
    throw optionError('url', HTTPS, String(url));
  }
  return new PolledList(address.href, options);
}

function isAllowed({ protocol, hostname, username, password }: URL, loopback: boolean): boolean {
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (loopback && protocol === 'http:' && isLoopback(hostname));
}

/** A fetched list. */
interface List {
  sessions: ReadonlySet<string>;
  /** By user: the time, in seconds since 1970, before which tokens are rejected. */
  users: ReadonlyMap<string, number>;
  etag: string | null;
  /** The last time at which it was certainly current, in milliseconds. */
  at: number;
}

class PolledList implements Revocations {
  readonly #document: PolledDocument;
  readonly #accepts: boolean;
  /** In milliseconds. */
  readonly #times: { freshFor: number; maxAge: number; cooldown: number; timeout: number };
  #list: List | undefined;
  /** The current fetch, with its start time. */
  #began: number | undefined;
  #failed: number | undefined;

  constructor(url: string, options: RevocationListOptions) {
    const millis = (name: 'freshFor' | 'maxAge' | 'cooldown' | 'timeout', otherwise: Duration) =>
      seconds(name, options[name] ?? otherwise) * 1000;
    this.#accepts = options.whenUnavailable === 'accept';
    this.#times = {
      freshFor: millis('freshFor', '30s'),
      maxAge: millis('maxAge', '5m'),
      cooldown: millis('cooldown', '5s'),
      timeout: millis('timeout', '5s'),
    };
    if (this.#times.maxAge < this.#times.freshFor) {
      throw optionError('maxAge', 'no less than freshFor', options.maxAge);
    }
    const maxBytes = options.maxBytes ?? 8 * 1024 * 1024;
    this.#document = new PolledDocument(url, options, { timeoutMillis: this.#times.timeout, maxBytes });
  }

  isRevoked(claims: Claims): boolean | Promise<boolean> {
    const list = this.#believed();
    if (list === undefined) return this.#later(claims);
    if (!this.#within(list.at, this.#times.freshFor) && this.#mayFetch()) this.#beside();
    return isOn(list, claims);
  }

  /** The list, if it is recent enough. */
  #believed(): List | undefined {
    return this.#list !== undefined && this.#within(this.#list.at, this.#times.maxAge) ? this.#list : undefined;
  }

  async #later(claims: Claims): Promise<boolean> {
    for (let list = this.#believed(); ; list = this.#believed()) {
      if (list !== undefined) return isOn(list, claims);
      if (this.#mayFetch()) await this.#fetch();
      else if (this.#isFetching()) await pause();
      else return this.#withoutList(claims);
    }
  }

  #withoutList(claims: Claims): boolean {
    if (this.#accepts) return this.#list !== undefined && isOn(this.#list, claims);
    const message = 'the list of revoked tokens could not be fetched';
    throw errorOf({ code: 'ERR_REVOCATION_UNAVAILABLE', stage: 'revocation', outside: 'unavailable', message });
  }

  /** If the clock was set back, the list counts as old, not as new. */
  #within(since: number, millis: number): boolean {
    const age = this.#document.now() - since;
    return age >= 0 && age <= millis;
  }

  /** A fetch that exceeded its time is lost, and so is one whose request ended earlier. */
  #isFetching(): boolean {
    return this.#began !== undefined && this.#within(this.#began, this.#times.timeout);
  }

  #mayFetch(): boolean {
    const cooling = this.#failed !== undefined && this.#within(this.#failed, this.#times.cooldown);
    return !cooling && !this.#isFetching();
  }

  #beside(): void {
    this.#document.beside(this.#fetch());
  }

  /** Fetches; does not fail, but records a failure. */
  async #fetch(): Promise<void> {
    const began = this.#document.now();
    this.#began = began;
    try {
      const list = await this.#answer(began);
      if (!this.#within(list.at, this.#times.maxAge)) throw new Error('too old on arrival');
      // A fetch that was considered lost must not replace a newer list with an older one.
      if (this.#list === undefined || list.at >= this.#list.at) this.#list = list;
      this.#failed = undefined;
    } catch {
      this.#failed = this.#document.now();
    } finally {
      if (this.#began === began) this.#began = undefined;
    }
  }

  async #answer(began: number): Promise<List> {
    const known = this.#list;
    const headers: Record<string, string> = { accept: 'application/json' };
    if (known?.etag) headers['if-none-match'] = known.etag;
    const reply = await this.#document.fetch(headers);
    // A response from a cache was current that much earlier.
    const at = began - (Number(reply.headers.get('age')) || 0) * 1000;
    if (reply.status === 304 && known !== undefined) return { ...known, at };
    if (reply.status !== 200) throw new Error(`status ${reply.status}`);
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await reply.bytes());
    return { ...parsed(JSON.parse(text)), etag: reply.headers.get('etag'), at };
  }
}

/** The list in a document. @throws if it has another format: an incomplete list would accept revoked tokens. */
function parsed(document: unknown): Pick<List, 'sessions' | 'users'> {
  const { sessions, users } = (document ?? {}) as { sessions?: unknown; users?: unknown };
  const isObject = typeof users === 'object' && users !== null && !Array.isArray(users);
  if (!Array.isArray(sessions) || !isObject) throw new Error('no revocation list');
  const moments = Object.entries(users as Record<string, unknown>);
  const good = sessions.every((sid) => typeof sid === 'string') && moments.every(([, at]) => Number.isFinite(at));
  if (!good) throw new Error('no revocation list');
  return { sessions: new Set(sessions), users: new Map(moments as [string, number][]) };
}

function isOn({ sessions, users }: List, { sid, sub, iat }: Claims): boolean {
  if (typeof sid === 'string' && sessions.has(sid)) return true;
  const before = typeof sub === 'string' ? users.get(sub) : undefined;
  return before !== undefined && !(typeof iat === 'number' && iat >= before);
}
