/**
 * Remembers what was made from a text, for at most `limit` texts; the oldest goes first.
 *
 * The whole text is the key, so two texts can never be taken for one another.
 */
export class BoundedCache<Value> {
  readonly #entries = new Map<string, Value>();
  readonly #limit: number;
  readonly #longest: number;

  /**
   * @param limit - how many texts are remembered
   * @param longest - texts with more UTF-16 units than this are made anew each time
   */
  constructor(limit: number, longest: number) {
    this.#limit = limit;
    this.#longest = longest;
  }

  /** What was made from `text`, making it if need be. What `make` throws is not remembered. */
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
    // A copy: a slice would keep alive the whole text it was cut from.
    this.#entries.set(Buffer.from(text, 'utf16le').toString('utf16le'), value);
  }
}
