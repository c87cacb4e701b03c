/** Waiting for a store, and not for ever. @module */

/** What `work` gives, unless it takes too long. What is there already costs no timer. */
export function within<T>(millis: number, work: Promise<T>): Promise<T>;
export function within<T>(millis: number, work: T | Promise<T>): T | Promise<T>;
export function within<T>(millis: number, work: T | Promise<T>): T | Promise<T> {
  if (!isThenable(work)) return work;
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), millis);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Whether something has to be waited for. */
export function isThenable<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as Promise<T> | undefined)?.then === 'function';
}
