//! The shape of a route rule: where it applies, who may pass, what then happens.

use std::collections::BTreeMap;

use serde_json::Value;

#[cfg(test)]
use schemars::JsonSchema;

use super::either::not_empty;
#[cfg(test)]
use super::either::schema::{Methods, Names, Paths};
use super::{CorsSetting, OneOrMany, Revocation};

/// A route rule: where it applies, who may pass, and what then happens.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[cfg_attr(test, schemars(extend("required" = ["path"])))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RuleConfig {
    /// A name for logs and explanations. Without one the rule goes by its methods and path.
    pub name: Option<String>,
    /// One path pattern or several: literals, `:param` for one segment, `*rest` at the end for all that follow, or nothing.
    #[serde(deserialize_with = "not_empty")]
    #[cfg_attr(test, schemars(with = "Paths"))]
    pub path: OneOrMany,
    /// Methods; all when left out. GET brings HEAD with it.
    #[serde(deserialize_with = "not_empty")]
    #[cfg_attr(test, schemars(with = "Methods"))]
    pub methods: OneOrMany,
    /// Hosts; all when left out. `*.example.com` is every host below example.com, not itself.
    #[serde(deserialize_with = "not_empty")]
    #[cfg_attr(test, schemars(with = "Names"))]
    pub hosts: OneOrMany,
    /// Who may pass, before roles and the rest are asked. `signed-in` when left out.
    pub allow: Allow,
    /// What an optional rule makes of a token that is there and bad.
    pub invalid_token: InvalidToken,
    /// One of these roles, or one that inherits it.
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
    /// `param.id == sub`, or `param.org == claim.org.id`: a part of the path must be the asker's own.
    pub owner: Option<String>,
    /// At least one of these.
    #[serde(deserialize_with = "not_empty")]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub any: Vec<ConditionConfig>,
    /// Every one of these.
    #[serde(deserialize_with = "not_empty")]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub all: Vec<ConditionConfig>,
    /// How closely the revocation list is asked.
    pub revocation: Option<Revocation>,
    /// How often.
    pub rate_limit: Option<RateLimitConfig>,
    /// Cross-origin requests. `false` removes the default.
    pub cors: Option<CorsSetting>,
    /// The upstream.
    pub upstream: Option<String>,
    /// Answer here, without any upstream.
    pub answer: Option<AnswerConfig>,
    /// Headers from outside that reach this rule's upstream, besides those that `[defaults] pass-headers` lists.
    pub pass_headers: Vec<String>,
    /// Changes to the headers of the request on its way to the upstream.
    pub request_headers: HeaderConfig,
    /// Changes to the headers of the answer on its way back.
    pub response_headers: HeaderConfig,
}

/// Who may pass, before roles and the rest are asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Allow {
    /// Everyone. A token is not looked at, and no identity is passed on.
    Anyone,
    /// Those with a good token and those with none. Not those with a bad one.
    Optional,
    /// Those with a good token.
    #[default]
    SignedIn,
}

/// What an optional rule makes of a token that is there and bad.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum InvalidToken {
    /// Refuse: a bad token is never the same as none.
    #[default]
    Refuse,
    /// Go on as if none were there.
    TreatAsMissing,
}

/// A condition inside `any` or `all`. Everything it names must hold.
// A rule names the same six: serde does not flatten one into the other where unknown keys are refused.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ConditionConfig {
    /// One of these roles, or one that inherits it.
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
    /// Every one of these.
    #[serde(deserialize_with = "not_empty")]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub all: Vec<ConditionConfig>,
}

/// A condition on one claim. Exactly one of `equals`, `one-of`, `contains`.
#[derive(Debug, Clone, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClaimConfig {
    /// The claim; dots reach into objects.
    pub claim: String,
    /// The claim is this string, number or boolean.
    #[serde(default)]
    pub equals: Option<Value>,
    /// The claim is one of these.
    #[serde(default)]
    pub one_of: Option<Vec<Value>>,
    /// The claim is an array with this in it, or a string with this among its words.
    #[serde(default)]
    pub contains: Option<Value>,
}

/// How often a rule lets requests through.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RateLimitConfig {
    /// The rate-limit binding of the Worker, which holds the numbers.
    pub binding: String,
    /// Who is counted.
    #[serde(default)]
    pub by: RateLimitBy,
}

/// Who a rate limit counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RateLimitBy {
    /// The client's address.
    #[default]
    Client,
    /// The token's subject; the client's address where there is none.
    Subject,
}

/// Cross-origin requests (Fetch standard, CORS protocol).
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct CorsConfig {
    /// Origins such as `https://app.example.com`; `*` for all, which excludes credentials.
    pub origins: OneOrMany,
    /// Whether cookies and authorization may come along.
    pub credentials: bool,
    /// Request headers that scripts may set, beyond the safe ones.
    pub headers: OneOrMany,
    /// Response headers that scripts may read, beyond the safe ones.
    pub expose: OneOrMany,
    /// How long a browser may remember a preflight.
    pub max_age_seconds: Option<u32>,
}

/// An answer without an upstream.
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
    /// Headers set to these values, in place of what was there.
    pub set: BTreeMap<String, String>,
    /// Headers taken away.
    pub remove: Vec<String>,
}
