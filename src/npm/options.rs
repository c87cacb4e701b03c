//! Options as JavaScript hands them over: already of the right shape, checked there against the types people see.

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

/// Reads options into a type of their own; an error names none of their values.
#[cfg(feature = "npm-policy")]
pub(super) fn read<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T> {
    serde_json::from_str(text)
        .map_err(|error| Error::new(Code::OptionInvalid).about("options").actual(error.to_string()))
}

/// Options to be taken out one by one; `null` is as good as left out.
///
/// A type derived for each kind of options would cost a browser 9 KB of packed wasm: whatever can be of a wrong type brings along
/// the printing of every type there is, floating-point numbers included.
#[cfg(feature = "npm-page")]
pub(super) struct Given(Map<String, Value>);

#[cfg(feature = "npm-page")]
impl Given {
    /// Reads a JSON object.
    pub(super) fn read(text: &str) -> Result<Self> {
        let members = json::tree(text).ok_or_else(|| invalid("options", "a JSON object"))?;
        Ok(Self(members.into_iter().filter(|(_, value)| !value.is_null()).collect()))
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(invalid(name, "a string")),
        }
    }

    pub(super) fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>> {
        let no_list = || invalid(name, "a list of strings");
        let text = |item| if let Value::String(text) = item { Ok(text) } else { Err(no_list()) };
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::Array(items)) => items.into_iter().map(text).collect::<Result<_>>().map(Some),
            Some(_) => Err(no_list()),
        }
    }

    pub(super) fn algorithms(&mut self, name: &str) -> Result<Option<Vec<Alg>>> {
        self.texts(name)?.map(|names| names.iter().map(|name| alg(name)).collect()).transpose()
    }

    pub(super) fn seconds(&mut self, name: &str) -> Result<Option<Duration>> {
        let Some(value) = self.0.remove(name) else { return Ok(None) };
        let duration = value.as_f64().and_then(|secs| Duration::try_from_secs_f64(secs).ok());
        duration.map(Some).ok_or_else(|| invalid(name, "a number of seconds, zero or more"))
    }

    #[cfg(feature = "npm-core")]
    pub(super) fn count(&mut self, name: &str) -> Result<Option<usize>> {
        let Some(value) = self.0.remove(name) else { return Ok(None) };
        let count = value.as_u64().and_then(|count| usize::try_from(count).ok());
        count.map(Some).ok_or_else(|| invalid(name, "a whole number"))
    }

    #[cfg(feature = "npm-core")]
    pub(super) fn flag(&mut self, name: &str) -> Result<bool> {
        match self.0.remove(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(invalid(name, "true or false")),
        }
    }

    pub(super) fn members(&mut self, name: &str) -> Result<Map<String, Value>> {
        match self.0.remove(name) {
            None => Ok(Map::new()),
            Some(Value::Object(members)) => Ok(members),
            Some(_) => Err(invalid(name, "an object")),
        }
    }

    /// Refuses what nobody has taken: an option that is not known must not seem to be heeded.
    pub(super) fn end(self) -> Result<()> {
        self.0.keys().next().map_or(Ok(()), |name| Err(invalid(name, "left out")))
    }
}

#[cfg(feature = "npm-page")]
fn invalid(name: &str, expected: &str) -> Error {
    Error::new(Code::OptionInvalid).about(name).expected(expected)
}

/// The algorithm of that name.
#[cfg(any(feature = "npm-page", feature = "software"))]
pub(super) fn alg(name: &str) -> Result<Alg> {
    Alg::from_name(name).ok_or_else(|| Error::new(Code::OptionInvalid).about("algorithm").expected("a known algorithm"))
}
