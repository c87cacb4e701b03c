//! Sessions: what is kept of them, the rules by which they change, and the ports to where they are kept.
//!
//! Everything about one user lives in one place (at the edge: one Durable Object) and changes by one atomic verb,
//! [`Sessions::tell`]. What happens then is [`State::step`]: pure, the same for every store.

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

/// One sign-in on one device, from log-in to log-out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its id, `sid` in tokens.
    pub sid: String,
    /// How many times its refresh token has been replaced. The token of this generation is the live one.
    pub generation: u64,
    /// When the live refresh token's generation began: its `iat`.
    pub rotated_at: UnixMillis,
    /// When the user signed in.
    pub created_at: UnixMillis,
    /// When it was last refreshed.
    pub last_used_at: UnixMillis,
    /// When it ends by itself. Refreshing does not move this.
    pub expires_at: UnixMillis,
    /// What it was opened from.
    pub device: Device,
}

/// What a session was opened from, as the request told.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Device {
    /// The `User-Agent` header, shortened.
    pub user_agent: String,
    /// City and country as the platform guessed them from the address; empty when unknown.
    pub place: String,
}

/// Which roles a user has, and which state of the account this is. Later versions win wherever two meet.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Roles {
    /// The names.
    pub names: Vec<String>,
    /// Counts the changes of this user's roles and password.
    pub version: i64,
}

/// Where a user's sessions are kept.
#[allow(async_fn_in_trait, reason = "the hosts are single-threaded; no future here needs to be Send")]
pub trait Sessions {
    /// Applies `event` to everything kept about `user`, atomically: of two callers one comes first, whole, and what was
    /// answered is stored before the answer is given.
    ///
    /// # Errors
    /// [`Unavailable`] when it cannot be known whether the event was applied.
    async fn tell(&self, user: &str, event: Event, now: UnixMillis) -> Result<Answer, Unavailable>;
}

/// A store did not answer, or not in time. The text is for the log, never for the outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unavailable(pub String);

impl std::fmt::Display for Unavailable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a store is unavailable: {}", self.0)
    }
}

impl std::error::Error for Unavailable {}
