/**
 * The text that travels to and from one wasm instance, through the area that it keeps for that.
 *
 * @module
 */
import { platform } from '../platform/current.js';
import type { TextPort } from '../platform/types.js';
import { errorOf, optionError } from './errors.js';

/** How much room an area keeps between two calls; what grew beyond it for one text is given back. */
const KEEP_BYTES = 64 * 1024;

/** The two doors that every module has, whatever else is in it. */
export interface AreaDoors {
  /** Where the area is, after making sure that so many bytes fit. */
  scratchAt(bytes: number): number;
  /** How many bytes fit. */
  scratchBytes(): number;
}

/** One instance's area. */
export class Area {
  readonly #doors: AreaDoors;
  readonly #text: TextPort;
  #at = 0;
  #room = 0;

  constructor(doors: AreaDoors, memory: WebAssembly.Memory) {
    this.#doors = doors;
    this.#text = platform.textIn(memory);
    this.#makeRoom(0);
  }

  /** Writes `text`, which must have at most `most` bytes, and says how many it took. @throws OptionError */
  put(text: string, most: number): number {
    if (text.length > most) throw optionError('text', `at most ${most} bytes`, text);
    // No UTF-16 unit takes more than three bytes.
    if (text.length * 3 > this.#room) this.#makeRoom(text.length * 3);
    return this.#text.write(this.#at, text);
  }

  /** The answer that `number` tells of; throws when it tells of an error. */
  take(number: number): string {
    const length = number < 0 ? -number : number >> 1;
    if (length > this.#room) this.#makeRoom(length);
    const text = this.#text.read(this.#at, this.#at + length, number < 0 || (number & 1) === 1);
    if (this.#room > KEEP_BYTES) this.#makeRoom(0);
    if (number < 0) throw errorOf(JSON.parse(text));
    return text;
  }

  #makeRoom(bytes: number): void {
    this.#at = this.#doors.scratchAt(bytes);
    this.#room = this.#doors.scratchBytes();
  }
}
