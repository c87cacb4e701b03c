//! Time as a parameter. Below the platform layer nothing reads a clock: functions receive a [`UnixMillis`] or a
//! [`Clock`].

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A point in time: milliseconds since 1970-01-01T00:00:00Z. Tokens use seconds (RFC 7519 section 2, NumericDate, with
/// fractions), platforms use milliseconds; milliseconds are precise enough for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMillis(i64);

impl UnixMillis {
    /// Converts milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Converts whole seconds since the epoch; saturates.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Converts a NumericDate from JSON. Values outside the range saturate. JSON has no NaN or infinities.
    pub fn from_numeric_date(secs: f64) -> Self {
        // A float-to-int cast saturates and maps NaN to zero.
        Self((secs * 1000.0).floor() as i64)
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Adds `by`; saturates.
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(millis(by)))
    }

    /// Subtracts `by`; saturates.
    pub fn minus(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(millis(by)))
    }

    /// The time from `earlier` to this; zero if `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0).max(0).unsigned_abs())
    }
}

fn millis(of: Duration) -> i64 {
    i64::try_from(of.as_millis()).unwrap_or(i64::MAX)
}

/// The clock port: the platform's clock (`Date.now()`), or that of a test.
pub trait Clock {
    /// The current time.
    fn now(&self) -> UnixMillis;
}

/// A clock with a fixed time, for tests and for validating a token as of a given time.
impl Clock for UnixMillis {
    fn now(&self) -> UnixMillis {
        *self
    }
}
