//! Options as JavaScript hands them over: already of the right shape, checked there against the types people see.

#[cfg(any(feature = "npm-page", feature = "npm-policy"))]
use serde::Deserialize;

#[cfg(any(feature = "npm-page", feature = "software"))]
use crate::alg::Alg;
use crate::error::{Code, Error, Result};

/// Reads options; an error names none of their values.
#[cfg(any(feature = "npm-page", feature = "npm-policy"))]
pub(super) fn read<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T> {
    serde_json::from_str(text)
        .map_err(|error| Error::new(Code::OptionInvalid).about("options").actual(error.to_string()))
}

/// The algorithm of that name.
#[cfg(any(feature = "npm-page", feature = "software"))]
pub(super) fn alg(name: &str) -> Result<Alg> {
    Alg::from_name(name).ok_or_else(|| Error::new(Code::OptionInvalid).about("algorithm").expected("a known algorithm"))
}
