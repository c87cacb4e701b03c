//! What a verifier expects of a token, as JavaScript says it.

use std::time::Duration;

use serde::Deserialize;

use super::options::alg;
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
