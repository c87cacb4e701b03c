/**
 * The stores for `authRoutes`, and its options. The service makes all decisions in Rust; stores only keep and find
 * data. @module
 */
import type { Duration, Jwks, Revocations, VerifierOptions } from '../internal.js';

/** Synchronous or asynchronous. If a store throws, rejects or takes longer than eight seconds, the response is 503. */
export type Awaitable<T> = T | Promise<T>;

/** An account as stored. Times are milliseconds since 1970. */
export interface StoredAccount {
  /** Random, never reused; `sub` in tokens. */
  id: string;
  /** The email as typed. */
  email: string;
  /** The normalized email, used for comparison. Unique. */
  emailKey: string;
  name: string;
  roles: string[];
  /** Counts the changes of roles and password. */
  version: number;
  /** A PHC string or a bcrypt hash; empty for an account without a password. */
  passwordHash: string;
  createdAt: number;
}

/** The fields of an account that can change. */
export type AccountChanges = Partial<Pick<StoredAccount, 'name' | 'roles' | 'version' | 'passwordHash'>>;

/** An account that must have a role at the moment of a write. */
export interface RoleKeeper {
  id: string;
  role: string;
}

/** The store of accounts. */
export interface AccountStore {
  /**
   * Adds an account. Resolves to `false` if one with its `emailKey` exists: of two concurrent calls, one adds the
   * account.
   */
  create(account: StoredAccount): Awaitable<boolean>;
  /** The account with this id. */
  findById(id: string): Awaitable<StoredAccount | null | undefined>;
  /** The account with this `emailKey`. */
  findByEmail(emailKey: string): Awaitable<StoredAccount | null | undefined>;
  /**
   * Writes `changes` only if every field of `when` has the given value at that moment, in one atomic step, as in
   * `UPDATE … WHERE id = ? AND version = ?`. Returns the changed account; nothing if no account matched.
   *
   * If `keeper` is given, writes only if the account `keeper.id` has `keeper.role` in its `roles`, in the same atomic
   * step: an administrator who was just demoted changes nothing. A database that runs such steps concurrently has to
   * lock that row.
   */
  update(
    id: string,
    changes: AccountChanges,
    when: Partial<Pick<StoredAccount, 'version' | 'passwordHash'>>,
    keeper?: RoleKeeper,
  ): Awaitable<StoredAccount | null | undefined>;
  /**
   * At most `rows` accounts in order of creation, after the page that ended with `cursor`. `next` is the cursor of the
   * next page: 1 to 15 decimal digits, such as the number of the last row.
   */
  list(cursor: string | null, rows: number): Awaitable<{ accounts: StoredAccount[]; next?: string | null }>;
}

/** The data to store for a user. */
export interface SessionRecord {
  /** An opaque string: the user's sessions, wrong passwords, roles and outbox. */
  record: string;
  /** Whether {@link SessionStore.waiting} must return this user. */
  waiting: boolean;
}

/** The store of users' sessions: one record per user. */
export interface SessionStore {
  /**
   * Replaces a user's record in one atomic step: in a transaction, or with compare-and-swap. `change` receives the
   * record (`undefined` if there is none yet) and synchronously returns the new one; `undefined` keeps the current one.
   * It may be called again if the step has to be retried. If it throws, the record must not change, and the exception
   * must be passed on.
   */
  update(user: string, change: (record: string | undefined) => SessionRecord | undefined): Awaitable<void>;
  /** At most `rows` users whose record was stored with `waiting`. */
  waiting(rows: number): Awaitable<string[]>;
}

/** The store of revocations, until the tokens that they concern have expired. Times are milliseconds since 1970. */
export interface RevocationStore {
  /** Stores an entry until the time `until`; of two with the same key, the later `at` is kept. */
  put(key: string, at: number, until: number): Awaitable<void>;
  /** The `at` of this key. */
  get(key: string): Awaitable<number | null | undefined>;
  /** All entries whose `at` is `since` or later. */
  since(since: number): Awaitable<{ key: string; at: number }[]>;
  /** May delete entries whose `until` is before `now`. */
  prune(now: number): Awaitable<void>;
}

/** One event. Never contains a token, a password or a hash. */
export interface AuditEntry {
  /** Milliseconds since 1970. */
  at: number;
  event: string;
  /** The affected user; empty if the account does not exist. */
  user: string;
  /** The acting user, if it is someone else. */
  actor: string;
  session: string;
  client: string;
  userAgent: string;
  detail: string;
  /** The id of the request, as in `x-request-id`. */
  request: string;
}

/** A query. Times are milliseconds since 1970. */
export interface AuditFilter {
  event?: string;
  user?: string;
  /** Not before. */
  from?: number;
  /** Before. */
  to?: number;
  /** Only entries after the page that ended with this cursor. */
  cursor?: string;
  rows: number;
}

/** The store of the audit log. */
export interface AuditStore {
  /**
   * Adds entries, all of them or none. An entry that exists already is not added again: it can be sent twice after a
   * failure.
   */
  append(entries: AuditEntry[]): Awaitable<void>;
  /** Entries, newest first, and the cursor of the next page: 1 to 15 decimal digits. */
  find(filter: AuditFilter): Awaitable<{ entries: AuditEntry[]; next?: string | null }>;
  /** Deletes entries before that time, in milliseconds since 1970. */
  prune(before: number): Awaitable<void>;
}

/** All stores. */
export interface AuthStores {
  accounts: AccountStore;
  sessions: SessionStore;
  revocations: RevocationStore;
  audit: AuditStore;
}

/** Decides whether more password hashes may be computed, per client address or per account. */
export interface Limiter {
  /**
   * Counts `cost` and returns whether the attempt is allowed. `cost` is in password hashes with the current parameters,
   * about 30 ms of one core each: 1 for most attempts, 2 if a password has two forms, 12 for a bcrypt hash with cost
   * 12. One request can call this more than once. If a limiter throws, rejects or takes longer than eight seconds, the
   * attempt is allowed, because the lockout still applies; if it does not return a boolean, the attempt is rejected.
   * Both are reported to the logger.
   */
  allow(limit: 'client' | 'account', key: string, cost: number): Awaitable<boolean>;
}

/**
 * Logger for errors and audit entries, e.g. console, pino or winston. Its exceptions and rejections are reported on the
 * console.
 */
export interface Logger {
  /** An audit entry. */
  info(line: object): void;
  /** The reason of a 5xx, or a delivery that will be retried. */
  error(line: object): void;
}

/** The appearance of the account pages. */
export interface AccountPages {
  /** Application name shown on the pages. Defaults to the issuer's host. */
  name?: string;
  /** Where a browser goes after signing in if no page sent it: a path of this site. Default: the devices page. */
  home?: string;
  /** The path of a style sheet that is loaded after the built-in one. */
  theme?: string;
}

/** Options of the auth service, independent of the framework. */
export interface AuthServiceOptions {
  /** `iss` of tokens, and the base URL of this service: `https://id.example`. */
  issuer: string;
  /** `aud` of access tokens. */
  audience: string;
  /**
   * Private keys (JWKS, object or JSON) for access tokens. The `active` key signs, or the first one if none has a
   * state; all of them verify.
   */
  keys?: Jwks | string;
  /** Instead of `keys`: the secret that signs access tokens. At least 32 bytes. */
  jwtSecret?: string;
  /** The secret that signs refresh tokens. Required with `jwtSecret`; with `keys`, one is derived by default. */
  jwtRefreshSecret?: string;
  /** The stores. */
  stores: AuthStores;
  /** Lifetime of access tokens, in whole seconds. Default: 15 minutes. */
  accessTokenLifetime?: Duration;
  /** Lifetime of a session from sign-in. Default: 7 days. */
  sessionLifetime?: Duration;
  /** How long the just-replaced refresh token still gets its successor. Default: 30 seconds; at most 5 minutes. */
  refreshGrace?: Duration;
  /** Allowed clock skew. Default: 5 seconds; at most 5 minutes. */
  leeway?: Duration;
  /** Name of the refresh cookie, without its prefix `__Host-`. Default: `refresh`. */
  cookieName?: string;
  /** Shares the cookie with the hosts of this domain; its prefix is then `__Secure-`. */
  cookieDomain?: string;
  /** Other origins that may call this service from a browser. */
  allowedOrigins?: readonly string[];
  /** Minimum length of a new password, in characters, 8 to 64. Default: 8. */
  minPasswordChars?: number;
  /** How long audit entries are kept, in whole days. Default: 90 days. */
  auditRetention?: Duration;
  /**
   * The clients that may introspect and revoke tokens. Ids must be unique; secrets have 32 characters or more. Both are
   * printable ASCII.
   */
  oauthClients?: readonly { id: string; secret: string }[];
  /**
   * Pages for sign-in, registration, devices and password, under `/auth/account`, as in the Worker. Requires routes
   * that are mounted at the root. Default: none.
   */
  accountPages?: boolean | AccountPages;
  /**
   * Rate limits for password hashing; `false` disables them. Default: in memory, 600 hashes a minute per client and 300
   * per account, by their cost.
   */
  limiter?: Limiter | false;
  /**
   * Failures go to its `error`, audit entries to its `info`. Default: failures go to the console, audit entries only to
   * the store.
   */
  logger?: Logger;
  /** The current time in milliseconds, for tests. */
  now?: () => number;
}

/** What `authenticate` and `createVerifier` need to verify the access tokens of this service. */
export type Trust = VerifierOptions & { revocations: Revocations };
