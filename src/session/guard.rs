//! The lockout of one account: wrong passwords counted, a growing wait after too many.

use serde::{Deserialize, Serialize};

use crate::limits::{LOCKOUT_FAILURES, LOCKOUT_FIRST_WAIT, LOCKOUT_LONGEST_WAIT, LOCKOUT_WINDOW};
use crate::time::UnixMillis;

/// The wrong passwords of one account.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Guard {
    /// When the latest failures were, oldest first; fewer than lock, and none once locked.
    failures: Vec<UnixMillis>,
    /// Locks in a row, for the growing wait.
    locks: u32,
    /// Until when even the right password is refused.
    locked_until: UnixMillis,
}

/// What became of a guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guess {
    /// The password was right and the account open.
    Right,
    /// The password was wrong; it has been counted.
    Wrong,
    /// The password was wrong and this failure locked the account.
    WrongAndLocked,
    /// The account was locked; whether the password was right made no difference, and nothing was counted.
    Locked,
}

impl Guard {
    /// What becomes of a guess at the moment `now`, and the guard after it.
    ///
    /// Guesses are judged one after the other, each after its hash was computed: of any number made at once, only as many as
    /// the limit allows are ever told apart from "locked".
    #[must_use]
    pub fn guess(&self, right: bool, now: UnixMillis) -> (Self, Guess) {
        if now < self.locked_until {
            return (self.clone(), Guess::Locked);
        }
        if right {
            return (Self::default(), Guess::Right);
        }
        self.count_failure(now)
    }

    fn count_failure(&self, now: UnixMillis) -> (Self, Guess) {
        let quiet_since = now.minus(LOCKOUT_WINDOW);
        let forgiven = self.locked_until < quiet_since;
        let mut next = if self.locks > 0 && forgiven { Self::default() } else { self.clone() };
        next.failures.retain(|failure| *failure > quiet_since);
        next.failures.push(now);
        // Once locked, every further failure locks again, until a whole window has passed since the last lock ended.
        if next.locks == 0 && next.failures.len() < LOCKOUT_FAILURES {
            return (next, Guess::Wrong);
        }
        next.failures.clear();
        next.locks += 1;
        next.locked_until = now.plus(next.last_wait());
        (next, Guess::WrongAndLocked)
    }

    fn last_wait(&self) -> std::time::Duration {
        match self.locks.checked_sub(1) {
            None => std::time::Duration::ZERO,
            Some(doublings) => (LOCKOUT_FIRST_WAIT * (1 << doublings.min(16))).min(LOCKOUT_LONGEST_WAIT),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn fail(guard: &mut Guard, now: UnixMillis) -> Guess {
        let (next, guess) = guard.guess(false, now);
        *guard = next;
        guess
    }

    #[test]
    fn the_tenth_failure_within_the_window_locks_and_the_wait_doubles() {
        let (mut guard, mut now) = (Guard::default(), UnixMillis::from_secs(1_000_000));
        for _ in 1..LOCKOUT_FAILURES {
            assert_eq!(fail(&mut guard, now), Guess::Wrong);
            now = now.plus(Duration::from_secs(1));
        }
        assert_eq!(fail(&mut guard, now), Guess::WrongAndLocked);
        assert_eq!(guard.guess(true, now).1, Guess::Locked, "even the right password");
        let mut wait = LOCKOUT_FIRST_WAIT;
        for _ in 0..8 {
            assert_eq!(guard.guess(true, now.plus(wait).minus(Duration::from_millis(1))).1, Guess::Locked);
            assert_eq!(guard.guess(true, now.plus(wait)).1, Guess::Right);
            now = now.plus(wait);
            assert_eq!(fail(&mut guard, now), Guess::WrongAndLocked, "after {wait:?}");
            wait = (wait * 2).min(LOCKOUT_LONGEST_WAIT);
        }
    }

    #[test]
    fn failures_far_apart_never_lock() {
        let (mut guard, mut now) = (Guard::default(), UnixMillis::from_secs(1_000_000));
        for _ in 0..100 {
            assert_eq!(fail(&mut guard, now), Guess::Wrong);
            now = now.plus(LOCKOUT_WINDOW / 8);
        }
    }

    #[test]
    fn the_right_password_forgets_earlier_failures() {
        let (mut guard, now) = (Guard::default(), UnixMillis::from_secs(1_000_000));
        for _ in 1..LOCKOUT_FAILURES {
            fail(&mut guard, now);
        }
        let (guard, guess) = guard.guess(true, now);
        assert_eq!((guard, guess), (Guard::default(), Guess::Right));
    }

    #[test]
    fn guesses_during_a_lock_do_not_prolong_it() {
        let (mut guard, now) = (Guard::default(), UnixMillis::from_secs(1_000_000));
        for _ in 0..LOCKOUT_FAILURES {
            fail(&mut guard, now);
        }
        for _ in 0..1000 {
            assert_eq!(fail(&mut guard, now.plus(Duration::from_secs(30))), Guess::Locked);
        }
        assert_eq!(guard.guess(true, now.plus(LOCKOUT_FIRST_WAIT)).1, Guess::Right);
    }
}
