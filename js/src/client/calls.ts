/** The calls to `/auth/…`. */

import { within } from '../guard.js';
import { ClientError } from './errors.js';
import type { User } from './types.js';

/** What log-in, registration and refresh answer. */
export interface Grant {
  accessToken: string;
  /** When to stop using it, by this machine's own clock: milliseconds since 1970. */
  expiresAt: number;
  /** How long it lives, in milliseconds. */
  lifetime: number;
  user?: User | undefined;
}

/** How long an answer is waited for, in milliseconds. */
const LONGEST_CALL = 15_000;

/** Servers count lives in whole seconds: of the first one, up to all may have been over when the token was made. In milliseconds. */
const FIRST_SECOND = 1000;

/** Speaks with the server. */
export class Calls {
  /** How far the server's clock is ahead of this machine's, in milliseconds. */
  clockAhead = 0;

  constructor(
    private readonly base: string,
    private readonly send: typeof fetch,
  ) {}

  /** An answer that signs somebody in. */
  async grant(path: string, body: unknown): Promise<Grant> {
    const asked = Date.now();
    const answer = await this.post(path, body);
    const { accessToken, expiresIn, user } = (answer ?? {}) as {
      accessToken?: unknown;
      expiresIn?: unknown;
      user?: User;
    };
    if (typeof accessToken !== 'string' || typeof expiresIn !== 'number') {
      throw new ClientError('unreachable', 'the answer has no access token: is baseUrl right?', 0);
    }
    // Counted from when it was asked for, on our own clock: what the two clocks say, and how long the answer took, does not matter.
    const life = expiresIn * 1000;
    const lifetime = Math.max(life - FIRST_SECOND, life / 2);
    return { accessToken, lifetime, expiresAt: asked + lifetime, user };
  }

  /** POSTs JSON. The refresh cookie goes along; the Origin header, which browsers add themselves, is the server's defence against forgery. */
  async post(path: string, body: unknown, accessToken?: string): Promise<unknown> {
    const headers: Record<string, string> = { 'content-type': 'application/json', accept: 'application/json' };
    if (accessToken !== undefined) {
      headers.authorization = `Bearer ${accessToken}`;
    }
    const asked = Date.now();
    let response: Response;
    try {
      const sent = this.send(this.base + path, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
        credentials: 'include',
        cache: 'no-store',
        redirect: 'error',
        signal: AbortSignal.timeout(LONGEST_CALL),
      });
      // Another `fetch` may not know `signal`, and may answer anything.
      response = await within(LONGEST_CALL, sent);
      if (typeof response?.json !== 'function' || typeof response.headers?.get !== 'function') {
        throw new TypeError('fetch must answer with a Response');
      }
    } catch (cause) {
      throw new ClientError('unreachable', 'the server could not be reached', 0, { cause });
    }
    this.readClock(response, asked);
    const answer = await within(LONGEST_CALL, Promise.resolve(response.json())).catch(() => undefined);
    if (!response.ok) {
      throw refusal(response, answer);
    }
    return answer;
  }

  /** Takes the server's time from an answer, where the browser lets us read it. */
  readClock(response: Response, asked: number): void {
    const date = Date.parse(response.headers.get('date') ?? '');
    if (Number.isFinite(date)) {
      // The header is cut to whole seconds: half of one is the best guess for the rest.
      this.clockAhead = date + 500 - (asked + Date.now()) / 2;
    }
  }
}

function refusal(response: Response, answer: unknown): ClientError {
  const { error, message } = (answer ?? {}) as { error?: unknown; message?: unknown };
  const after = Number(response.headers.get('retry-after'));
  return new ClientError(
    typeof error === 'string' ? error : `http_${response.status}`,
    typeof message === 'string' ? message : `the server answered ${response.status}`,
    response.status,
    { retryAfter: after > 0 ? after : undefined },
  );
}
