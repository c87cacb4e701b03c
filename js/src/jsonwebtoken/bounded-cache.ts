/**
 * Caches values computed from a text, for at most `limit` texts; the oldest entry is evicted first.
 *
 * The complete text is the key, so two texts cannot be confused.
 */
export class BoundedCache<Value> {
  readonly #entries = new Map<string, Value>();
  readonly #limit: number;
  readonly #longest: number;

  /**
   * @param limit - maximum number of texts
   * @param longest - values for texts with more UTF-16 units than this are not cached
   */
  constructor(limit: number, longest: number) {
    this.#limit = limit;
    this.#longest = longest;
  }

  /** The value for `text`, computed if necessary. An exception of `make` is not cached. */
  get(text: string, make: (text: string) => Value): Value {
    const known = this.#entries.get(text);
    if (known !== undefined) return known;
    const value = make(text);
    if (text.length <= this.#longest) this.#remember(text, value);
    return value;
  }

  #remember(text: string, value: Value): void {
    if (this.#entries.size >= this.#limit) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    // A copy: a slice would keep the complete original text in memory.
    this.#entries.set(Buffer.from(text, 'utf16le').toString('utf16le'), value);
  }
}
