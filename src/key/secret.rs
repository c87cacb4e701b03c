//! Shared secrets, and texts that must not be used as secrets.
//!
//! If a verifier accepts the text of a public key as an HMAC secret, anyone can sign (CVE-2015-9235 and later
//! variants). Here, a key's kind is fixed at import, so the only remaining risk is that such text is imported as a
//! secret. The import rejects it.

use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine, alphabet};
use zeroize::Zeroizing;

use super::{Key, Material, Uses, der};
use crate::alg::{Alg, Family};
use crate::error::{Code, Error, Result};
use crate::json;
use crate::limits::MAX_SECRET_BYTES;

impl Key {
    /// A shared secret for HS256, HS384 or HS512.
    ///
    /// # Errors
    /// `ERR_KEY_WRONG_KIND` if `alg` is not an HMAC algorithm; `ERR_KEY_WEAK` if the secret is shorter than the hash
    /// (RFC 7518 section 3.2) or is the text of a key.
    pub fn from_secret(alg: Alg, secret: &[u8]) -> Result<Self> {
        check_length(alg, secret)?;
        Self::from_weak_secret(alg, secret)
    }

    /// A shared secret of any length except zero, for tokens of systems whose secret cannot be changed yet. A short
    /// secret can be brute-forced: anyone with one token can test guesses offline. Use [`Key::from_secret`] if you can.
    ///
    /// # Errors
    /// `ERR_KEY_INVALID` if it is longer than [`MAX_SECRET_BYTES`]; `ERR_KEY_WRONG_KIND` if `alg` is not an HMAC
    /// algorithm; `ERR_KEY_WEAK` if the secret is empty or is the text of a key.
    pub fn from_weak_secret(alg: Alg, secret: &[u8]) -> Result<Self> {
        if secret.len() > MAX_SECRET_BYTES {
            return Err(Error::new(Code::KeyInvalid)
                .about("secret")
                .expected(format!("at most {MAX_SECRET_BYTES} bytes")));
        }
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

/// Rejects secrets shorter than the hash: below that length, guessing the secret is easier than forging a tag.
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

/// Whether these bytes are the text of a key, in any form that [`Key::from_secret`] rejects: for callers with their own
/// rules for secrets.
pub fn is_key_text(secret: &[u8]) -> bool {
    key_text(secret).is_some()
}

/// The number of nested encodings that are removed: a base64-encoded PEM in a quoted string has three.
const MAX_LAYERS: usize = 4;

/// The kind of key that `secret` is the text of, if any. Detects it behind byte-order marks, UTF-16, white space,
/// quotes and escapes, hex and both base64 alphabets, also nested, and after any prefix. Each of these has bypassed a
/// detector before.
fn key_text(secret: &[u8]) -> Option<&'static str> {
    look_through(secret, MAX_LAYERS)
}

fn look_through(bytes: &[u8], layers: usize) -> Option<&'static str> {
    if der::is_key(bytes) || der::is_key(bytes.trim_ascii()) {
        return Some("a DER key");
    }
    if SSH_BLOBS.iter().any(|start| bytes.trim_ascii().starts_with(start)) {
        return Some("an SSH key");
    }
    let text: Zeroizing<String> = Zeroizing::new(
        bytes.iter().filter(|byte| byte.is_ascii() && **byte != 0).map(|&byte| char::from(byte)).collect(),
    );
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
    if layers == 0 {
        return None;
    }
    let plain = Zeroizing::new(without_escapes(&text));
    if *plain != *text {
        return look_through(plain.as_bytes(), layers - 1);
    }
    let body: Zeroizing<String> = Zeroizing::new(text.chars().filter(|c| !is_wrapping(*c)).collect());
    let decoded = [from_hex(&body), from_base64(&body)];
    decoded
        .into_iter()
        .flatten()
        .find_map(|inner| look_through(&inner, layers - 1))
        .map(|_| "the text of a key in another encoding")
}

/// The first characters of OpenSSH key lines, and of their base64, which identifies them after options or without the
/// name.
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

/// The same, decoded from base64 (RFC 4253 section 6.6).
const SSH_BLOBS: [&[u8]; 5] =
    [b"\0\0\0\x07ssh-", b"\0\0\0\x0bssh-", b"\0\0\0\x13ecdsa-sha2-", b"\0\0\0\x1ask-ssh-", b"openssh-key-v1\0"];

fn is_jwk(text: &str) -> bool {
    let Some(start) = text.find(['{', '[']) else { return false };
    let object = text[start..].trim_matches(|c: char| is_wrapping(c) || matches!(c, '[' | ']'));
    let parsed = json::parse_object(object.as_bytes());
    parsed.is_ok_and(|members| members.contains_key("kty") || members.contains_key("keys")) || text.contains("\"kty\"")
}

/// Characters around a key or between its lines that are not part of it.
fn is_wrapping(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | ';')
}

/// The text with one level of backslash escapes removed, as in settings files and JSON strings.
fn without_escapes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => match rest.next() {
                Some('n' | 'r' | 't') => plain.push('\n'),
                Some(other) => plain.push(other),
                None => {}
            },
            other => plain.push(other),
        }
    }
    plain
}

/// Hex, optionally with the prefix `0x` and with colons.
fn from_hex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let digits: Zeroizing<Vec<u8>> =
        Zeroizing::new(text.trim_start_matches("0x").bytes().filter(|byte| *byte != b':').collect());
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes = digits.chunks(2).map(|pair| match pair {
        [high, low] => Some(value(*high)? << 4 | value(*low)?),
        _ => None,
    });
    bytes.collect::<Option<Vec<u8>>>().filter(|bytes| !bytes.is_empty()).map(Zeroizing::new)
}

/// Base64 in either alphabet, with or without padding.
fn from_base64(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let standard: Zeroizing<String> = Zeroizing::new(text.trim_end_matches('=').replace('-', "+").replace('_', "/"));
    LENIENT.decode(&*standard).ok().filter(|bytes| !bytes.is_empty()).map(Zeroizing::new)
}

/// Incorrect padding or trailing bits must not bypass the detection.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);
