/**
 * A memory for tokens that passed, keyed by the whole token and bounded by entries and bytes. Only good tokens come in, none
 * outlives its expiry, and each verifier has its own, so neither hostile tokens nor another verifier's verdicts can fill it.
 *
 * @module
 */
import { checkOptions, rules } from './check.js';

/** Bounds of the cache. */
export interface CacheOptions {
  /** Most tokens remembered. 1000 unless set. */
  maxEntries?: number;
  /** Most characters of tokens remembered. 2 MiB unless set. */
  maxBytes?: number;
}

interface Entry<V> {
  value: V;
  from: number;
  until: number;
}

/**
 * Two generations: the young one takes what comes and what is asked for again; when it is full it becomes the old one, and what
 * nobody asked for in the meantime goes. One look-up per hit, no list to keep in order.
 */
export class TokenCache<V extends { claims: object; verified: object }> {
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  #young = new Map<string, Entry<V>>();
  #old = new Map<string, Entry<V>>();
  #youngBytes = 0;

  constructor(options: true | CacheOptions) {
    const bounds = options === true ? {} : options;
    checkOptions(bounds, { maxEntries: rules.count, maxBytes: rules.count }, 'cache');
    this.#maxEntries = Math.ceil((bounds.maxEntries ?? 1000) / 2);
    this.#maxBytes = Math.ceil((bounds.maxBytes ?? 2 * 1024 * 1024) / 2);
  }

  /** What is remembered of `token`, if it still holds at `now` (milliseconds). */
  get(token: string, now: number): V | undefined {
    const entry = this.#young.get(token) ?? this.#again(token);
    if (entry === undefined) return undefined;
    if (now < entry.until && now >= entry.from) return entry.value;
    if (now >= entry.until) this.#young.delete(token);
    return undefined;
  }

  /** Remembers a token that passed; it holds from `from` until just before `until` (milliseconds). */
  set(token: string, value: V, from: number, until: number): void {
    deepFreeze(value.claims);
    // Every caller with this token gets the same object.
    Object.freeze(value.verified);
    this.#insert(token, { value, from, until });
  }

  #again(token: string): Entry<V> | undefined {
    const entry = this.#old.get(token);
    if (entry !== undefined) {
      this.#old.delete(token);
      this.#insert(token, entry);
    }
    return entry;
  }

  #insert(token: string, entry: Entry<V>): void {
    if (token.length > this.#maxBytes) return;
    if (this.#young.size >= this.#maxEntries || this.#youngBytes + token.length > this.#maxBytes) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#young.set(token, entry);
    this.#youngBytes += token.length;
  }
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
}
