/** Calls the service's wasm module, and recovers from traps. @module */
import { messageOf } from '../guard.js';
import type { Rules } from './desk.js';

/** The module that contains the service. */
export type ServiceModule = typeof import('../service.js');

type Instance = ServiceModule['instance'];
type Glue = ReturnType<Instance['doors']>;
type Service = InstanceType<Glue['WasmService']>;
type Call = ReturnType<Service['handle']>;

/** A promise in the form that the module reads. */
export interface Watched {
  /** 0: pending, 1: fulfilled, 2: rejected. */
  state: 0 | 1 | 2;
  value: unknown;
}

/** An operation that a trap in the module ended. */
export class EndedByTrap extends Error {
  /** `isOwn`: this operation itself trapped, and not another one running at the same time. */
  constructor(
    readonly isOwn: boolean,
    trap: unknown,
  ) {
    super(`the wasm module stopped and was started again: ${messageOf(trap)}`, { cause: trap });
  }
}

/**
 * A service in the module. After a trap it is created again with the same settings; running operations are rejected
 * with {@link EndedByTrap}, because nothing would complete them.
 */
export class ServiceDoors implements Rules {
  readonly #instance: Instance;
  readonly #open: (doors: Glue) => Service;
  #service: Service | undefined;
  #generation = 0;
  /** Polls the running operation of the module. */
  #poll: (() => void) | undefined;

  /** @throws the errors of `open` */
  constructor(instance: Instance, open: (doors: Glue) => Service) {
    this.#instance = instance;
    this.#open = open;
    this.#current();
  }

  /** Calls the module synchronously. @throws the trap, or the module's error */
  ask<T>(question: (service: Service) => T): T {
    const service = this.#current();
    return this.#instance.run(() => question(service));
  }

  /**
   * Calls the module and waits until its promises have settled. Rejects with {@link EndedByTrap}, or the module's
   * error.
   */
  answer<T>(begin: (service: Service) => Call): Promise<T> {
    return new Promise((resolve, reject) => {
      let call: Call | undefined;
      let isPolled = false;
      let isOver = false;
      const { generation } = this.#instance;
      const stopListening = this.#instance.onTrap((trap) => {
        if (!isPolled) end(() => reject(new EndedByTrap(false, trap)));
      });
      const end = (settle: () => void) => {
        isOver = true;
        stopListening();
        settle();
      };
      const poll = () => {
        if (isOver) return;
        const before = this.#poll;
        this.#poll = poll;
        isPolled = true;
        try {
          call ??= this.ask(begin);
          const its = call;
          const outcome = this.#instance.run(() => {
            const polled = its.poll();
            if (polled !== undefined) its.free();
            return polled;
          });
          if (outcome === undefined) return;
          end(() => resolve(outcome[0] as T));
        } catch (error) {
          const trapped = this.#instance.generation !== generation;
          end(() => reject(trapped ? new EndedByTrap(true, error) : error));
        } finally {
          isPolled = false;
          this.#poll = before;
        }
      };
      poll();
    });
  }

  /** Observes a promise for the current operation, which continues when the promise settles. Does not throw. */
  watch(promise: unknown): Watched {
    const watched: Watched = { state: 0, value: undefined };
    const poll = this.#poll;
    const settled = (state: 1 | 2) => (value: unknown) => {
      Object.assign(watched, { state, value });
      poll?.();
    };
    // Unlike `Promise.resolve`, the promise constructor catches everything that a foreign thenable throws.
    new Promise((resolve) => resolve(promise)).then(settled(1), settled(2));
    return watched;
  }

  step(record: string | undefined, event: string, now: number): string {
    return this.ask((service) => service.step(record, event, now));
  }

  delivered(listed: string, recorded: string[]): string {
    return this.ask((service) => service.delivered(listed, recorded));
  }

  keep(entries: string): string {
    return this.ask((service) => service.keep(entries));
  }

  /** The delay before the next attempt, after this many attempts, in milliseconds. */
  outboxWait(tries: number): number {
    const { outboxWait } = this.#instance.doors();
    return this.#instance.run(() => outboxWait(tries));
  }

  /** The service, created again after a trap. */
  #current(): Service {
    const doors = this.#instance.doors();
    const { generation } = this.#instance;
    if (this.#service === undefined || this.#generation !== generation) {
      this.#service = this.#instance.run(() => this.#open(doors));
      this.#generation = generation;
    }
    return this.#service;
  }
}
