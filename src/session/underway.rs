//! Account changes that end sessions: password changes, and role changes that remove a role.
//!
//! The account and the sessions are stored separately, and a change of both can be interrupted. So the sessions are
//! updated first and last: they end before the account is written, the change is pending until its completion is
//! reported, and if that does not happen, sessions opened in the meantime end automatically after [`CHANGE_DEADLINE`].
//! This does not depend on a retry.

use serde::{Deserialize, Serialize};

use super::{Answer, Change, Roles, Rules, State, Step};
use crate::account::audit::{Entry, Kind};
use crate::limits::{CHANGE_DEADLINE, MAX_UNRECORDED};
use crate::time::UnixMillis;

/// The start of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begin {
    /// The user's id, for the revocation list.
    pub user: String,
    /// The version of the account when it was read for the change.
    pub version: i64,
    /// What is to change.
    pub what: Changing,
}

/// What is to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Changing {
    /// The password, in this session, which stays open.
    Password {
        /// Its `sid`.
        session: String,
    },
    /// The roles, of which one is removed. No session stays open.
    Roles {
        /// The new role names.
        names: Vec<String>,
    },
}

/// A change that was started and not yet confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Underway {
    /// What began.
    pub begin: Begin,
    /// When.
    pub at: UnixMillis,
}

impl Changing {
    /// The key of a pending change: starting the same change again replaces the earlier entry.
    fn key(&self) -> String {
        match self {
            Self::Password { session } => format!("password {session}"),
            Self::Roles { names } => format!("roles {}", names.join(" ")),
        }
    }

    fn stays(&self) -> Option<&str> {
        match self {
            Self::Password { session } => Some(session),
            Self::Roles { .. } => None,
        }
    }
}

impl State {
    /// When a pending change must be complete. `None` if no change is pending.
    pub fn due(&self) -> Option<UnixMillis> {
        self.underway.values().map(|underway| underway.at.plus(CHANGE_DEADLINE)).min()
    }

    pub(super) fn begin(&self, begin: Begin, now: UnixMillis, rules: &Rules) -> Step {
        let unchanged = |answer| Step { changes: Vec::new(), answer };
        // The account was read before a change that this object knows.
        if begin.version < self.roles.version {
            return unchanged(Answer::Stale);
        }
        let stays = begin.what.stays();
        // A session that has ended must not be able to end the others.
        if stays.is_some_and(|sid| self.open_session(sid, now).is_none()) {
            return unchanged(Answer::NoSession);
        }
        let mut step = self.end_all(&begin.user, stays, now, rules);
        step.changes.push(Change::PutUnderway(begin.what.key(), Underway { begin, at: now }));
        step
    }

    /// The session in which the password was changed, if that change alone explains why `roles` has a later version of
    /// the account than the one known here.
    pub(super) fn begun_in(&self, roles: &Roles) -> Option<&str> {
        let same_names = roles.names == self.roles.names;
        let explains = |begin: &&Begin| same_names && begin.version.checked_add(1) == Some(roles.version);
        self.underway.values().map(|underway| &underway.begin).filter(explains).find_map(|begin| begin.what.stays())
    }

    /// A completed password change settles every change that was started with the previous password, because none of
    /// them can still happen.
    pub(super) fn password_settled(&self, version: i64) -> impl Iterator<Item = Change> {
        self.settled(move |begin| matches!(begin.what, Changing::Password { .. }) && begin.version < version)
    }

    /// Setting roles settles the changes that requested them.
    pub(super) fn roles_settled(&self, roles: &Roles) -> impl Iterator<Item = Change> {
        self.settled(|begin| matches!(&begin.what, Changing::Roles { names } if *names == roles.names))
    }

    fn settled(&self, by: impl Fn(&Begin) -> bool) -> impl Iterator<Item = Change> {
        let settled = self.underway.iter().filter(move |(_, underway)| by(&underway.begin));
        settled.map(|(key, _)| Change::DropUnderway(key.clone()))
    }

    /// Ends the sessions that a change left open whose completion was never reported.
    pub(super) fn overdue(&self, now: UnixMillis, rules: &Rules) -> Vec<Change> {
        let mut changes = Vec::new();
        for (key, Underway { begin, at }) in &self.underway {
            if now < at.plus(CHANGE_DEADLINE) {
                continue;
            }
            let step = self.end_all(&begin.user, begin.what.stays(), now, rules);
            changes.extend(step.changes);
            changes.push(Change::DropUnderway(key.clone()));
            if let Answer::Ended { sids } = step.answer
                && !sids.is_empty()
                && self.unrecorded.len() < MAX_UNRECORDED
            {
                changes
                    .push(Change::PutUnrecorded(format!("{}:{key}", now.as_millis()), entry(begin, sids.len(), now)));
            }
        }
        changes
    }
}

fn entry(begin: &Begin, ended: usize, now: UnixMillis) -> Entry {
    let what = match begin.what {
        Changing::Password { .. } => "password change",
        Changing::Roles { .. } => "role taken away",
    };
    Entry {
        at: now,
        event: Kind::SessionsEnded,
        user: begin.user.clone(),
        actor: String::new(),
        session: String::new(),
        client: String::new(),
        user_agent: String::new(),
        detail: format!("{what}, begun and not heard of again, {ended} sessions"),
        request: String::new(),
    }
}
