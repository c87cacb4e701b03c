//! Decides what a caller that needs a key has to do next: no I/O and no waiting, only the state that all callers share.

use std::collections::VecDeque;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{RemoteOptions, Wanted};
use crate::error::Code;
use crate::key::{Key, KeySet};
use crate::limits::{ABSENT_KID_FOR, MAX_ABSENT_KIDS, REMOTE_LEASE_MARGIN};
use crate::time::UnixMillis;

/// What a caller has to do.
#[derive(Debug, Clone)]
pub enum Step {
    /// Use these keys; fetching would not help now.
    Use(Arc<KeySet>),
    /// Use these keys, and fetch in the background, because they are getting old.
    UseAndRefresh(Arc<KeySet>, Ticket),
    /// Fetch, settle the ticket, and call again.
    Fetch(Ticket),
    /// Another caller is fetching: wait a moment and call again. Callers never wait for each other's promises, because
    /// in a Worker a promise is canceled with its request. They check again after a delay, and one of them takes over
    /// when the lease expires.
    Wait,
    /// There are no keys, and it is too early to try again.
    Unavailable,
}

/// The right to fetch, held by one caller at a time. It must be settled or released; otherwise it expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket(pub u32);

/// The state that all callers share.
#[derive(Debug, Default)]
pub(super) struct State {
    held: Option<Held>,
    last_try: Option<UnixMillis>,
    flight: Option<Flight>,
    last_ticket: u32,
    absent: VecDeque<Absent>,
}

#[derive(Debug)]
struct Held {
    keys: Arc<KeySet>,
    since: UnixMillis,
}

#[derive(Debug)]
struct Flight {
    ticket: Ticket,
    lapses: UnixMillis,
}

/// A key id that a fresh set did not contain. Stored as a hash, because the sender of the token chose its length.
#[derive(Debug)]
struct Absent {
    digest: [u8; 32],
    until: UnixMillis,
}

impl State {
    pub(super) fn step(&mut self, wanted: &Wanted<'_>, options: &RemoteOptions, now: UnixMillis) -> Step {
        let flying = self.flight.as_ref().is_some_and(|flight| now < flight.lapses);
        let resting = self.last_try.is_some_and(|at| now.since(at) < options.cooldown);
        let usable = self.held.as_ref().filter(|held| now.since(held.since) < options.fresh_for + options.stale_for);
        let Some(held) = usable else {
            return match (flying, resting) {
                (true, _) => Step::Wait,
                (false, true) => Step::Unavailable,
                (false, false) => Step::Fetch(self.take_off(options, now)),
            };
        };
        let keys = Arc::clone(&held.keys);
        let (fresh, just_fetched) = (now.since(held.since) < options.fresh_for, Some(held.since) == self.last_try);
        if has(&keys, wanted) || self.is_absent(wanted, now) {
            return if fresh || flying || resting {
                Step::Use(keys)
            } else {
                Step::UseAndRefresh(keys, self.take_off(options, now))
            };
        }
        match (flying, resting) {
            (true, _) => Step::Wait,
            (false, true) => {
                if just_fetched {
                    self.remember_absent(wanted, now);
                }
                Step::Use(keys)
            }
            (false, false) => Step::Fetch(self.take_off(options, now)),
        }
    }

    /// Stores the result of a fetch. Returns whether it was used: that of an expired ticket that another caller took
    /// over is not.
    pub(super) fn settle(&mut self, ticket: Ticket, fetched: Option<KeySet>, now: UnixMillis) -> bool {
        if !self.land(ticket) {
            return false;
        }
        self.last_try = Some(now);
        if let Some(keys) = fetched {
            let keys = Arc::new(self.keep_known(keys));
            self.absent.clear();
            self.held = Some(Held { keys, since: now });
        }
        true
    }

    fn take_off(&mut self, options: &RemoteOptions, now: UnixMillis) -> Ticket {
        self.last_ticket = self.last_ticket.wrapping_add(1);
        let ticket = Ticket(self.last_ticket);
        self.flight = Some(Flight { ticket, lapses: now.plus(options.timeout + REMOTE_LEASE_MARGIN) });
        ticket
    }

    fn land(&mut self, ticket: Ticket) -> bool {
        self.flight.take_if(|flight| flight.ticket == ticket).is_some()
    }

    /// A key that is already known keeps its serial number, so that the host's prepared handle remains valid.
    fn keep_known(&self, fetched: KeySet) -> KeySet {
        let Some(held) = &self.held else { return fetched };
        let same = |one: &Key, other: &Key| {
            one.alg() == other.alg() && one.kid() == other.kid() && one.thumbprint() == other.thumbprint()
        };
        let keep = |new: Key| held.keys.keys().iter().find(|old| same(old, &new)).cloned().unwrap_or(new);
        fetched.map(keep)
    }

    fn is_absent(&self, wanted: &Wanted<'_>, now: UnixMillis) -> bool {
        let digest = wanted.digest();
        self.absent.iter().any(|absent| absent.digest == digest && now < absent.until)
    }

    fn remember_absent(&mut self, wanted: &Wanted<'_>, now: UnixMillis) {
        if self.absent.len() >= MAX_ABSENT_KIDS {
            self.absent.pop_front();
        }
        self.absent.push_back(Absent { digest: wanted.digest(), until: now.plus(ABSENT_KID_FOR) });
    }
}

impl Wanted<'_> {
    /// With length prefixes, so that no two inputs are encoded the same (compare CVE-2025-59936).
    fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update([self.alg as u8, u8::from(self.kid.is_some())]);
        hash.update(self.kid.unwrap_or_default());
        hash.finalize().into()
    }
}

/// Whether the set contains the answer; an ambiguous match is an answer too.
fn has(keys: &KeySet, wanted: &Wanted<'_>) -> bool {
    !keys.select(wanted.alg, wanted.kid).is_err_and(|error| error.code() == Code::KeyNotFound)
}
