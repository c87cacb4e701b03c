//! Sessions: their data, their rules, and the ports to their stores.
//!
//! All session data of a user is in one place (in the Worker: one Durable Object) and changes only through one atomic
//! operation, [`Sessions::tell`]. [`State::step`] computes the result: it is pure and the same for every store.

use serde::{Deserialize, Serialize};

use crate::time::UnixMillis;

mod event;
mod guard;
mod machine;
mod recent;
mod revocation;
mod underway;

pub use event::{Answer, AskedAgain, Change, Event, Opening, PasswordChange};
pub use guard::{Guard, Guess};
pub use machine::{Rules, State, Step};
pub use recent::{Recent, RecentCache};
pub use revocation::{Listed, Pending, RevocationCache, Revocations, Subject};
pub use underway::{Begin, Changing, Underway};

/// One sign-in on one device, from sign-in to sign-out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its id, `sid` in tokens.
    pub sid: String,
    /// The number of times its refresh token was replaced. The token of this generation is the current one.
    pub generation: u64,
    /// When the generation of the current refresh token began: its `iat`.
    pub rotated_at: UnixMillis,
    /// When the user signed in.
    pub created_at: UnixMillis,
    /// When it was last refreshed.
    pub last_used_at: UnixMillis,
    /// When it expires. Refreshing does not change this.
    pub expires_at: UnixMillis,
    /// The device and place of the sign-in.
    pub device: Device,
}

/// The device and place of a sign-in, from its request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Device {
    /// The `User-Agent` header, truncated.
    pub user_agent: String,
    /// City and country, estimated by the platform from the address; empty if unknown.
    pub place: String,
}

/// The roles of a user, and the version of the account. The higher version takes precedence.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Roles {
    /// The names.
    pub names: Vec<String>,
    /// Counts the changes of this user's roles and password.
    pub version: i64,
}

/// The store of sessions.
#[allow(async_fn_in_trait, reason = "the hosts are single-threaded; no future here needs to be Send")]
pub trait Sessions {
    /// Applies `event` to the state of `user`, atomically: of two callers one comes first, completely, and the result
    /// is stored before it is returned.
    ///
    /// # Errors
    /// [`Unavailable`] if it is unknown whether the event was applied.
    async fn tell(&self, user: &str, event: Event, now: UnixMillis) -> Result<Answer, Unavailable>;
}

/// A store did not respond, or not in time. The text is for the log, never for clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unavailable(pub String);

impl std::fmt::Display for Unavailable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a store is unavailable: {}", self.0)
    }
}

impl std::error::Error for Unavailable {}
