/**
 * Communication between tabs: which one may refresh, and what the others should know.
 *
 * With Web Locks, one tab refreshes at a time. All current browsers have them, on HTTPS pages and on localhost. Without
 * them, tabs may refresh at the same time: the server returns the same successor for a refresh token that was just
 * replaced, so this only costs requests.
 */

import type { Grant } from './calls.js';
import type { SignedOutReason } from './types.js';

/** A session as shared between tabs. `session` distinguishes one sign-in from the next. */
export interface Shared extends Grant {
  session: string;
}

/** The messages between tabs. */
export type Message =
  | { type: 'grant'; grant: Shared }
  | { type: 'signed-out'; session: string; reason: SignedOutReason }
  | { type: 'ask'; ask: string }
  | { type: 'answer'; ask: string; grant: Shared | undefined };

/** How long to wait for answers from other tabs, in milliseconds. Suspended tabs do not answer. */
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

  /** Listens to messages from other tabs. Returns a function that stops it. */
  listen(listener: (message: Message) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Sends a message to the other tabs. */
  tell(message: Message): void {
    this.channel?.postMessage(message);
  }

  /**
   * Runs `work` in one tab at a time, if the browser has Web Locks. `abandon` stops waiting when another tab has
   * provided the result.
   */
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

  /**
   * Asks the other tabs for a session that `fits`. Ends as soon as one provides it, or all have answered without one.
   */
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

  /** The number of other tabs; `undefined` if it is unknown. */
  private async countOthers(): Promise<number | undefined> {
    const snapshot = await locks()?.query();
    const present = snapshot?.held?.filter(({ name }) => name === `${this.topic}:present`).length;
    return present === undefined ? undefined : Math.max(0, present - 1);
  }

  /**
   * Holds a shared lock as long as this page is open, so that the others can count it. A page in the back/forward cache
   * releases it.
   */
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

/** `navigator.locks`, if the page may use it. */
function locks(): LockManager | undefined {
  return typeof navigator === 'undefined' ? undefined : (navigator as { locks?: LockManager }).locks;
}
