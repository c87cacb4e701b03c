//! Keys that an issuer publishes as JWKS: fetched when needed, kept, and fetched again when a token names a key that is not there.
//!
//! # How fetching is kept rare and shared
//! - A set is used for [`RemoteOptions::fresh_for`] as it is, and for [`RemoteOptions::stale_for`] after that while one caller
//!   fetches beside it.
//! - One fetch is under way at a time. Who fetches holds a lease; the others look again after a moment of their own. They never
//!   wait on the fetcher's promise, because in a Worker that dies with its request. A lease that is dropped half-way is free at
//!   once, one that is simply never heard of again lapses, and the next caller takes over.
//! - After a fetch, good or bad, [`RemoteOptions::cooldown`] must pass before the next, whatever tokens name.
//! - Names that a fresh set did not have are remembered for a while, in a list of bounded length.
//!
//! [`RemoteKeys::step`], [`RemoteKeys::settle`] and [`RemoteKeys::give_up`] are the whole of it without IO, for hosts that fetch
//! from JavaScript; [`RemoteKeys::keys_for`] drives them over the [`Fetch`] port.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::KeySet;
use crate::alg::Alg;
use crate::error::{Code, Error, Result};
use crate::limits::{
    MAX_JWKS_BYTES, MAX_REMOTE_REDIRECTS, REMOTE_COOLDOWN, REMOTE_FRESH_FOR, REMOTE_LEASE_MARGIN, REMOTE_PAUSE,
    REMOTE_STALE_FOR, REMOTE_TIMEOUT,
};
use crate::time::{Clock, UnixMillis};

mod issuers;
mod plan;
mod url;

pub use issuers::Issuers;
pub use plan::{Step, Ticket};

use plan::State;

/// The fetch port: the platform's HTTP client, as little of it as keys need.
#[allow(async_fn_in_trait, reason = "the hosts are single-threaded; no future here needs to be Send")]
pub trait Fetch {
    /// GETs `request.url`, asking for JSON. Must follow no redirect by itself, must give up after `request.timeout`, and must stop
    /// reading after `request.max_bytes`.
    ///
    /// # Errors
    /// [`Unreachable`] for whatever keeps a whole reply from arriving.
    async fn get(&self, request: Request<'_>) -> Result<Reply, Unreachable>;

    /// Lets some time pass. On Workers this must be a timer of the calling request.
    async fn pause(&self, time: Duration);
}

/// What to get.
#[derive(Debug, Clone, Copy)]
pub struct Request<'r> {
    /// An https address.
    pub url: &'r str,
    /// When to give up.
    pub timeout: Duration,
    /// When to stop reading.
    pub max_bytes: usize,
}

/// What came.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The `Location` header.
    pub location: Option<String>,
    /// The content.
    pub body: Vec<u8>,
}

/// No reply: refused, timed out, broken off, too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreachable;

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

/// Keys to look in, and perhaps work for later.
#[derive(Debug)]
pub struct Found {
    /// The keys.
    pub keys: Arc<KeySet>,
    /// The keys are getting old: run this beside the answer (`waitUntil`). Dropping it leaves the work to the next caller.
    pub refresh: Option<Refresh>,
}

/// A fetch to run beside the answer.
#[derive(Debug)]
pub struct Refresh(Lease);

/// The right to fetch. Dropped unsettled, as when the request it belongs to is cancelled, it is free again at once.
#[derive(Debug)]
struct Lease {
    keys: RemoteKeys,
    ticket: Ticket,
    taken: UnixMillis,
    settled: bool,
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

    /// Files the document that a fetch brought, or that it brought none.
    ///
    /// # Errors
    /// `ERR_KEY_UNAVAILABLE` when there is no document or it is no JWKS; the keys held before stay. A ticket that lapsed and was taken over
    /// counts for nothing: what its fetch came to is not told either.
    pub fn settle(&self, ticket: Ticket, document: Option<&[u8]>, now: UnixMillis) -> Result<()> {
        let unavailable = || Error::new(Code::KeyUnavailable).about("JWKS");
        let fetched = document.ok_or_else(unavailable).and_then(|body| self.read(body));
        let (keys, answer) = match fetched {
            Ok(keys) => (Some(keys), Ok(())),
            Err(error) => (None, Err(error)),
        };
        if self.state().settle(ticket, keys, now) { answer } else { Ok(()) }
    }

    /// Hands a ticket back unused.
    pub fn give_up(&self, ticket: Ticket, now: UnixMillis) {
        self.state().give_up(ticket, now);
    }

    /// The keys in which to look for `wanted`, fetched if need be. That the key is among them is not promised: an unknown name is
    /// then `ERR_KEY_NOT_FOUND` on selection.
    ///
    /// # Errors
    /// `ERR_KEY_UNAVAILABLE` when there are none and none can be fetched.
    pub async fn keys_for(&self, wanted: Wanted<'_>, port: &impl Fetch, clock: &impl Clock) -> Result<Found> {
        let patience = self.0.options.timeout + REMOTE_LEASE_MARGIN;
        let mut waited = Duration::ZERO;
        loop {
            let now = clock.now();
            match self.step(wanted, now) {
                Step::Use(keys) => return Ok(Found { keys, refresh: None }),
                Step::UseAndRefresh(keys, ticket) => {
                    return Ok(Found { keys, refresh: Some(Refresh(self.lease(ticket, now))) });
                }
                // What came of it, good or bad, the next step sees.
                Step::Fetch(ticket) => self.lease(ticket, now).run(port, clock).await.unwrap_or_default(),
                Step::Wait if waited < patience * 2 => {
                    port.pause(REMOTE_PAUSE).await;
                    waited += REMOTE_PAUSE;
                }
                Step::Wait | Step::Unavailable => return Err(Error::new(Code::KeyUnavailable).about("JWKS")),
            }
        }
    }

    fn lease(&self, ticket: Ticket, taken: UnixMillis) -> Lease {
        Lease { keys: self.clone(), ticket, taken, settled: false }
    }

    fn read(&self, body: &[u8]) -> Result<KeySet> {
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

impl Refresh {
    /// Fetches.
    ///
    /// # Errors
    /// `ERR_KEY_UNAVAILABLE`, for a log; the keys held before stay.
    pub async fn run(self, port: &impl Fetch, clock: &impl Clock) -> Result<()> {
        self.0.run(port, clock).await
    }
}

impl Lease {
    async fn run(mut self, port: &impl Fetch, clock: &impl Clock) -> Result<()> {
        let document = self.download(port, clock).await;
        self.settled = true;
        self.keys.settle(self.ticket, document.as_deref().ok(), clock.now())
    }

    async fn download(&self, port: &impl Fetch, clock: &impl Clock) -> Result<Vec<u8>> {
        let unavailable = || Error::new(Code::KeyUnavailable).about("JWKS");
        let options = self.keys.options();
        let mut url = self.keys.url().to_owned();
        for _ in 0..=MAX_REMOTE_REDIRECTS {
            let timeout = options.timeout.saturating_sub(clock.now().since(self.taken));
            let request = Request { url: &url, timeout, max_bytes: options.max_bytes };
            let reply = port.get(request).await.map_err(|_| unavailable())?;
            match (reply.status, reply.location) {
                (200, _) => return Ok(reply.body),
                (301 | 302 | 303 | 307 | 308, Some(location)) => {
                    url = url::redirected(&url, &location, options.allow_loopback_http)?;
                }
                _ => return Err(unavailable()),
            }
        }
        Err(unavailable())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.settled {
            self.keys.give_up(self.ticket, self.taken);
        }
    }
}
