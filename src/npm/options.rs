//! Options as JavaScript hands them over: already of the right shape, checked there against the types people see.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::alg::Alg;
use crate::error::{Code, Error, Result};
use crate::token::{Expectations, Expected};

/// What `createVerifier` was given.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct VerifierOptions {
    algorithms: Option<Vec<String>>,
    issuer: Option<Vec<String>>,
    audience: Option<Vec<String>>,
    subject: Option<Vec<String>>,
    typ: Option<String>,
    /// Seconds.
    leeway: Option<f64>,
    /// Seconds.
    max_age: Option<f64>,
    #[serde(default)]
    required_claims: Vec<String>,
}

/// What `createSigner` was given.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SignerOptions {
    typ: String,
    #[serde(default)]
    header: Map<String, Value>,
}

impl SignerOptions {
    /// The header members besides those that come from the key: `typ` first, then the caller's own.
    pub(super) fn members(self) -> Result<Map<String, Value>> {
        if self.header.contains_key("typ") {
            return Err(Error::new(Code::OptionInvalid).about("header").expected("typ as an option of its own"));
        }
        let mut members = Map::from_iter([("typ".to_owned(), Value::String(self.typ))]);
        members.extend(self.header);
        Ok(members)
    }
}

/// Reads options; an error names none of their values.
pub(super) fn read<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T> {
    serde_json::from_str(text)
        .map_err(|error| Error::new(Code::OptionInvalid).about("options").actual(error.to_string()))
}

/// The algorithm of that name.
pub(super) fn alg(name: &str) -> Result<Alg> {
    Alg::from_name(name).ok_or_else(|| Error::new(Code::OptionInvalid).about("algorithm").expected("a known algorithm"))
}

impl VerifierOptions {
    pub(super) fn expectations(self) -> Result<Expectations> {
        let mut expectations = Expectations::new(expected(self.issuer), expected(self.audience));
        if let Some(names) = self.algorithms {
            expectations.algorithms = Some(names.iter().map(|name| alg(name)).collect::<Result<_>>()?);
        }
        expectations.subject = expected(self.subject);
        expectations.typ = self.typ;
        if let Some(leeway) = self.leeway {
            expectations.leeway = seconds("leeway", leeway)?;
        }
        expectations.max_age = self.max_age.map(|age| seconds("maxAge", age)).transpose()?;
        expectations.required_claims = self.required_claims;
        Ok(expectations)
    }
}

fn expected(values: Option<Vec<String>>) -> Expected {
    values.map_or(Expected::Unchecked, Expected::AnyOf)
}

fn seconds(option: &str, value: f64) -> Result<Duration> {
    Duration::try_from_secs_f64(value)
        .map_err(|_| Error::new(Code::OptionInvalid).about(option).expected("a number of seconds, zero or more"))
}
