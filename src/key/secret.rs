//! Shared secrets, and the texts that must not become one.
//!
//! A verifier that takes the text of a public key for an HMAC secret lets everybody sign (CVE-2015-9235 and its many returns).
//! Here a key's kind is fixed at import, so the confusion has one door left: handing such text to the import. It is shut too.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use zeroize::Zeroizing;

use super::{Key, Material, Uses, der};
use crate::alg::{Alg, Family};
use crate::error::{Code, Error, Result};
use crate::json;

impl Key {
    /// A shared secret for HS256, HS384 or HS512.
    ///
    /// # Errors
    /// `ERR_KEY_WRONG_KIND` when `alg` is no HMAC algorithm; `ERR_KEY_WEAK` when the secret is shorter than the hash
    /// (RFC 7518 section 3.2) or is the text of a key.
    pub fn from_secret(alg: Alg, secret: &[u8]) -> Result<Self> {
        check_length(alg, secret)?;
        Self::from_weak_secret(alg, secret)
    }

    /// A shared secret of any length but zero, for tokens of systems whose secret cannot be changed yet. A short secret is found
    /// by trying: whoever holds one token can test guesses offline. Use [`Key::from_secret`] wherever there is a choice.
    ///
    /// # Errors
    /// `ERR_KEY_WRONG_KIND` when `alg` is no HMAC algorithm; `ERR_KEY_WEAK` when the secret is empty or is the text of a key.
    pub fn from_weak_secret(alg: Alg, secret: &[u8]) -> Result<Self> {
        if alg.family() != Family::Hmac {
            return Err(Error::new(Code::KeyWrongKind)
                .about("key")
                .expected(format!("a key for {alg}"))
                .actual("a secret"));
        }
        if secret.is_empty() {
            return Err(Error::new(Code::KeyWeak).about("key").expected("a secret").actual("nothing"));
        }
        if let Some(text) = key_text(secret) {
            return Err(Error::new(Code::KeyWeak).about("key").expected("random bytes as a secret").actual(text));
        }
        Self::assemble(alg, None, Material::Secret(Zeroizing::new(secret.to_vec())), Uses::ANY)
    }
}

/// Refuses secrets shorter than the hash, which is where guessing the secret becomes cheaper than forging a tag.
pub(super) fn check_length(alg: Alg, secret: &[u8]) -> Result<()> {
    let least = alg.hash().bytes();
    if alg.family() == Family::Hmac && secret.len() < least {
        return Err(Error::new(Code::KeyWeak)
            .about("key")
            .expected(format!("at least {least} bytes for {alg}"))
            .actual(format!("{} bytes", secret.len())));
    }
    Ok(())
}

/// What kind of key `secret` is the text of, if it is one. Looks through byte-order marks, UTF-16, and anything that stands in
/// front, which is how earlier detections were passed by.
fn key_text(secret: &[u8]) -> Option<&'static str> {
    if der::is_key(secret) {
        return Some("a DER key");
    }
    let ascii: Zeroizing<Vec<u8>> = Zeroizing::new(secret.iter().copied().filter(u8::is_ascii).collect());
    let text: Zeroizing<String> =
        Zeroizing::new(ascii.iter().filter(|&&byte| byte != 0).map(|&byte| char::from(byte)).collect());
    let has = |mark: &str| text.contains(mark);
    if has("-----BEGIN") || has("---- BEGIN") {
        return Some("the text of a PEM key");
    }
    if SSH_MARKS.iter().any(|mark| has(mark)) {
        return Some("the text of an SSH key");
    }
    if is_jwk(&text) {
        return Some("the text of a JWK");
    }
    is_bare_base64_key(&text).then_some("the base64 body of a PEM key")
}

/// How OpenSSH key lines begin, and how their base64 does, which gives them away behind options or without the name.
const SSH_MARKS: [&str; 9] = [
    "ssh-rsa ",
    "ssh-dss ",
    "ssh-ed25519 ",
    "ecdsa-sha2-",
    "@openssh.com ",
    "AAAAB3NzaC1",
    "AAAAC3NzaC1lZDI1NTE5",
    "AAAAE2VjZHNhLXNoYTIt",
    "b3BlbnNzaC1rZXktdjE",
];

fn is_jwk(text: &str) -> bool {
    let Some(start) = text.find(['{', '[']) else { return false };
    let object = text[start..].trim_matches(|c: char| c.is_whitespace() || matches!(c, '[' | ']'));
    let parsed = json::parse_object(object.as_bytes());
    parsed.is_ok_and(|members| members.contains_key("kty") || members.contains_key("keys")) || text.contains("\"kty\"")
}

fn is_bare_base64_key(text: &str) -> bool {
    let body: Zeroizing<String> = Zeroizing::new(text.chars().filter(|c| !c.is_whitespace()).collect());
    [STANDARD, STANDARD_NO_PAD].iter().any(|base64| base64.decode(&*body).is_ok_and(|bytes| der::is_key(&bytes)))
}
