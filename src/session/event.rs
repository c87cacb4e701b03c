//! What can happen to a user's sessions, what is answered, and what changes. By what rules, `machine.rs` says.

use serde::{Deserialize, Serialize};

use super::{Begin, Device, Guard, Guess, Pending, Roles, Session, Underway};
use crate::account::audit::Entry;
use crate::time::UnixMillis;

/// What can happen to a user's sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Someone tried a password. The right one, on an account that is not locked, opens a session.
    SignIn {
        /// Whether the password was right.
        right: bool,
        /// The session to open.
        opening: Opening,
    },
    /// Someone signed in by other means: registration, an OAuth provider.
    Open {
        /// The session to open.
        opening: Opening,
    },
    /// Someone who is signed in gave their password again. The right one begins what it was asked for.
    Guess {
        /// Whether it was right.
        right: bool,
        /// When it was not, but what they want as their new password is the current one already: the change this would be. It
        /// counts as right where that version has not been heard of here, and for a while where it has been from this session: a
        /// change of which only the first half happened, or whose answer got lost, can be asked for again.
        #[serde(default)]
        again: Option<AskedAgain>,
        /// The change that the right one begins.
        #[serde(default)]
        begin: Option<Begin>,
    },
    /// A change that ends sessions begins: they end now, before the account is written. Its end is told by [`Event::EndAll`] or
    /// [`Event::SetRoles`]; if neither comes, what was opened meanwhile ends by itself.
    Begin {
        /// The change.
        begin: Begin,
    },
    /// A refresh token with a good signature was presented.
    Refresh {
        /// Its `sid`.
        sid: String,
        /// Its `gen`.
        generation: u64,
    },
    /// Log out here.
    End {
        /// The session.
        sid: String,
    },
    /// Log out everywhere.
    EndAll {
        /// The user's id, for the revocation list.
        user: String,
        /// A session that stays (the one a password was changed in).
        except: Option<String>,
        /// The account as it is from now on, where a change of it is the reason: sign-ins that read it before are stale.
        roles: Option<Roles>,
    },
    /// The user's roles changed. Taking one away ends every session.
    SetRoles {
        /// The user's id, for the revocation list.
        user: String,
        /// The roles from now on.
        roles: Roles,
    },
    /// Which sessions are open.
    List,
    /// Whether a session is open.
    Check {
        /// The session.
        sid: String,
    },
    /// The audit log was out of reach: these are to be kept until it is not.
    Keep {
        /// What happened.
        entries: Vec<Entry>,
    },
    /// These entries are where they have to get now.
    Delivered {
        /// Keys of [`State::pending`], each with the moment that got there: a later one under the same key is still to come.
        keys: Vec<(String, UnixMillis)>,
        /// Keys of [`State::unrecorded`].
        #[serde(default)]
        recorded: Vec<String>,
    },
}

/// A change of password that seems to have happened before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedAgain {
    /// The session that asks.
    pub session: String,
    /// The version of the account as it is now.
    pub version: i64,
}

/// A change of password that has been heard of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordChange {
    /// The session in which it was changed.
    pub session: String,
    /// The version of the account since.
    pub version: i64,
    /// When.
    pub at: UnixMillis,
}

/// What a session is opened with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Its id, random.
    pub sid: String,
    /// What it is opened from.
    pub device: Device,
    /// The user's roles as the account had them.
    pub roles: Roles,
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// A session is open; these are its roles.
    Opened {
        /// The session.
        session: Session,
        /// The user's roles.
        roles: Vec<String>,
    },
    /// The account has changed since it was read for this sign-in: read it again.
    Stale,
    /// No session was opened, or the answer to a guess.
    Guessed {
        /// Why.
        guess: Guess,
    },
    /// The session's live refresh token is the one of `session.generation`.
    Refreshed {
        /// The session.
        session: Session,
        /// The user's roles.
        roles: Vec<String>,
        /// Whether this was the just-replaced token once more, so that nothing moved.
        again: bool,
    },
    /// There is no such open session.
    NoSession,
    /// A token that had been replaced came back after its time: the session has been ended.
    Reused,
    /// A token of a generation that was never reached.
    NeverIssued,
    /// These sessions have been ended.
    Ended {
        /// Their ids.
        sids: Vec<String>,
    },
    /// The open sessions, newest first.
    Sessions {
        /// The sessions.
        sessions: Vec<Session>,
    },
    /// The session is open.
    Live {
        /// The user's roles at this moment.
        roles: Vec<String>,
    },
    /// Noted.
    Done,
}

/// A part of the state to write. A store writes all of a step's changes or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// This session is now so.
    PutSession(Session),
    /// This session is gone.
    DropSession(String),
    /// The lockout is now so.
    PutGuard(Guard),
    /// The lockout of whoever is signed in is now so.
    PutOwnerGuard(Guard),
    /// The roles are now so.
    PutRoles(Roles),
    /// The password has been changed.
    PutChanged(PasswordChange),
    /// This has to get onto the revocation list.
    PutPending(Pending),
    /// This has got there, or is no longer of interest.
    DropPending(String),
    /// This change has begun, under this key.
    PutUnderway(String, Underway),
    /// It is over.
    DropUnderway(String),
    /// This has to get into the audit log, under this key until then.
    PutUnrecorded(String, Entry),
    /// This has got there.
    DropUnrecorded(String),
}
