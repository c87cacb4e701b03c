//! The audit log: sign-ins, failures, lockouts, revocations, and changes of roles and passwords.

use serde::{Deserialize, Serialize};

use crate::session::Unavailable;
use crate::time::UnixMillis;

/// The type of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Kind {
    Registered,
    SignedIn,
    SignInFailed,
    LockedOut,
    SignedOut,
    SessionsEnded,
    RefreshReuse,
    RefreshRefused,
    PasswordChanged,
    PasswordRehashed,
    RolesChanged,
    TokenRevoked,
}

/// One event. Never contains a token, a password or a hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// When.
    pub at: UnixMillis,
    /// What.
    pub event: Kind,
    /// The id of the affected user; empty if the account does not exist.
    pub user: String,
    /// The id of the acting user, if it is someone else (an administrator).
    pub actor: String,
    /// The session.
    pub session: String,
    /// The client address.
    pub client: String,
    /// The user agent, truncated.
    pub user_agent: String,
    /// Details: the internal reason of a failure, the roles before and after.
    pub detail: String,
    /// The id of the request, as in the log.
    pub request: String,
}

/// A query.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Of this kind.
    pub event: Option<Kind>,
    /// Only entries about this user.
    pub user: Option<String>,
    /// Not before.
    pub from: Option<UnixMillis>,
    /// Before.
    pub to: Option<UnixMillis>,
    /// Only entries after the page that ended with this cursor.
    pub cursor: Option<String>,
    /// Maximum number of entries.
    pub rows: usize,
}

/// A page of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The entries, newest first.
    pub entries: Vec<Entry>,
    /// The cursor of the next page; `None` at the end.
    pub next: Option<String>,
}

/// The store of the log.
#[allow(async_fn_in_trait, reason = "the hosts are single-threaded; no future here needs to be Send")]
pub trait Log {
    /// Adds entries. An entry that exists already is not added again, so a write whose confirmation was lost can be
    /// repeated.
    ///
    /// # Errors
    /// [`Unavailable`], here and below: the store did not respond.
    async fn record(&self, entries: &[Entry]) -> Result<(), Unavailable>;

    /// Finds entries.
    async fn find(&self, filter: &Filter) -> Result<Page, Unavailable>;

    /// Deletes entries that are older than `before`.
    async fn prune(&self, before: UnixMillis) -> Result<(), Unavailable>;
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::Registered,
        Self::SignedIn,
        Self::SignInFailed,
        Self::LockedOut,
        Self::SignedOut,
        Self::SessionsEnded,
        Self::RefreshReuse,
        Self::RefreshRefused,
        Self::PasswordChanged,
        Self::PasswordRehashed,
        Self::RolesChanged,
        Self::TokenRevoked,
    ];

    /// The name under which it is stored and queried.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::SignedIn => "signed_in",
            Self::SignInFailed => "sign_in_failed",
            Self::LockedOut => "locked_out",
            Self::SignedOut => "signed_out",
            Self::SessionsEnded => "sessions_ended",
            Self::RefreshReuse => "refresh_reuse",
            Self::RefreshRefused => "refresh_refused",
            Self::PasswordChanged => "password_changed",
            Self::PasswordRehashed => "password_rehashed",
            Self::RolesChanged => "roles_changed",
            Self::TokenRevoked => "token_revoked",
        }
    }

    /// Finds an event type by its name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
