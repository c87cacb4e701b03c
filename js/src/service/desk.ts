/** Users' sessions over a store: the transaction around each step, and the outbox. The rules are in Rust. @module */
import { messageOf, within } from '../guard.js';
import type { AuditEntry, AuthStores, Logger } from './types.js';

/** The rules, as wasm knows them. */
export interface Rules {
  step(record: string | undefined, event: string, now: number): string;
  delivered(listed: string, recorded: string[]): string;
  keep(entries: string): string;
}

/** Waits that wasm knows, in milliseconds. */
export interface Waits {
  deadline: number;
  retry(tries: number): number;
}

interface Stepped {
  record: string | null;
  answer: string;
  /** What has to get onto the revocation list. */
  waiting: { key: string; at: number; until: number }[];
  /** What has to get into the audit log. */
  unrecorded: [key: string, entry: AuditEntry][];
  /** When a change of the password or the roles has to be over. */
  due: number | null;
}

/** Users looked after in one go. */
const AT_ONCE = 100;
/** How long an answer waits for a revocation to get onto the list, in milliseconds. After that the delivery goes on behind it. */
const PATIENCE = 1000;

/** How long to wait where a trap kept the module from saying how long, in milliseconds. */
const RETRY_AFTER_TRAP = 2000;

/** Tells users' sessions what happened, and gets to where they belong the revocations and entries that wait with them. */
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

  /** Applies an event; its answer comes once what it changed is stored. */
  async tell(user: string, event: string): Promise<string> {
    const stepped = await this.#apply(user, event);
    this.#watchFor(stepped);
    if (stepped.record !== null && stepped.waiting.length > 0) {
      await within(PATIENCE, this.#deliverOrRetry(user, stepped)).catch(() => undefined);
    }
    return stepped.answer;
  }

  /** Leaves audit entries with their users' sessions: the log is out of reach. */
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

  /** Tries again what has not got there: after a failure, or after a process that died in between. */
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

  /** Whether everything is where it belongs and the record says so. Does not fail. */
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

  /** Looks again when a change under way has to be over: what it was to end ends then, whoever began it. */
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

/** A timer that keeps no process alive. */
export function unref(timer: ReturnType<typeof setTimeout>): void {
  (timer as { unref?: () => void }).unref?.();
}
