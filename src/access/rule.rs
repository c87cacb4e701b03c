//! A route rule, compiled.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::condition::Test;
use super::config::{Allow, AnswerConfig, CorsConfig, HeaderConfig, InvalidToken, RateLimitConfig, Revocation};
use super::matcher::MethodMask;
use super::pattern::Pattern;

/// A route rule, compiled.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rule {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) patterns: Vec<Pattern>,
    pub(crate) methods: MethodMask,
    pub(crate) method_names: Vec<String>,
    pub(crate) hosts: Vec<String>,
    pub(crate) allow: Allow,
    pub(crate) invalid_token: InvalidToken,
    pub(crate) tests: Vec<Test>,
    pub(crate) revocation: Revocation,
    pub(crate) rate_limit: Option<RateLimitConfig>,
    pub(crate) cors: Option<CorsConfig>,
    pub(crate) upstream: Option<String>,
    pub(crate) answer: Option<AnswerConfig>,
    pub(crate) pass_headers: Vec<String>,
    pub(crate) request_headers: HeaderConfig,
    pub(crate) response_headers: HeaderConfig,
}

impl Rule {
    /// Its name, or its methods and path where it has none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it stands in the file, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The path patterns.
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// The methods by name; empty for all.
    pub fn methods(&self) -> &[String] {
        &self.method_names
    }

    /// The hosts; empty for all.
    pub fn hosts(&self) -> &[String] {
        &self.hosts
    }

    /// Who may pass, before the tests are asked.
    pub fn allow(&self) -> Allow {
        self.allow
    }

    /// What a bad token on an optional rule counts as.
    pub fn invalid_token(&self) -> InvalidToken {
        self.invalid_token
    }

    /// What it asks of a token's holder; all must hold.
    pub fn tests(&self) -> &[Test] {
        &self.tests
    }

    /// How closely the revocation list is asked.
    pub fn revocation(&self) -> Revocation {
        self.revocation
    }

    /// How often it lets requests through.
    pub fn rate_limit(&self) -> Option<&RateLimitConfig> {
        self.rate_limit.as_ref()
    }

    /// Cross-origin requests.
    pub fn cors(&self) -> Option<&CorsConfig> {
        self.cors.as_ref()
    }

    /// The name of its upstream.
    pub fn upstream(&self) -> Option<&str> {
        self.upstream.as_deref()
    }

    /// Its answer, where no upstream is asked.
    pub fn answer(&self) -> Option<&AnswerConfig> {
        self.answer.as_ref()
    }

    /// Headers from outside, in lower case, that reach its upstream besides [`super::Policy::pass_headers`].
    pub fn pass_headers(&self) -> &[String] {
        &self.pass_headers
    }

    /// Changes to the request's headers.
    pub fn request_headers(&self) -> &HeaderConfig {
        &self.request_headers
    }

    /// Changes to the answer's headers.
    pub fn response_headers(&self) -> &HeaderConfig {
        &self.response_headers
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" (line {})", self.name, self.line)
    }
}
