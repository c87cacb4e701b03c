//! JWS with any payload (RFC 7515, compact serialization): format, header, algorithms and keys are checked as strictly
//! as for a JWT, and the payload is not interpreted.
//!
//! ```
//! use portcullis::{alg::Alg, crypto::Software, key::Key, token::jws};
//!
//! let key = Key::from_secret(Alg::HS256, b"a secret of at least thirty-two bytes")?;
//! let signer = jws::Signer::new(key.clone(), None)?;
//! let token = signer.sign_now(&[0, 159, 146, 150], &Software).expect("HMAC never makes one wait")?;
//!
//! let verifier = jws::Verifier::new(key);
//! let content = verifier.verify_now(&token, &Software).expect("HMAC never makes one wait")?;
//! assert_eq!(content.payload(), [0, 159, 146, 150]);
//! # Ok::<(), portcullis::error::Error>(())
//! ```

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::untrusted::Untrusted;
use super::{Header, verify};
use crate::alg::Alg;
use crate::crypto::{self, Proof, SignatureProvider};
use crate::error::{Code, Error, Result};
use crate::json;
use crate::key::{Key, KeySet};
use crate::limits::MAX_TOKEN_BYTES;

/// Signs bytes with one key. Create it once and reuse it: the encoded header is prepared here.
#[derive(Debug, Clone)]
pub struct Signer {
    key: Key,
    encoded_header: String,
}

/// Verifies compact JWS with a set of keys. The result is not a [`Verified`](super::Verified): issuer, audience and
/// time were not checked, and policies do not accept it.
#[derive(Debug, Clone)]
pub struct Verifier {
    keys: KeySet,
    algorithms: Option<Vec<Alg>>,
    understood_extensions: Vec<String>,
    max_token_bytes: usize,
}

/// The content of a JWS with a verified signature.
#[derive(Debug, Clone)]
pub struct Content {
    header: Header,
    payload: Vec<u8>,
}

impl Signer {
    /// A signer. The header consists of `alg`, the key's `kid`, and `members`, in that order.
    ///
    /// # Errors
    /// `ERR_KEY_WRONG_KIND` if the key cannot sign; `ERR_OPTION_INVALID` if `members` contains a reserved name: `alg`,
    /// `kid` (unless it is the key's), `crit`, `b64`, or a member that contains or references a key.
    pub fn new(key: Key, members: Option<&Map<String, Value>>) -> Result<Self> {
        let encoded_header = encode_header(&key, members)?;
        Ok(Self { key, encoded_header })
    }

    /// A compact JWS with `payload`, if the provider can sign synchronously; `None` otherwise.
    pub fn sign_now(&self, payload: &[u8], provider: &impl SignatureProvider) -> Option<Result<String>> {
        let input = self.signing_input(payload);
        let signature = crypto::sign_now(provider, &self.key, input.as_bytes())?;
        Some(signature.map(|signature| finish(input, &signature)))
    }

    /// A compact JWS with `payload`.
    ///
    /// # Errors
    /// The errors of the provider.
    pub async fn sign(&self, payload: &[u8], provider: &impl SignatureProvider) -> Result<String> {
        let input = self.signing_input(payload);
        let signature = crypto::sign(provider, &self.key, input.as_bytes()).await?;
        Ok(finish(input, &signature))
    }

    fn signing_input(&self, payload: &[u8]) -> String {
        // Capacity for both parts, the dots and the longest signature except that of RSA.
        let room = self.encoded_header.len() + payload.len().div_ceil(3) * 4 + 180;
        let mut input = String::with_capacity(room);
        input.push_str(&self.encoded_header);
        input.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut input);
        input
    }
}

fn finish(mut input: String, signature: &[u8]) -> String {
    input.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut input);
    input
}

impl Verifier {
    /// A verifier that accepts the algorithms of its keys.
    pub fn new(keys: impl Into<KeySet>) -> Self {
        Self {
            keys: keys.into(),
            algorithms: None,
            understood_extensions: Vec::new(),
            max_token_bytes: MAX_TOKEN_BYTES,
        }
    }

    /// Accepts only these algorithms.
    #[must_use]
    pub fn algorithms(mut self, algorithms: Vec<Alg>) -> Self {
        self.algorithms = Some(algorithms);
        self
    }

    /// Header extensions that the caller processes (`crit`, RFC 7515 section 4.1.11).
    #[must_use]
    pub fn understanding(mut self, extensions: Vec<String>) -> Self {
        self.understood_extensions = extensions;
        self
    }

    /// Another length limit, in bytes of the token.
    #[must_use]
    pub fn max_token_bytes(mut self, max: usize) -> Self {
        self.max_token_bytes = max;
        self
    }

    /// The bytes, if the signature is valid and the provider can check it synchronously; `None` otherwise.
    pub fn verify_now(&self, token: &str, provider: &impl SignatureProvider) -> Option<Result<Content>> {
        let (untrusted, key) = match self.admit(token) {
            Ok(admitted) => admitted,
            Err(error) => return Some(Err(error)),
        };
        let proof = crypto::prove_now(provider, key, untrusted.signing_input(), untrusted.signature())?;
        Some(proof.map(|proof| Content::new(untrusted, proof)))
    }

    /// The bytes, if the signature is valid.
    ///
    /// # Errors
    /// The first failing check: format, header, allowed algorithms, key, signature.
    pub async fn verify(&self, token: &str, provider: &impl SignatureProvider) -> Result<Content> {
        let (untrusted, key) = self.admit(token)?;
        let proof = crypto::prove(provider, key, untrusted.signing_input(), untrusted.signature()).await?;
        Ok(Content::new(untrusted, proof))
    }

    fn admit<'t>(&self, token: &'t str) -> Result<(Untrusted<'t>, &Key)> {
        let untrusted = Untrusted::parse_with(token, self.max_token_bytes, &self.understood_extensions, None)?;
        let key = verify::admit(&untrusted, &self.keys, self.algorithms.as_deref())?;
        Ok((untrusted, key))
    }
}

impl Content {
    fn new(untrusted: Untrusted<'_>, _proof: Proof) -> Self {
        let (header, payload) = untrusted.into_parts();
        Self { header, payload }
    }

    /// The header, which the signature covers.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The bytes.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Header and bytes, by value.
    pub fn into_parts(self) -> (Header, Vec<u8>) {
        (self.header, self.payload)
    }
}

/// Members that a caller cannot set: those that the key determines, those that a verifier would have to process, and
/// those that contain a key or its URL.
const NOT_THE_CALLERS: [&str; 7] = ["alg", "crit", "b64", "jku", "jwk", "x5u", "x5c"];

fn encode_header(key: &Key, members: Option<&Map<String, Value>>) -> Result<String> {
    if !key.can_sign() {
        return Err(Error::new(Code::KeyWrongKind).about("key").expected("a private key").actual("a public key"));
    }
    let mut header = format!("{{\"alg\":\"{}\"", key.alg().name());
    let mut put = |name: &str, value: &Value| {
        for text in [",", &json::text(name), ":", &json::text(value)] {
            header.push_str(text);
        }
    };
    for (name, value) in members.into_iter().flatten() {
        check_member(key, name, value)?;
        if name != "kid" {
            put(name, value);
        }
    }
    if let Some(kid) = key.kid() {
        put("kid", &kid.into());
    } else if let Some(kid) = members.and_then(|members| members.get("kid")) {
        put("kid", kid);
    }
    header.push('}');
    Ok(URL_SAFE_NO_PAD.encode(header))
}

fn check_member(key: &Key, name: &str, value: &Value) -> Result<()> {
    let refused =
        |expected: &str| Err(Error::new(Code::OptionInvalid).about(format!("header.{name}")).expected(expected));
    if NOT_THE_CALLERS.contains(&name) {
        return refused("a member that is not the library's to set");
    }
    if matches!(name, "typ" | "cty" | "kid") && !value.is_string() {
        return refused("a string");
    }
    if name == "kid" && key.kid().is_some_and(|kid| value.as_str() != Some(kid)) {
        return refused("the key's own kid");
    }
    Ok(())
}
