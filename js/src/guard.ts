/**
 * The one way to call a function of the application's: an option, a hook, a store, a logger. Whatever it does (throws, rejects, never
 * answers, answers with something else) becomes an error that somebody is told of: never an accept, never an unhandled rejection, never
 * the end of the process. Needs nothing of the package, so that every entry has it.
 *
 * @module
 */

/** A value, or a promise of it. */
export type Waits<T> = T | Promise<T>;

/** How long an answer of the application's is waited for, in milliseconds. */
export const CALLBACK_DEADLINE = 30_000;

/** Whether something has to be waited for: any promise, not only the host's own kind. */
export function isThenable<T>(value: Waits<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/** What `work` gives, unless it takes longer than `millis`: then `late()` is thrown. What is there already costs no timer. */
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

/** Calls what only listens: nothing it does comes back to the caller. A failure is reported. */
export function notify(name: string, call: () => unknown): void {
  try {
    forget(name, call());
  } catch (error) {
    report(name, error);
  }
}

/** Waits for nothing, but lets no rejection go unhandled: it is reported. */
export function forget(name: string, answer: unknown): void {
  if (isThenable(answer)) Promise.resolve(answer).catch((error) => report(name, error));
}

/** An answer that has to be there at once and fit; a promise does not, and its rejection is reported. @throws what `wrong` makes */
export function atOnce<T>(name: string, answer: T, fits: (value: T) => boolean, wrong: (given: T) => Error): T {
  forget(name, answer);
  if (isThenable(answer) || !fits(answer)) throw wrong(answer);
  return answer;
}

/** Makes a callback count once: what comes after its first call is dropped. */
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
 * Calls `late` once the application has had its time, unless what is returned is called before. Keeps no process alive: whoever asks has a
 * connection open, or does not care.
 */
export function whenLate(name: string, late: () => unknown): () => void {
  const timer = setTimeout(() => notify(name, late), CALLBACK_DEADLINE);
  (timer as { unref?: () => void }).unref?.();
  return () => clearTimeout(timer);
}

/** What was thrown, as an error: frameworks take `undefined` for none and go on, and Express takes some texts for a direction. */
export function asError(name: string, thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(`${name} failed: ${messageOf(thrown)}`, { cause: thrown });
}

/** Says on the console that a function of the application's failed, where nobody else can be told. */
export function report(name: string, error: unknown): void {
  try {
    console.error(`portcullis: ${name} failed: ${messageOf(error)}`);
  } catch {
    // There is nobody left to tell.
  }
}

/** Says something on the console that an operator should know. */
export function warn(message: string): void {
  try {
    console.warn(`portcullis: ${message}`);
  } catch {
    // There is nobody left to tell.
  }
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  try {
    return String((error as Error | undefined)?.message ?? error);
  } catch {
    return 'an error without a message';
  }
}
