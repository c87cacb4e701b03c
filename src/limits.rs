//! All limits and durations of this crate, with the unit in the name and the reason in the documentation.

use std::time::Duration;

/// Longest compact token that is parsed, in bytes. Checked before anything else. Far above real tokens (one or two
/// kilobytes) and below the 16 KiB that common servers allow for all headers together.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// Longest compact token that the drop-in for `jsonwebtoken` accepts, in bytes. The original has no limit and signs
/// tokens of any length; no header or cookie can contain a longer one.
pub const MAX_JSONWEBTOKEN_BYTES: usize = 1024 * 1024;

/// Deepest nesting of arrays and objects in a header or claims set, including the outermost object.
pub const MAX_JSON_DEPTH: usize = 32;

/// Longest text that is searched for a token to inspect, in bytes.
pub const MAX_INSPECTED_BYTES: usize = 1024 * 1024;

/// Default for the allowed clock skew between issuer and server.
pub const DEFAULT_LEEWAY: Duration = Duration::from_secs(5);

/// Default lifetime of an access token. It is short because a stateless token cannot be revoked.
pub const ACCESS_TOKEN_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// Lifetime of a session, and of its refresh tokens, from sign-in; refreshing does not extend it.
pub const SESSION_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How long a just-replaced refresh token still gets the same successor (concurrent tabs, lost responses).
pub const REFRESH_GRACE: Duration = Duration::from_secs(30);

/// Smallest RSA modulus accepted, in bits (RFC 7518 sections 3.3 and 3.5).
pub const MIN_RSA_BITS: usize = 2048;

/// Largest RSA modulus accepted, in bits. Limits the cost of a verification.
pub const MAX_RSA_BITS: usize = 8192;

/// The RSA public exponents accepted: those that every host accepts. With 1, every message is its own signature; even
/// exponents are invalid; large ones are expensive. No others are in use.
pub const RSA_EXPONENTS: [u32; 3] = [3, 17, 65_537];

/// Largest JWKS document accepted from a URL, in bytes.
pub const MAX_JWKS_BYTES: usize = 256 * 1024;

/// Largest document that JavaScript callers can configure to fetch, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 16 * 1024 * 1024;

/// Maximum number of keys in one set.
pub const MAX_JWKS_KEYS: usize = 100;

/// How long fetched keys are used without another fetch.
pub const REMOTE_FRESH_FOR: Duration = Duration::from_secs(10 * 60);

/// How long they are still used after that, while they are fetched again or their issuer is unavailable. This limits
/// how long a key that its issuer has withdrawn is still trusted here.
pub const REMOTE_STALE_FOR: Duration = Duration::from_secs(60 * 60);

/// Minimum time between two fetches of the same keys, including failed ones, so that tokens with invented key ids
/// cannot cause a flood of requests to an issuer.
pub const REMOTE_COOLDOWN: Duration = Duration::from_secs(30);

/// How long one fetch of keys may take, redirects included.
pub const REMOTE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long after its timeout a fetch without a result is considered lost.
pub const REMOTE_LEASE_MARGIN: Duration = Duration::from_secs(1);

/// How long a key id that is not in a fresh set is remembered as missing. Short, because a key may be published late.
pub const ABSENT_KID_FOR: Duration = Duration::from_secs(2 * 60);

/// Maximum number of missing key ids that are remembered; the oldest is removed first.
pub const MAX_ABSENT_KIDS: usize = 128;

/// Largest PEM file, in bytes. The largest accepted key takes 7 KiB; other text may surround it.
pub const MAX_PEM_BYTES: usize = 64 * 1024;

/// Largest shared secret, in bytes. HMAC hashes a secret that is longer than its block before use, so more length adds
/// no security.
pub const MAX_SECRET_BYTES: usize = 64 * 1024;

/// Largest claims set or payload that the JavaScript exports sign or pass to a policy, in bytes.
pub const MAX_SIGNED_BYTES: usize = 1024 * 1024;

/// Longest text in an option of the JavaScript exports without its own limit, in bytes.
pub const MAX_OPTION_BYTES: usize = 64 * 1024;

/// Longest URL, in bytes: of a request to the service's own routes, and of a document. Twice the path limit, because
/// the query can be as long.
pub const MAX_URL_BYTES: usize = 16 * 1024;

/// Largest headers of a request to the service's own routes, names and values together, in bytes. Node's default limit
/// is 16 KiB.
pub const MAX_HEADERS_BYTES: usize = 64 * 1024;

/// Largest policy file that the JavaScript exports accept, in bytes.
pub const MAX_POLICY_BYTES: usize = 1024 * 1024;

/// Longest stored password hash that the JavaScript exports accept, in bytes. No supported hash is longer.
pub const MAX_PASSWORD_HASH_BYTES: usize = 1024;

/// Largest request body of the Worker's own routes, in bytes.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// KV rejects a shorter expiration TTL (Workers KV limits).
pub const KV_MIN_TTL: Duration = Duration::from_secs(60);

/// Longest request path, in bytes (RFC 9110 section 4.1 recommends that a server supports at least 8000 octets).
pub const MAX_PATH_BYTES: usize = 8 * 1024;

/// Default time that the gate waits for the first byte of an upstream. Browsers and proxies give up soon after.
pub const UPSTREAM_TIMEOUT: Duration = Duration::from_secs(30);

/// How long the gate's identity assertion about one request is valid: enough for a slow network and clock skew.
pub const GATE_PROOF_LIFETIME: Duration = Duration::from_secs(60);

/// Maximum number of open sessions per user. Opening another one ends the least recently used.
pub const MAX_SESSIONS_PER_USER: usize = 100;

/// Number of wrong passwords for one account within [`LOCKOUT_WINDOW`] that locks it (product default; PCI DSS 8.3.4
/// requires 10 or fewer).
pub const LOCKOUT_FAILURES: usize = 10;

/// The period in which wrong passwords are counted.
pub const LOCKOUT_WINDOW: Duration = Duration::from_secs(15 * 60);

/// Duration of the first lockout; each further failure doubles it (OWASP Authentication Cheat Sheet, "Account
/// Lockout").
pub const LOCKOUT_FIRST_WAIT: Duration = Duration::from_secs(60);

/// Longest lockout. Limits how long an attacker can lock out the owner of an account.
pub const LOCKOUT_LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// Default minimum length of a password, in characters after NFKC (NIST 800-63B section 3.1.1.2: 15 without a second
/// factor).
pub const MIN_PASSWORD_CHARS: usize = 8;

/// Longest password, in characters. Limits the cost of a sign-in.
pub const MAX_PASSWORD_CHARS: usize = 128;

/// Longest email address, in characters (RFC 5321 section 4.5.3.1.3 without the angle brackets. The RFC counts octets;
/// JSON schemas and their validators count characters).
pub const MAX_EMAIL_CHARS: usize = 254;

/// Longest display name, in characters.
pub const MAX_NAME_CHARS: usize = 100;

/// Longest user agent stored with a session or an audit entry, in characters.
pub const MAX_USER_AGENT_CHARS: usize = 256;

/// Maximum number of roles of a user.
pub const MAX_ROLES: usize = 32;

/// Longest path to which the account pages redirect a browser, in bytes.
pub const MAX_RETURN_BYTES: usize = 2048;

/// Default number of rows in one page of a list.
pub const DEFAULT_PAGE_ROWS: usize = 50;

/// Maximum number of rows in one page of a list.
pub const MAX_PAGE_ROWS: usize = 200;

/// Longest user id in a URL of the API, in characters. Ids created here have 22.
pub const MAX_USER_ID_CHARS: usize = 256;

/// Maximum number of digits of a list cursor. JavaScript represents such integers exactly.
pub const MAX_CURSOR_DIGITS: usize = 15;

/// Latest time in a query, in milliseconds since 1970: the last one that a JavaScript Date can represent.
pub const MAX_MOMENT_MILLIS: i64 = 8_640_000_000_000_000;

/// Default retention period of audit entries.
pub const AUDIT_RETENTION: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// How long the session that changed the password can repeat the request with the same passwords if the response was
/// lost: enough time for a person to press the button again.
pub const PASSWORD_CHANGE_GRACE: Duration = Duration::from_secs(5 * 60);

/// How long an isolate caches an entry of the revocation list about one session or user. Together with KV's own edge
/// cache ([`KV_CACHE_TTL`]), this limits how long a revoked access token can pass a `cached` rule: about a minute.
pub const REVOCATION_CACHE: Duration = Duration::from_secs(30);

/// How long an isolate returns the list of recent revocations from its cache. It never reads the list more often,
/// regardless of the number of requests.
pub const RECENT_CACHE: Duration = Duration::from_secs(5);

/// Maximum age of that list while it is being read again.
pub const RECENT_STALE: Duration = Duration::from_secs(30);

/// How long a request that reads the list of recent revocations prevents other requests from reading it. If its client
/// disconnects, the request is canceled without notice, so this is short.
pub const RECENT_LEASE: Duration = Duration::from_secs(2);

/// How long a request waits before it checks whether another has read the list.
pub const RECENT_PAUSE: Duration = Duration::from_millis(50);

/// How long KV can serve a read from its edge cache; 30 seconds is the minimum.
pub const KV_CACHE_TTL: Duration = Duration::from_secs(30);

/// How long a change of password or roles can be pending, from ending the first sessions to its completion. Longer than
/// its store calls can take together ([`STORE_DEADLINE`] each), and longer than a database continues a statement that
/// nobody waits for (D1: 30 s).
pub const CHANGE_DEADLINE: Duration = Duration::from_secs(60);

/// Maximum number of entries in the revocation cache of an isolate; then it is emptied.
pub const REVOCATION_CACHE_ENTRIES: usize = 20_000;

/// Delay before a failed write of a revocation is retried; doubles up to [`OUTBOX_LONGEST_WAIT`].
pub const OUTBOX_FIRST_WAIT: Duration = Duration::from_secs(2);

/// Longest delay between two attempts of the outbox.
pub const OUTBOX_LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);

/// Maximum number of audit entries kept in a user's object while the audit log is unavailable.
pub const MAX_UNRECORDED: usize = 200;

/// Number of audit entries deleted by one statement, which fits into D1's time limit.
pub const PRUNE_ROWS: usize = 2_000;

/// Time limit of a store call, after which the response is 503; in the Worker, of all store calls of a request
/// together.
pub const STORE_DEADLINE: Duration = Duration::from_secs(8);

/// The value of `Retry-After` on a 503, in seconds.
pub const RETRY_AFTER_SECS: u32 = 2;

/// How long after its `retired_at` a key may still have signed: the time from rotating a set on someone's machine until
/// the last isolate of the previous deployment ends.
pub const ROTATION_SLACK: Duration = Duration::from_secs(24 * 60 * 60);
