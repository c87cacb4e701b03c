/** The session client: what is known, when to refresh, and what to report to the application. */

import { notify } from '../guard.js';
import { Calls } from './calls.js';
import { ClientError } from './errors.js';
import { Pending } from './pending.js';
import { type Message, type Shared, Tabs } from './tabs.js';
import type { Client, ClientOptions, Credentials, Registration, SignedOutReason, State, User } from './types.js';

/**
 * A token this close to its expiry is no longer sent, because it could expire on the way. Milliseconds, and at most a
 * tenth of its lifetime.
 */
const URGENT = 5000;

/** Delays before a refresh is retried if the server was unreachable and a caller is waiting, in milliseconds. */
const RETRIES = [300, 1200];

/** First and longest delay between refreshes in the background, in milliseconds. */
const BACKOFF = { first: 1000, longest: 60_000 };

/** The session of a token that does not name one. */
const OPAQUE = '';

/** Creates a client. */
export function createClient(options: ClientOptions = {}): Client {
  return new Keeper(options);
}

class Keeper implements Client {
  state: State = 'unknown';
  user: User | undefined;

  private readonly origins: ReadonlySet<string>;
  private readonly send: typeof fetch;
  private readonly calls: Calls;
  private readonly tabs: Tabs;
  private readonly pending: Pending;
  private grant: Shared | undefined;
  /** Ended sessions: messages from other tabs about them arrive too late. */
  private readonly ended = new Set<string | undefined>();
  /** Counts sign-ins and sign-outs: a response to an earlier request is stale. */
  private epoch = 0;
  private refreshing: Promise<Shared | undefined> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private usedSinceGrant = false;
  private backoff = BACKOFF.first;
  private quietUntil = 0;

  constructor(private readonly options: ClientOptions) {
    const base = new URL(options.baseUrl ?? '/', location.href);
    this.origins = new Set([base.origin, ...(options.origins ?? []).map((origin) => new URL(origin).origin)]);
    this.send = options.fetch ?? ((input, init) => fetch(input, init));
    const address = base.href.replace(/\/+$/, '');
    this.calls = new Calls(address, this.send);
    this.tabs = new Tabs(`portcullis ${address}`);
    this.pending = new Pending(`portcullis:log-out-pending ${address}`);
    this.tabs.listen((message) => this.hear(message));
    addEventListener('online', this.finishLogout);
  }

  async restore(): Promise<boolean> {
    if (this.pending.is()) {
      this.signOut('logged_out');
      await this.finishLogout();
      // Until the server has received the sign-out, the cookie would sign the user in again.
      if (this.pending.is()) {
        return false;
      }
    }
    if (!this.isFresh(this.grant)) {
      await this.refreshPatiently(undefined);
    }
    return this.state === 'signed-in';
  }

  login(credentials: Credentials): Promise<User> {
    return this.signIn('/auth/login', { ...credentials });
  }

  register(registration: Registration): Promise<User> {
    return this.signIn('/auth/register', { ...registration });
  }

  logout(): Promise<void> {
    return this.leave('/auth/logout');
  }

  logoutEverywhere(): Promise<void> {
    return this.leave('/auth/logout-all');
  }

  async fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const request = new Request(input, init);
    const token = this.covers(request.url) ? await this.accessToken() : undefined;
    if (token === undefined) {
      return this.send(request);
    }
    const asked = Date.now();
    const response = await this.send(withToken(request.clone(), token));
    this.calls.readClock(response, asked);
    if (response.status !== 401) {
      return response;
    }
    const renewed = await this.refreshPatiently(token);
    return renewed && renewed.accessToken !== token ? this.send(withToken(request, renewed.accessToken)) : response;
  }

  async accessToken(): Promise<string | undefined> {
    this.usedSinceGrant = true;
    if (this.state === 'unknown') {
      await this.restore();
    }
    const grant = this.grant;
    if (!grant || this.isFresh(grant)) {
      return grant?.accessToken;
    }
    if (grant.expiresAt - Date.now() > Math.min(URGENT, grant.lifetime / 10)) {
      void this.refreshInBackground();
      return grant.accessToken;
    }
    return (await this.refreshPatiently(grant.accessToken))?.accessToken;
  }

  serverTime(): number {
    return Date.now() + this.calls.clockAhead;
  }

  close(): void {
    clearTimeout(this.timer);
    removeEventListener('online', this.finishLogout);
    this.tabs.close();
  }

  // -- signing in and out ------------------------------------------------------------------------------------------------------

  private async signIn(path: string, body: unknown): Promise<User> {
    // Under the lock, so that a refresh of the previous session cannot overwrite the new cookie.
    const grant = await this.tabs.alone(() => this.calls.grant(path, body), new AbortController().signal);
    if (!grant?.user) {
      throw new ClientError('unreachable', 'the answer names no user: is baseUrl right?', 0);
    }
    this.pending.clear();
    this.epoch += 1;
    this.share({ ...grant, session: sessionOf(grant.accessToken) });
    return grant.user;
  }

  private async leave(path: string): Promise<void> {
    const { grant } = this;
    this.pending.set({ path, session: grant?.session ?? OPAQUE });
    this.tellSignedOut('logged_out_elsewhere');
    this.signOut('logged_out');
    await this.finishLogout(grant?.accessToken);
  }

  /** Sends the sign-out to the server. If that fails, it is sent when the network is back, or by the next page. */
  private readonly finishLogout = async (token?: unknown): Promise<void> => {
    const logout = this.pending.is();
    if (!logout) {
      return;
    }
    const { path, session } = logout;
    try {
      const bearer = typeof token === 'string' ? token : undefined;
      await this.tabs.alone(
        () => this.calls.post(path, session === OPAQUE ? {} : { session }, bearer),
        new AbortController().signal,
      );
      this.pending.clear(logout);
    } catch (error) {
      if (error instanceof ClientError && error.final) {
        this.pending.clear(logout);
      }
    }
  };

  private signOut(reason: SignedOutReason): void {
    const was = this.state;
    this.epoch += 1;
    this.ended.add(this.grant?.session);
    this.grant = undefined;
    this.user = undefined;
    clearTimeout(this.timer);
    this.become('signed-out');
    if (was === 'signed-in') {
      notify('onSignedOut', () => this.options.onSignedOut?.(reason));
    }
  }

  // -- refreshing --------------------------------------------------------------------------------------------------------------

  /** For a waiting caller: a network failure is retried twice. */
  private async refreshPatiently(stale: string | undefined): Promise<Shared | undefined> {
    for (const wait of RETRIES) {
      try {
        return await this.refresh(stale);
      } catch (error) {
        const { status, retryAfter } = error as ClientError;
        if (!(error instanceof ClientError) || (status > 0 && status < 500) || retryAfter !== undefined) {
          throw error;
        }
        await pause(wait);
      }
    }
    return this.refresh(stale);
  }

  private async refreshInBackground(): Promise<void> {
    if (Date.now() < this.quietUntil) {
      return;
    }
    try {
      await this.refresh(this.grant?.accessToken);
    } catch (error) {
      const wait = (error instanceof ClientError && error.retryAfter ? error.retryAfter * 1000 : 0) || this.backoff;
      this.quietUntil = Date.now() + wait;
      this.backoff = Math.min(this.backoff * 2, BACKOFF.longest);
      this.wakeIn(wait);
    }
  }

  /** One refresh at a time in this tab, for all callers. */
  private refresh(stale: string | undefined): Promise<Shared | undefined> {
    this.refreshing ??= this.refreshOnce(stale).finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  /** One refresh at a time in all tabs. A result from another tab is equally valid. */
  private async refreshOnce(stale: string | undefined): Promise<Shared | undefined> {
    const { epoch } = this;
    const settled = () => this.epoch !== epoch || this.fits(this.grant, stale);
    const enough = new AbortController();
    const stop = this.tabs.listen(() => settled() && enough.abort());
    try {
      await this.tabs.alone(async () => {
        const shared = settled() ? undefined : await this.tabs.ask((grant) => this.fits(grant, stale));
        if (shared && this.epoch === epoch) {
          this.take(shared);
        }
        if (!settled()) {
          await this.refreshAtServer(epoch);
        }
      }, enough.signal);
    } finally {
      stop();
    }
    return this.grant;
  }

  private async refreshAtServer(epoch: number): Promise<void> {
    try {
      const grant = await this.calls.grant('/auth/refresh', {});
      if (this.epoch === epoch) {
        this.share({ ...grant, session: sessionOf(grant.accessToken) });
      }
    } catch (error) {
      if (!(error instanceof ClientError && error.final)) {
        throw error;
      }
      if (this.epoch === epoch) {
        this.tellSignedOut(error.code);
        this.signOut(error.code);
      }
    }
  }

  // -- what is known -----------------------------------------------------------------------------------------------------------

  private hear(message: Message): void {
    if (message.type === 'ask') {
      this.tabs.tell({ type: 'answer', ask: message.ask, grant: this.grant });
    } else if (message.type === 'grant') {
      this.take(message.grant);
    } else if (message.type === 'signed-out') {
      this.ended.add(message.session);
      if (message.session === this.grant?.session) {
        this.signOut(message.reason);
      }
    }
  }

  private tellSignedOut(reason: SignedOutReason): void {
    if (this.grant) {
      this.tabs.tell({ type: 'signed-out', session: this.grant.session, reason });
    }
  }

  /** A response from the server is always the newest state, whatever the clock says: it may have been set back. */
  private share(grant: Shared): void {
    this.take(grant, true);
    this.tabs.tell({ type: 'grant', grant });
  }

  private take(grant: Shared, newest = false): void {
    const older = !newest && this.grant?.session === grant.session && this.grant.expiresAt > grant.expiresAt;
    if (older || (grant.session !== OPAQUE && this.ended.has(grant.session))) {
      return;
    }
    if (this.grant?.session !== grant.session) {
      this.epoch += this.grant ? 1 : 0;
      this.user = undefined;
    }
    this.grant = grant;
    this.user = grant.user ?? this.user;
    this.usedSinceGrant = false;
    this.backoff = BACKOFF.first;
    this.quietUntil = 0;
    this.wakeIn(grant.expiresAt - this.ahead(grant) - Date.now());
    this.become('signed-in');
  }

  /** Refreshes before expiry if the token was used: an unused page need not keep a session alive. */
  private wakeIn(millis: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(
      () => {
        if (this.usedSinceGrant && this.grant) {
          void this.refreshInBackground();
        }
      },
      Math.max(0, Math.min(millis, 2 ** 31 - 1)),
    );
  }

  private become(state: State): void {
    this.state = state;
    notify('onState', () => this.options.onState?.(state, this.user));
  }

  private fits(grant: Shared | undefined, stale: string | undefined): boolean {
    return this.isFresh(grant) && grant?.accessToken !== stale;
  }

  private isFresh(grant: Shared | undefined): boolean {
    return grant !== undefined && grant.expiresAt - this.ahead(grant) > Date.now();
  }

  private ahead(grant: Shared): number {
    return Math.min((this.options.refreshAhead ?? 60) * 1000, grant.lifetime / 5);
  }

  private covers(url: string): boolean {
    return this.origins.has(new URL(url).origin);
  }
}

function pause(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis));
}

function withToken(request: Request, token: string): Request {
  request.headers.set('authorization', `Bearer ${token}`);
  return request;
}

/**
 * The session that a token names (`sid`). Read without verification: it only distinguishes one sign-in from the next.
 */
function sessionOf(token: string): string {
  try {
    const payload = token.split('.')[1] ?? '';
    const { sid } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as { sid?: unknown };
    return typeof sid === 'string' ? sid : OPAQUE;
  } catch {
    return OPAQUE;
  }
}
