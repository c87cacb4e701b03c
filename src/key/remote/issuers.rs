//! Several issuers, each with keys of its own.

use super::RemoteKeys;
use crate::error::{Code, Error, Result};

/// Which keys speak for which issuer (RFC 8725 section 3.8). A token's `iss` selects among these and nothing else: an address is
/// never made from it. What is found here is the issuer's claim only; a verifier must then ask for exactly that `iss`.
#[derive(Debug, Clone, Default)]
pub struct Issuers(Vec<(String, RemoteKeys)>);

impl Issuers {
    /// Issuers, as their `iss` spells them, with their keys.
    ///
    /// # Errors
    /// `ERR_OPTION_INVALID` when an issuer is empty or stands twice.
    pub fn new(issuers: Vec<(String, RemoteKeys)>) -> Result<Self> {
        for (index, (issuer, _)) in issuers.iter().enumerate() {
            if issuer.is_empty() || issuers[..index].iter().any(|(earlier, _)| earlier == issuer) {
                return Err(Error::new(Code::OptionInvalid).about("issuer").expected("each issuer once, by name"));
            }
        }
        Ok(Self(issuers))
    }

    /// The keys of `issuer`, compared character by character.
    ///
    /// # Errors
    /// `ERR_KEY_NOT_FOUND` for an issuer that is not one of these.
    pub fn keys_of(&self, issuer: &str) -> Result<&RemoteKeys> {
        let known = self.0.iter().find(|(name, _)| name == issuer);
        known.map(|(_, keys)| keys).ok_or_else(|| Error::new(Code::KeyNotFound).about("iss"))
    }

    /// The issuers' names: what a verifier's `issuer` option should list.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}
