/**
 * Computes password hashes on worker threads, because each would block Node's main thread for about 30 ms. The source
 * of the thread's program and the compiled module are part of the pool, so bundlers do not have to find a file.
 *
 * @module
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { errorOf } from '../core/errors.js';
import program from './hash-thread.js?program';
import type { HashCall, HashModule } from './types.js';

/** Maximum number of threads, regardless of the number of cores: each uses about 20 MiB. */
const MOST_THREADS = 4;
/** Maximum number of waiting hashes per thread: about two seconds of work. */
const MOST_WAITING = 64;

interface Job {
  module: HashModule;
  call: HashCall;
  given: readonly unknown[];
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

interface Thread {
  worker: Worker;
  job: Job | undefined;
  /** Whether its module has started. A thread that ends before that could not be started. */
  isReady: boolean;
}

/** Threads that are created on demand and do not keep the process alive. */
export class HashPool {
  readonly #most = Math.max(1, Math.min(MOST_THREADS, availableParallelism() - 1));
  readonly #threads = new Set<Thread>();
  readonly #waiting: Job[] = [];
  #hasWarned = false;

  /**
   * Computes on a thread of the pool. Rejects with `ERR_HASHING_UNAVAILABLE` if too many hashes are waiting, or if the
   * thread ended.
   */
  run(module: HashModule, call: HashCall, given: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length >= this.#most * MOST_WAITING) {
        reject(unavailable('too many password hashes are waiting'));
        return;
      }
      this.#waiting.push({ module, call, given, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    while (this.#waiting.length > 0) {
      const idle = [...this.#threads].find(({ job }) => job === undefined);
      if (idle === undefined && this.#threads.size >= this.#most) return;
      const job = this.#waiting.shift() as Job;
      const thread = idle ?? this.#start(job);
      if (thread !== undefined) give(thread, job);
    }
  }

  /** A new thread; if none can be created, the job runs on the current thread. */
  #start(job: Job): Thread | undefined {
    let worker: Worker;
    try {
      // Options that the application uses for its own threads do not apply to this one.
      worker = new Worker(program, {
        eval: true,
        workerData: job.module.module,
        execArgv: [],
        name: 'portcullis-hash',
      });
    } catch (error) {
      this.#here(job, error);
      return undefined;
    }
    const thread: Thread = { worker, job: undefined, isReady: false };
    this.#threads.add(thread);
    worker.on('message', (message: { answer?: unknown; ready?: true }) => {
      if (message.ready) thread.isReady = true;
      else this.#answered(thread, message.answer);
    });
    worker.on('error', (error) => this.#ended(thread, error));
    worker.on('exit', () => this.#ended(thread, new Error('the thread ended')));
    return thread;
  }

  #answered(thread: Thread, answer: unknown): void {
    const { job } = thread;
    thread.job = undefined;
    thread.worker.unref();
    job?.resolve(answer);
    this.#next();
  }

  #ended(thread: Thread, cause: Error): void {
    if (!this.#threads.delete(thread)) return;
    const { job, isReady } = thread;
    if (job !== undefined && isReady)
      job.reject(unavailable('the thread that computed the password hash ended', cause));
    else if (job !== undefined) this.#here(job, cause);
    this.#next();
  }

  #here({ module, call, given, resolve, reject }: Job, cause: unknown): void {
    this.#warn(cause);
    try {
      resolve((module[call] as (...given: unknown[]) => unknown)(...given));
    } catch (error) {
      reject(error);
    }
  }

  #warn(cause: unknown): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const why = `no thread could be started (${(cause as Error)?.message ?? cause})`;
    const message = `portcullis: ${why}, so password hashes are computed on the main thread, which answers nothing meanwhile`;
    process.emitWarning(message, { code: 'PORTCULLIS_NO_HASH_THREADS' });
  }
}

function give(thread: Thread, job: Job): void {
  try {
    thread.worker.postMessage({ call: job.call, given: job.given });
  } catch (error) {
    job.reject(error);
    return;
  }
  thread.job = job;
  thread.worker.ref();
}

function unavailable(message: string, cause?: unknown): Error {
  return errorOf({ code: 'ERR_HASHING_UNAVAILABLE', stage: 'password', outside: 'unavailable', message }, { cause });
}
