/**
 * Passes text to and from a wasm instance, through the instance's shared buffer.
 *
 * @module
 */
import { platform } from '../platform/current.js';
import type { TextPort } from '../platform/types.js';
import { errorOf, optionError } from './errors.js';

/** How much room a buffer keeps between two calls; it returns what a larger text needed. */
const KEEP_BYTES = 64 * 1024;

/** The two exports that every module has. */
export interface AreaDoors {
  /** The address of the buffer, after making room for this many bytes. */
  scratchAt(bytes: number): number;
  /** The size of the buffer in bytes. */
  scratchBytes(): number;
}

/** The buffer of one instance. */
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

  /** Writes `text`, of at most `most` bytes, and returns its length in bytes. @throws OptionError */
  put(text: string, most: number): number {
    if (text.length > most) throw optionError('text', `at most ${most} bytes`, text);
    // A UTF-16 unit takes at most three bytes.
    if (text.length * 3 > this.#room) this.#makeRoom(text.length * 3);
    return this.#text.write(this.#at, text);
  }

  /** The result that `number` describes; throws if it describes an error. */
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
