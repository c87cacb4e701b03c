//! The claims set (RFC 7519 section 4).

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::json;
use crate::error::{Code, Error, Result};
use crate::time::UnixMillis;

/// A claims set that came out of a token with a good signature.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims {
    json: String,
    members: Map<String, Value>,
}

impl Claims {
    pub(crate) fn parse(bytes: Vec<u8>) -> Result<Self> {
        let members = json::parse_object(&bytes).map_err(|why| Error::new(Code::ClaimsInvalid).actual(why))?;
        let json = String::from_utf8(bytes).map_err(|_| Error::new(Code::ClaimsInvalid).actual("not UTF-8"))?;
        Ok(Self { json, members })
    }

    /// The claims as they stood in the token.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// Any claim.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    /// A claim that is a string.
    pub fn get_str(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    /// A claim that is a string or an array of strings, as a list; empty when absent or of another type.
    pub fn get_strings(&self, name: &str) -> Vec<&str> {
        match self.get(name) {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// `sub`.
    pub fn subject(&self) -> Option<&str> {
        self.get_str("sub")
    }

    /// `exp`, `nbf`, `iat`: a NumericDate, if the claim is there.
    ///
    /// # Errors
    /// `ERR_CLAIM_TYPE` when it is there and no JSON number (CVE-2026-25537: a string must not count as absent).
    pub fn date(&self, name: &str) -> Result<Option<UnixMillis>> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Number(number)) => Ok(number.as_f64().map(UnixMillis::from_numeric_date)),
            Some(_) => Err(Error::new(Code::ClaimType).about(name).expected("a JSON number of seconds")),
        }
    }

    /// The whole set as a type of yours.
    ///
    /// # Errors
    /// `ERR_CLAIMS_INVALID` when the claims are not of that shape.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.json).map_err(|_| Code::ClaimsInvalid.into())
    }
}
