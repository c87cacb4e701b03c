//! Keys that an issuer publishes as JWKS: fetched when needed, kept, and fetched again when a token names a key that is not there.
//!
//! # How fetching is kept rare and shared
//! - A set is used for [`RemoteOptions::fresh_for`] as it is, and for [`RemoteOptions::stale_for`] after that while one caller
//!   fetches beside it.
//! - One fetch is under way at a time. Who fetches holds a ticket; the others look again after a moment of their own. They never
//!   wait on the fetcher's promise, because in a Worker that dies with its request. A ticket whose fetch is never heard of again lapses,
//!   and the next caller takes over.
//! - After a fetch, good or bad, [`RemoteOptions::cooldown`] must pass before the next, whatever tokens name.
//! - Names that a fresh set did not have are remembered for a while, in a list of bounded length.
//!
//! There is no IO here: the host asks [`RemoteKeys::step`] what to do, fetches, and hands what came to [`RemoteKeys::settle`].

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

/// What a caller looks for: what a token's header says.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    /// `alg`.
    pub alg: Alg,
    /// `kid`.
    pub kid: Option<&'w str>,
}

/// How remote keys are fetched and kept. The defaults are the numbers of [`crate::limits`].
#[derive(Debug, Clone)]
pub struct RemoteOptions {
    /// What keys that name no algorithm are for: the first of these that they fit.
    pub algorithms: Vec<Alg>,
    /// How long a set is used without asking again.
    pub fresh_for: Duration,
    /// How long after that it is still used while it is fetched again.
    pub stale_for: Duration,
    /// Least time between two fetches.
    pub cooldown: Duration,
    /// How long one fetch may take, redirects included.
    pub timeout: Duration,
    /// Largest document.
    pub max_bytes: usize,
    /// Whether plain http to this machine will do. For development.
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

/// The keys at one address. Clones share what was fetched.
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
    /// `ERR_OPTION_INVALID` when `url` is no https address.
    pub fn new(url: impl Into<String>, options: RemoteOptions) -> Result<Self> {
        let url = url.into();
        url::check(&url, options.allow_loopback_http)?;
        Ok(Self(Arc::new(Shared { url, options, state: Mutex::default() })))
    }

    /// The address.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// How they are fetched and kept.
    pub fn options(&self) -> &RemoteOptions {
        &self.0.options
    }

    /// What a caller who looks for `wanted` is to do now.
    pub fn step(&self, wanted: Wanted<'_>, now: UnixMillis) -> Step {
        self.state().step(&wanted, &self.0.options, now)
    }

    /// Files the document that a fetch brought, or that it brought none. Gives a sentence for each entry that was passed over although
    /// it is meant for signatures, for a log: the keys beside it serve.
    ///
    /// # Errors
    /// `ERR_KEY_UNAVAILABLE` when there is no document or it is no JWKS; the keys held before stay. A ticket that lapsed and was taken over
    /// counts for nothing: what its fetch came to is not told either.
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
        // A panic elsewhere cannot leave the state half-changed in a way that matters: every field stands for itself.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
