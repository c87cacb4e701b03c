/**
 * An instance of a wasm module. It starts at the first use, and again after a trap.
 *
 * @module
 */
import { fromDoor } from './errors.js';

/** The exports that wasm-bindgen generates for every module. */
export interface Glue {
  /** Instantiates the module once; later calls only return its exports. */
  initSync(options: { module: WebAssembly.Module }): { memory: WebAssembly.Memory };
  /** Replaces the instance with a new one. After that, objects of the old one throw. */
  __wbg_reset_state(): void;
}

/** An instance of a module. */
export class Instance<G extends Glue> {
  /**
   * Counts the traps. A trap stops the module in the middle of an operation, so its memory can no longer be trusted. An
   * object of an earlier generation has to be created again.
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

  /** `onStart` receives the memory of each new instance. */
  constructor(glue: G, compile: () => WebAssembly.Module, onStart: (memory: WebAssembly.Memory) => void = () => {}) {
    this.#glue = glue;
    this.#compile = compile;
    this.#onStart = onStart;
  }

  /**
   * The functions and classes of the module. Starts the module at the first call, and at the first call after a trap.
   *
   * @throws the trap, while a call into the dead instance is on the stack: the glue code serves only one instance, and
   * the call would continue in the memory of another
   */
  doors(): G {
    if (this.#isRunning) return this.#glue;
    if (this.#unwinding !== undefined) throw this.#unwinding.trap;
    return this.#start();
  }

  /**
   * Runs a call into the module. Converts its errors to ours, and detects traps. If a nested call trapped, the result
   * of the outer call is invalid.
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

  /**
   * Calls `listener` at every trap, until the returned function is called. It must neither throw nor call into the
   * module.
   */
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

/** In V8 and JavaScriptCore, a stack overflow inside the module is a `RangeError`. */
function isTrap(thrown: unknown): boolean {
  return thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError;
}
