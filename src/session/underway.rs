//! Changes of an account that end sessions: of the password, and of roles where one is taken away.
//!
//! The account and the sessions are kept in two places, and whoever changes both may die in between. So the sessions come first
//! and last: what has to end ends before the account is written, the change stands here as begun until its end is heard of, and
//! where that never comes, whatever was opened meanwhile ends by itself after [`CHANGE_DEADLINE`]. Nobody has to ask again for that.

use serde::{Deserialize, Serialize};

use super::{Answer, Change, Roles, Rules, State, Step};
use crate::account::audit::{Entry, Kind};
use crate::limits::{CHANGE_DEADLINE, MAX_UNRECORDED};
use crate::time::UnixMillis;

/// A change that begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begin {
    /// The user's id, for the revocation list.
    pub user: String,
    /// The version of the account as it was read for this.
    pub version: i64,
    /// What is to change.
    pub what: Changing,
}

/// What is to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Changing {
    /// The password, in this session, which stays.
    Password {
        /// Its `sid`.
        session: String,
    },
    /// The roles, of which one is taken away. No session stays.
    Roles {
        /// The names from now on.
        names: Vec<String>,
    },
}

/// A change that has begun, and of whose end nothing has been heard so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Underway {
    /// What began.
    pub begin: Begin,
    /// When.
    pub at: UnixMillis,
}

impl Changing {
    /// Tells it from others that are under way: the same one begun again takes the place of the first.
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
    /// When a change that has begun has to be over. `None` while none is under way.
    pub fn due(&self) -> Option<UnixMillis> {
        self.underway.values().map(|underway| underway.at.plus(CHANGE_DEADLINE)).min()
    }

    pub(super) fn begin(&self, begin: Begin, now: UnixMillis, rules: &Rules) -> Step {
        let unchanged = |answer| Step { changes: Vec::new(), answer };
        // It read the account before a change that has reached this place since.
        if begin.version < self.roles.version {
            return unchanged(Answer::Stale);
        }
        let stays = begin.what.stays();
        // An ended session must not be able to end the others.
        if stays.is_some_and(|sid| self.open_session(sid, now).is_none()) {
            return unchanged(Answer::NoSession);
        }
        let mut step = self.end_all(&begin.user, stays, now, rules);
        step.changes.push(Change::PutUnderway(begin.what.key(), Underway { begin, at: now }));
        step
    }

    /// The session in which the password was changed, where that is what makes `roles` a later version of the account than the one
    /// known here: no other change has come in between.
    pub(super) fn begun_in(&self, roles: &Roles) -> Option<&str> {
        let same_names = roles.names == self.roles.names;
        let explains = |begin: &&Begin| same_names && begin.version.checked_add(1) == Some(roles.version);
        self.underway.values().map(|underway| &underway.begin).filter(explains).find_map(|begin| begin.what.stays())
    }

    /// What a password that was changed settles: every change that began with the password before it, for none of them can happen
    /// any more.
    pub(super) fn password_settled(&self, version: i64) -> impl Iterator<Item = Change> {
        self.settled(move |begin| matches!(begin.what, Changing::Password { .. }) && begin.version < version)
    }

    /// What roles that were set settle: the changes that wanted these.
    pub(super) fn roles_settled(&self, roles: &Roles) -> impl Iterator<Item = Change> {
        self.settled(|begin| matches!(&begin.what, Changing::Roles { names } if *names == roles.names))
    }

    fn settled(&self, by: impl Fn(&Begin) -> bool) -> impl Iterator<Item = Change> {
        let settled = self.underway.iter().filter(move |(_, underway)| by(&underway.begin));
        settled.map(|(key, _)| Change::DropUnderway(key.clone()))
    }

    /// Ends what a change of whose end nobody was told has left open.
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
