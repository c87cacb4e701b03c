/**
 * One instance of a wasm module, started when it is first needed and started again after a trap.
 *
 * @module
 */
import { fromDoor } from './errors.js';

/** What wasm-bindgen generates for every module. */
export interface Glue {
  /** Instantiates the module once; later calls only return its exports. */
  initSync(options: { module: WebAssembly.Module }): { memory: WebAssembly.Memory };
  /** Replaces the instance by a new one. Objects of the old one throw from then on. */
  __wbg_reset_state(): void;
}

/** One instance of a module. */
export class Instance<G extends Glue> {
  /**
   * Counts the traps. A trap stops the module in the middle of its work, so its memory cannot be trusted any more. An object made by
   * an earlier generation has to be made again.
   */
  generation = 0;
  readonly #listeners = new Set<(trap: unknown) => void>();
  #depth = 0;
  /** The last trap, while calls into the dead instance are still on the stack. */
  #unwinding: { trap: unknown } | undefined;
  readonly #glue: G;
  readonly #compile: () => WebAssembly.Module;
  readonly #onStart: (memory: WebAssembly.Memory) => void;
  #module: WebAssembly.Module | undefined;
  #isRunning = false;

  /** `onStart` is called with the memory of each new instance. */
  constructor(glue: G, compile: () => WebAssembly.Module, onStart: (memory: WebAssembly.Memory) => void = () => {}) {
    this.#glue = glue;
    this.#compile = compile;
    this.#onStart = onStart;
  }

  /**
   * The module's functions and classes. Starts the module on the first call, and on the first call after a trap.
   *
   * @throws the trap while a call into the dead instance is on the stack: the glue serves one instance, and would let it work in the
   * memory of another
   */
  doors(): G {
    if (this.#isRunning) return this.#glue;
    if (this.#unwinding !== undefined) throw this.#unwinding.trap;
    return this.#start();
  }

  /**
   * Runs a call into the module. Turns its errors into ours, and notices traps. What a call gives is void when another call, made
   * within it, trapped.
   *
   * @throws AuthError, or the trap itself
   */
  run<T>(call: () => T): T {
    this.#depth += 1;
    try {
      const result = call();
      if (this.#unwinding !== undefined) throw this.#unwinding.trap;
      return result;
    } catch (thrown) {
      if (isTrap(thrown)) this.#stop(thrown);
      throw fromDoor(thrown);
    } finally {
      this.#depth -= 1;
      if (this.#depth === 0) this.#unwinding = undefined;
    }
  }

  /** Calls `listener` at every trap, until what is returned is called. It must neither throw nor call into the module. */
  onTrap(listener: (trap: unknown) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #stop(trap: unknown): void {
    if (this.#depth > 1) this.#unwinding = { trap };
    if (!this.#isRunning) return;
    this.generation += 1;
    this.#isRunning = false;
    for (const listener of [...this.#listeners]) listener(trap);
  }

  #start(): G {
    const isFirst = this.#module === undefined;
    this.#module ??= this.#compile();
    if (!isFirst) this.#glue.__wbg_reset_state();
    this.#onStart(this.#glue.initSync({ module: this.#module }).memory);
    this.#isRunning = true;
    return this.#glue;
  }
}

/** A full call stack inside the module is a `RangeError` in V8 and JavaScriptCore. */
function isTrap(thrown: unknown): boolean {
  return thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError;
}
