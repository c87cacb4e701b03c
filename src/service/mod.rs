//! The auth service: all routes of /auth, /users, /oauth and the related ones, generic over the stores.

use crate::account::audit::Entry;
use crate::account::password::Hasher;
use crate::account::{Accounts, audit};
use crate::crypto::SignatureProvider;
use crate::http::route::{Found, find};
use crate::http::{Problem, Request, Response, cors, csrf};
use crate::random::Entropy;
use crate::session::{Revocations, Sessions};
use crate::time::UnixMillis;

mod admin;
mod call;
mod clients;
mod config;
mod keys;
mod metadata;
mod oauth;
mod openapi;
mod pages;
mod profile;
mod routes;
mod sessions;
mod sign_in;
mod tokens;

pub use call::Caller;
pub use config::{Config, ConfigError};
pub use keys::Keys;
pub use pages::{PAGES, Page, Settings as PageSettings};
pub use routes::{Access, Endpoint, ROUTES, Route, is_own, paths, routes};
pub use tokens::Tokens;

use call::Call;

/// The ports of the service: stores, engine, randomness and the clock.
pub trait Ports {
    /// The store of accounts.
    type Accounts: Accounts;
    /// The store of sessions.
    type Sessions: Sessions;
    /// The revocation list.
    type Revocations: Revocations;
    /// The audit log.
    type Log: audit::Log;
    /// The signature provider.
    type Engine: SignatureProvider;
    /// Randomness.
    type Entropy: Entropy;
    /// The limits per client and per account.
    type Limiter: Limiter;
    /// The password hasher.
    type Hasher: Hasher;

    /// The store of accounts.
    fn accounts(&self) -> &Self::Accounts;
    /// The store of sessions.
    fn sessions(&self) -> &Self::Sessions;
    /// The revocation list.
    fn revocations(&self) -> &Self::Revocations;
    /// The audit log, for reading; entries to write are returned in the [`Outcome`].
    fn log(&self) -> &Self::Log;
    /// The signature provider.
    fn engine(&self) -> &Self::Engine;
    /// Randomness.
    fn entropy(&self) -> &Self::Entropy;
    /// The limits.
    fn limiter(&self) -> &Self::Limiter;
    /// The password hasher.
    fn hasher(&self) -> &Self::Hasher;
    /// The current time.
    fn now(&self) -> UnixMillis;
}

/// Rate limits.
#[allow(async_fn_in_trait, reason = "the hosts are single-threaded; no future here needs to be Send")]
pub trait Limiter {
    /// Counts the cost of `cost` password hashes, as defined by [`password::cost`](crate::account::password::cost), and
    /// returns whether they may be computed. If a limiter is unavailable, they may; the lockout still applies.
    async fn allow(&self, limit: Limit, key: &str, cost: u32) -> bool;
}

/// Which limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Per client address, for every request that computes a password hash.
    Client,
    /// Per account, for all clients together.
    Account,
}

/// The service: settings and keys, prepared once and used for every request.
#[derive(Debug)]
pub struct Service {
    config: Config,
    tokens: Tokens,
}

/// The result of a request.
#[derive(Debug)]
pub struct Outcome {
    /// The answer.
    pub response: Response,
    /// Entries for the audit log; the platform may write them after it has sent the response.
    pub audit: Vec<Entry>,
    /// The reason of a 5xx, for the platform's log.
    pub inner_reason: Option<String>,
}

impl Service {
    /// A service with these settings and keys.
    ///
    /// # Errors
    /// [`ConfigError`] if a key cannot sign.
    pub fn new(config: Config, keys: Keys) -> Result<Self, ConfigError> {
        let tokens = Tokens::new(&config, keys)?;
        Ok(Self { config, tokens })
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Creates and verifies tokens.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Handles a request to one of [`ROUTES`]; `None` for any other path, which belongs to the gate.
    pub async fn handle<P: Ports>(&self, request: &Request, ports: &P) -> Option<Outcome> {
        let origins = &self.config.allowed_origins;
        let outcome = self.answer(request, ports).await?;
        Some(Outcome { response: cors::share(request, origins, outcome.response), ..outcome })
    }

    async fn answer<P: Ports>(&self, request: &Request, ports: &P) -> Option<Outcome> {
        let (endpoint, id) = match find(routes::table(&self.config), &request.method, &request.path) {
            Found::Endpoint(endpoint, id) => (*endpoint, id),
            Found::OtherMethods(methods) => {
                let preflight = cors::preflight(request, &self.config.allowed_origins, &methods);
                let response = preflight.unwrap_or_else(|| Problem::MethodNotAllowed(methods).response());
                return Some(Outcome { response, audit: Vec::new(), inner_reason: None });
            }
            Found::Nothing => return None,
        };
        if let Err(problem) = request.check_size().and_then(|()| csrf::check(request, &self.config.allowed_origins)) {
            return Some(self.refused(endpoint, problem));
        }
        let call = Call::new(self, request, ports, id);
        let answer = call.serve(endpoint).await;
        let inner_reason = answer.as_ref().err().and_then(|failed| failed.problem().inner_reason().map(str::to_owned));
        let response = answer.unwrap_or_else(|failed| failed.response());
        Some(Outcome { response, audit: call.into_audit(), inner_reason })
    }

    fn refused(&self, endpoint: Endpoint, problem: Problem) -> Outcome {
        let response = match endpoint {
            Endpoint::Page(_) => self.on_a_page(problem.into()).response(),
            _ => problem.response(),
        };
        Outcome { response, audit: Vec::new(), inner_reason: None }
    }
}
