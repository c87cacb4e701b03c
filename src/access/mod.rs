//! Authorization: roles, permissions and route rules, read from one file, compiled once, evaluated by pure functions.
//!
//! ```
//! use portcullis::access::{Asked, Policy, Presented};
//!
//! let policy = Policy::parse(
//!     "portcullis.toml",
//!     r#"
//!     [roles]
//!     manager = { inherits = ["user"], permissions = ["reports:*"] }
//!     user = { permissions = ["profile:read"] }
//!
//!     [[rules]]
//!     path = "/reports/:id"
//!     permissions = ["reports:read"]
//!     "#,
//! )?;
//! let asked = Asked { method: "GET", host: "example.com", path: "/reports/7" };
//! assert_eq!(policy.decide(Presented::Missing, &asked)?.status(), 401);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The first rule whose host, method and path match decides. Requests that match no rule are denied.

mod built;
mod check;
mod compile;
mod condition;
pub mod config;
mod explain;
pub(crate) mod headers;
mod matcher;
mod methods;
mod path;
mod pattern;
mod roles;
mod rule;
mod source;
mod suggest;
mod table;
mod upstream;

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use config::{Allow, ClaimNames, InvalidToken, PathParameters, UpstreamConfig};

pub use condition::{ClaimTest, Test};
pub use explain::{Chance, Explanation};
pub use path::{BadPath, CanonicalPath};
pub use pattern::Pattern;
pub use roles::MAX_ROLES;
pub use rule::Rule;
pub use source::{Diagnostic, Severity};
pub(crate) use table::escape;
pub use table::{Row, Table};

use crate::token::{Claims, Verified};
use condition::Facts;

/// A compiled policy. Write and read it only with [`Policy::build`] and [`Policy::from_built`]: deserialized by itself,
/// it has no rule that matches anything.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Policy {
    file: String,
    claims: ClaimNames,
    fold: bool,
    parameters: PathParameters,
    strip_headers: Vec<String>,
    pass_headers: Vec<String>,
    upstreams: Vec<(String, UpstreamConfig)>,
    roles: roles::Roles,
    methods: methods::Methods,
    #[serde(skip)]
    matcher: matcher::Matcher,
    rules: Vec<Rule>,
    warnings: Vec<Diagnostic>,
}

/// Why a policy is rejected: all errors, with their positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The file, as the caller named it.
    pub file: String,
    /// Errors and warnings in file order; at least one error.
    pub findings: Vec<Diagnostic>,
}

/// The request that is to be authorized.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'r> {
    /// The method, unchanged.
    pub method: &'r str,
    /// The host, with or without a port. If it is unknown, this is empty, and only rules for all hosts match.
    pub host: &'r str,
    /// The path of the request target, still percent-encoded, without a query.
    pub path: &'r str,
}

/// The credential of a request.
#[derive(Debug, Clone, Copy)]
pub enum Presented<'c> {
    /// No token.
    Missing,
    /// An invalid token.
    Invalid,
    /// A verified token.
    Token(Holder<'c>),
}

/// The subject of a verified token, with its claims. A policy trusts nothing else.
#[derive(Debug, Clone, Copy)]
pub struct Holder<'c> {
    claims: &'c Claims,
}

/// A request with the rule that matches it.
#[derive(Debug, Clone)]
pub struct Routed<'p, 'r> {
    policy: &'p Policy,
    path: CanonicalPath<'r>,
    rule: Option<(&'p Rule, &'p Pattern)>,
}

/// The decision: whether the request is allowed, by which rule, and why.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'p> {
    /// Whether the request is allowed.
    pub allowed: bool,
    /// The rule that decided; `None` if no rule matches the request.
    pub rule: Option<&'p Rule>,
    /// Why.
    pub why: Why<'p>,
}

/// Why a request is allowed or denied.
#[derive(Debug, Clone, Copy)]
pub enum Why<'p> {
    /// No rule matches this path, method and host.
    NoRule,
    /// The rule lets everyone through.
    Anyone,
    /// The rule does not require a token, and there was none (or an invalid one that the rule treats as missing).
    WithoutToken,
    /// The rule requires a token, and there was none.
    TokenMissing,
    /// The token is invalid.
    TokenInvalid,
    /// The token is valid, and the principal meets all requirements of the rule.
    Met,
    /// The principal does not meet this requirement.
    Unmet(&'p Test),
}

impl Policy {
    /// Parses a policy, TOML or JSON. `file` is only used in messages.
    ///
    /// # Errors
    /// All errors, with line and column.
    pub fn parse(file: &str, text: &str) -> Result<Self, Refused> {
        let (source, config) =
            source::Source::read(text).map_err(|finding| Refused { file: file.to_owned(), findings: vec![finding] })?;
        let (mut policy, findings) = compile::compile(&config, &source);
        file.clone_into(&mut policy.file);
        if findings.iter().any(|finding| finding.severity == Severity::Error) {
            return Err(Refused { file: policy.file, findings });
        }
        policy.warnings = findings;
        Ok(policy)
    }

    /// The name of its file, as given by the caller.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Findings that do not prevent the policy from working but are probably mistakes.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// The rules, in order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The roles by name, from the one with the fewest permissions to the one with the most.
    pub fn roles(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.roles.names().iter().map(String::as_str).collect();
        names.sort_by_key(|name| self.roles.get(name).map(|role| self.roles.rank(role)));
        names
    }

    /// The claim that contains the roles.
    pub fn roles_claim(&self) -> &str {
        &self.claims.roles
    }

    /// An upstream by name.
    pub fn upstream(&self, name: &str) -> Option<&UpstreamConfig> {
        self.upstreams.iter().find(|(known, _)| known == name).map(|(_, upstream)| upstream)
    }

    /// Request headers that never reach an upstream, in lower case, in addition to `x-portcullis-*`.
    pub fn strip_headers(&self) -> &[String] {
        &self.strip_headers
    }

    /// Request headers, in lower case, that reach an upstream although the gate would remove them: because their names
    /// contain anything but letters, digits and hyphens, or because proxies use them to identify a user or a client. A
    /// rule may add more.
    pub fn pass_headers(&self) -> &[String] {
        &self.pass_headers
    }

    /// The roles of a principal, from the configured claim.
    pub fn roles_of<'c>(&self, holder: Holder<'c>) -> Vec<&'c str> {
        condition::claim_strings(holder.claims, &self.claims.roles).collect()
    }

    /// Normalizes the path and finds the rule.
    ///
    /// # Errors
    /// [`BadPath`] for an ambiguous path: a 400 (or 414), before any rule is evaluated.
    pub fn route<'r>(&self, asked: &Asked<'r>) -> Result<Routed<'_, 'r>, BadPath> {
        let path = CanonicalPath::new(asked.path, self.parameters)?;
        let method = self.methods.bit(asked.method);
        let found = self.matcher.find(method, &bare_host(asked.host), path.inner());
        let rule = found.and_then(|found| {
            let rule = self.rules.get(found.rule as usize)?;
            Some((rule, rule.patterns.get(usize::from(found.pattern))?))
        });
        // A case-sensitive server has another resource at the other spelling, and this rule was not written for it.
        let path = match rule {
            Some((_, pattern)) if self.fold => path.spelled(pattern.literals())?,
            _ => path,
        };
        Ok(Routed { policy: self, path, rule })
    }

    /// The decision about a request.
    ///
    /// # Errors
    /// [`BadPath`], as for [`Self::route`].
    pub fn decide(&self, presented: Presented<'_>, asked: &Asked<'_>) -> Result<Decision<'_>, BadPath> {
        Ok(self.route(asked)?.decide(presented))
    }
}

impl<'p> Routed<'p, '_> {
    /// The normalized path that was checked. Send exactly this path to the upstream.
    pub fn path(&self) -> &CanonicalPath<'_> {
        &self.path
    }

    /// The rule, if one matches the request.
    pub fn rule(&self) -> Option<&'p Rule> {
        self.rule.map(|(rule, _)| rule)
    }

    /// The verdict.
    pub fn decide(&self, presented: Presented<'_>) -> Decision<'p> {
        let Some((rule, pattern)) = self.rule else {
            return Decision { allowed: false, rule: None, why: Why::NoRule };
        };
        let (allowed, why) = match (rule.allow, presented) {
            (Allow::Anyone, _) => (true, Why::Anyone),
            (Allow::Optional, Presented::Missing) => (true, Why::WithoutToken),
            (Allow::Optional, Presented::Invalid) if rule.invalid_token == InvalidToken::TreatAsMissing => {
                (true, Why::WithoutToken)
            }
            (_, Presented::Missing) => (false, Why::TokenMissing),
            (_, Presented::Invalid) => (false, Why::TokenInvalid),
            (_, Presented::Token(holder)) => match self.first_unmet(rule, pattern, holder) {
                None => (true, Why::Met),
                Some(test) => (false, Why::Unmet(test)),
            },
        };
        Decision { allowed, rule: Some(rule), why }
    }

    fn first_unmet(&self, rule: &'p Rule, pattern: &Pattern, holder: Holder<'_>) -> Option<&'p Test> {
        if rule.tests.is_empty() {
            return None;
        }
        let inner = self.path.inner();
        let param = |name: &str| pattern.param_in(name, inner);
        condition::first_unmet(&rule.tests, &self.policy.facts(holder, &param))
    }
}

impl Policy {
    fn facts<'f>(&'f self, holder: Holder<'f>, param: &'f dyn Fn(&str) -> Option<&'f str>) -> Facts<'f> {
        let roles = self.roles.held(condition::claim_strings(holder.claims, &self.claims.roles));
        Facts { claims: holder.claims, roles, permissions_claim: &self.claims.permissions, param }
    }
}

impl<'c> Holder<'c> {
    /// Accepts claims that this crate did not verify: the host guarantees that they are from a verified token, or a
    /// person asks what a token would allow. Only the JavaScript exports and explanations use this; the gate has a
    /// [`Verified`].
    pub fn vouched_for(claims: &'c Claims) -> Self {
        Self { claims }
    }

    /// The claims.
    pub fn claims(&self) -> &'c Claims {
        self.claims
    }
}

impl<'c> From<&'c Verified> for Holder<'c> {
    fn from(verified: &'c Verified) -> Self {
        Self { claims: verified.claims() }
    }
}

impl<'c> From<&'c Verified> for Presented<'c> {
    fn from(verified: &'c Verified) -> Self {
        Self::Token(verified.into())
    }
}

impl Decision<'_> {
    /// The HTTP status: 200 if allowed, 401 if a valid token is missing, 404 if no rule matches (so that paths without
    /// a rule look the same as paths that do not exist), 403 otherwise.
    pub fn status(&self) -> u16 {
        match self.why {
            _ if self.allowed => 200,
            Why::TokenMissing | Why::TokenInvalid => 401,
            Why::NoRule => 404,
            _ => 403,
        }
    }
}

/// The host in lower case, without port and without a trailing dot.
fn bare_host(host: &str) -> Cow<'_, str> {
    let bare = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = bare.strip_suffix('.').unwrap_or(bare);
    if bare.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(bare.to_ascii_lowercase())
    } else {
        Cow::Borrowed(bare)
    }
}

impl fmt::Display for Why<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRule => f.write_str("no rule matches this host, method and path"),
            Self::Anyone => f.write_str("the rule lets everyone through"),
            Self::WithoutToken => f.write_str("the rule needs no token"),
            Self::TokenMissing => f.write_str("the rule needs a token and there is none"),
            Self::TokenInvalid => f.write_str("the token is not valid"),
            Self::Met => f.write_str("the token's holder meets all that the rule asks"),
            Self::Unmet(test) => write!(f, "the rule asks for {test}"),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, finding) in self.findings.iter().enumerate() {
            let end = if at == 0 { "" } else { "\n" };
            write!(f, "{end}{}:{finding}", self.file)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refused {}
impl std::error::Error for BadPath {}
