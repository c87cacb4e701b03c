//! Issues tokens: creates a compact JWS from claims and a key.

use serde::Serialize;
use serde_json::{Map, Value};

use super::jws;
use crate::crypto::SignatureProvider;
use crate::error::{Code, Error, Result};
use crate::json::{Noted, Object};
use crate::key::Key;

/// Signs claims with one key and one type. Create it once and reuse it: the encoded header is prepared here.
#[derive(Debug, Clone)]
pub struct Signer(jws::Signer);

impl Signer {
    /// A signer whose tokens have this `typ` (`JWT`, `at+jwt`, `rt+jwt`) and the key's `kid`.
    ///
    /// # Errors
    /// `ERR_KEY_WRONG_KIND` if the key cannot sign.
    pub fn new(key: Key, typ: &str) -> Result<Self> {
        let mut members = Map::new();
        members.insert("typ".to_owned(), Value::from(typ));
        Self::with_header(key, &members)
    }

    /// A signer whose tokens have these header members in addition to `alg` and the key's `kid`.
    ///
    /// # Errors
    /// The errors of [`jws::Signer::new`].
    pub fn with_header(key: Key, members: &Map<String, Value>) -> Result<Self> {
        jws::Signer::new(key, Some(members)).map(Self)
    }

    /// A token with these claims, if the provider can sign synchronously; `None` otherwise.
    pub fn sign_now(&self, claims: &impl Serialize, provider: &impl SignatureProvider) -> Option<Result<String>> {
        match to_json(claims) {
            Ok(json) => self.0.sign_now(&json, provider),
            Err(error) => Some(Err(error)),
        }
    }

    /// A token with these claims.
    ///
    /// # Errors
    /// `ERR_CLAIMS_INVALID` if the claims do not serialize to a JSON object; errors of the provider.
    pub async fn sign(&self, claims: &impl Serialize, provider: &impl SignatureProvider) -> Result<String> {
        self.0.sign(&to_json(claims)?, provider).await
    }

    /// A token with claims that are JSON already. The text is signed unchanged, after the same strict parsing as in a
    /// verifier.
    pub fn sign_json_now(&self, claims: &str, provider: &impl SignatureProvider) -> Option<Result<String>> {
        match check_json(claims) {
            Ok(()) => self.0.sign_now(claims.as_bytes(), provider),
            Err(error) => Some(Err(error)),
        }
    }

    /// A token with claims that are JSON already.
    ///
    /// # Errors
    /// `ERR_CLAIMS_INVALID` if a verifier would reject the text or the type of a date in it; errors of the provider.
    pub async fn sign_json(&self, claims: &str, provider: &impl SignatureProvider) -> Result<String> {
        check_json(claims)?;
        self.0.sign(claims.as_bytes(), provider).await
    }
}

fn to_json(claims: &impl Serialize) -> Result<Vec<u8>> {
    let json = serde_json::to_string(claims).map_err(|_| Error::new(Code::ClaimsInvalid).about("claims"))?;
    check_json(&json)?;
    Ok(json.into_bytes())
}

/// Nothing is signed that this crate would reject: no duplicate members, no lone surrogate, no date that is not a
/// number.
fn check_json(claims: &str) -> Result<()> {
    let object = Object::check(claims).map_err(|why| Error::new(Code::ClaimsInvalid).about("claims").actual(why))?;
    for name in ["exp", "nbf", "iat"] {
        if !matches!(object.noted(name), Noted::Absent | Noted::Number(_)) {
            return Err(Error::new(Code::ClaimType).about(name).expected("a JSON number of seconds"));
        }
    }
    Ok(())
}
