//! Options from JavaScript. Their types were already checked there against the published types.

#[cfg(feature = "npm-policy")]
use serde::Deserialize;
#[cfg(feature = "npm-page")]
use serde_json::{Map, Value};
#[cfg(feature = "npm-page")]
use std::time::Duration;

#[cfg(any(feature = "npm-page", feature = "software"))]
use crate::alg::Alg;
use crate::error::{Code, Error, Result};
#[cfg(feature = "npm-page")]
use crate::json;

/// Deserializes options; an error contains none of their values.
#[cfg(feature = "npm-policy")]
pub(super) fn read<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T> {
    serde_json::from_str(text)
        .map_err(|error| Error::new(Code::OptionInvalid).about("options").actual(error.to_string()))
}

/// Options that are read one by one; `null` counts as omitted.
///
/// A derived type for each kind of options would add 9 KB of compressed wasm for browsers: its errors can format values
/// of every type, including floating-point numbers.
#[cfg(feature = "npm-page")]
pub(super) struct Given(Map<String, Value>);

#[cfg(feature = "npm-page")]
impl Given {
    /// Parses a JSON object. A member that is not in `known` is rejected, because it must not appear to have an effect.
    pub(super) fn read(text: &str, known: &[&str]) -> Result<Self> {
        let members = json::tree(text).ok_or_else(|| invalid("options", "a JSON object"))?;
        match members.keys().find(|name| !known.contains(&name.as_str())) {
            Some(unknown) => Err(invalid(unknown, "left out")),
            None => Ok(Self(members)),
        }
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<String>> {
        self.one(name, "a string", |value| value.as_str().map(str::to_owned))
    }

    pub(super) fn texts(&self, name: &str) -> Result<Option<Vec<String>>> {
        let text = |item: &Value| item.as_str().map(str::to_owned);
        self.one(name, "a list of strings", |value| value.as_array()?.iter().map(text).collect())
    }

    pub(super) fn algorithms(&self, name: &str) -> Result<Option<Vec<Alg>>> {
        self.texts(name)?.map(|names| names.iter().map(|name| alg(name)).collect()).transpose()
    }

    pub(super) fn seconds(&self, name: &str) -> Result<Option<Duration>> {
        let duration = |value: &Value| Duration::try_from_secs_f64(value.as_f64()?).ok();
        self.one(name, "a number of seconds, zero or more", duration)
    }

    pub(super) fn members(&self, name: &str) -> Result<Option<Map<String, Value>>> {
        self.one(name, "an object", |value| value.as_object().cloned())
    }

    #[cfg(feature = "npm-core")]
    pub(super) fn count(&self, name: &str) -> Result<Option<usize>> {
        self.one(name, "a whole number", |value| usize::try_from(value.as_u64()?).ok())
    }

    #[cfg(feature = "npm-core")]
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>> {
        self.one(name, "true or false", Value::as_bool)
    }

    fn one<T>(&self, name: &str, expected: &str, read: impl FnOnce(&Value) -> Option<T>) -> Result<Option<T>> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => read(value).map(Some).ok_or_else(|| invalid(name, expected)),
        }
    }
}

#[cfg(feature = "npm-page")]
fn invalid(name: &str, expected: &str) -> Error {
    Error::new(Code::OptionInvalid).about(name).expected(expected)
}

/// The algorithm with this name.
#[cfg(any(feature = "npm-page", feature = "software"))]
pub(super) fn alg(name: &str) -> Result<Alg> {
    Alg::from_name(name).ok_or_else(|| Error::new(Code::OptionInvalid).about("algorithm").expected("a known algorithm"))
}
