//! Time as an argument. Nothing below the platform storey reads a clock: it is handed a [`UnixMillis`] or a [`Clock`].

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A moment: milliseconds since 1970-01-01T00:00:00Z. Tokens speak in seconds (RFC 7519 section 2, NumericDate, fractions
/// allowed), platforms in milliseconds; this is fine enough for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMillis(i64);

impl UnixMillis {
    /// From milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// From whole seconds since the epoch; saturates at the ends.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// From a NumericDate as JSON carries it. Values beyond the representable saturate; the caller has already refused NaN
    /// and infinities, which JSON cannot spell.
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

    /// Later by `by`; saturates.
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(millis(by)))
    }

    /// Earlier by `by`; saturates.
    pub fn minus(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(millis(by)))
    }

    /// How long after `earlier` this is; zero when it is before.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0).max(0).unsigned_abs())
    }
}

fn millis(of: Duration) -> i64 {
    i64::try_from(of.as_millis()).unwrap_or(i64::MAX)
}

/// The clock port: the platform's (`Date.now()`), or a test's.
pub trait Clock {
    /// The present moment.
    fn now(&self) -> UnixMillis;
}

/// A clock that stands where it was put. For tests, and for judging a token "as of" a time.
impl Clock for UnixMillis {
    fn now(&self) -> UnixMillis {
        *self
    }
}
