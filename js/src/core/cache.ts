/**
 * Caches valid tokens, keyed by the complete token and limited by entries and characters. Only valid tokens are cached,
 * no entry outlives the token's expiry, and each verifier has its own cache, so neither invalid tokens nor another
 * verifier's verdicts can fill it.
 *
 * @module
 */
import { checkOptions, rules } from './check.js';

/** Limits of the cache. */
export interface CacheOptions {
  /** Maximum number of tokens. Default: 1000. */
  maxEntries?: number;
  /** Maximum number of characters of all tokens together. Default: 2 MiB. */
  maxBytes?: number;
}

interface Entry<V> {
  value: V;
  from: number;
  until: number;
}

/**
 * Two generations: new and reused entries are in the young one. When it is full, it becomes the old one, and entries
 * that were not used in the meantime are dropped. A hit costs one lookup, and there is no list to keep in order.
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

  /** The cached value of `token`, if it is valid at `now` (milliseconds). */
  get(token: string, now: number): V | undefined {
    const entry = this.#young.get(token) ?? this.#again(token);
    if (entry === undefined) return undefined;
    if (now < entry.until && now >= entry.from) return entry.value;
    if (now >= entry.until) this.#young.delete(token);
    return undefined;
  }

  /** Caches a valid token; the entry is valid from `from` until just before `until` (milliseconds). */
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
