/** The types of `portcullis/client`. */

/** The signed-in user, as the server describes them. */
export interface User {
  id: string;
  email: string;
  name?: string;
  roles?: string[];
  [member: string]: unknown;
}

/** What log-in takes. */
export interface Credentials {
  email: string;
  password: string;
}

/** What registration takes. */
export interface Registration extends Credentials {
  name: string;
}

/**
 * `unknown` until {@link Client.restore}, a log-in or another tab says more.
 */
export type State = 'unknown' | 'signed-in' | 'signed-out';

/**
 * Why somebody is signed out: `logged_out` by this tab, `logged_out_elsewhere` by another one, or the code with which the server refused
 * to go on (`session_ended`, `token_reused`, `invalid_token`, …).
 */
export type SignedOutReason =
  | 'logged_out'
  | 'logged_out_elsewhere'
  | 'session_ended'
  | 'token_reused'
  | 'invalid_token'
  | (string & {});

/** How a client is set up. Everything has a default that fits an app on the same origin as its API. */
export interface ClientOptions {
  /** Where `/auth/…` is. Default: the page's own origin. */
  baseUrl?: string;
  /** Further origins whose requests get the access token. `baseUrl`'s always does; no other ever. */
  origins?: readonly string[];
  /** How long before its end a token is renewed, in seconds; at most a fifth of the token's life is used. Default 60. */
  refreshAhead?: number;
  /** Called once in every tab when a signed-in person no longer is. What it throws or rejects with is reported on the console. */
  onSignedOut?: (reason: SignedOutReason) => void;
  /** Called in every tab when the state changes. What it throws or rejects with is reported on the console. */
  onState?: (state: State, user: User | undefined) => void;
  /**
   * The `fetch` to use. Default: the page's. In calls to `/auth/…` what it throws, an answer that is none, and none within 15 seconds
   * count as an unreachable server.
   */
  fetch?: typeof fetch;
}

/** Keeps a person signed in. Made by `createClient`. */
export interface Client {
  readonly state: State;
  /** The signed-in user as of the last response (undefined after restore()). */
  readonly user: User | undefined;
  /** Picks up the session that another tab or the cookie holds. Resolves to whether somebody is signed in. */
  restore(): Promise<boolean>;
  /** Logs in. Rejects with a `ClientError` (`invalid_credentials`, …). */
  login(credentials: Credentials): Promise<User>;
  /** Makes an account and logs in. */
  register(registration: Registration): Promise<User>;
  /** Ends this session, in every tab. The tabs are signed out even when the server cannot be reached; the server is told as soon as it can be. */
  logout(): Promise<void>;
  /** Ends every session of this person, on all devices. */
  logoutEverywhere(): Promise<void>;
  /** `fetch` with the access token on it, for `baseUrl` and `origins`; renewed before its end and once more on a 401. */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /** A currently valid access token, or undefined when signed out; useful for WebSockets. */
  accessToken(): Promise<string | undefined>;
  /** The server's clock, in milliseconds since 1970, as near as its answers tell. */
  serverTime(): number;
  /** Releases timers, channels and locks. */
  close(): void;
}
