/**
 * A document at an address, fetched now and then: what keys and revocation lists have in common. Callers never wait for each
 * other's promise, which in a Worker dies with the request that made it; who finds a fetch under way looks again a little later.
 *
 * @module
 */

import { notify, within } from '../guard.js';
import { present, rules } from './check.js';
import { MAX_DOCUMENT_BYTES } from './limits.js';
import type { Duration } from './types.js';

/** Options of everything that is fetched now and then. */
export interface DocumentOptions {
  /** How long one fetch may take. 5 seconds unless set. */
  timeout?: Duration;
  /** Whether plain http to this machine will do. For development. */
  allowLoopbackHttp?: boolean;
  /** Another `fetch`. What it throws, and an answer that does not come within `timeout`, counts as unreachable. */
  fetch?: typeof fetch;
  /** Keeps a fetch alive that runs beside an answer: a Worker's `ctx.waitUntil`. Its failures are reported on the console. */
  waitUntil?: (work: Promise<unknown>) => void;
  /** The present moment in milliseconds, for tests. `Date.now` unless set. */
  now?: () => number;
}

/** The rules for {@link DocumentOptions}, and for what every such document has. @internal */
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

/** What an address must be. @internal */
export const HTTPS = 'an https address, or with { allowLoopbackHttp: true } one of http to this machine';

/** Whether a host of a URL is this machine. @internal */
export function isLoopback(hostname: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

/** How long a caller pauses before it looks again whether another's fetch has come in. */
const PAUSE_MILLIS = 25;

/** Lets another's fetch come in. @internal */
export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MILLIS));
}

/** An answer of the server's. @internal */
export interface Answer {
  status: number;
  headers: Headers;
  /** Read when it is wanted. @throws when it is too long */
  bytes(): Promise<Uint8Array>;
}

/** A document and the way to it. @internal */
export class PolledDocument {
  /** The present moment in milliseconds. */
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
    // What timers take: whole milliseconds, and no more than fit into 31 bits.
    const timeoutMillis = Math.min(Math.ceil(bounds.timeoutMillis), 2 ** 31 - 1);
    this.#bounds = { timeoutMillis, maxBytes: bounds.maxBytes };
  }

  /** One fetch, bounded in time and size. */
  async fetch(headers: Record<string, string>): Promise<Answer> {
    const { timeoutMillis, maxBytes } = this.#bounds;
    const signal = AbortSignal.timeout(timeoutMillis);
    // A redirect could lead anywhere, plain http included: whoever moves a document says so in the configuration.
    const asked = this.#get.call(undefined, this.#url, { headers, signal, redirect: 'manual' });
    // Another `fetch` may not know `signal`.
    const reply = await within(timeoutMillis, asked);
    // Only the body of a 200 is read. The connection of another stays taken until its body ends, or somebody says that it is not wanted.
    if (reply.status !== 200) await reply.body?.cancel().catch(() => undefined);
    const bytes = async () => {
      if (reply.body === null) throw new Error('no body');
      return within(timeoutMillis, readAtMost(reply.body, maxBytes));
    };
    return { status: reply.status, headers: reply.headers, bytes };
  }

  /** Lets a fetch go on beside an answer. `work` must not fail. */
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
