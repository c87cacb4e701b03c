/**
 * The revocation list of a session server (`GET /auth/revocations`), kept as long as it may be believed. Nothing is fetched while
 * nobody asks.
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
  /** How long a list is used without asking again. 30 seconds unless set. */
  freshFor?: Duration;
  /** Age after which a list is no longer believed; until then it is used while it is fetched again. 5 minutes unless set. */
  maxAge?: Duration;
  /**
   * What to do with tokens while no current list is available: `refuse` them (`ERR_REVOCATION_UNAVAILABLE`, a 503), or
   * `accept` them, revoked or not, by the last list there was. `refuse` unless set.
   */
  whenUnavailable?: 'refuse' | 'accept';
  /** Least time between a fetch that failed and the next. 5 seconds unless set. */
  cooldown?: Duration;
  /** Largest list. 8 MiB unless set. */
  maxBytes?: number;
}

const ALLOWED = {
  ...documentRules,
  maxAge: rules.duration,
  whenUnavailable: ['refuse or accept', (value: unknown) => value === 'refuse' || value === 'accept'],
} as const;

/**
 * The list at `url`, for `createVerifier({ revocations })`: fetched when first needed, one fetch for all, with the ETag of the last.
 * A token is revoked when its `sid` is among the list's sessions, or when it was issued before its `sub`'s moment; a token that does
 * not say when it was issued counts as issued before.
 *
 * @throws OptionError when `url` is no https address
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

/** A list as it came. */
interface List {
  sessions: ReadonlySet<string>;
  /** By user: the moment, in seconds since 1970, before which tokens are refused. */
  users: ReadonlyMap<string, number>;
  etag: string | null;
  /** When it was surely true, in milliseconds. */
  at: number;
}

class PolledList implements Revocations {
  readonly #document: PolledDocument;
  readonly #accepts: boolean;
  /** In milliseconds. */
  readonly #times: { freshFor: number; maxAge: number; cooldown: number; timeout: number };
  #list: List | undefined;
  /** The fetch under way, by when it began. */
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

  /** The list, if it is young enough. */
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

  /** A clock that was set back makes everything old, not new. */
  #within(since: number, millis: number): boolean {
    const age = this.#document.now() - since;
    return age >= 0 && age <= millis;
  }

  /** A fetch that took too long is dead, as is one whose request ended before it did. */
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

  /** Fetches; does not fail, but notes that it did. */
  async #fetch(): Promise<void> {
    const began = this.#document.now();
    this.#began = began;
    try {
      const list = await this.#answer(began);
      if (!this.#within(list.at, this.#times.maxAge)) throw new Error('too old on arrival');
      // One that was given up as dead must not put an older list in a newer one's place.
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
    // What comes out of a cache on the way was true that much earlier.
    const at = began - (Number(reply.headers.get('age')) || 0) * 1000;
    if (reply.status === 304 && known !== undefined) return { ...known, at };
    if (reply.status !== 200) throw new Error(`status ${reply.status}`);
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await reply.bytes());
    return { ...parsed(JSON.parse(text)), etag: reply.headers.get('etag'), at };
  }
}

/** The list in a document. @throws when it is of another shape: half a list would let revoked tokens pass. */
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
