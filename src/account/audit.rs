//! What happened, for those who have to know: sign-ins, failures, lockouts, revocations, changes of roles and passwords.

use serde::{Deserialize, Serialize};

use crate::session::Unavailable;
use crate::time::UnixMillis;

/// What kind of thing happened.
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

/// One thing that happened. Never holds a token, a password or a hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// When.
    pub at: UnixMillis,
    /// What.
    pub event: Kind,
    /// To whom: a user's id; empty when the account does not exist.
    pub user: String,
    /// By whom, where that is someone else (an administrator).
    pub actor: String,
    /// In which session.
    pub session: String,
    /// From which address.
    pub client: String,
    /// With which user agent, shortened.
    pub user_agent: String,
    /// Particulars: the inner reason of a failure, the roles before and after.
    pub detail: String,
    /// The request it happened in, as in the log.
    pub request: String,
}

/// What to look for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Of this kind.
    pub event: Option<Kind>,
    /// About this user.
    pub user: Option<String>,
    /// Not before.
    pub from: Option<UnixMillis>,
    /// Before.
    pub to: Option<UnixMillis>,
    /// After the page that ended with this.
    pub cursor: Option<String>,
    /// At most this many.
    pub rows: usize,
}

/// A page of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The entries, newest first.
    pub entries: Vec<Entry>,
    /// What to ask the next page with; `None` at the end.
    pub next: Option<String>,
}

/// Where the log is kept.
#[allow(async_fn_in_trait, reason = "the hosts are single-threaded; no future here needs to be Send")]
pub trait Log {
    /// Adds entries. One that is there already is not added again, so that what may have got lost can be recorded once more.
    ///
    /// # Errors
    /// [`Unavailable`], here and below: the store did not answer.
    async fn record(&self, entries: &[Entry]) -> Result<(), Unavailable>;

    /// Finds entries.
    async fn find(&self, filter: &Filter) -> Result<Page, Unavailable>;

    /// Forgets what happened before `before`.
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

    /// The name it is stored and asked for by.
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

    /// Finds a kind by its name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
