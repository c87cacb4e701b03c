/**
 * The other tabs: who may refresh now, and what they should know.
 *
 * Web Locks let one tab refresh at a time. Every current browser has them, on HTTPS pages and on localhost. Without them tabs may refresh
 * at the same time: the server answers a refresh token that was replaced a moment ago with the same successor, so this costs requests
 * and nothing else.
 */

import type { Grant } from './calls.js';
import type { SignedOutReason } from './types.js';

/** A session as tabs hand it on. `session` tells one log-in from the next. */
export interface Shared extends Grant {
  session: string;
}

/** What tabs tell each other. */
export type Message =
  | { type: 'grant'; grant: Shared }
  | { type: 'signed-out'; session: string; reason: SignedOutReason }
  | { type: 'ask'; ask: string }
  | { type: 'answer'; ask: string; grant: Shared | undefined };

/** How long an answer from other tabs is waited for, in milliseconds. Tabs that sleep do not answer. */
const PATIENCE = 250;

/** Connects the tabs of one origin that use the same server. */
export class Tabs {
  private readonly channel: BroadcastChannel | undefined;
  private presence: AbortController | undefined;
  private readonly listeners = new Set<(message: Message) => void>();

  constructor(private readonly topic: string) {
    if (typeof BroadcastChannel !== 'undefined') {
      this.channel = new BroadcastChannel(topic);
      this.channel.onmessage = ({ data }) => {
        for (const listener of [...this.listeners]) {
          listener(data as Message);
        }
      };
    }
    this.appear();
    if (typeof addEventListener === 'function') {
      addEventListener('pagehide', this.disappear);
      addEventListener('pageshow', this.appear);
    }
  }

  /** Hears what other tabs say. Returns how to stop. */
  listen(listener: (message: Message) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Tells the other tabs. */
  tell(message: Message): void {
    this.channel?.postMessage(message);
  }

  /** Runs `work` in one tab at a time, where the browser has Web Locks. `abandon` stops the wait once another tab has brought the result. */
  async alone<T>(work: () => Promise<T>, abandon: AbortSignal): Promise<T | undefined> {
    const manager = locks();
    if (!manager) {
      return work();
    }
    try {
      return await manager.request(`${this.topic}:refresh`, { signal: abandon }, work);
    } catch (error) {
      if (abandon.aborted) {
        return undefined;
      }
      throw error;
    }
  }

  /** Asks the other tabs for a session that `fits`. Ends as soon as one answers with it, or all have answered without. */
  async ask(fits: (grant: Shared) => boolean): Promise<Shared | undefined> {
    if (!this.channel) {
      return undefined;
    }
    const others = await this.countOthers();
    if (others === 0) {
      return undefined;
    }
    const ask = crypto.randomUUID();
    return new Promise((resolve) => {
      let answers = 0;
      const finish = (grant: Shared | undefined) => {
        stop();
        clearTimeout(timer);
        resolve(grant);
      };
      const stop = this.listen((message) => {
        if (message.type === 'grant' && fits(message.grant)) {
          finish(message.grant);
        } else if (message.type === 'answer' && message.ask === ask) {
          answers += 1;
          if (message.grant && fits(message.grant)) {
            finish(message.grant);
          } else if (others !== undefined && answers >= others) {
            finish(undefined);
          }
        }
      });
      const timer = setTimeout(() => finish(undefined), PATIENCE);
      this.tell({ type: 'ask', ask });
    });
  }

  /** Lets go. */
  close(): void {
    removeEventListener('pagehide', this.disappear);
    removeEventListener('pageshow', this.appear);
    this.disappear();
    this.listeners.clear();
    this.channel?.close();
  }

  /** How many other tabs there are; `undefined` when nobody can say. */
  private async countOthers(): Promise<number | undefined> {
    const snapshot = await locks()?.query();
    const present = snapshot?.held?.filter(({ name }) => name === `${this.topic}:present`).length;
    return present === undefined ? undefined : Math.max(0, present - 1);
  }

  /** Holds a shared lock for as long as this page is there, so that the others can count it. A page put aside by the browser lets go. */
  private readonly appear = () => {
    if (!this.presence) {
      this.presence = new AbortController();
      const { signal } = this.presence;
      const gone = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      locks()
        ?.request(`${this.topic}:present`, { mode: 'shared' }, () => gone)
        .catch(() => {});
    }
  };

  private readonly disappear = () => {
    this.presence?.abort();
    this.presence = undefined;
  };
}

/** `navigator.locks`, where the page may use it. */
function locks(): LockManager | undefined {
  return typeof navigator === 'undefined' ? undefined : (navigator as { locks?: LockManager }).locks;
}
