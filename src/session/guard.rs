//! Account lockout: counts wrong passwords and locks the account for increasing periods.

use serde::{Deserialize, Serialize};

use crate::limits::{LOCKOUT_FAILURES, LOCKOUT_FIRST_WAIT, LOCKOUT_LONGEST_WAIT, LOCKOUT_WINDOW};
use crate::time::UnixMillis;

/// The lockout state of an account.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Guard {
    /// Times of the latest failures, oldest first; fewer than the limit, and none while locked.
    failures: Vec<UnixMillis>,
    /// The number of consecutive locks, for the increasing period.
    locks: u32,
    /// Until when even the right password is rejected.
    locked_until: UnixMillis,
}

/// The result of a password attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guess {
    /// The password was right, and the account was not locked.
    Right,
    /// The password was wrong; the failure was counted.
    Wrong,
    /// The password was wrong, and this failure locked the account.
    WrongAndLocked,
    /// The account was locked; the password made no difference, and nothing was counted.
    Locked,
}

impl Guard {
    /// The result of an attempt at the time `now`, and the new lockout state.
    ///
    /// Attempts are evaluated one at a time, after their hashes were computed. So of any number of parallel attempts,
    /// at most the allowed number gets another result than "locked".
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
        // After a lock, every further failure locks again, until a whole window has passed since the end of the last
        // lock.
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
