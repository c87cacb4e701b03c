/** The types of `portcullis/client`. */

/** The signed-in user, as the server describes them. */
export interface User {
  id: string;
  email: string;
  name?: string;
  roles?: string[];
  [member: string]: unknown;
}

/** The arguments of a sign-in. */
export interface Credentials {
  email: string;
  password: string;
}

/** The arguments of a registration. */
export interface Registration extends Credentials {
  name: string;
}

/**
 * `unknown` until {@link Client.restore}, a sign-in or another tab provides the state.
 */
export type State = 'unknown' | 'signed-in' | 'signed-out';

/**
 * Why the user is signed out: `logged_out` by this tab, `logged_out_elsewhere` by another one, or the code with which
 * the server ended the session (`session_ended`, `token_reused`, `invalid_token`, …).
 */
export type SignedOutReason =
  | 'logged_out'
  | 'logged_out_elsewhere'
  | 'session_ended'
  | 'token_reused'
  | 'invalid_token'
  | (string & {});

/** Options of a client. The defaults fit an application on the same origin as its API. */
export interface ClientOptions {
  /** Where `/auth/…` is. Default: the page's own origin. */
  baseUrl?: string;
  /** Other origins whose requests get the access token. Those to `baseUrl` always do; no others ever do. */
  origins?: readonly string[];
  /**
   * How long before its expiry a token is refreshed, in seconds; at most a fifth of the token's lifetime. Default 60.
   */
  refreshAhead?: number;
  /**
   * Called once in every tab when the user is signed out. Its exceptions and rejections are reported on the console.
   */
  onSignedOut?: (reason: SignedOutReason) => void;
  /** Called in every tab when the state changes. Its exceptions and rejections are reported on the console. */
  onState?: (state: State, user: User | undefined) => void;
  /**
   * The `fetch` to use. Default: the page's. In calls to `/auth/…`, an exception, an invalid response, and no response
   * within 15 seconds count as an unreachable server.
   */
  fetch?: typeof fetch;
}

/** Keeps a user signed in. Created by `createClient`. */
export interface Client {
  readonly state: State;
  /** The signed-in user as of the last response; `undefined` after {@link Client.restore}. */
  readonly user: User | undefined;
  /** Restores the session from another tab or from the cookie. Resolves to whether a user is signed in. */
  restore(): Promise<boolean>;
  /** Signs in. Rejects with a `ClientError` (`invalid_credentials`, …). */
  login(credentials: Credentials): Promise<User>;
  /** Creates an account and signs in. */
  register(registration: Registration): Promise<User>;
  /**
   * Ends this session, in every tab. The tabs are signed out even if the server is unreachable; the sign-out is then
   * sent as soon as possible.
   */
  logout(): Promise<void>;
  /** Ends every session of this user, on all devices. */
  logoutEverywhere(): Promise<void>;
  /**
   * `fetch` with the access token, for `baseUrl` and `origins`; the token is refreshed before its expiry, and once more
   * on a 401.
   */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /** A currently valid access token, or undefined when signed out; useful for WebSockets. */
  accessToken(): Promise<string | undefined>;
  /** The server's clock, in milliseconds since 1970, estimated from its responses. */
  serverTime(): number;
  /** Releases timers, channels and locks. */
  close(): void;
}
