//! Every number this crate decides by, unit in its name, origin in its doc.

use std::time::Duration;

/// Longest compact token looked at, in bytes. Checked before anything is parsed. Far above real tokens (a kilobyte or two) and
/// below the 16 KiB that common servers allow for all headers together.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// Longest compact token that the drop-in for `jsonwebtoken` looks at, in bytes. What it replaces has no limit, and signs tokens of any
/// length; no header or cookie holds more.
pub const MAX_JSONWEBTOKEN_BYTES: usize = 1024 * 1024;

/// Deepest nesting of arrays and objects in a header or claims set, counting the outermost object as one.
pub const MAX_JSON_DEPTH: usize = 32;

/// Longest text that is looked through for a token to explain, in bytes.
pub const MAX_INSPECTED_BYTES: usize = 1024 * 1024;

/// Clock difference between issuer and verifier that is forgiven, unless set.
pub const DEFAULT_LEEWAY: Duration = Duration::from_secs(5);

/// Life of an access token, unless set. Short, because a stateless token cannot be called back.
pub const ACCESS_TOKEN_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// Life of a session, and so of its refresh tokens, from log-in; refreshing does not extend it.
pub const SESSION_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How long the just-replaced refresh token still gets the same successor (racing tabs, lost answers).
pub const REFRESH_GRACE: Duration = Duration::from_secs(30);

/// Smallest RSA modulus accepted, in bits (RFC 7518 sections 3.3 and 3.5).
pub const MIN_RSA_BITS: usize = 2048;

/// Largest RSA modulus accepted, in bits. Bounds the work one verification can cost.
pub const MAX_RSA_BITS: usize = 8192;

/// The RSA public exponents accepted: those that every host takes. One would make every message its own signature, even ones are none,
/// and large ones cost more; apart from these, none is in use.
pub const RSA_EXPONENTS: [u32; 3] = [3, 17, 65_537];

/// Largest JWKS document accepted from a remote, in bytes.
pub const MAX_JWKS_BYTES: usize = 256 * 1024;

/// Largest document that a caller may allow the JavaScript doors to fetch, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 16 * 1024 * 1024;

/// Most keys accepted in one set.
pub const MAX_JWKS_KEYS: usize = 100;

/// How long fetched keys are used without asking again.
pub const REMOTE_FRESH_FOR: Duration = Duration::from_secs(10 * 60);

/// How long after that they are still used while they are fetched again, or their issuer cannot be reached. Bounds how long a key
/// that its issuer withdrew can live on here.
pub const REMOTE_STALE_FOR: Duration = Duration::from_secs(60 * 60);

/// Least time between two fetches of the same keys, failed ones included, so that tokens with made-up names cannot make us flood
/// an issuer.
pub const REMOTE_COOLDOWN: Duration = Duration::from_secs(30);

/// How long one fetch of keys may take, redirects included.
pub const REMOTE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long after its timeout a fetch that was never heard of again is given up for lost.
pub const REMOTE_LEASE_MARGIN: Duration = Duration::from_secs(1);

/// How long a key name that a fresh set did not have is known to be absent. Short, for a key may be published late.
pub const ABSENT_KID_FOR: Duration = Duration::from_secs(2 * 60);

/// Most absent key names remembered, the oldest going first.
pub const MAX_ABSENT_KIDS: usize = 128;

/// Largest PEM file read, in bytes. The largest key accepted takes 7 KiB; text may stand around it.
pub const MAX_PEM_BYTES: usize = 64 * 1024;

/// Largest shared secret accepted, in bytes. HMAC hashes a longer one than its block before use, so length adds nothing.
pub const MAX_SECRET_BYTES: usize = 64 * 1024;

/// Largest set of claims or payload that the JavaScript doors take to sign or to ask a policy about, in bytes.
pub const MAX_SIGNED_BYTES: usize = 1024 * 1024;

/// Longest text in an option of the JavaScript doors that has no limit of its own, in bytes.
pub const MAX_OPTION_BYTES: usize = 64 * 1024;

/// Longest address, in bytes: of a request to the service's own routes, and of a document. Twice the path, because a query may be as
/// long.
pub const MAX_URL_BYTES: usize = 16 * 1024;

/// Largest headers of a request to the service's own routes, names and values together, in bytes. Node takes 16 KiB unless told
/// otherwise.
pub const MAX_HEADERS_BYTES: usize = 64 * 1024;

/// Largest policy file that the JavaScript doors take, in bytes.
pub const MAX_POLICY_BYTES: usize = 1024 * 1024;

/// Longest stored password hash that the JavaScript doors take, in bytes. Longer texts are no hash of any kind that is read.
pub const MAX_PASSWORD_HASH_BYTES: usize = 1024;

/// Largest request body the Worker's own routes read, in bytes.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// KV refuses an expiration TTL below this (Workers KV limits).
pub const KV_MIN_TTL: Duration = Duration::from_secs(60);

/// Longest request path looked at, in bytes (8000 octets is what RFC 9110 section 4.1 asks a server to take at least).
pub const MAX_PATH_BYTES: usize = 8 * 1024;

/// How long the gate waits for an upstream's first byte, unless set. Browsers and proxies give up soon after.
pub const UPSTREAM_TIMEOUT: Duration = Duration::from_secs(30);

/// How long the gate's word to an upstream about one request is good: a slow network and two clocks apart, no more.
pub const GATE_PROOF_LIFETIME: Duration = Duration::from_secs(60);

/// Sessions one user may have open at once. The least recently used one ends when another is opened.
pub const MAX_SESSIONS_PER_USER: usize = 100;

/// Wrong passwords on one account, within [`LOCKOUT_WINDOW`], that lock it (product default; PCI DSS 8.3.4 asks for 10 or fewer).
pub const LOCKOUT_FAILURES: usize = 10;

/// The window in which wrong passwords are counted.
pub const LOCKOUT_WINDOW: Duration = Duration::from_secs(15 * 60);

/// The first lock's length; each further failure doubles it (OWASP Authentication Cheat Sheet, "Account Lockout").
pub const LOCKOUT_FIRST_WAIT: Duration = Duration::from_secs(60);

/// The longest lock. Bounds what a stranger can do to an account's owner.
pub const LOCKOUT_LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// Shortest password accepted, in characters after NFKC, unless set (NIST 800-63B section 3.1.1.2: 15 without a second factor).
pub const MIN_PASSWORD_CHARS: usize = 8;

/// Longest password accepted, in characters. Bounds the work one log-in can cost.
pub const MAX_PASSWORD_CHARS: usize = 128;

/// Longest email address accepted, in characters (RFC 5321 section 4.5.3.1.3 less the angle brackets, which counts octets: a JSON
/// schema counts characters, and so do its validators).
pub const MAX_EMAIL_CHARS: usize = 254;

/// Longest display name accepted, in characters.
pub const MAX_NAME_CHARS: usize = 100;

/// Longest user agent kept with a session or an audit entry, in characters.
pub const MAX_USER_AGENT_CHARS: usize = 256;

/// Most roles one user may have.
pub const MAX_ROLES: usize = 32;

/// Longest path that the account pages send a browser on to, in bytes.
pub const MAX_RETURN_BYTES: usize = 2048;

/// Rows in one page of a list, unless asked for fewer.
pub const DEFAULT_PAGE_ROWS: usize = 50;

/// Most rows in one page of a list.
pub const MAX_PAGE_ROWS: usize = 200;

/// Longest user id that an address of the API may carry, in characters. Ids made here have 22.
pub const MAX_USER_ID_CHARS: usize = 256;

/// Most digits of the number that a page of a list starts after. JavaScript keeps whole numbers of that length exactly.
pub const MAX_CURSOR_DIGITS: usize = 15;

/// Latest moment that may be asked for, in milliseconds since 1970: the last one that JavaScript has a date for.
pub const MAX_MOMENT_MILLIS: i64 = 8_640_000_000_000_000;

/// How long audit entries are kept, unless set.
pub const AUDIT_RETENTION: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// How long a change of password may be asked for once more by the session that made it, with the same passwords, for the case that
/// the answer got lost: long enough for a person to press the button again.
pub const PASSWORD_CHANGE_GRACE: Duration = Duration::from_secs(5 * 60);

/// How long an isolate trusts what it last read from the revocation list about one session or user. Together with KV's own
/// edge cache ([`KV_CACHE_TTL`]) this bounds how long a revoked access token may still pass a `cached` rule: about a minute.
pub const REVOCATION_CACHE: Duration = Duration::from_secs(30);

/// How long an isolate answers with the list of recent revocations that it read last. However many ask, it reads no more often.
pub const RECENT_CACHE: Duration = Duration::from_secs(5);

/// How old that list may become while somebody reads it anew.
pub const RECENT_STALE: Duration = Duration::from_secs(30);

/// How long a request that reads the list of recent revocations keeps others from reading it too. A client that goes away takes its
/// request along without a word, so this is short.
pub const RECENT_LEASE: Duration = Duration::from_secs(2);

/// How long a request waits before it looks whether another has read the list.
pub const RECENT_PAUSE: Duration = Duration::from_millis(50);

/// How long KV may serve a read from its edge cache; 30 seconds is the least it takes.
pub const KV_CACHE_TTL: Duration = Duration::from_secs(30);

/// How long a change of password or roles may be under way, from the sessions it ends first to its end. Longer than its stores may
/// take together ([`STORE_DEADLINE`] each), and than a database goes on with a statement nobody waits for any more (D1: 30 s).
pub const CHANGE_DEADLINE: Duration = Duration::from_secs(60);

/// Most entries an isolate's revocation cache holds before it is emptied.
pub const REVOCATION_CACHE_ENTRIES: usize = 20_000;

/// First wait before a revocation that did not reach the list is tried again; doubles up to [`OUTBOX_LONGEST_WAIT`].
pub const OUTBOX_FIRST_WAIT: Duration = Duration::from_secs(2);

/// Longest wait between two tries of the outbox.
pub const OUTBOX_LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);

/// Most audit entries kept in a user's object while the audit log is out of reach.
pub const MAX_UNRECORDED: usize = 200;

/// Audit entries deleted by one statement: what D1 does well within its time.
pub const PRUNE_ROWS: usize = 2_000;

/// How long a store may take before the request is answered with 503; in the Worker, all stores that the request asks, together.
pub const STORE_DEADLINE: Duration = Duration::from_secs(8);

/// What `Retry-After` says on a 503, in seconds.
pub const RETRY_AFTER_SECS: u32 = 2;

/// How long after a key's `retired_at` it may still have signed: the time between rotating a set on somebody's machine and the last
/// isolate of the deployment before being gone.
pub const ROTATION_SLACK: Duration = Duration::from_secs(24 * 60 * 60);
