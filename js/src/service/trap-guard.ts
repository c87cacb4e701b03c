/**
 * `WebAssembly` for a module whose work goes on after a call into it has returned. A promise or a microtask then calls the module, and
 * a trap there would be nobody's to catch: it would end the process. So each exported function catches its traps here. The build gives
 * this `WebAssembly` and this `Promise` to the module's glue.
 *
 * @module
 */

/** The module trapped, or is not back yet from a trap. */
export class TrapError extends Error {
  constructor(cause?: unknown) {
    super('the wasm module of the auth service stopped', { cause });
    this.name = 'TrapError';
  }
}

/** Counts the traps. What an earlier generation made has to be made again. */
let generation = 0;
let isDown = false;
/** Calls of our own that are under way: these get their trap thrown. */
let inside = 0;
/** Whether what was queued for the stopped instance has run, so that a new one may take its place. */
let isQuiet = true;
let quiet = Promise.resolve();
const pending = new Set<(why: Error) => void>();

/** The part of `WebAssembly` that glue uses. */
const guarded = {
  Module: WebAssembly.Module,
  Instance: class {
    readonly exports: Record<string, unknown>;

    constructor(module: WebAssembly.Module, imports: WebAssembly.Imports) {
      const { exports } = new globalThis.WebAssembly.Instance(module, imports);
      this.exports = Object.fromEntries(Object.entries(exports).map(([name, value]) => [name, catching(value)]));
    }
  },
};

/** A trap in an executor would reject a promise that nobody has got yet. */
class GuardedPromise<T> extends Promise<T> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  constructor(executor: ConstructorParameters<typeof Promise<T>>[0]) {
    super((resolve, reject) => {
      try {
        executor(resolve, reject);
      } catch (error) {
        if (!isDown) throw error;
      }
    });
  }
}

export { GuardedPromise as Promise, guarded as WebAssembly };

/** How many traps there were. */
export function traps(): number {
  return generation;
}

/** Runs a call into the module. @throws TrapError */
export function call<T>(work: () => T): T {
  if (isDown) throw new TrapError();
  const before = generation;
  inside += 1;
  let result: T;
  try {
    result = work();
  } catch (error) {
    throw generation === before ? error : new TrapError(error);
  } finally {
    inside -= 1;
  }
  // The glue turns what an import throws into an error of Rust's, a trap on the way into the import too.
  if (generation !== before) throw new TrapError();
  return result;
}

/** Starts the module again where it is down. `reset` replaces the instance. @throws TrapError while the old instance is not quiet */
export function revive(reset: () => void): void {
  if (!isDown) return;
  if (!isQuiet) throw new TrapError();
  isDown = false;
  call(reset);
}

/** Resolves when {@link revive} may be called. */
export function revivable(): Promise<void> {
  return quiet;
}

/** What a promise of the module's comes to; rejects when the module traps first. @throws TrapError */
export function orTrap<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    pending.add(reject);
    work.then(resolve, reject).finally(() => pending.delete(reject));
  });
}

/** A promise for the module; it never settles once the instance that waits for it has trapped. */
export function forThisInstance<T>(work: PromiseLike<T>): Promise<T> {
  const mine = generation;
  return new Promise((resolve, reject) => {
    work.then(
      (value) => mine === generation && resolve(value),
      (error) => mine === generation && reject(error),
    );
  });
}

function catching(exported: unknown): unknown {
  if (typeof exported !== 'function') return exported;
  return (...given: unknown[]) => {
    if (isDown) return refused(new TrapError());
    try {
      return exported(...given);
    } catch (error) {
      // A full call stack inside the module is a RangeError.
      if (!(error instanceof WebAssembly.RuntimeError || error instanceof RangeError)) throw error;
      stop(error);
      return refused(error);
    }
  };
}

/** Where nobody of ours called, nobody is told. The glue looks for results in what it gets: there are none. */
function refused(error: Error): unknown[] {
  if (inside > 0) throw error;
  return [];
}

function stop(error: Error): void {
  generation += 1;
  isDown = true;
  isQuiet = false;
  quiet = new Promise((resolve) =>
    setTimeout(() => {
      isQuiet = true;
      resolve();
    }),
  );
  const waiting = [...pending];
  pending.clear();
  for (const reject of waiting) reject(new TrapError(error));
}
