//! (state, event, now) -> (changes, answer). All session rules are in this module.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Answer, AskedAgain, Begin, Change, Event, Guard, Guess, Opening, PasswordChange, Pending, Roles, Session, Subject,
    Underway,
};
use crate::account::audit::Entry;
use crate::limits::{
    ACCESS_TOKEN_LIFETIME, MAX_SESSIONS_PER_USER, MAX_UNRECORDED, PASSWORD_CHANGE_GRACE, REFRESH_GRACE,
    SESSION_LIFETIME,
};
use crate::time::UnixMillis;

/// The state of one user: sessions, wrong passwords, roles, and the outbox of revocations and audit entries.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct State {
    /// The open sessions by `sid`. An ended session is removed; an expired one is removed at the next sign-in.
    pub sessions: BTreeMap<String, Session>,
    /// The lockout state of sign-ins.
    pub guard: Guard,
    /// The lockout state of the signed-in owner, who enters the password again. It is separate, so that strangers
    /// cannot keep the owner from changing the password.
    #[serde(default)]
    pub owner_guard: Guard,
    /// The latest known roles.
    pub roles: Roles,
    /// Revocations that are waiting for delivery, by their keys in the list.
    pub pending: BTreeMap<String, Pending>,
    /// The latest password change, for as long as it may be repeated.
    #[serde(default)]
    pub changed: Option<PasswordChange>,
    /// Audit entries that are waiting because the log was unavailable, each with its own key.
    #[serde(default)]
    pub unrecorded: BTreeMap<String, Entry>,
    /// The pending changes, each with its own key.
    #[serde(default)]
    pub underway: BTreeMap<String, Underway>,
}

/// The settings of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// How long the just-replaced refresh token still gets its successor.
    pub grace: Duration,
    /// Lifetime of a session.
    pub session_lifetime: Duration,
    /// Lifetime of an access token.
    pub access_lifetime: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Self { grace: REFRESH_GRACE, session_lifetime: SESSION_LIFETIME, access_lifetime: ACCESS_TOKEN_LIFETIME }
    }
}

/// The result of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What to write.
    pub changes: Vec<Change>,
    /// The answer, to be returned after the changes are written.
    pub answer: Answer,
}

impl State {
    /// The result of `event` at the time `now`. Changes nothing: write [`Step::changes`], then [`State::apply`] them.
    pub fn step(&self, event: Event, now: UnixMillis, rules: &Rules) -> Step {
        if self.due().is_none_or(|due| now < due) {
            return self.judge(event, now, rules);
        }
        let overdue = self.overdue(now, rules);
        let mut settled = self.clone();
        settled.apply(overdue.clone());
        let step = settled.judge(event, now, rules);
        Step { changes: overdue.into_iter().chain(step.changes).collect(), answer: step.answer }
    }

    fn judge(&self, event: Event, now: UnixMillis, rules: &Rules) -> Step {
        match event {
            Event::SignIn { right, opening } => self.sign_in(right, opening, now, rules),
            Event::Open { opening } => self.open(opening, now, rules),
            Event::Guess { right, again, begin } => {
                let right = right || again.is_some_and(|again| self.may_be_finished(&again, now));
                self.guess_and_begin(right, begin, now, rules)
            }
            Event::Begin { begin } => self.begin(begin, now, rules),
            Event::Refresh { sid, generation } => self.refresh(&sid, generation, now, rules),
            Event::End { sid } => self.end_one(&sid, now),
            Event::EndAll { user, except, roles } => {
                let mut step = self.end_all(&user, except.as_deref(), now, rules);
                if let (Some(session), Some(Roles { version, .. })) = (except, &roles) {
                    step.changes.push(Change::PutChanged(PasswordChange { session, version: *version, at: now }));
                    step.changes.extend(self.password_settled(*version));
                }
                step.changes.extend(roles.filter(|roles| roles.version > self.roles.version).map(Change::PutRoles));
                step
            }
            Event::SetRoles { user, roles } => {
                let settled: Vec<Change> = self.roles_settled(&roles).collect();
                let mut step = self.set_roles(&user, roles, now, rules);
                step.changes.extend(settled);
                step
            }
            Event::List => Step { changes: Vec::new(), answer: self.list(now) },
            Event::Check { sid } => {
                let answer = match self.open_session(&sid, now) {
                    Some(_) => Answer::Live { roles: self.roles.names.clone() },
                    None => Answer::NoSession,
                };
                Step { changes: Vec::new(), answer }
            }
            Event::Keep { entries } => self.keep(entries),
            Event::Delivered { keys, recorded } => {
                let is_there = |key: &str, at| self.pending.get(key).is_some_and(|pending| pending.at <= at);
                let delivered = keys.into_iter().filter(|(key, at)| is_there(key, *at));
                let delivered = delivered.map(|(key, _)| Change::DropPending(key));
                let changes = delivered.chain(recorded.into_iter().map(Change::DropUnrecorded)).collect();
                Step { changes, answer: Answer::Done }
            }
        }
    }

    /// Applies changes that have been written.
    pub fn apply(&mut self, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::PutSession(session) => {
                    self.sessions.insert(session.sid.clone(), session);
                }
                Change::DropSession(sid) => {
                    self.sessions.remove(&sid);
                }
                Change::PutGuard(guard) => self.guard = guard,
                Change::PutOwnerGuard(guard) => self.owner_guard = guard,
                Change::PutRoles(roles) => self.roles = roles,
                Change::PutChanged(changed) => self.changed = Some(changed),
                Change::PutPending(pending) => {
                    self.pending.insert(pending.subject.key(), pending);
                }
                Change::DropPending(key) => {
                    self.pending.remove(&key);
                }
                Change::PutUnderway(key, underway) => {
                    self.underway.insert(key, underway);
                }
                Change::DropUnderway(key) => {
                    self.underway.remove(&key);
                }
                Change::PutUnrecorded(key, entry) => {
                    self.unrecorded.insert(key, entry);
                }
                Change::DropUnrecorded(key) => {
                    self.unrecorded.remove(&key);
                }
            }
        }
    }

    fn sign_in(&self, right: bool, opening: Opening, now: UnixMillis, rules: &Rules) -> Step {
        let guessed = guess(&self.guard, right, now, Change::PutGuard);
        if_right(guessed, || self.open(opening, now, rules))
    }

    fn guess_and_begin(&self, right: bool, begin: Option<Begin>, now: UnixMillis, rules: &Rules) -> Step {
        let guessed = guess(&self.owner_guard, right, now, Change::PutOwnerGuard);
        match begin {
            Some(begin) => if_right(guessed, || self.begin(begin, now, rules)),
            None => guessed,
        }
    }

    fn may_be_finished(&self, again: &AskedAgain, now: UnixMillis) -> bool {
        let unheard = again.version > self.roles.version;
        let just_made = self.changed.as_ref().is_some_and(|changed| {
            (&changed.session, changed.version) == (&again.session, again.version)
                && now.since(changed.at) <= PASSWORD_CHANGE_GRACE
        });
        unheard || just_made
    }

    fn open(&self, opening: Opening, now: UnixMillis, rules: &Rules) -> Step {
        // The sign-in read the account before a change of roles or password that this object knows.
        if opening.roles.version < self.roles.version {
            return Step { changes: Vec::new(), answer: Answer::Stale };
        }
        let roles = opening.roles;
        let mut changes = if self.has_missed_a_loss(&roles) {
            let begun_in = self.begun_in(&roles);
            let settled = begun_in.into_iter().flat_map(|_| self.password_settled(roles.version));
            self.make_room(0, begun_in, now).into_iter().chain(settled).collect()
        } else {
            self.make_room(MAX_SESSIONS_PER_USER - 1, None, now)
        };
        if roles != self.roles {
            changes.push(Change::PutRoles(roles.clone()));
        }
        let session = Session {
            sid: opening.sid,
            generation: 0,
            rotated_at: now,
            created_at: now,
            last_used_at: now,
            expires_at: now.plus(rules.session_lifetime),
            device: opening.device,
        };
        changes.push(Change::PutSession(session.clone()));
        Step { changes, answer: Answer::Opened { session, roles: roles.names } }
    }

    /// Whether the account changed in a way that ends its sessions without this object being informed, because it was
    /// unavailable. A single change that only adds roles ends nothing.
    fn has_missed_a_loss(&self, roles: &Roles) -> bool {
        let gained = roles.names.len() > self.roles.names.len() && !self.loses_a_role(roles);
        roles.version > self.roles.version + i64::from(gained)
    }

    fn loses_a_role(&self, roles: &Roles) -> bool {
        self.roles.names.iter().any(|name| !roles.names.contains(name))
    }

    fn refresh(&self, sid: &str, presented: u64, now: UnixMillis, rules: &Rules) -> Step {
        let unchanged = |answer| Step { changes: Vec::new(), answer };
        let Some(session) = self.open_session(sid, now) else { return unchanged(Answer::NoSession) };
        let roles = self.roles.names.clone();
        if presented == session.generation {
            let next = Session {
                generation: session.generation + 1,
                rotated_at: now.max(session.rotated_at),
                last_used_at: now.max(session.last_used_at),
                ..session.clone()
            };
            return Step {
                changes: vec![Change::PutSession(next.clone())],
                answer: Answer::Refreshed { session: next, roles, again: false },
            };
        }
        if presented > session.generation {
            return unchanged(Answer::NeverIssued);
        }
        let just_replaced = presented + 1 == session.generation;
        if just_replaced && now.since(session.rotated_at) <= rules.grace {
            return unchanged(Answer::Refreshed { session: session.clone(), roles, again: true });
        }
        Step { changes: revoke(session, now), answer: Answer::Reused }
    }

    fn end_one(&self, sid: &str, now: UnixMillis) -> Step {
        let Some(session) = self.open_session(sid, now) else {
            return Step { changes: Vec::new(), answer: Answer::NoSession };
        };
        Step { changes: revoke(session, now), answer: Answer::Ended { sids: vec![sid.to_owned()] } }
    }

    pub(super) fn end_all(&self, user: &str, except: Option<&str>, now: UnixMillis, rules: &Rules) -> Step {
        let ended: Vec<&Session> =
            self.sessions.values().filter(|session| Some(session.sid.as_str()) != except).collect();
        let mut changes: Vec<Change> = ended.iter().flat_map(|session| revoke(session, now)).collect();
        // The entry for the user also covers tokens of sessions that are no longer known here. It would also revoke the
        // session that stays open; in that case only entries for sessions are added.
        if except.is_none() {
            changes.push(Change::PutPending(Pending {
                subject: Subject::User(user.to_owned()),
                at: now,
                until: now.plus(rules.access_lifetime),
            }));
        }
        let sids = ended.iter().map(|session| session.sid.clone()).collect();
        Step { changes, answer: Answer::Ended { sids } }
    }

    fn set_roles(&self, user: &str, roles: Roles, now: UnixMillis, rules: &Rules) -> Step {
        if roles.version <= self.roles.version {
            return Step { changes: Vec::new(), answer: Answer::Ended { sids: Vec::new() } };
        }
        // An object that never opened a session knows no roles, so none can be removed.
        let mut step = if self.loses_a_role(&roles) {
            self.end_all(user, None, now, rules)
        } else {
            Step { changes: Vec::new(), answer: Answer::Ended { sids: Vec::new() } }
        };
        step.changes.push(Change::PutRoles(roles));
        step
    }

    /// Keeps at most [`MAX_UNRECORDED`] entries, so that an attacker cannot grow the object while the log is
    /// unavailable.
    fn keep(&self, entries: Vec<Entry>) -> Step {
        let room = MAX_UNRECORDED.saturating_sub(self.unrecorded.len());
        let keyed = entries.into_iter().take(room).enumerate();
        let keyed = keyed.map(|(index, entry)| (format!("{}:{}:{index}", entry.at.as_millis(), entry.request), entry));
        let changes = keyed.map(|(key, entry)| Change::PutUnrecorded(key, entry)).collect();
        Step { changes, answer: Answer::Done }
    }

    fn list(&self, now: UnixMillis) -> Answer {
        let mut sessions: Vec<Session> = Vec::new();
        for session in self.sessions.values().filter(|session| now < session.expires_at) {
            let is_newer = |one: &Session| (one.created_at, &one.sid) > (session.created_at, &session.sid);
            let at = sessions.partition_point(is_newer);
            sessions.insert(at, session.clone());
        }
        Answer::Sessions { sessions }
    }

    pub(super) fn open_session(&self, sid: &str, now: UnixMillis) -> Option<&Session> {
        self.sessions.get(sid).filter(|session| now < session.expires_at)
    }

    /// Removes expired sessions, and ends the least recently used ones beyond the `most` that may remain in addition to
    /// `stays`.
    fn make_room(&self, most: usize, stays: Option<&str>, now: UnixMillis) -> Vec<Change> {
        let others = self.sessions.values().filter(|session| Some(session.sid.as_str()) != stays);
        let (mut open, expired): (Vec<_>, Vec<_>) = others.partition(|session: &&Session| now < session.expires_at);
        let mut changes: Vec<Change> =
            expired.into_iter().map(|session| Change::DropSession(session.sid.clone())).collect();
        while open.len() > most
            && let Some((at, _)) = open.iter().enumerate().min_by_key(|(_, session)| session.last_used_at)
        {
            changes.extend(revoke(open.remove(at), now));
        }
        changes
    }
}

/// Evaluates an attempt with the lockout state `counter`.
fn guess(counter: &Guard, right: bool, now: UnixMillis, put: fn(Guard) -> Change) -> Step {
    let (next, guess) = counter.guess(right, now);
    let changes = if next == *counter { Vec::new() } else { vec![put(next)] };
    Step { changes, answer: Answer::Guessed { guess } }
}

/// The result of a right password. Earlier failures are cleared, unless it has no effect.
fn if_right(guessed: Step, then: impl FnOnce() -> Step) -> Step {
    if guessed.answer != (Answer::Guessed { guess: Guess::Right }) {
        return guessed;
    }
    let mut step = then();
    if step.answer != Answer::Stale {
        step.changes.extend(guessed.changes);
    }
    step
}

/// The session has ended, and verifiers are informed until its last refresh token would have expired.
fn revoke(session: &Session, now: UnixMillis) -> Vec<Change> {
    let subject = Subject::Session(session.sid.clone());
    let pending = Pending { subject, at: now, until: session.expires_at };
    vec![Change::DropSession(session.sid.clone()), Change::PutPending(pending)]
}
