//! The format of a route rule: where it applies, who may pass, and the actions.

use std::collections::BTreeMap;

use serde_json::Value;

#[cfg(test)]
use schemars::JsonSchema;

use super::either::not_empty;
#[cfg(test)]
use super::either::schema::{Methods, Names, Paths};
use super::{CorsSetting, OneOrMany, Revocation};

/// A route rule: where it applies, who may pass, and the actions.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[cfg_attr(test, schemars(extend("required" = ["path"])))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RuleConfig {
    /// A name for logs and explanations. Default: the methods and the path of the rule.
    pub name: Option<String>,
    /// One path pattern or several. `:param` matches one segment; `*rest` at the end matches all that follow, or
    /// nothing.
    #[serde(deserialize_with = "not_empty")]
    #[cfg_attr(test, schemars(with = "Paths"))]
    pub path: OneOrMany,
    /// Methods. Default: all. GET includes HEAD.
    #[serde(deserialize_with = "not_empty")]
    #[cfg_attr(test, schemars(with = "Methods"))]
    pub methods: OneOrMany,
    /// Hosts. Default: all. `*.example.com` matches every subdomain of example.com, but not example.com itself.
    #[serde(deserialize_with = "not_empty")]
    #[cfg_attr(test, schemars(with = "Names"))]
    pub hosts: OneOrMany,
    /// Who may pass, before roles and other conditions are checked. Default: `signed-in`.
    pub allow: Allow,
    /// How an optional rule treats an invalid token.
    pub invalid_token: InvalidToken,
    /// One of these roles, or a role that inherits one of them.
    #[serde(deserialize_with = "not_empty")]
    #[cfg_attr(test, schemars(with = "Names"))]
    pub roles: OneOrMany,
    /// All of these permissions.
    #[serde(deserialize_with = "not_empty")]
    #[cfg_attr(test, schemars(with = "Names"))]
    pub permissions: OneOrMany,
    /// All of these conditions on claims.
    #[serde(deserialize_with = "not_empty")]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub claims: Vec<ClaimConfig>,
    /// `param.id == sub`, or `param.org == claim.org.id`: that path segment must belong to the subject of the token.
    pub owner: Option<String>,
    /// At least one of these.
    #[serde(deserialize_with = "not_empty")]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub any: Vec<ConditionConfig>,
    /// All of these.
    #[serde(deserialize_with = "not_empty")]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub all: Vec<ConditionConfig>,
    /// How strictly revocation is checked.
    pub revocation: Option<Revocation>,
    /// How often.
    pub rate_limit: Option<RateLimitConfig>,
    /// Cross-origin requests. `false` removes the default.
    pub cors: Option<CorsSetting>,
    /// The upstream.
    pub upstream: Option<String>,
    /// A fixed response, without an upstream.
    pub answer: Option<AnswerConfig>,
    /// Request headers that reach the upstream of this rule, in addition to those in `[defaults] pass-headers`.
    pub pass_headers: Vec<String>,
    /// Changes to the request headers before the upstream receives them.
    pub request_headers: HeaderConfig,
    /// Changes to the response headers before the client receives them.
    pub response_headers: HeaderConfig,
}

/// Who may pass, before roles and other conditions are checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Allow {
    /// Everyone. The token is ignored, and the upstream receives no identity.
    Anyone,
    /// Requests with a valid token or without a token, but not with an invalid one.
    Optional,
    /// Requests with a valid token.
    #[default]
    SignedIn,
}

/// How an optional rule treats an invalid token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum InvalidToken {
    /// Reject the request: an invalid token is not treated as a missing one.
    #[default]
    Refuse,
    /// Treat it as a missing token.
    TreatAsMissing,
}

/// A condition inside `any` or `all`. All its members must be met.
// A rule has the same six members. serde cannot flatten one type into the other when unknown keys are rejected.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ConditionConfig {
    /// One of these roles, or a role that inherits one of them.
    #[serde(deserialize_with = "not_empty")]
    #[cfg_attr(test, schemars(with = "Names"))]
    pub roles: OneOrMany,
    /// All of these permissions.
    #[serde(deserialize_with = "not_empty")]
    #[cfg_attr(test, schemars(with = "Names"))]
    pub permissions: OneOrMany,
    /// All of these conditions on claims.
    #[serde(deserialize_with = "not_empty")]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub claims: Vec<ClaimConfig>,
    /// `param.id == sub`, or `param.org == claim.org.id`.
    pub owner: Option<String>,
    /// At least one of these.
    #[serde(deserialize_with = "not_empty")]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub any: Vec<ConditionConfig>,
    /// All of these.
    #[serde(deserialize_with = "not_empty")]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub all: Vec<ConditionConfig>,
}

/// A condition on one claim. Exactly one of `equals`, `one-of`, `contains`.
#[derive(Debug, Clone, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClaimConfig {
    /// The claim; dots separate the members of nested objects.
    pub claim: String,
    /// The claim is this string, number or boolean.
    #[serde(default)]
    pub equals: Option<Value>,
    /// The claim is one of these.
    #[serde(default)]
    pub one_of: Option<Vec<Value>>,
    /// The claim is an array that contains this value, or a string that contains it as a word.
    #[serde(default)]
    pub contains: Option<Value>,
}

/// A rate limit for the requests that match a rule.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RateLimitConfig {
    /// The rate-limit binding of the Worker. The binding sets the limit and the period.
    pub binding: String,
    /// What is counted.
    #[serde(default)]
    pub by: RateLimitBy,
}

/// What a rate limit counts by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RateLimitBy {
    /// The client's IP address.
    #[default]
    Client,
    /// The subject of the token, or the client's IP address if there is none.
    Subject,
}

/// Cross-origin requests (Fetch standard, CORS protocol).
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct CorsConfig {
    /// Origins such as `https://app.example.com`; `*` for all, which excludes credentials.
    pub origins: OneOrMany,
    /// Whether cookies and authorization are allowed.
    pub credentials: bool,
    /// Request headers that scripts may set, in addition to the CORS-safelisted ones.
    pub headers: OneOrMany,
    /// Response headers that scripts may read, in addition to the CORS-safelisted ones.
    pub expose: OneOrMany,
    /// How long a browser may cache a preflight response, in seconds.
    pub max_age_seconds: Option<u32>,
}

/// A fixed response, without an upstream.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AnswerConfig {
    /// Status code, 200 to 599.
    #[serde(default = "ok")]
    #[cfg_attr(test, schemars(range(min = 200, max = 599)))]
    pub status: u16,
    /// Content type of the body.
    #[serde(default = "text")]
    pub content_type: String,
    /// The body.
    #[serde(default)]
    pub body: String,
}

const fn ok() -> u16 {
    200
}

fn text() -> String {
    "text/plain; charset=utf-8".into()
}

/// Changes to headers.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct HeaderConfig {
    /// Headers to set; existing values are replaced.
    pub set: BTreeMap<String, String>,
    /// Headers to remove.
    pub remove: Vec<String>,
}
