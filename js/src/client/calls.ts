/** The calls to `/auth/…`. */

import { within } from '../guard.js';
import { ClientError } from './errors.js';
import type { User } from './types.js';

/** The result of sign-in, registration and refresh. */
export interface Grant {
  accessToken: string;
  /** When to stop using it, by this device's clock: milliseconds since 1970. */
  expiresAt: number;
  /** Its lifetime, in milliseconds. */
  lifetime: number;
  user?: User | undefined;
}

/** Time limit of a response, in milliseconds. */
const LONGEST_CALL = 15_000;

/**
 * Servers count lifetimes in whole seconds, so up to one second may already have passed when the token was created. In
 * milliseconds.
 */
const FIRST_SECOND = 1000;

/** Calls the server. */
export class Calls {
  /** How far the server's clock is ahead of this device's, in milliseconds. */
  clockAhead = 0;

  constructor(
    private readonly base: string,
    private readonly send: typeof fetch,
  ) {}

  /** A response that signs the user in. */
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
    // Counted from the time of the request, by our own clock: a difference between the clocks, and the duration of the
    // request, do not matter.
    const life = expiresIn * 1000;
    const lifetime = Math.max(life - FIRST_SECOND, life / 2);
    return { accessToken, lifetime, expiresAt: asked + lifetime, user };
  }

  /**
   * POSTs JSON. The refresh cookie is sent along. Browsers add the Origin header themselves, which protects the server
   * against forgery.
   */
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
      // A custom `fetch` may ignore `signal`, and may return anything.
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

  /** Reads the server's time from a response, if the browser allows it. */
  readClock(response: Response, asked: number): void {
    const date = Date.parse(response.headers.get('date') ?? '');
    if (Number.isFinite(date)) {
      // The header is truncated to whole seconds: half a second is the best estimate of the rest.
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
