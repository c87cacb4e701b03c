/** Users' sessions in a store: the transaction around each step, and the outbox. The rules are in Rust. @module */
import { messageOf, within } from '../guard.js';
import type { AuditEntry, AuthStores, Logger } from './types.js';

/** The rules, implemented in wasm. */
export interface Rules {
  step(record: string | undefined, event: string, now: number): string;
  delivered(listed: string, recorded: string[]): string;
  keep(entries: string): string;
}

/** Delays from wasm, in milliseconds. */
export interface Waits {
  deadline: number;
  retry(tries: number): number;
}

interface Stepped {
  record: string | null;
  answer: string;
  /** Revocations that are waiting for delivery. */
  waiting: { key: string; at: number; until: number }[];
  /** Audit entries that are waiting for delivery. */
  unrecorded: [key: string, entry: AuditEntry][];
  /** When a pending change of the password or the roles must be complete. */
  due: number | null;
}

/** Maximum number of users processed in one batch. */
const AT_ONCE = 100;
/**
 * How long a response waits for a revocation to be stored, in milliseconds. After that, delivery continues in the
 * background.
 */
const PATIENCE = 1000;

/** The delay if a trap prevented the module from returning one, in milliseconds. */
const RETRY_AFTER_TRAP = 2000;

/** Applies events to users' sessions, and delivers the revocations and audit entries that wait in their records. */
export class SessionDesk {
  #retry: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setTimeout> | undefined;
  #tries = 0;
  #closed = false;

  constructor(
    private readonly rules: Rules,
    private readonly stores: Omit<AuthStores, 'accounts'>,
    private readonly waits: Waits,
    private readonly now: () => number,
    private readonly logger: Logger,
  ) {}

  /** Applies an event; resolves after its changes are stored. */
  async tell(user: string, event: string): Promise<string> {
    const stepped = await this.#apply(user, event);
    this.#watchFor(stepped);
    if (stepped.record !== null && stepped.waiting.length > 0) {
      await within(PATIENCE, this.#deliverOrRetry(user, stepped)).catch(() => undefined);
    }
    return stepped.answer;
  }

  /** Stores audit entries in the records of their users, because the log is unavailable. */
  async keep(entries: AuditEntry[]): Promise<void> {
    const report = (error: unknown) => this.#report('audit entries could not be kept with the sessions either', error);
    try {
      for (const [user, event] of JSON.parse(this.rules.keep(JSON.stringify(entries)))) {
        await this.#apply(user, JSON.stringify(event)).catch(report);
      }
    } catch (error) {
      report(error);
    }
    this.#retryLater();
  }

  /** Retries deliveries: after a failure, or after a process ended before completing them. */
  async sweep(): Promise<void> {
    let all = true;
    try {
      const users: unknown = await within(this.waits.deadline, this.stores.sessions.waiting(AT_ONCE));
      if (!isTexts(users)) throw new Error('sessions.waiting must return an array of strings');
      for (const user of users) {
        const stepped = await this.#apply(user, this.rules.delivered('[]', []));
        this.#watchFor(stepped);
        if (!(await this.#deliver(user, stepped))) all = false;
      }
    } catch (error) {
      this.#report('what waits with the sessions could not be read', error);
      all = false;
    }
    if (all) this.#tries = 0;
    else this.#retryLater();
  }

  /** No more tries. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#watch);
  }

  async #apply(user: string, event: string): Promise<Stepped> {
    let stepped: Stepped | undefined;
    const change = (record: string | undefined) => {
      stepped = JSON.parse(this.rules.step(record ?? undefined, event, this.now())) as Stepped;
      const { record: next, waiting, unrecorded, due } = stepped;
      const waits = waiting.length + unrecorded.length > 0 || due !== null;
      return next === null ? undefined : { record: next, waiting: waits };
    };
    await within(this.waits.deadline, this.stores.sessions.update(user, change));
    if (stepped === undefined) throw new Error('sessions.update did not call `change`');
    return stepped;
  }

  async #deliverOrRetry(user: string, stepped: Stepped): Promise<void> {
    if (!(await this.#deliver(user, stepped))) this.#retryLater();
  }

  /** Whether everything is delivered and the record says so. Does not fail. */
  async #deliver(user: string, { waiting, unrecorded }: Stepped): Promise<boolean> {
    const listed: [key: string, at: number][] = [];
    const recorded: string[] = [];
    try {
      for (const { key, at, until } of waiting) {
        await within(this.waits.deadline, this.stores.revocations.put(key, at, until));
        listed.push([key, at]);
      }
      if (unrecorded.length > 0) {
        await within(this.waits.deadline, this.stores.audit.append(unrecorded.map(([, entry]) => entry)));
        recorded.push(...unrecorded.map(([key]) => key));
      }
    } catch (error) {
      this.#report('revocations or audit entries will be tried again', error);
    }
    try {
      const event = this.rules.delivered(JSON.stringify(listed), recorded);
      if (listed.length + recorded.length > 0) await this.#apply(user, event);
    } catch (error) {
      this.#report('revocations or audit entries will be noted again', error);
      return false;
    }
    return listed.length === waiting.length && recorded.length === unrecorded.length;
  }

  /** Checks again when a pending change must be complete: its remaining sessions then end, whoever started it. */
  #watchFor({ due }: Stepped): void {
    if (this.#closed || this.#watch !== undefined || due === null) return;
    const look = () => {
      this.#watch = undefined;
      void this.sweep();
    };
    this.#watch = setTimeout(look, Math.max(0, due - this.now()));
    unref(this.#watch);
  }

  #retryLater(): void {
    if (this.#closed || this.#retry !== undefined) return;
    this.#tries += 1;
    const again = () => {
      this.#retry = undefined;
      void this.sweep();
    };
    let wait = RETRY_AFTER_TRAP;
    try {
      wait = this.waits.retry(this.#tries);
    } catch (error) {
      this.#report('the time of the next try could not be computed', error);
    }
    this.#retry = setTimeout(again, wait);
    unref(this.#retry);
  }

  #report(what: string, error: unknown): void {
    this.logger.error({ level: 'warn', reason: `${what}: ${messageOf(error)}` });
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

/** A timer that does not keep the process alive. */
export function unref(timer: ReturnType<typeof setTimeout>): void {
  (timer as { unref?: () => void }).unref?.();
}
