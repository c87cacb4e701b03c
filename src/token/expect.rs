//! What a verifier asks of a token, and how each question is put to the claims.

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

/// What a verifier asks of a claim. Leaving a check out has to be spelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Not looked at.
    Unchecked,
    /// Must be one of these (for `aud`: must contain one of these).
    AnyOf(Vec<String>),
}

/// What a verifier asks of a token.
#[derive(Debug, Clone)]
pub struct Expectations {
    /// Algorithms accepted; `None` accepts those the keys are for.
    pub algorithms: Option<Vec<Alg>>,
    /// `iss`.
    pub issuer: Expected,
    /// `aud`.
    pub audience: Expected,
    /// `typ`, compared without case and with `application/` optional (RFC 7515 section 4.1.9). `None` accepts every type but that
    /// of refresh tokens (`rt+jwt`), which have to be asked for.
    pub typ: Option<String>,
    /// `sub`.
    pub subject: Expected,
    /// `jti`.
    pub jwt_id: Expected,
    /// `nonce` (OpenID Connect Core section 2).
    pub nonce: Expected,
    /// Clock difference forgiven.
    pub leeway: Duration,
    /// Oldest acceptable age by `iat`: a token is refused from `iat` + `max_age` + leeway on, as it is from `exp` + leeway on.
    pub max_age: Option<Duration>,
    /// Dates not looked at. None, unless set.
    pub ignored_dates: IgnoredDates,
    /// Claims that must be there.
    pub required_claims: Vec<String>,
    /// Further questions, put last.
    pub checks: Vec<Check>,
    /// Header extensions (`crit`, RFC 7515 section 4.1.11) that the caller sees to itself. `b64` cannot be one.
    pub understood_extensions: Vec<String>,
    /// Longest token looked at, in bytes.
    pub max_token_bytes: usize,
}

/// Dates not looked at, for callers who judge them by other rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IgnoredDates {
    /// Accept whatever `exp` says.
    pub expired: bool,
    /// Accept whatever `nbf` says.
    pub not_yet_valid: bool,
    /// Accept an `iat` in the future.
    pub issued_in_future: bool,
}

/// A further question to the claims.
#[derive(Clone)]
pub struct Check(Question);

#[derive(Clone)]
enum Question {
    OneOf { claim: String, values: Vec<Value> },
    Includes { claim: String, values: Vec<String> },
    Custom(Arc<CustomCheck>),
}

type CustomCheck = dyn Fn(&Claims) -> Result<()> + Send + Sync;

/// When a token is good by its dates: from the first moment on, and before the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: UnixMillis,
    pub(crate) until: UnixMillis,
}

impl Expectations {
    /// Asks for an issuer and an audience, accepts no clock difference beyond the default leeway.
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

    /// Asks the claims about their dates at the moment `now`: `exp`, `nbf`, `iat`, age.
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

    /// Asks the claims about whom and what they are for: `iss`, `aud`, `sub`.
    pub(crate) fn judge_parties(&self, claims: &Claims) -> Result<()> {
        check_one_of(claims, "iss", &self.issuer)?;
        check_audience(claims, &self.audience)?;
        check_one_of(claims, "sub", &self.subject)
    }

    /// Asks the claims all that is left: `jti`, `nonce`, required claims, further checks.
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
    /// The claim must be there and equal `value`.
    pub fn equals(claim: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::one_of(claim, vec![value.into()])
    }

    /// The claim must be there and equal one of `values`.
    pub fn one_of(claim: impl Into<String>, values: Vec<Value>) -> Self {
        Self(Question::OneOf { claim: claim.into(), values })
    }

    /// The claim must be a string that is one of `values`, or a list of strings that has one of them in it.
    pub fn includes(claim: impl Into<String>, values: Vec<String>) -> Self {
        Self(Question::Includes { claim: claim.into(), values })
    }

    /// Your own question. Only ever asked of claims that have passed all else; its error is handed on as it is.
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

/// The claim is missing, or not what was asked for.
fn mismatch(claims: &Claims, name: &str) -> Error {
    Error::new(if claims.contains(name) { Code::ClaimMismatch } else { Code::ClaimMissing }).about(name)
}

/// A date is on the wrong side of the clock. The seconds are those of RFC 7519's NumericDate.
fn dated(code: Code, claim: &str, relation: &str, bound: UnixMillis, actual: UnixMillis) -> Error {
    Error::new(code)
        .about(claim)
        .expected(format!("{relation} {}", bound.as_secs()))
        .actual(actual.as_secs().to_string())
}

/// A single-valued string claim. A list never passes, not even one with the right string in it (CVE-2025-30144).
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
