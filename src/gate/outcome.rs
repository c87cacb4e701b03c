//! The outcome that the gate returns to its platform.

use std::borrow::Cow;

use super::headers::HeaderFilter;
use crate::access::config::{AnswerConfig, HeaderConfig, UpstreamConfig};
use crate::access::{BadPath, Decision, Policy, Rule, Why};
use crate::error::{Error, Outside};

/// Header names and values.
pub type Headers = Vec<(Cow<'static, str>, String)>;

/// The outcome for a request.
#[derive(Debug)]
pub enum Outcome<'p> {
    /// Send an error response.
    Refuse(Box<Refusal>),
    /// Send the fixed response of the rule, or the response to a preflight request.
    Answer(Answer<'p>),
    /// Send it on.
    Forward(Box<Forward<'p>>),
}

/// An error response: `{"error":"<code>","message":"<sentence>"}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The status.
    pub status: u16,
    /// The stable code.
    pub code: &'static str,
    /// The sentence.
    pub message: String,
    /// `www-authenticate` (RFC 6750 section 3).
    pub challenge: Option<String>,
    /// CORS headers.
    pub headers: Headers,
    /// The internal reason: for the log, and for a developer on a local machine.
    pub inner: String,
    /// The explanation of the decision, rule by rule; only if the request allows it.
    pub walk: Option<String>,
}

/// A response without an upstream.
#[derive(Debug)]
pub struct Answer<'p> {
    /// The rule with the fixed response; none for a preflight request, whose response is 204 and empty.
    pub rule: Option<&'p Rule>,
    /// The fixed response.
    pub body: Option<&'p AnswerConfig>,
    /// CORS headers.
    pub headers: Headers,
}

/// A request on its way to an upstream.
#[derive(Debug)]
pub struct Forward<'p> {
    /// The rule that allowed it.
    pub rule: &'p Rule,
    /// The upstream's name.
    pub name: &'p str,
    /// The upstream.
    pub upstream: &'p UpstreamConfig,
    /// Path and query; the path exactly as it was checked.
    pub target: String,
    /// Which request headers are forwarded.
    pub filter: HeaderFilter<'p>,
    /// Headers to set.
    pub set: Vec<(&'p str, Cow<'p, str>)>,
    /// Changes to the response headers.
    pub response: &'p HeaderConfig,
    /// CORS headers to set on the response.
    pub headers: Headers,
}

impl Outcome<'_> {
    /// Adds CORS headers to the response.
    pub(super) fn sharing(mut self, headers: Headers) -> Self {
        match &mut self {
            Self::Refuse(refusal) => refusal.headers = headers,
            Self::Answer(answer) => answer.headers = headers,
            Self::Forward(forward) => forward.headers = headers,
        }
        self
    }
}

impl<'p> Answer<'p> {
    pub(super) fn of(rule: &'p Rule) -> Self {
        Self { rule: Some(rule), body: rule.answer(), headers: Vec::new() }
    }
}

impl<'p> Forward<'p> {
    pub(super) fn new(
        policy: &'p Policy,
        rule: &'p Rule,
        name: &'p str,
        upstream: &'p UpstreamConfig,
        target: String,
        identity: super::identity::IdentityHeaders,
    ) -> Self {
        let changes = rule.request_headers();
        let filter = HeaderFilter::new(policy, rule, !identity.replaces_authorization);
        let mut set: Vec<(&str, Cow<'_, str>)> =
            changes.set.iter().map(|(name, value)| (name.as_str(), Cow::Borrowed(value.as_str()))).collect();
        set.extend(identity.set.into_iter().map(|(name, value)| (name, Cow::Owned(value))));
        let (response, headers) = (rule.response_headers(), Vec::new());
        Self { rule, name, upstream, target, filter, set, response, headers }
    }
}

const BARE: &str = "Bearer realm=\"portcullis\"";

impl Refusal {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { status, code, inner: message.clone(), message, challenge: None, headers: Vec::new(), walk: None }
    }

    fn challenged(mut self, error: &str, description: &str) -> Self {
        self.challenge = Some(format!("{BARE}, error=\"{error}\", error_description=\"{description}\""));
        self
    }

    fn because(mut self, inner: impl ToString) -> Self {
        self.inner = inner.to_string();
        self
    }

    pub(super) fn bad_path(bad: BadPath) -> Self {
        let sentence = bad.to_string();
        let sentence = sentence.strip_prefix('t').map_or(sentence.clone(), |rest| format!("T{rest}."));
        Self::new(bad.status(), "invalid_path", sentence)
    }

    /// TRACE would return headers that only the upstream may see (RFC 9110 section 9.3.8), and CONNECT requests a
    /// tunnel.
    pub(super) fn method() -> Self {
        let mut refusal = Self::new(405, "method_not_allowed", "Method not allowed.");
        // RFC 9110 section 15.5.6.
        refusal.headers.push(("allow".into(), "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS".into()));
        refusal
    }

    pub(super) fn no_rule() -> Self {
        Self::new(404, "not_found", "Not found.").because(Why::NoRule)
    }

    pub(super) fn too_many() -> Self {
        Self::new(429, "too_many_requests", "Too many attempts. Please wait a minute and try again.")
    }

    pub(super) fn malformed_credentials() -> Self {
        const MESSAGE: &str = "The Authorization header must contain exactly one bearer token.";
        Self::new(400, "invalid_request", MESSAGE).challenged("invalid_request", "exactly one bearer token is expected")
    }

    pub(super) fn no_upstream() -> Self {
        Self::new(404, "not_found", "Not found.").because("the rule lets this through, and names no upstream")
    }

    pub(super) fn origin() -> Self {
        Self::new(403, "cross_site_request", "This request came from an origin that is not allowed.")
    }

    /// The response to a denied request.
    pub(super) fn denied(decision: Decision<'_>, error: Option<&Error>) -> Self {
        let refusal = match (decision.why, error) {
            (Why::TokenMissing, _) => {
                let mut refusal = Self::new(401, "missing_token", "Missing access token.");
                refusal.challenge = Some(BARE.into());
                refusal
            }
            (Why::TokenInvalid, Some(error)) => Self::from(error.clone()),
            (Why::TokenInvalid, None) => Self::new(401, "invalid_token", "The token is not valid."),
            (Why::NoRule, _) => return Self::no_rule(),
            _ => Self::new(403, "insufficient_scope", "You don't have permission to do this.")
                .challenged("insufficient_scope", "insufficient permissions"),
        };
        let rule = decision.rule.map_or_else(String::new, |rule| format!(", rule {rule}"));
        let token = error.map_or_else(String::new, |error| format!(": {error}"));
        refusal.because(format!("{}{token}{rule}", decision.why))
    }
}

/// A rejected token, or an error in the server's configuration.
impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let sentence = error.code().row().sentence;
        let refusal = match error.outside() {
            Outside::InvalidToken | Outside::Unauthenticated | Outside::InsufficientScope => {
                Self::new(401, "invalid_token", format!("{error}.")).challenged("invalid_token", sentence)
            }
            Outside::Internal => Self::new(500, "internal_error", "Internal server error."),
            Outside::Unavailable => {
                Self::new(503, "unavailable", "The service is temporarily unavailable. Try again shortly.")
            }
        };
        refusal.because(error)
    }
}

impl From<Refusal> for Outcome<'_> {
    fn from(refusal: Refusal) -> Self {
        Self::Refuse(Box::new(refusal))
    }
}
