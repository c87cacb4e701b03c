/**
 * What differs between runtimes, and nothing else: where the wasm comes from, who checks signatures, and the quickest way to
 * move text in and out of its memory. The build puts one of the files beside this one in the place of `current.ts`.
 *
 * @module
 */
import type { Engine } from '../engines/types.js';

/** A runtime. */
export interface Platform {
  /** For messages. */
  readonly name: 'node' | 'web' | 'workerd';
  /** The small module: HMAC, parsing, claims, policy, inspection. */
  core(): WebAssembly.Module;
  /** The host's crypto. */
  engine(): Engine;
  /** UTF-8 from `start` to `end`. */
  readText(memory: Uint8Array, start: number, end: number): string;
}
