/**
 * Keys at a URL (a JWKS). The wasm code decides when to fetch, what to cache and for how long, the same on every
 * platform; this file fetches.
 *
 * @module
 */
import { warn } from '../guard.js';
import { checkOptions, rules, seconds } from './check.js';
import { type DocumentOptions, documentRules, HTTPS, isLoopback, PolledDocument, pause } from './document.js';
import { errorOf, optionError } from './errors.js';
import { type Key, keysIn } from './keys.js';
import { capped, MAX_URL_BYTES } from './limits.js';
import type { Alg, Duration, Header } from './types.js';
import type { KeyProvider } from './verifier.js';
import { core, door, wasm } from './wasm.js';

/** Options of {@link remoteKeys}. */
export interface RemoteKeysOptions extends DocumentOptions {
  /** The algorithms for keys that name none: the first one that fits the key. Default: RS256. */
  algorithms?: readonly Alg[];
  /** How long a set is used without another fetch. Default: 10 minutes. */
  freshFor?: Duration;
  /** How long it is still used after that, while it is fetched again. Default: an hour. */
  staleFor?: Duration;
  /** Minimum time between two fetches, including failed ones. Default: 30 seconds. */
  cooldown?: Duration;
  /** Maximum size of the document, in bytes. Default: 256 KiB; at most 16 MiB. */
  maxBytes?: number;
}

const ALLOWED = { ...documentRules, algorithms: rules.algorithms, staleFor: rules.duration } as const;

/**
 * The keys published at `url`: fetched at first use, cached, and fetched again when they expire or a token names an
 * unknown key.
 *
 * @throws OptionError if `url` is not an https URL
 * @example
 * const verifier = createVerifier({ key: remoteKeys('https://id.example/.well-known/jwks.json'), issuer: 'https://id.example', audience: 'api' });
 */
export function remoteKeys(url: string | URL, options: RemoteKeysOptions = {}): KeyProvider {
  checkOptions(options, ALLOWED, 'remoteKeys');
  const address = capped('url', String(url), MAX_URL_BYTES);
  const parsed = URL.canParse(address) ? new URL(address) : undefined;
  const loopback = parsed?.protocol === 'http:' && isLoopback(parsed.hostname);
  if (parsed === undefined || (loopback && !options.allowLoopbackHttp)) throw optionError('url', HTTPS, address);
  return new Remote(address, options);
}

/** Maximum number of different messages about one URL on the console. */
const MOST_WARNINGS = 100;

type Handle = InstanceType<ReturnType<typeof wasm>['WasmRemote']>;
type Keys = readonly Key[];

class Remote implements KeyProvider {
  readonly #open: () => { document: PolledDocument; handle: Handle };
  /** The URL of the keys, without a query, which may be secret. */
  readonly #place: string;
  readonly #warned = new Set<string>();
  #document: PolledDocument;
  #handle: Handle;
  #generation: number;
  #shown: { generation: number; keys: Keys } = { generation: -1, keys: [] };

  constructor(url: string, options: RemoteKeysOptions) {
    const inSeconds = (name: 'freshFor' | 'staleFor' | 'cooldown' | 'timeout') => {
      const value = options[name];
      return value === undefined ? undefined : seconds(name, value);
    };
    const given = JSON.stringify({
      algorithms: options.algorithms,
      freshFor: inSeconds('freshFor'),
      staleFor: inSeconds('staleFor'),
      cooldown: inSeconds('cooldown'),
      timeout: inSeconds('timeout'),
      maxBytes: options.maxBytes,
      allowLoopbackHttp: options.allowLoopbackHttp ?? false,
    });
    const { origin, pathname } = new URL(url);
    this.#place = origin + pathname;
    this.#open = () => {
      const handle = door(() => new (wasm().WasmRemote)(url, given));
      return { handle, document: new PolledDocument(url, options, handle) };
    };
    ({ handle: this.#handle, document: this.#document } = this.#open());
    this.#generation = core.generation;
  }

  keysFor(header: Header): Keys | Promise<Keys> {
    const step = this.#step(header);
    if (step.keys === undefined) return this.#later(header, step);
    if (step.ticket !== undefined) this.#beside(step.ticket);
    return step.keys;
  }

  async #later(header: Header, first: Step): Promise<Keys> {
    for (let step = first; ; step = this.#step(header)) {
      if (step.keys !== undefined) return step.keys;
      if (step.kind === 'unavailable') throw unavailable();
      if (step.ticket === undefined) await pause();
      else await this.#fetch(step.ticket);
    }
  }

  /** After a trap the keys are lost: they are fetched again. */
  #restart(): void {
    if (this.#generation === core.generation) return;
    ({ handle: this.#handle, document: this.#document } = this.#open());
    this.#generation = core.generation;
    this.#shown = { generation: -1, keys: [] };
  }

  #step({ alg, kid }: Header): Step {
    this.#restart();
    const handle = door(() => this.#handle.step(alg, kid, this.#document.now()));
    const { kind, ticket, generation } = handle;
    const set = generation === this.#shown.generation ? undefined : handle.keys();
    if (set !== undefined) this.#shown = { generation, keys: keysIn(set, refetched) };
    handle.free();
    return { kind, ticket, keys: kind === 'use' || kind === 'refresh' ? this.#shown.keys : undefined };
  }

  /** Fetches in the background; a failure only matters when the keys are too old to be used. */
  #beside(ticket: number): void {
    this.#document.beside(this.#fetch(ticket).catch(() => undefined));
  }

  async #fetch(ticket: number): Promise<void> {
    const answer = await this.#answer().catch(() => undefined);
    this.#warn(door(() => this.#handle.settle(ticket, answer, this.#document.now())));
  }

  /** Reports each ignored entry once: a set that is fetched every ten minutes has the same error every time. */
  #warn(lines: string): void {
    for (const line of lines.split('\n')) {
      if (line === '' || this.#warned.has(line) || this.#warned.size >= MOST_WARNINGS) continue;
      this.#warned.add(line);
      warn(`${this.#place}: ${line}`);
    }
  }

  async #answer(): Promise<Uint8Array> {
    const reply = await this.#document.fetch({ accept: 'application/jwk-set+json, application/json' });
    if (reply.status !== 200) throw new Error(`status ${reply.status}`);
    return reply.bytes();
  }
}

interface Step {
  kind: string;
  ticket: number | undefined;
  keys: Keys | undefined;
}

/** Keys from a URL are not created again: a verifier gets the keys of the next fetch. */
function refetched(): never {
  throw unavailable();
}

function unavailable(): Error {
  const message = 'the keys could not be fetched';
  return errorOf({ code: 'ERR_KEY_UNAVAILABLE', stage: 'key', outside: 'unavailable', message, subject: 'JWKS' });
}
