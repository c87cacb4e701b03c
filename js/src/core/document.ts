/**
 * A document at a URL that is fetched from time to time: the common part of keys and revocation lists. Callers never
 * wait for each other's promises, because in a Worker a promise is canceled with its request; a caller that finds a
 * fetch in progress checks again a little later.
 *
 * @module
 */

import { notify, within } from '../guard.js';
import { present, rules } from './check.js';
import { MAX_DOCUMENT_BYTES } from './limits.js';
import type { Duration } from './types.js';

/** Options of every document that is fetched from time to time. */
export interface DocumentOptions {
  /** Time limit of a fetch. Default: 5 seconds. */
  timeout?: Duration;
  /** Whether plain http is allowed for this machine, for development. */
  allowLoopbackHttp?: boolean;
  /** A custom `fetch`. An exception, and no response within `timeout`, count as a network failure. */
  fetch?: typeof fetch;
  /** Keeps a background fetch alive: a Worker's `ctx.waitUntil`. Its failures are reported on the console. */
  waitUntil?: (work: Promise<unknown>) => void;
  /** The current time in milliseconds, for tests. Default: `Date.now`. */
  now?: () => number;
}

/** The rules for {@link DocumentOptions}, and for the options that all such documents have. @internal */
export const documentRules = {
  freshFor: rules.duration,
  cooldown: rules.duration,
  timeout: rules.duration,
  maxBytes: [
    `a whole number above zero, at most ${MAX_DOCUMENT_BYTES}`,
    (value: unknown) => rules.count[1](value) && Number(value) <= MAX_DOCUMENT_BYTES,
  ],
  allowLoopbackHttp: rules.flag,
  fetch: rules.callback,
  waitUntil: rules.callback,
  now: rules.callback,
} as const;

/** The rule for a URL. @internal */
export const HTTPS = 'an https address, or with { allowLoopbackHttp: true } one of http to this machine';

/** Whether the host of a URL is this machine. @internal */
export function isLoopback(hostname: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

/** How long a caller waits before it checks again whether another caller's fetch has completed. */
const PAUSE_MILLIS = 25;

/** Waits for another caller's fetch. @internal */
export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MILLIS));
}

/** A response of the server. @internal */
export interface Answer {
  status: number;
  headers: Headers;
  /** The body, read on demand. @throws if it is too long */
  bytes(): Promise<Uint8Array>;
}

/** A document and how to fetch it. @internal */
export class PolledDocument {
  /** The current time in milliseconds. */
  readonly now: () => number;
  readonly #url: string;
  readonly #get: typeof fetch;
  readonly #waitUntil: DocumentOptions['waitUntil'];
  readonly #bounds: { timeoutMillis: number; maxBytes: number };

  constructor(url: string, options: DocumentOptions, bounds: { timeoutMillis: number; maxBytes: number }) {
    const { now = Date.now } = options;
    this.now = () => present(now);
    this.#url = url;
    this.#get = options.fetch ?? ((input, init) => fetch(input, init));
    this.#waitUntil = options.waitUntil;
    // The range of timers: whole milliseconds of at most 31 bits.
    const timeoutMillis = Math.min(Math.ceil(bounds.timeoutMillis), 2 ** 31 - 1);
    this.#bounds = { timeoutMillis, maxBytes: bounds.maxBytes };
  }

  /** One fetch, limited in time and size. */
  async fetch(headers: Record<string, string>): Promise<Answer> {
    const { timeoutMillis, maxBytes } = this.#bounds;
    const signal = AbortSignal.timeout(timeoutMillis);
    // A redirect could lead anywhere, including to plain http. If a document moves, change the configuration.
    const asked = this.#get.call(undefined, this.#url, { headers, signal, redirect: 'manual' });
    // A custom `fetch` may ignore `signal`.
    const reply = await within(timeoutMillis, asked);
    // Only the body of a 200 is read. Any other body is canceled; otherwise the connection would stay in use until the
    // body ends.
    if (reply.status !== 200) await reply.body?.cancel().catch(() => undefined);
    const bytes = async () => {
      if (reply.body === null) throw new Error('no body');
      return within(timeoutMillis, readAtMost(reply.body, maxBytes));
    };
    return { status: reply.status, headers: reply.headers, bytes };
  }

  /** Continues a fetch in the background. `work` must not fail. */
  beside(work: Promise<unknown>): void {
    notify('waitUntil', () => this.#waitUntil?.(work));
  }
}

async function readAtMost(body: ReadableStream<Uint8Array>, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.byteLength;
    if (length > most) {
      await reader.cancel();
      throw new Error('too long');
    }
    chunks.push(next.value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
