/**
 * Calls functions of the application: options, hooks, stores, loggers. If such a function throws, rejects, never
 * settles or returns an invalid value, the result is a reported error. It is never an acceptance, an unhandled
 * rejection or the end of the process. Independent of the rest of the package, so that every entry can use it.
 *
 * @module
 */

/** A value, or a promise of it. */
export type Waits<T> = T | Promise<T>;

/** Time limit of a function of the application, in milliseconds. */
export const CALLBACK_DEADLINE = 30_000;

/** Whether a value has to be awaited: any thenable, not only the host's own promises. */
export function isThenable<T>(value: Waits<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/**
 * The result of `work`, unless it takes longer than `millis`: then `late()` is thrown. A synchronous result needs no
 * timer.
 */
export function within<T>(millis: number, work: Promise<T>, late?: () => Error): Promise<T>;
export function within<T>(millis: number, work: Waits<T>, late?: () => Error): Waits<T>;
export function within<T>(millis: number, work: Waits<T>, late = () => new Error('no answer in time')): Waits<T> {
  if (!isThenable(work)) return work;
  let timer: ReturnType<typeof setTimeout>;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), millis);
  });
  return Promise.race([work, tooLate]).finally(() => clearTimeout(timer));
}

/** Calls a listener: neither its result nor its failure affects the caller. A failure is reported. */
export function notify(name: string, call: () => unknown): void {
  try {
    forget(name, call());
  } catch (error) {
    report(name, error);
  }
}

/** Does not wait, but handles and reports a rejection. */
export function forget(name: string, answer: unknown): void {
  if (isThenable(answer)) Promise.resolve(answer).catch((error) => report(name, error));
}

/**
 * A result that must be synchronous and valid; a promise is not, and its rejection is reported. @throws the result of
 * `wrong`
 */
export function atOnce<T>(name: string, answer: T, fits: (value: T) => boolean, wrong: (given: T) => Error): T {
  forget(name, answer);
  if (isThenable(answer) || !fits(answer)) throw wrong(answer);
  return answer;
}

/** Makes a callback count once: calls after the first are ignored. */
export function once<A extends unknown[]>(
  call: (...given: A) => unknown,
): ((...given: A) => void) & { called: boolean } {
  const guarded = (...given: A): void => {
    if (guarded.called) return;
    guarded.called = true;
    call(...given);
  };
  guarded.called = false;
  return guarded;
}

/**
 * Calls `late` after the time limit, unless the returned function is called before. Does not keep the process alive: a
 * waiting client has an open connection, which does.
 */
export function whenLate(name: string, late: () => unknown): () => void {
  const timer = setTimeout(() => notify(name, late), CALLBACK_DEADLINE);
  (timer as { unref?: () => void }).unref?.();
  return () => clearTimeout(timer);
}

/**
 * The exception as an error: frameworks treat `undefined` as no error, and Express gives some strings a special
 * meaning.
 */
export function asError(name: string, thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(`${name} failed: ${messageOf(thrown)}`, { cause: thrown });
}

/** Reports on the console that a function of the application failed, if there is no other way to report it. */
export function report(name: string, error: unknown): void {
  try {
    console.error(`portcullis: ${name} failed: ${messageOf(error)}`);
  } catch {
    // It cannot be reported.
  }
}

/** Reports something on the console that an operator should know. */
export function warn(message: string): void {
  try {
    console.warn(`portcullis: ${message}`);
  } catch {
    // It cannot be reported.
  }
}

/** The message of an exception of any type. */
export function messageOf(error: unknown): string {
  try {
    return String((error as Error | undefined)?.message ?? error);
  } catch {
    return 'an error without a message';
  }
}
