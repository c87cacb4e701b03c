/** The stores behind `authRoutes`, and its options. What the service decides it decides in Rust; these only keep and find. @module */
import type { Duration, Jwks, Revocations, VerifierOptions } from '../internal.js';

/** At once, or later. A store that throws, rejects or takes longer than eight seconds makes a 503. */
export type Awaitable<T> = T | Promise<T>;

/** An account as it is kept. Times are milliseconds since 1970. */
export interface StoredAccount {
  /** Random, never reused; `sub` in tokens. */
  id: string;
  /** The address as it was typed. */
  email: string;
  /** The address as it is compared. Unique. */
  emailKey: string;
  name: string;
  roles: string[];
  /** Counts the changes of roles and password. */
  version: number;
  /** A PHC string or bcrypt's; empty for an account without a password. */
  passwordHash: string;
  createdAt: number;
}

/** What may change about an account. */
export type AccountChanges = Partial<Pick<StoredAccount, 'name' | 'roles' | 'version' | 'passwordHash'>>;

/** An account that has to have a role at the moment of a write. */
export interface RoleKeeper {
  id: string;
  role: string;
}

/** Where accounts are kept. */
export interface AccountStore {
  /** Adds an account. `false` when one with its `emailKey` is there: of two that come at once, one is added. */
  create(account: StoredAccount): Awaitable<boolean>;
  /** The account with this id. */
  findById(id: string): Awaitable<StoredAccount | null | undefined>;
  /** The account with this `emailKey`. */
  findByEmail(emailKey: string): Awaitable<StoredAccount | null | undefined>;
  /**
   * Writes `changes`, but only if every field of `when` has that value at that moment: one step, as in
   * `UPDATE … WHERE id = ? AND version = ?`. The account after it; nothing when there was none to change.
   *
   * With `keeper`, only while the account `keeper.id` has `keeper.role` among its `roles`, in the same step: an administrator who has just
   * been demoted changes nothing. A database that runs such steps side by side has to lock that row.
   */
  update(
    id: string,
    changes: AccountChanges,
    when: Partial<Pick<StoredAccount, 'version' | 'passwordHash'>>,
    keeper?: RoleKeeper,
  ): Awaitable<StoredAccount | null | undefined>;
  /**
   * At most `rows` accounts in the order they came, after the page that ended with `cursor`. `next` is the cursor of the next page: 1 to 15
   * decimal digits, such as the number of the last row.
   */
  list(cursor: string | null, rows: number): Awaitable<{ accounts: StoredAccount[]; next?: string | null }>;
}

/** What is to be stored for a user. */
export interface SessionRecord {
  /** A text that means nothing to the store: the user's sessions, wrong passwords, roles, and what is on its way elsewhere. */
  record: string;
  /** Whether {@link SessionStore.waiting} is to name this user. */
  waiting: boolean;
}

/** Where users' sessions are kept: one record per user. */
export interface SessionStore {
  /**
   * Replaces a user's record, in one step that no other change of the same record comes between: a transaction, or compare and
   * swap. `change` is given the record (`undefined` where there is none yet) and says at once what to store in its place;
   * `undefined` leaves it. It may be called again when the step has to be tried again. What it throws has to leave everything as
   * it was, and has to be thrown on.
   */
  update(user: string, change: (record: string | undefined) => SessionRecord | undefined): Awaitable<void>;
  /** At most `rows` users whose record was stored with `waiting`. */
  waiting(rows: number): Awaitable<string[]>;
}

/** Where revocations are kept until the tokens they concern have expired. Times are milliseconds since 1970. */
export interface RevocationStore {
  /** Keeps an entry until the moment `until`; of two with one key, the later `at` stays. */
  put(key: string, at: number, until: number): Awaitable<void>;
  /** The `at` under this key. */
  get(key: string): Awaitable<number | null | undefined>;
  /** Every entry whose `at` is `since` or later. */
  since(since: number): Awaitable<{ key: string; at: number }[]>;
  /** May forget entries whose `until` is before `now`. */
  prune(now: number): Awaitable<void>;
}

/** One thing that happened. Never holds a token, a password or a hash. */
export interface AuditEntry {
  /** Milliseconds since 1970. */
  at: number;
  event: string;
  /** To whom; empty when the account does not exist. */
  user: string;
  /** By whom, where that is someone else. */
  actor: string;
  session: string;
  client: string;
  userAgent: string;
  detail: string;
  /** The request's id, as in `x-request-id`. */
  request: string;
}

/** What to look for. Times are milliseconds since 1970. */
export interface AuditFilter {
  event?: string;
  user?: string;
  /** Not before. */
  from?: number;
  /** Before. */
  to?: number;
  /** After the page that ended with this. */
  cursor?: string;
  rows: number;
}

/** Where the audit log is kept. */
export interface AuditStore {
  /** Adds entries, all of them or none. One that is there already is not added again: it may come twice after a failure. */
  append(entries: AuditEntry[]): Awaitable<void>;
  /** Entries, newest first, and the cursor of the next page: 1 to 15 decimal digits. */
  find(filter: AuditFilter): Awaitable<{ entries: AuditEntry[]; next?: string | null }>;
  /** Forgets what happened before that moment, in milliseconds since 1970. */
  prune(before: number): Awaitable<void>;
}

/** Everything that is kept. */
export interface AuthStores {
  accounts: AccountStore;
  sessions: SessionStore;
  revocations: RevocationStore;
  audit: AuditStore;
}

/** Says whether more password hashes may be computed, per client address or per account. */
export interface Limiter {
  /**
   * Counts `cost` and says whether to go on. `cost` is in password hashes of today's parameters, about 30 ms of one core each: 1 for
   * most tries, 2 where a password has two forms, 12 for a bcrypt hash of cost 12. One request may ask more than once. A limiter that
   * throws, rejects or takes longer than eight seconds lets the try go on, for the lockout stands behind it; one that returns no
   * boolean refuses it. Both are reported to the logger.
   */
  allow(limit: 'client' | 'account', key: string, cost: number): Awaitable<boolean>;
}

/** Logger for errors and audit entries, e.g. console, pino or winston. What it throws or rejects with is reported on the console. */
export interface Logger {
  /** An audit entry. */
  info(line: object): void;
  /** Why an answer is a 5xx, or what will be tried again. */
  error(line: object): void;
}

/** How the account pages look. */
export interface AccountPages {
  /** Application name shown on the pages. Defaults to the issuer's host. */
  name?: string;
  /** Where a browser goes after signing in when no page sent it: a path of this site. "Your devices" unless set. */
  home?: string;
  /** The path of a style sheet that comes after theirs. */
  theme?: string;
}

/** Options of the auth service, whatever it is mounted on. */
export interface AuthServiceOptions {
  /** `iss` of tokens, and the base of this service's own addresses: `https://id.example`. */
  issuer: string;
  /** `aud` of access tokens. */
  audience: string;
  /** Private keys (JWKS, object or JSON) for access tokens. The `active` one signs, or the first where none has a state; all verify. */
  keys?: Jwks | string;
  /** In place of `keys`: the secret access tokens are signed with. At least 32 bytes. */
  jwtSecret?: string;
  /** The secret refresh tokens are signed with. Needed with `jwtSecret`; beside `keys`, one is derived unless set. */
  jwtRefreshSecret?: string;
  /** Where everything is kept. */
  stores: AuthStores;
  /** Life of access tokens, in whole seconds. 15 minutes unless set. */
  accessTokenLifetime?: Duration;
  /** Life of a session from log-in. 7 days unless set. */
  sessionLifetime?: Duration;
  /** How long the refresh token that was just replaced still gets its successor. 30 seconds unless set, 5 minutes at most. */
  refreshGrace?: Duration;
  /** Clock difference forgiven. 5 seconds unless set, 5 minutes at most. */
  leeway?: Duration;
  /** Name of the refresh cookie, without its `__Host-`. `refresh` unless set. */
  cookieName?: string;
  /** Shares the cookie with the hosts of this domain; it is then a `__Secure-` cookie. */
  cookieDomain?: string;
  /** Origins of other sites whose pages may use this one. */
  allowedOrigins?: readonly string[];
  /** Shortest password that may be chosen, in characters, 8 to 64. 8 unless set. */
  minPasswordChars?: number;
  /** How long audit entries are kept, in whole days. 90 days unless set. */
  auditRetention?: Duration;
  /** Who may introspect and revoke tokens. Each id stands once; secrets have 32 characters or more. Both are printable ASCII. */
  oauthClients?: readonly { id: string; secret: string }[];
  /**
   * Pages to sign in, to register, for "my devices" and for the password, under `/auth/account`, as the Worker has them. For routes
   * that are mounted at the root. None unless set.
   */
  accountPages?: boolean | AccountPages;
  /**
   * Limits in front of password hashing; `false` for none. In memory, 600 hashes a minute per client and 300 per account, by their
   * cost, unless set.
   */
  limiter?: Limiter | false;
  /** Failures go to its `error`, audit entries to its `info`. Unless set, failures go to the console, entries to the store alone. */
  logger?: Logger;
  /** The present moment in milliseconds, for tests. */
  now?: () => number;
}

/** What `authenticate` and `createVerifier` need to believe this service's access tokens. */
export type Trust = VerifierOptions & { revocations: Revocations };
