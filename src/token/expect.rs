//! The expectations of a verifier, and how claims are checked against them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::{Claims, shown};
use crate::alg::Alg;
use crate::error::{Code, Error, Result};
use crate::json::{self, Noted};
use crate::limits::{DEFAULT_LEEWAY, MAX_TOKEN_BYTES};
use crate::time::UnixMillis;

/// The expectation for a claim. Skipping a check must be explicit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Not looked at.
    Unchecked,
    /// Must be one of these (`aud` must contain one of these).
    AnyOf(Vec<String>),
}

/// The expectations of a verifier.
#[derive(Debug, Clone)]
pub struct Expectations {
    /// Accepted algorithms; `None` accepts those of the keys.
    pub algorithms: Option<Vec<Alg>>,
    /// `iss`.
    pub issuer: Expected,
    /// `aud`.
    pub audience: Expected,
    /// `typ`, compared case-insensitively and with an optional `application/` (RFC 7515 section 4.1.9). `None` accepts
    /// every type except that of refresh tokens (`rt+jwt`), which must be set explicitly.
    pub typ: Option<String>,
    /// `sub`.
    pub subject: Expected,
    /// `jti`.
    pub jwt_id: Expected,
    /// `nonce` (OpenID Connect Core section 2).
    pub nonce: Expected,
    /// Allowed clock skew.
    pub leeway: Duration,
    /// Maximum age by `iat`: a token is rejected from `iat` + `max_age` + leeway on, just as it is from `exp` + leeway
    /// on.
    pub max_age: Option<Duration>,
    /// Dates that are not checked. Default: none.
    pub ignored_dates: IgnoredDates,
    /// Required claims.
    pub required_claims: Vec<String>,
    /// Additional checks, evaluated last.
    pub checks: Vec<Check>,
    /// Header extensions (`crit`, RFC 7515 section 4.1.11) that the caller processes. `b64` cannot be one of them.
    pub understood_extensions: Vec<String>,
    /// Longest accepted token, in bytes.
    pub max_token_bytes: usize,
}

/// Dates that are not checked, for callers with their own rules for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IgnoredDates {
    /// Accept any `exp`.
    pub expired: bool,
    /// Accept any `nbf`.
    pub not_yet_valid: bool,
    /// Accept an `iat` in the future.
    pub issued_in_future: bool,
}

/// An additional check of the claims.
#[derive(Clone)]
pub struct Check(Question);

#[derive(Clone)]
enum Question {
    OneOf { claim: String, values: Vec<Value> },
    Includes { claim: String, values: Vec<String> },
    Custom(Arc<CustomCheck>),
}

type CustomCheck = dyn Fn(&Claims) -> Result<()> + Send + Sync;

/// The period in which the dates of a token are valid: from the first time, and before the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: UnixMillis,
    pub(crate) until: UnixMillis,
}

impl Expectations {
    /// Requires an issuer and an audience, and allows only the default leeway.
    pub fn new(issuer: Expected, audience: Expected) -> Self {
        Self {
            algorithms: None,
            issuer,
            audience,
            typ: None,
            subject: Expected::Unchecked,
            jwt_id: Expected::Unchecked,
            nonce: Expected::Unchecked,
            leeway: DEFAULT_LEEWAY,
            max_age: None,
            ignored_dates: IgnoredDates::default(),
            required_claims: Vec::new(),
            checks: Vec::new(),
            understood_extensions: Vec::new(),
            max_token_bytes: MAX_TOKEN_BYTES,
        }
    }

    /// Validates the dates in the claims at the time `now`: `exp`, `nbf`, `iat`, age.
    pub(crate) fn judge_dates(&self, claims: &Claims, now: UnixMillis) -> Result<Window> {
        let mut window = Window { from: UnixMillis::from_millis(i64::MIN), until: UnixMillis::from_millis(i64::MAX) };
        let ignored = self.ignored_dates;
        if !ignored.expired
            && let Some(exp) = claims.date("exp")?
        {
            window.until = exp.plus(self.leeway);
            if now >= window.until {
                return Err(dated(Code::TokenExpired, "exp", "later than", now, exp));
            }
        }
        if !ignored.not_yet_valid
            && let Some(nbf) = claims.date("nbf")?
        {
            window.from = nbf.minus(self.leeway);
            if now < window.from {
                return Err(dated(Code::TokenNotYetValid, "nbf", "not later than", now, nbf));
            }
        }
        let issued_at = claims.date("iat")?;
        if !ignored.issued_in_future
            && let Some(iat) = issued_at
        {
            window.from = window.from.max(iat.minus(self.leeway));
            if now < window.from {
                return Err(dated(Code::TokenIssuedInFuture, "iat", "not later than", now, iat));
            }
        }
        let Some(max_age) = self.max_age else { return Ok(window) };
        let iat = issued_at.ok_or_else(|| Error::new(Code::ClaimMissing).about("iat"))?;
        let too_old = iat.plus(max_age).plus(self.leeway);
        if now >= too_old {
            return Err(dated(Code::TokenTooOld, "iat", "later than", now.minus(max_age), iat));
        }
        window.until = window.until.min(too_old);
        Ok(window)
    }

    /// Validates `iss`, `aud` and `sub`.
    pub(crate) fn judge_parties(&self, claims: &Claims) -> Result<()> {
        check_one_of(claims, "iss", &self.issuer)?;
        check_audience(claims, &self.audience)?;
        check_one_of(claims, "sub", &self.subject)
    }

    /// Validates everything else: `jti`, `nonce`, required claims, additional checks.
    pub(crate) fn judge_rest(&self, claims: &Claims) -> Result<()> {
        check_one_of(claims, "jti", &self.jwt_id)?;
        check_one_of(claims, "nonce", &self.nonce)?;
        if let Some(missing) = self.required_claims.iter().find(|name| !claims.contains(name)) {
            return Err(Error::new(Code::ClaimMissing).about(missing));
        }
        self.checks.iter().try_for_each(|check| check.put(claims))
    }
}

impl Check {
    /// The claim must exist and equal `value`.
    pub fn equals(claim: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::one_of(claim, vec![value.into()])
    }

    /// The claim must exist and equal one of `values`.
    pub fn one_of(claim: impl Into<String>, values: Vec<Value>) -> Self {
        Self(Question::OneOf { claim: claim.into(), values })
    }

    /// The claim must be a string that is one of `values`, or a list of strings that contains one of them.
    pub fn includes(claim: impl Into<String>, values: Vec<String>) -> Self {
        Self(Question::Includes { claim: claim.into(), values })
    }

    /// A custom check. It receives only claims that passed all other checks; its error is returned unchanged.
    pub fn custom(ask: impl Fn(&Claims) -> Result<()> + Send + Sync + 'static) -> Self {
        Self(Question::Custom(Arc::new(ask)))
    }

    fn put(&self, claims: &Claims) -> Result<()> {
        match &self.0 {
            Question::OneOf { claim, values } if values.iter().any(|value| is(claims, claim, value)) => Ok(()),
            Question::OneOf { claim, values } => {
                let expected = values.iter().map(json::text).collect::<Vec<_>>().join(" or ");
                Err(mismatch(claims, claim).expected(expected))
            }
            Question::Includes { claim, values } if values.iter().any(|value| includes(claims, claim, value)) => Ok(()),
            Question::Includes { claim, values } => Err(mismatch(claims, claim).expected(quoted(values))),
            Question::Custom(ask) => ask(claims),
        }
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Question::OneOf { claim, values } => f.debug_struct("OneOf").field(claim, values).finish(),
            Question::Includes { claim, values } => f.debug_struct("Includes").field(claim, values).finish(),
            Question::Custom(_) => f.write_str("Custom"),
        }
    }
}

fn is(claims: &Claims, name: &str, value: &Value) -> bool {
    match (claims.noted(name), value) {
        (Noted::Text(actual), Value::String(wanted)) => actual == wanted,
        (Noted::Number(actual), Value::Number(wanted)) => wanted.as_f64() == Some(actual),
        (Noted::Texts(_) | Noted::Other, _) => claims.get(name) == Some(value),
        _ => false,
    }
}

fn includes(claims: &Claims, name: &str, wanted: &str) -> bool {
    match claims.noted(name) {
        Noted::Text(actual) => actual == wanted,
        Noted::Texts(actual) => actual.iter().any(|one| one == wanted),
        _ => false,
    }
}

/// The claim is missing or does not have the expected value.
fn mismatch(claims: &Claims, name: &str) -> Error {
    Error::new(if claims.contains(name) { Code::ClaimMismatch } else { Code::ClaimMissing }).about(name)
}

/// A date has passed or is in the future. The numbers are seconds as in RFC 7519's NumericDate.
fn dated(code: Code, claim: &str, relation: &str, bound: UnixMillis, actual: UnixMillis) -> Error {
    Error::new(code)
        .about(claim)
        .expected(format!("{relation} {}", bound.as_secs()))
        .actual(actual.as_secs().to_string())
}

/// A single-valued string claim. A list is never accepted, not even one that contains the expected string
/// (CVE-2025-30144).
fn check_one_of(claims: &Claims, name: &str, expected: &Expected) -> Result<()> {
    let Expected::AnyOf(accepted) = expected else { return Ok(()) };
    let refused = |code| Error::new(code).about(name).expected(quoted(accepted));
    match claims.noted(name) {
        Noted::Text(actual) if accepted.iter().any(|one| one == actual) => Ok(()),
        Noted::Text(actual) => Err(refused(Code::ClaimMismatch).actual(shown(actual))),
        Noted::Absent => Err(refused(Code::ClaimMissing)),
        _ => Err(refused(Code::ClaimType).actual("no string")),
    }
}

/// `aud`: a string, or a list of strings (RFC 7519 section 4.1.3).
fn check_audience(claims: &Claims, expected: &Expected) -> Result<()> {
    let Expected::AnyOf(accepted) = expected else { return Ok(()) };
    let refused = |code| Error::new(code).about("aud").expected(quoted(accepted));
    let ours = |one: &str| accepted.iter().any(|accepted| accepted == one);
    match claims.noted("aud") {
        Noted::Text(one) if ours(one) => Ok(()),
        Noted::Texts(many) if many.iter().any(ours) => Ok(()),
        Noted::Text(one) => Err(refused(Code::ClaimMismatch).actual(shown(one))),
        Noted::Texts(many) => {
            Err(refused(Code::ClaimMismatch).actual(many.iter().take(3).map(shown).collect::<Vec<_>>().join(", ")))
        }
        Noted::Absent => Err(refused(Code::ClaimMissing)),
        _ => Err(refused(Code::ClaimType).actual("no string and no list of strings")),
    }
}

fn quoted(accepted: &[String]) -> String {
    accepted.iter().map(|one| shown(one)).collect::<Vec<_>>().join(" or ")
}
