//! Keys that an issuer publishes as a JWKS: fetched when needed, cached, and fetched again when a token names an
//! unknown key.
//!
//! # Caching and concurrent fetches
//! - A set is used for [`RemoteOptions::fresh_for`]. For [`RemoteOptions::stale_for`] after that, it is still used
//!   while one caller fetches it again in the background.
//! - Only one fetch runs at a time. The fetching caller holds a ticket; the others check again after a delay. They
//!   never wait for the fetching caller's promise, because in a Worker that promise is canceled with its request. A
//!   ticket without a result expires, and the next caller takes over.
//! - After a fetch, successful or not, [`RemoteOptions::cooldown`] must pass before the next, regardless of the key ids
//!   in tokens.
//! - Key ids that a fresh set did not contain are remembered for some time, in a list of limited length.
//!
//! This module does no I/O: the host calls [`RemoteKeys::step`] to learn what to do, fetches, and passes the result to
//! [`RemoteKeys::settle`].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::KeySet;
use crate::alg::Alg;
use crate::error::{Code, Error, Result};
use crate::limits::{MAX_JWKS_BYTES, REMOTE_COOLDOWN, REMOTE_FRESH_FOR, REMOTE_STALE_FOR, REMOTE_TIMEOUT};
use crate::time::UnixMillis;

mod plan;
mod url;

pub use plan::{Step, Ticket};

use plan::State;

/// What a caller looks for, from the header of a token.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    /// `alg`.
    pub alg: Alg,
    /// `kid`.
    pub kid: Option<&'w str>,
}

/// How remote keys are fetched and cached. The defaults are in [`crate::limits`].
#[derive(Debug, Clone)]
pub struct RemoteOptions {
    /// The algorithms for keys that name none: the first one that fits the key.
    pub algorithms: Vec<Alg>,
    /// How long a set is used without another fetch.
    pub fresh_for: Duration,
    /// How long it is still used after that, while it is fetched again.
    pub stale_for: Duration,
    /// Minimum time between two fetches.
    pub cooldown: Duration,
    /// Time limit of a fetch, including redirects.
    pub timeout: Duration,
    /// Maximum size of the document.
    pub max_bytes: usize,
    /// Whether plain http is allowed for this machine, for development.
    pub allow_loopback_http: bool,
}

impl Default for RemoteOptions {
    fn default() -> Self {
        Self {
            algorithms: vec![Alg::RS256],
            fresh_for: REMOTE_FRESH_FOR,
            stale_for: REMOTE_STALE_FOR,
            cooldown: REMOTE_COOLDOWN,
            timeout: REMOTE_TIMEOUT,
            max_bytes: MAX_JWKS_BYTES,
            allow_loopback_http: false,
        }
    }
}

/// The keys at one URL. Clones share the fetched keys.
#[derive(Debug, Clone)]
pub struct RemoteKeys(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    url: String,
    options: RemoteOptions,
    state: Mutex<State>,
}

impl RemoteKeys {
    /// The keys at `url`.
    ///
    /// # Errors
    /// `ERR_OPTION_INVALID` if `url` is not an https URL.
    pub fn new(url: impl Into<String>, options: RemoteOptions) -> Result<Self> {
        let url = url.into();
        url::check(&url, options.allow_loopback_http)?;
        Ok(Self(Arc::new(Shared { url, options, state: Mutex::default() })))
    }

    /// The address.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// How they are fetched and cached.
    pub fn options(&self) -> &RemoteOptions {
        &self.0.options
    }

    /// What a caller that looks for `wanted` has to do now.
    pub fn step(&self, wanted: Wanted<'_>, now: UnixMillis) -> Step {
        self.state().step(&wanted, &self.0.options, now)
    }

    /// Stores the fetched document, or records that the fetch failed. Returns a message for the log for each ignored
    /// entry that is meant for signatures; the other keys are used.
    ///
    /// # Errors
    /// `ERR_KEY_UNAVAILABLE` if there is no document or it is not a JWKS; the previous keys remain. The result of an
    /// expired ticket that another caller took over is ignored.
    pub fn settle(&self, ticket: Ticket, document: Option<&[u8]>, now: UnixMillis) -> Result<Vec<String>> {
        let unavailable = || Error::new(Code::KeyUnavailable).about("JWKS");
        let fetched = document.ok_or_else(unavailable).and_then(|body| self.read(body));
        let (keys, answer) = match fetched {
            Ok((keys, passed_over)) => (Some(keys), Ok(passed_over)),
            Err(error) => (None, Err(error)),
        };
        if self.state().settle(ticket, keys, now) { answer } else { Ok(Vec::new()) }
    }

    fn read(&self, body: &[u8]) -> Result<(KeySet, Vec<String>)> {
        let unreadable = |_| Error::new(Code::KeyUnavailable).about("JWKS").expected("a JWKS document");
        if body.len() > self.0.options.max_bytes {
            return Err(Error::new(Code::KeyUnavailable).about("JWKS").expected("a shorter document"));
        }
        let text = std::str::from_utf8(body).map_err(|_| Error::new(Code::KeyUnavailable).about("JWKS"))?;
        KeySet::from_published_jwks(text, &self.0.options.algorithms).map_err(unreadable)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere cannot leave inconsistent state here, because the fields are independent of each other.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
