//! The claims set (RFC 7519 section 4).

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{Code, Error, Result};
use crate::json::{Noted, Object};
use crate::time::UnixMillis;

/// A claims set that came out of a token with a good signature. Cheap to clone.
///
/// The named getters ([`Claims::subject`], [`Claims::get_str`], [`Claims::get_strings`], [`Claims::date`]) read what was noted
/// while the claims were checked. [`Claims::get`] builds the whole tree when it is first called.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims(Arc<Object>);

impl Claims {
    pub(crate) fn parse(bytes: Vec<u8>) -> Result<Self> {
        match Object::parse(bytes) {
            Ok(object) => Ok(Self(Arc::new(object))),
            Err(why) => Err(Error::new(Code::ClaimsInvalid).about("claims").actual(why)),
        }
    }

    /// The claims as they stood in the token.
    pub fn json(&self) -> &str {
        self.0.text()
    }

    /// Whether there is such a claim, whatever its value.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// The claims' names, in the order of the token.
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

    /// A claim that is a string or an array of strings, as a list; empty when absent or of another type. Of an array that
    /// also holds other things, its strings.
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

    /// `aud`, which may be one or several.
    pub fn audience(&self) -> Vec<&str> {
        self.get_strings("aud")
    }

    /// `jti`.
    pub fn jwt_id(&self) -> Option<&str> {
        self.get_str("jti")
    }

    /// `exp`, `nbf`, `iat`: a NumericDate, if the claim is there.
    ///
    /// # Errors
    /// `ERR_CLAIM_TYPE` when it is there and no JSON number (CVE-2026-25537: a string must not count as absent).
    pub fn date(&self, name: &str) -> Result<Option<UnixMillis>> {
        match self.noted(name) {
            Noted::Absent => Ok(None),
            Noted::Number(secs) => Ok(Some(UnixMillis::from_numeric_date(secs))),
            _ => Err(Error::new(Code::ClaimType).about(name).expected("a JSON number of seconds")),
        }
    }

    /// The whole set as a type of yours.
    ///
    /// # Errors
    /// `ERR_CLAIMS_INVALID` when the claims are not of that shape.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(self.json()).map_err(|_| Error::new(Code::ClaimsInvalid).about("claims"))
    }

    pub(crate) fn noted(&self, name: &str) -> Noted<'_> {
        self.0.noted(name)
    }
}
