//! What a verifier expects of a token, as JavaScript says it.

use super::options::Given;
use crate::error::Result;
use crate::token::{Expectations, Expected};

/// What `createVerifier` and `inspect` were given (JSON).
pub(super) fn read(options: &str) -> Result<Expectations> {
    let mut given = Given::read(options)?;
    let mut asked = Expectations::new(expected(&mut given, "issuer")?, expected(&mut given, "audience")?);
    asked.algorithms = given.algorithms("algorithms")?;
    asked.subject = expected(&mut given, "subject")?;
    asked.typ = given.text("typ")?;
    asked.leeway = given.seconds("leeway")?.unwrap_or(asked.leeway);
    asked.max_age = given.seconds("maxAge")?;
    asked.required_claims = given.texts("requiredClaims")?.unwrap_or_default();
    given.end()?;
    Ok(asked)
}

fn expected(given: &mut Given, name: &str) -> Result<Expected> {
    Ok(given.texts(name)?.map_or(Expected::Unchecked, Expected::AnyOf))
}
