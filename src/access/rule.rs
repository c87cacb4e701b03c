//! A compiled route rule.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::condition::Test;
use super::config::{Allow, AnswerConfig, CorsConfig, HeaderConfig, InvalidToken, RateLimitConfig, Revocation};
use super::matcher::MethodMask;
use super::pattern::Pattern;

/// A compiled route rule.
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
    /// Its name; without one, its methods and path.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its position in the file, from 1.
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

    /// Who may pass, before the tests are evaluated.
    pub fn allow(&self) -> Allow {
        self.allow
    }

    /// How an invalid token is treated on an optional rule.
    pub fn invalid_token(&self) -> InvalidToken {
        self.invalid_token
    }

    /// The requirements; all must be met.
    pub fn tests(&self) -> &[Test] {
        &self.tests
    }

    /// How strictly revocation is checked.
    pub fn revocation(&self) -> Revocation {
        self.revocation
    }

    /// Its rate limit.
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

    /// Its fixed response, if it has no upstream.
    pub fn answer(&self) -> Option<&AnswerConfig> {
        self.answer.as_ref()
    }

    /// Request headers, in lower case, that reach its upstream in addition to [`super::Policy::pass_headers`].
    pub fn pass_headers(&self) -> &[String] {
        &self.pass_headers
    }

    /// Changes to the request headers.
    pub fn request_headers(&self) -> &HeaderConfig {
        &self.request_headers
    }

    /// Changes to the response headers.
    pub fn response_headers(&self) -> &HeaderConfig {
        &self.response_headers
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" (line {})", self.name, self.line)
    }
}
