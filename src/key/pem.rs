//! Key files in PEM (RFC 7468): `PUBLIC KEY`, `PRIVATE KEY`, `RSA PUBLIC KEY`, `RSA PRIVATE KEY`, `EC PRIVATE KEY`, `CERTIFICATE`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::{Key, Uses, der, jwk};
use crate::alg::Alg;
use crate::error::{Code, Error, Result};
use crate::limits::MAX_PEM_BYTES;

impl Key {
    /// Imports a key from PEM. Elliptic-curve and Ed25519 keys have one algorithm each, so `alg` can be omitted for
    /// them; an RSA key requires it.
    ///
    /// From a certificate, only the public key is used. Everything else is ignored, including its dates and its
    /// signature: the caller decides to trust the file.
    ///
    /// # Errors
    /// `ERR_KEY_INVALID` if it cannot be read, `ERR_KEY_WEAK`, `ERR_KEY_WRONG_KIND` if it does not match `alg`, is
    /// encrypted or is of a kind that signs no tokens, `ERR_KEY_INCOMPLETE` (see the module), `ERR_OPTION_INVALID` if
    /// `alg` is missing.
    pub fn from_pem(pem: &str, alg: Option<Alg>) -> Result<Self> {
        let (label, der) = the_one_block(pem)?;
        let read = match label {
            "PUBLIC KEY" => der::spki(&der),
            "PRIVATE KEY" => der::pkcs8(&der),
            "RSA PUBLIC KEY" => der::pkcs1_public(&der),
            "RSA PRIVATE KEY" => der::pkcs1_private(&der),
            "EC PRIVATE KEY" => der::sec1_private(&der, None),
            "CERTIFICATE" | "X509 CERTIFICATE" => der::certificate(&der),
            "ENCRYPTED PRIVATE KEY" => {
                return Err(wrong_kind("an encrypted private key"));
            }
            "OPENSSH PRIVATE KEY" | "DSA PRIVATE KEY" | "CERTIFICATE REQUEST" => {
                return Err(wrong_kind(format!("a PEM file of type {label}")));
            }
            _ => return Err(wrong_kind("a PEM file of another type")),
        }?;
        let alg = jwk::settle_alg(None, alg, &read.material)?;
        read.check_alg(alg)?;
        Self::assemble(alg, None, read.material, Uses::ANY)
    }
}

fn wrong_kind(actual: impl Into<String>) -> Error {
    Error::new(Code::KeyWrongKind).about("PEM").expected("an unencrypted key or a certificate").actual(actual)
}

fn unreadable(expected: &'static str) -> Error {
    Error::new(Code::KeyInvalid).about("PEM").expected(expected)
}

/// The label and content of the only key in `pem`. Text around the block is allowed (RFC 7468 section 2), and so is an
/// `EC PARAMETERS` block, which openssl writes before the key. Two keys are ambiguous and rejected.
fn the_one_block(pem: &str) -> Result<(&str, Zeroizing<Vec<u8>>)> {
    if pem.len() > MAX_PEM_BYTES {
        return Err(unreadable("a shorter file"));
    }
    let mut found = None;
    let mut rest = pem;
    while let Some(block) = next_block(rest)? {
        rest = block.after;
        if block.label == "EC PARAMETERS" {
            continue;
        }
        if found.replace((block.label, block.body)).is_some() {
            return Err(unreadable("one key"));
        }
    }
    let (label, body) = found.ok_or_else(|| unreadable("a BEGIN line"))?;
    Ok((label, decode(body)?))
}

struct Block<'p> {
    label: &'p str,
    body: &'p str,
    after: &'p str,
}

fn next_block(text: &str) -> Result<Option<Block<'_>>> {
    const DASHES: &str = "-----";
    let Some((_, from_label)) = text.split_once("-----BEGIN ") else { return Ok(None) };
    let (label, from_body) = from_label.split_once(DASHES).ok_or_else(|| unreadable("a whole BEGIN line"))?;
    let (body, from_end) = from_body.split_once("-----END ").ok_or_else(|| unreadable("an END line"))?;
    let after = from_end.strip_prefix(label).and_then(|end| end.strip_prefix(DASHES));
    let after = after.ok_or_else(|| unreadable("an END line that matches the BEGIN line"))?;
    Ok(Some(Block { label, body, after }))
}

/// Line breaks are allowed anywhere, because tools wrap and indent files in different ways.
fn decode(body: &str) -> Result<Zeroizing<Vec<u8>>> {
    if body.contains("ENCRYPTED") {
        return Err(wrong_kind("an encrypted private key"));
    }
    let body: Zeroizing<String> = Zeroizing::new(body.chars().filter(|c| !c.is_ascii_whitespace()).collect());
    STANDARD.decode(&*body).map(Zeroizing::new).map_err(|_| unreadable("base64 between BEGIN and END"))
}
