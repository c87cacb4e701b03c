//! The expectations of a verifier, from JavaScript options.

use super::options::Given;
use crate::error::Result;
use crate::token::{Expectations, Expected};

const KNOWN: [&str; 8] = ["algorithms", "issuer", "audience", "subject", "typ", "leeway", "maxAge", "requiredClaims"];

/// The options of `createVerifier` and `inspect` (JSON).
pub(super) fn read(options: &str) -> Result<Expectations> {
    let given = Given::read(options, &KNOWN)?;
    let mut asked = Expectations::new(expected(&given, "issuer")?, expected(&given, "audience")?);
    asked.algorithms = given.algorithms("algorithms")?;
    asked.subject = expected(&given, "subject")?;
    asked.typ = given.text("typ")?;
    asked.leeway = given.seconds("leeway")?.unwrap_or(asked.leeway);
    asked.max_age = given.seconds("maxAge")?;
    asked.required_claims = given.texts("requiredClaims")?.unwrap_or_default();
    Ok(asked)
}

fn expected(given: &Given, name: &str) -> Result<Expected> {
    Ok(given.texts(name)?.map_or(Expected::Unchecked, Expected::AnyOf))
}
