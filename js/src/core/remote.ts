/**
 * Keys at an address (a JWKS). When to fetch, what to keep and for how long is decided in wasm, the same everywhere; this file
 * fetches. Callers never wait for each other's promise, which in a Worker dies with the request that made it.
 *
 * @module
 */
import { readAtMost } from './body.js';
import { checkOptions, rules, seconds } from './check.js';
import { door, errorOf, optionError } from './errors.js';
import { type Key, keysIn } from './keys.js';
import type { Alg, Duration, Header } from './types.js';
import type { KeyProvider } from './verifier.js';
import { wasm } from './wasm.js';

/** Options of {@link remoteKeys}. */
export interface RemoteKeysOptions {
  /** What keys that name no algorithm are for: the first of these that they fit. RS256 unless set. */
  algorithms?: readonly Alg[];
  /** How long a set is used without asking again. 10 minutes unless set. */
  freshFor?: Duration;
  /** How long after that it is still used while it is fetched again. An hour unless set. */
  staleFor?: Duration;
  /** Least time between two fetches, failed ones included. 30 seconds unless set. */
  cooldown?: Duration;
  /** How long one fetch may take. 5 seconds unless set. */
  timeout?: Duration;
  /** Largest document. 256 KiB unless set. */
  maxBytes?: number;
  /** Whether plain http to this machine will do. For development. */
  allowLoopbackHttp?: boolean;
  /** Another `fetch`. */
  fetch?: typeof fetch;
  /** Keeps a fetch alive that runs beside an answer: a Worker's `ctx.waitUntil`. */
  waitUntil?: (work: Promise<unknown>) => void;
}

const ALLOWED = {
  algorithms: rules.algorithms,
  freshFor: rules.duration,
  staleFor: rules.duration,
  cooldown: rules.duration,
  timeout: rules.duration,
  maxBytes: rules.count,
  allowLoopbackHttp: rules.flag,
  fetch: rules.callback,
  waitUntil: rules.callback,
} as const;

/** How long a caller pauses before it looks again whether another's fetch has come in. */
const PAUSE_MILLIS = 25;

/**
 * The keys published at `url`, fetched when first needed, kept, and fetched again when they age or a token names a key they lack.
 *
 * @throws OptionError when `url` is no https address
 * @example
 * const verifier = createVerifier({ key: remoteKeys('https://id.example/.well-known/jwks.json'), issuer: 'https://id.example', audience: 'api' });
 */
export function remoteKeys(url: string | URL, options: RemoteKeysOptions = {}): KeyProvider {
  checkOptions(options, ALLOWED, 'remoteKeys');
  const address = String(url);
  if (!URL.canParse(address)) throw optionError('url', 'an https address', url);
  return new Remote(address, options);
}

type Handle = InstanceType<ReturnType<typeof wasm>['WasmRemote']>;
type Keys = readonly Key[];

class Remote implements KeyProvider {
  readonly #url: string;
  readonly #options: RemoteKeysOptions;
  readonly #handle: Handle;
  #shown: { generation: number; keys: Keys } = { generation: -1, keys: [] };

  constructor(url: string, options: RemoteKeysOptions) {
    this.#url = url;
    this.#options = options;
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
    this.#handle = door(() => new (wasm().WasmRemote)(url, given));
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
      if (step.ticket === undefined) await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLIS));
      else await this.#fetch(step.ticket);
    }
  }

  #step({ alg, kid }: Header): Step {
    const handle = door(() => this.#handle.step(alg, kid, Date.now()));
    const { kind, ticket, generation } = handle;
    const set = generation === this.#shown.generation ? undefined : handle.keys();
    if (set !== undefined) this.#shown = { generation, keys: keysIn(set) };
    handle.free();
    return { kind, ticket, keys: kind === 'use' || kind === 'refresh' ? this.#shown.keys : undefined };
  }

  /** Fetches while somebody is answered already; a failure shows when the keys are too old to be used. */
  #beside(ticket: number): void {
    const work = this.#fetch(ticket).catch(() => undefined);
    this.#options.waitUntil?.(work);
  }

  async #fetch(ticket: number): Promise<void> {
    const document = await this.#document().catch(() => undefined);
    door(() => this.#handle.settle(ticket, document, Date.now()));
  }

  async #document(): Promise<Uint8Array> {
    const get = this.#options.fetch ?? fetch;
    const signal = AbortSignal.timeout(this.#handle.timeoutMillis);
    const headers = { accept: 'application/jwk-set+json, application/json' };
    // A redirect could lead anywhere, plain http included: whoever moves keys says so in the configuration.
    const reply = await get(this.#url, { headers, signal, redirect: 'manual' });
    if (reply.status !== 200 || reply.body === null) throw new Error(`status ${reply.status}`);
    return readAtMost(reply.body, this.#handle.maxBytes);
  }
}

interface Step {
  kind: string;
  ticket: number | undefined;
  keys: Keys | undefined;
}

function unavailable(): Error {
  const message = 'the keys could not be fetched';
  return errorOf({ code: 'ERR_KEY_UNAVAILABLE', stage: 'key', outside: 'unavailable', message, subject: 'JWKS' });
}
