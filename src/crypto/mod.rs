//! The signature port, and the proof that a check took place.
//!
//! Two makers stand behind it: pure Rust ([`Software`], synchronous, everywhere) and the host's own crypto (WebCrypto, which
//! makes one wait, or `node:crypto`, which does not). HMAC never reaches a maker: its state is prepared in the key. The exception
//! are secrets that a host keeps to itself ([`Key::is_hosted`]), which only reach the host that handed them in.
//!
//! # What a host engine owes
//! - The key's algorithm ([`Key::alg`]) decides everything: hash, padding (PSS with a salt as long as the hash), and the form of
//!   ECDSA signatures, which is r and s side by side and never DER (RFC 7518 section 3.4).
//! - It makes its own handle of a key from [`Key::to_host_jwk`], once, and files it under [`Key::serial`], which names a key for as
//!   long as the process lives. It reads no header and no `alg` member.
//! - It is asked only about signatures of the key's length ([`Key::signature_bytes`]) whose numbers are in range: an RSA signature below the
//!   modulus, r and s of ECDSA from 1 to below the order, an Ed25519 signature with S below the order and a canonical R that is not of
//!   small order. Anything else odd about one is `false`, not an error. An error is for keys the host cannot take.
//! - What it lacks (WebCrypto has no secp256k1) it hands to [`Software`], where that is built in.
//! - RSA signing belongs to the host wherever there is one: the pure-Rust one leaks time (RUSTSEC-2023-0071).
//! - `check` and `sign` may be dropped half-way, as when a request is cancelled; nothing may be left locked then.
//!
//! `tests/README.md` says how an engine is put to the suite that all of them pass.

use crate::error::{Code, Error, Result};
use crate::key::Key;

pub(crate) mod software;

pub use software::Software;

/// Who checks and makes signatures other than HMAC.
#[allow(async_fn_in_trait, reason = "the hosts are single-threaded; no future here needs to be Send")]
pub trait SignatureProvider {
    /// Whether `signature` over `message` is `key`'s, if that can be answered without waiting; `None` if not.
    fn check_now(&self, key: &Key, message: &[u8], signature: &[u8]) -> Option<bool>;

    /// The same, waiting where the host makes one wait.
    ///
    /// # Errors
    /// `ERR_KEY_INVALID` when the host refuses the key.
    async fn check(&self, key: &Key, message: &[u8], signature: &[u8]) -> Result<bool>;

    /// Signs, if that can be done without waiting; `None` if not.
    fn sign_now(&self, key: &Key, message: &[u8]) -> Option<Result<Vec<u8>>>;

    /// The same, waiting where the host makes one wait.
    ///
    /// # Errors
    /// `ERR_SIGNING_FAILED`, `ERR_KEY_INVALID`.
    async fn sign(&self, key: &Key, message: &[u8]) -> Result<Vec<u8>>;
}

/// That a signature was checked and is good. Only this module can make one, so code that skips the check does not compile.
#[derive(Debug)]
pub struct Proof {
    _only_made_here: (),
}

/// Checks a signature without waiting. `None` when the provider can only answer later: call [`prove`] then.
pub fn prove_now(
    provider: &impl SignatureProvider,
    key: &Key,
    message: &[u8],
    signature: &[u8],
) -> Option<Result<Proof>> {
    if !key.can_verify() {
        return Some(Err(Error::new(Code::KeyWrongKind).about("key_ops").expected("verify")));
    }
    // Asked of no engine: some throw where others answer no, and some answer yes.
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
/// `ERR_SIGNATURE_INVALID` when it is not the key's over this message; what the provider raises.
pub async fn prove(provider: &impl SignatureProvider, key: &Key, message: &[u8], signature: &[u8]) -> Result<Proof> {
    match prove_now(provider, key, message, signature) {
        Some(answer) => answer,
        None => verdict(provider.check(key, message, signature).await?),
    }
}

/// Signs without waiting. `None` when the provider can only answer later: call [`sign`] then.
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
/// `ERR_KEY_WRONG_KIND` when the key has no private half; what the provider raises.
pub async fn sign(provider: &impl SignatureProvider, key: &Key, message: &[u8]) -> Result<Vec<u8>> {
    match sign_now(provider, key, message) {
        Some(answer) => answer,
        None => provider.sign(key, message).await,
    }
}

fn verdict(good: bool) -> Result<Proof> {
    if good { Ok(Proof { _only_made_here: () }) } else { Err(Error::new(Code::SignatureInvalid)) }
}
