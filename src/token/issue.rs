//! Issuing: claims and a key to a compact JWS.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::json;

use crate::crypto::{self, SignatureProvider};
use crate::error::{Code, Error, Result};
use crate::key::Key;

/// Signs claims with one key under one type. Build once, use often: the encoded header is made here.
#[derive(Debug, Clone)]
pub struct Signer {
    key: Key,
    encoded_header: String,
}

impl Signer {
    /// A signer whose tokens carry `typ` (`JWT`, `at+jwt`, `rt+jwt`) and the key's `kid`.
    ///
    /// # Errors
    /// `ERR_KEY_WRONG_KIND` when the key cannot sign.
    pub fn new(key: Key, typ: &str) -> Result<Self> {
        if !key.can_sign() {
            return Err(Error::new(Code::KeyWrongKind).about("key").expected("a private key").actual("a public key"));
        }
        let header = match key.kid() {
            Some(kid) => json!({ "alg": key.alg().name(), "typ": typ, "kid": kid }),
            None => json!({ "alg": key.alg().name(), "typ": typ }),
        };
        let encoded_header = URL_SAFE_NO_PAD.encode(header.to_string());
        Ok(Self { key, encoded_header })
    }

    /// A token over `claims`, if the provider can sign without waiting; `None` if not.
    pub fn sign_now(&self, claims: &impl Serialize, provider: &impl SignatureProvider) -> Option<Result<String>> {
        let input = match self.signing_input(claims) {
            Ok(input) => input,
            Err(error) => return Some(Err(error)),
        };
        let signature = crypto::sign_now(provider, &self.key, input.as_bytes())?;
        Some(signature.map(|signature| finish(input, &signature)))
    }

    /// A token over `claims`.
    ///
    /// # Errors
    /// `ERR_CLAIMS_INVALID` when the claims do not serialize to JSON; what the provider raises.
    pub async fn sign(&self, claims: &impl Serialize, provider: &impl SignatureProvider) -> Result<String> {
        let input = self.signing_input(claims)?;
        let signature = crypto::sign(provider, &self.key, input.as_bytes()).await?;
        Ok(finish(input, &signature))
    }

    fn signing_input(&self, claims: &impl Serialize) -> Result<String> {
        let claims = serde_json::to_vec(claims).map_err(|_| Error::new(Code::ClaimsInvalid))?;
        let mut input = String::with_capacity(self.encoded_header.len() + 1 + claims.len() * 4 / 3 + 64);
        input.push_str(&self.encoded_header);
        input.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut input);
        Ok(input)
    }
}

fn finish(mut input: String, signature: &[u8]) -> String {
    input.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut input);
    input
}
