//! The events that a user's sessions can process, their results, and the resulting changes. The rules are in
//! `machine.rs`.

use serde::{Deserialize, Serialize};

use super::{Begin, Device, Guard, Guess, Pending, Roles, Session, Underway};
use crate::account::audit::Entry;
use crate::time::UnixMillis;

/// An event for a user's sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A password attempt. The right password, for an account that is not locked, opens a session.
    SignIn {
        /// Whether the password was right.
        right: bool,
        /// The session to open.
        opening: Opening,
    },
    /// A sign-in without a password, such as registration.
    Open {
        /// The session to open.
        opening: Opening,
    },
    /// A signed-in user entered their password again. The right password starts the requested change.
    Guess {
        /// Whether the password was right.
        right: bool,
        /// Set if it was wrong, but the requested new password is already the current one: the change may be a
        /// repetition. The attempt counts as right if the object does not know that version of the account, and for
        /// some time if the same session made the change. So a client can repeat a change that was only half complete,
        /// or whose response was lost.
        #[serde(default)]
        again: Option<AskedAgain>,
        /// The change that the right password starts.
        #[serde(default)]
        begin: Option<Begin>,
    },
    /// A change that ends sessions starts: they end now, before the account is written. [`Event::EndAll`] or
    /// [`Event::SetRoles`] completes it; if neither comes, sessions opened in the meantime end automatically.
    Begin {
        /// The change.
        begin: Begin,
    },
    /// A refresh token with a valid signature was presented.
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
    /// Sign out everywhere.
    EndAll {
        /// The user's id, for the revocation list.
        user: String,
        /// A session that stays open (the one in which a password was changed).
        except: Option<String>,
        /// The new version of the account, if a change of it is the reason: sign-ins that read an earlier version are
        /// stale.
        roles: Option<Roles>,
    },
    /// The user's roles changed. Removing one ends every session.
    SetRoles {
        /// The user's id, for the revocation list.
        user: String,
        /// The new roles.
        roles: Roles,
    },
    /// Query: the open sessions.
    List,
    /// Query: whether a session is open.
    Check {
        /// The session.
        sid: String,
    },
    /// The audit log was unavailable: keep these entries until it is available.
    Keep {
        /// What happened.
        entries: Vec<Entry>,
    },
    /// These entries have been delivered.
    Delivered {
        /// Keys of [`State::pending`], each with the delivered time: a later time with the same key is still waiting.
        keys: Vec<(String, UnixMillis)>,
        /// Keys of [`State::unrecorded`].
        #[serde(default)]
        recorded: Vec<String>,
    },
}

/// A password change that may be a repetition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedAgain {
    /// The session that requests it.
    pub session: String,
    /// The current version of the account.
    pub version: i64,
}

/// A known password change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordChange {
    /// The session in which the password was changed.
    pub session: String,
    /// The version of the account after the change.
    pub version: i64,
    /// When.
    pub at: UnixMillis,
}

/// The parameters of a new session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Its id, which is random.
    pub sid: String,
    /// The device and place.
    pub device: Device,
    /// The user's roles in the account.
    pub roles: Roles,
}

/// The result of an event.
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
    /// No session was opened; the result of a password attempt.
    Guessed {
        /// Why.
        guess: Guess,
    },
    /// The current refresh token of the session has the generation `session.generation`.
    Refreshed {
        /// The session.
        session: Session,
        /// The user's roles.
        roles: Vec<String>,
        /// Whether the just-replaced token was presented again, so that nothing changed.
        again: bool,
    },
    /// There is no open session with this id.
    NoSession,
    /// A replaced token was presented after its grace period: the session has been ended.
    Reused,
    /// The token has a generation that the session has not reached.
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
        /// The user's current roles.
        roles: Vec<String>,
    },
    /// Noted.
    Done,
}

/// A change of the stored state. A store writes all changes of a step or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Insert or update this session.
    PutSession(Session),
    /// Delete this session.
    DropSession(String),
    /// Set the lockout state of sign-ins.
    PutGuard(Guard),
    /// Set the lockout state of the signed-in owner.
    PutOwnerGuard(Guard),
    /// Set the roles.
    PutRoles(Roles),
    /// Record the password change.
    PutChanged(PasswordChange),
    /// Add a revocation that is waiting for delivery.
    PutPending(Pending),
    /// Remove a revocation that was delivered or is obsolete.
    DropPending(String),
    /// Add a pending change, with this key.
    PutUnderway(String, Underway),
    /// It is over.
    DropUnderway(String),
    /// Add an audit entry that is waiting for delivery, with this key.
    PutUnrecorded(String, Entry),
    /// Remove an audit entry that was delivered.
    DropUnrecorded(String),
}
