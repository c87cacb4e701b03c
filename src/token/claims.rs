//! The claims set (RFC 7519 section 4).

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{Code, Error, Result};
use crate::json::{Noted, Object};
use crate::time::UnixMillis;

/// The claims set of a token with a verified signature. Cheap to clone.
///
/// The named getters ([`Claims::subject`], [`Claims::get_str`], [`Claims::get_strings`], [`Claims::date`]) read values
/// that were indexed during validation. [`Claims::get`] builds the complete tree at its first call.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims(Arc<Object>);

impl Claims {
    pub(crate) fn parse(bytes: Vec<u8>) -> Result<Self> {
        match Object::parse(bytes) {
            Ok(object) => Ok(Self(Arc::new(object))),
            Err(why) => Err(Error::new(Code::ClaimsInvalid).about("claims").actual(why)),
        }
    }

    /// The claims exactly as in the token.
    pub fn json(&self) -> &str {
        self.0.text()
    }

    /// Whether the claim exists, with any value.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// The names of the claims, in the order of the token.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.names()
    }

    /// Any claim.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members().get(name)
    }

    /// All claims.
    pub fn members(&self) -> &Map<String, Value> {
        self.0.tree()
    }

    /// A claim that is a string.
    pub fn get_str(&self, name: &str) -> Option<&str> {
        self.0.text_of(name)
    }

    /// A claim that is a string or an array of strings, as a list; empty if it is missing or has another type. From an
    /// array with other values, only the strings.
    pub fn get_strings(&self, name: &str) -> Vec<&str> {
        match self.noted(name) {
            Noted::Text(one) => vec![one],
            Noted::Texts(many) => many.iter().collect(),
            Noted::Other => match self.get(name) {
                Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
                _ => Vec::new(),
            },
            Noted::Absent | Noted::Number(_) => Vec::new(),
        }
    }

    /// `iss`.
    pub fn issuer(&self) -> Option<&str> {
        self.get_str("iss")
    }

    /// `sub`.
    pub fn subject(&self) -> Option<&str> {
        self.get_str("sub")
    }

    /// `aud`, which can have several values.
    pub fn audience(&self) -> Vec<&str> {
        self.get_strings("aud")
    }

    /// `jti`.
    pub fn jwt_id(&self) -> Option<&str> {
        self.get_str("jti")
    }

    /// `exp`, `nbf`, `iat`: a NumericDate, if the claim exists.
    ///
    /// # Errors
    /// `ERR_CLAIM_TYPE` if it exists and is not a JSON number (CVE-2026-25537: a string must not count as missing).
    pub fn date(&self, name: &str) -> Result<Option<UnixMillis>> {
        match self.noted(name) {
            Noted::Absent => Ok(None),
            Noted::Number(secs) => Ok(Some(UnixMillis::from_numeric_date(secs))),
            _ => Err(Error::new(Code::ClaimType).about(name).expected("a JSON number of seconds")),
        }
    }

    /// The complete set as a type of the caller.
    ///
    /// # Errors
    /// `ERR_CLAIMS_INVALID` if the claims do not match the type.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(self.json()).map_err(|_| Error::new(Code::ClaimsInvalid).about("claims"))
    }

    pub(crate) fn noted(&self, name: &str) -> Noted<'_> {
        self.0.noted(name)
    }
}
