//! The gate: processes a guarded request from arrival to the call of the upstream, as one function over ports.
//!
//! [`Gate::guard`] shows the order of the steps: path and rule, preflight, token, revocation, decision, rate limit, and
//! then a fixed response or the request to an upstream. Bodies never enter this module: the platform streams them.

mod cors;
mod headers;
mod identity;
mod outcome;
mod page;

use crate::access::config::{Allow, RateLimitBy, RateLimitConfig, Revocation};
use crate::access::{Asked, Policy, Presented, Routed, Rule};
use crate::crypto::SignatureProvider;
use crate::error::{Code, Error, Result};
use crate::http::household;
use crate::key::Key;
use crate::time::UnixMillis;
use crate::token::{Signer, Verified, Verifier};

pub use headers::{HeaderFilter, Sender};
pub use identity::GATE_TYP;
pub use outcome::{Answer, Forward, Headers, Outcome, Refusal};
pub use page::{PAGE_POLICY, developer_page};

/// The platform functions that the gate needs.
#[allow(async_fn_in_trait, reason = "the hosts are single-threaded; no future here needs to be Send")]
pub trait Ports {
    /// Checks and creates signatures.
    type Provider: SignatureProvider;

    /// The signature provider.
    fn provider(&self) -> &Self::Provider;

    /// The current time.
    fn now(&self) -> UnixMillis;

    /// Whether a token has been revoked, checked as strictly as the rule requires. Not called for [`Revocation::Off`].
    ///
    /// # Errors
    /// `ERR_REVOCATION_UNAVAILABLE` if the status is unknown. The request is then denied.
    async fn is_revoked(&self, level: Revocation, token: &Verified) -> Result<bool>;

    /// Whether a rate limit allows another request of `who`.
    async fn admits(&self, limit: &RateLimitConfig, who: &str) -> bool;
}

/// A request as the gate sees it. Header values are unchanged; the values of a repeated header are joined with commas.
#[derive(Debug, Clone, Copy, Default)]
pub struct Request<'r> {
    /// The method.
    pub method: &'r str,
    /// The host of the request, with or without port.
    pub host: &'r str,
    /// The path, still percent-encoded.
    pub path: &'r str,
    /// The query with its `?`, or nothing.
    pub query: &'r str,
    /// `authorization`.
    pub authorization: Option<&'r str>,
    /// `origin`.
    pub origin: Option<&'r str>,
    /// `access-control-request-method`.
    pub preflight_method: Option<&'r str>,
    /// The client address, from the platform.
    pub client: &'r str,
    /// Whether the response may name the rule that denied the request: only on a developer's own machine.
    pub explains: bool,
}

impl<'r> Request<'r> {
    fn asked(&self) -> Asked<'r> {
        Asked { method: self.method, host: self.host, path: self.path }
    }
}

/// The gate of one deployment.
#[derive(Debug)]
pub struct Gate {
    policy: Policy,
    verifier: Verifier,
    signer: Option<Signer>,
}

/// The credential of a request.
enum Brought {
    Nothing,
    Bad(Error),
    Good(Box<Verified>),
}

impl Gate {
    /// A gate for a policy. `key` signs the identity that upstreams receive; without one, identity headers have no
    /// proof.
    ///
    /// # Errors
    /// `ERR_OPTION_INVALID` if an upstream requires internal tokens and there is no key; `ERR_KEY_WRONG_KIND` if the
    /// key cannot sign.
    pub fn new(policy: Policy, verifier: Verifier, key: Option<Key>) -> Result<Self> {
        if key.is_none() && identity::needs_key(&policy) {
            return Err(Error::new(Code::OptionInvalid)
                .about("GATE_KEY")
                .expected("a key, because an upstream of the policy is to get internal tokens"));
        }
        let signer = key.map(|key| Signer::new(key, GATE_TYP)).transpose()?;
        Ok(Self { policy, verifier, signer })
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Decides about a request.
    pub async fn guard(&self, request: &Request<'_>, ports: &impl Ports) -> Outcome<'_> {
        if matches!(request.method, "TRACE" | "CONNECT") {
            return Refusal::method().into();
        }
        let routed = match self.policy.route(&request.asked()) {
            Ok(routed) => routed,
            Err(bad) => return Refusal::bad_path(bad).into(),
        };
        if let Some(answer) = cors::preflight(&self.policy, request) {
            return answer;
        }
        let shared = cors::response_headers(routed.rule(), request);
        match self.admit(request, &routed, ports).await {
            Ok((rule, token)) => self.pass(rule, token.as_deref(), request, &routed, ports).await.sharing(shared),
            Err(refusal) => Outcome::from(*refusal).sharing(shared),
        }
    }

    /// Token, revocation, decision, rate limit.
    async fn admit<'g>(
        &'g self,
        request: &Request<'_>,
        routed: &Routed<'g, '_>,
        ports: &impl Ports,
    ) -> Result<(&'g Rule, Option<Box<Verified>>), Box<Refusal>> {
        let Some(rule) = routed.rule() else { return Err(Refusal::no_rule().into()) };
        if let Some(limit) = rule.rate_limit().filter(|limit| limit.by == RateLimitBy::Client)
            && !within_limit(limit, &household(request.client), ports).await
        {
            return Err(Refusal::too_many().into());
        }
        let brought = match rule.allow() {
            Allow::Anyone => Brought::Nothing,
            _ => self.verify(request, rule, ports).await?,
        };
        let decision = routed.decide(brought.presented());
        if !decision.allowed {
            let mut refusal = Refusal::denied(decision, brought.error());
            if request.explains && refusal.status == 403 {
                refusal.walk = self.policy.explain(brought.presented(), &request.asked()).ok().map(|it| it.to_string());
            }
            return Err(refusal.into());
        }
        let token = brought.token();
        if let Some(limit) = rule.rate_limit().filter(|limit| limit.by == RateLimitBy::Subject) {
            let subject = token.as_deref().and_then(|token| token.claims().subject());
            let who = subject.map_or_else(|| household(request.client), str::to_owned);
            if !within_limit(limit, &who, ports).await {
                return Err(Refusal::too_many().into());
            }
        }
        Ok((rule, token))
    }

    /// The token of the request, if any, and whether it is valid: signature, claims, revocation.
    async fn verify(&self, request: &Request<'_>, rule: &Rule, ports: &impl Ports) -> Result<Brought, Box<Refusal>> {
        let token = match bearer(request.authorization) {
            Ok(Some(token)) => token,
            Ok(None) => return Ok(Brought::Nothing),
            Err(refusal) => return Err(refusal),
        };
        let verified = match self.verifier.verify(token, ports.provider(), ports.now()).await {
            Ok(verified) => verified,
            Err(error) => return Brought::bad(error),
        };
        if rule.revocation() == Revocation::Off {
            return Ok(Brought::Good(verified.into()));
        }
        match ports.is_revoked(rule.revocation(), &verified).await {
            Ok(false) => Ok(Brought::Good(verified.into())),
            Ok(true) => Brought::bad(Code::TokenRevoked.into()),
            Err(error) => Brought::bad(error),
        }
    }

    /// The fixed response of the rule, or the request to its upstream.
    async fn pass<'g>(
        &'g self,
        rule: &'g Rule,
        token: Option<&Verified>,
        request: &Request<'_>,
        routed: &Routed<'_, '_>,
        ports: &impl Ports,
    ) -> Outcome<'g> {
        if rule.answer().is_some() {
            return Outcome::Answer(Answer::of(rule));
        }
        let Some((name, upstream)) = rule.upstream().and_then(|name| self.policy.upstream(name).map(|it| (name, it)))
        else {
            return Refusal::no_upstream().into();
        };
        let target = format!("{}{}", routed.path().as_str(), request.query);
        let looked = rule.allow() != Allow::Anyone;
        let identity = identity::Vouching { gate: self, upstream: name, request, target: &target, token, looked };
        match identity.headers(upstream.identity, ports).await {
            Ok(identity) => {
                Outcome::Forward(Box::new(Forward::new(&self.policy, rule, name, upstream, target, identity)))
            }
            Err(error) => Refusal::from(error).into(),
        }
    }
}

impl Brought {
    /// A rejected token. An error on the server side, such as unavailable keys, says nothing about the token.
    fn bad(error: Error) -> Result<Self, Box<Refusal>> {
        use crate::error::Outside::{Internal, Unavailable};
        match error.outside() {
            Internal | Unavailable => Err(Box::new(error.into())),
            _ => Ok(Self::Bad(error)),
        }
    }

    fn presented(&self) -> Presented<'_> {
        match self {
            Self::Nothing => Presented::Missing,
            Self::Bad(_) => Presented::Invalid,
            Self::Good(token) => token.as_ref().into(),
        }
    }

    fn error(&self) -> Option<&Error> {
        match self {
            Self::Bad(error) => Some(error),
            _ => None,
        }
    }

    fn token(self) -> Option<Box<Verified>> {
        match self {
            Self::Good(token) => Some(token),
            _ => None,
        }
    }
}

/// The token in `authorization` (RFC 6750 section 2.1). Another scheme counts as no token; two tokens of this scheme
/// are an error.
fn bearer(authorization: Option<&str>) -> Result<Option<&str>, Box<Refusal>> {
    let Some((scheme, token)) = authorization.map(str::trim).and_then(|value| value.split_once(' ')) else {
        return match authorization {
            Some(value) if value.trim().eq_ignore_ascii_case("bearer") => Err(Refusal::malformed_credentials().into()),
            _ => Ok(None),
        };
    };
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Ok(None);
    }
    let token = token.trim_start();
    if token.bytes().any(|byte| matches!(byte, b',' | b' ')) {
        Err(Refusal::malformed_credentials().into())
    } else {
        Ok(Some(token))
    }
}

/// Whether a rate limit allows another request of `who`. A request without a client address comes from a Worker of the
/// same account, through a service binding: Cloudflare sets `CF-Connecting-IP` on every other request. All such
/// requests would share one counter, so they are not counted.
async fn within_limit(limit: &RateLimitConfig, who: &str, ports: &impl Ports) -> bool {
    who.is_empty() || ports.admits(limit, who).await
}
