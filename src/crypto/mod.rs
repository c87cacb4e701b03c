//! The signature port, and the proof that a signature was checked.
//!
//! It has two implementations: pure Rust ([`Software`], synchronous, available everywhere) and the host's crypto
//! (WebCrypto, which is asynchronous, or `node:crypto`, which is synchronous). HMAC does not use the port, because its
//! state is prepared in the key. The exception is a secret that only the host holds ([`Key::is_hosted`]); it is used
//! only by the host that supplied it.
//!
//! # Requirements for a host engine
//! - The key's algorithm ([`Key::alg`]) determines everything: hash, padding (PSS with a salt as long as the hash), and
//!   the form of ECDSA signatures, which is the concatenation of r and s, never DER (RFC 7518 section 3.4).
//! - The engine imports a key once from [`Key::to_host_jwk`] and stores its handle under [`Key::serial`], which is
//!   unique for the lifetime of the process. It reads no header and no `alg` member.
//! - It receives only signatures of the key's length ([`Key::signature_bytes`]) whose numbers are in range: an RSA
//!   signature below the modulus, r and s of ECDSA from 1 to below the order, an Ed25519 signature with S below the
//!   order and a canonical R that is not of small order. For any other invalid signature it returns `false`, not an
//!   error. An error is only for keys that the host cannot use.
//! - For algorithms that the host lacks (WebCrypto has no secp256k1), it uses [`Software`] if that is built in.
//! - RSA signing uses the host wherever possible: the pure-Rust implementation has timing leaks.
//! - `check` and `sign` can be dropped before they complete, for example when a request is canceled; they must not
//!   leave anything locked.
//!
//! `tests/README.md` explains how to run the common test suite on an engine.

use crate::error::{Code, Error, Result};
use crate::key::Key;

pub(crate) mod software;

pub use software::Software;

/// Checks and creates all signatures except HMAC.
#[allow(async_fn_in_trait, reason = "the hosts are single-threaded; no future here needs to be Send")]
pub trait SignatureProvider {
    /// Whether `signature` over `message` was made with `key`; `None` if this cannot be answered synchronously.
    fn check_now(&self, key: &Key, message: &[u8], signature: &[u8]) -> Option<bool>;

    /// The same, asynchronously.
    ///
    /// # Errors
    /// `ERR_KEY_INVALID` if the host rejects the key.
    async fn check(&self, key: &Key, message: &[u8], signature: &[u8]) -> Result<bool>;

    /// Signs synchronously; `None` if this is not possible.
    fn sign_now(&self, key: &Key, message: &[u8]) -> Option<Result<Vec<u8>>>;

    /// The same, asynchronously.
    ///
    /// # Errors
    /// `ERR_SIGNING_FAILED`, `ERR_KEY_INVALID`.
    async fn sign(&self, key: &Key, message: &[u8]) -> Result<Vec<u8>>;
}

/// Proof that a signature was checked and is valid. Only this module can create it, so code that skips the check does
/// not compile.
#[derive(Debug)]
pub struct Proof {
    _only_made_here: (),
}

/// Checks a signature synchronously. `None` if the provider can only answer asynchronously: call [`prove`] then.
pub fn prove_now(
    provider: &impl SignatureProvider,
    key: &Key,
    message: &[u8],
    signature: &[u8],
) -> Option<Result<Proof>> {
    if !key.can_verify() {
        return Some(Err(Error::new(Code::KeyWrongKind).about("key_ops").expected("verify")));
    }
    // Such signatures are not passed to an engine: some throw, some return `false`, and some return `true`.
    if !key.can_have_made(signature) {
        return Some(verdict(false));
    }
    let good = match key.hmac() {
        Some(hmac) => hmac.verify(message, signature),
        None => provider.check_now(key, message, signature)?,
    };
    Some(verdict(good))
}

/// Checks a signature.
///
/// # Errors
/// `ERR_SIGNATURE_INVALID` if the key did not make it over this message; errors of the provider.
pub async fn prove(provider: &impl SignatureProvider, key: &Key, message: &[u8], signature: &[u8]) -> Result<Proof> {
    match prove_now(provider, key, message, signature) {
        Some(answer) => answer,
        None => verdict(provider.check(key, message, signature).await?),
    }
}

/// Signs synchronously. `None` if the provider can only answer asynchronously: call [`sign`] then.
pub fn sign_now(provider: &impl SignatureProvider, key: &Key, message: &[u8]) -> Option<Result<Vec<u8>>> {
    if !key.can_sign() {
        return Some(Err(Error::new(Code::KeyWrongKind).about("key").expected("a private key").actual("a public key")));
    }
    match key.hmac() {
        Some(hmac) => Some(Ok(hmac.tag(message).as_bytes().to_vec())),
        None => provider.sign_now(key, message),
    }
}

/// Signs.
///
/// # Errors
/// `ERR_KEY_WRONG_KIND` if the key has no private half; errors of the provider.
pub async fn sign(provider: &impl SignatureProvider, key: &Key, message: &[u8]) -> Result<Vec<u8>> {
    match sign_now(provider, key, message) {
        Some(answer) => answer,
        None => provider.sign(key, message).await,
    }
}

fn verdict(good: bool) -> Result<Proof> {
    if good { Ok(Proof { _only_made_here: () }) } else { Err(Error::new(Code::SignatureInvalid)) }
}
