//! Keys: each key has one algorithm, fixed at import (RFC 8725 section 3.1). A token's `alg` only selects among keys;
//! it never decides how a key is used.
//!
//! Import is the same in every build. The only difference: without the `software` feature, a build cannot derive the
//! public key of a private key file that does not include it (`ERR_KEY_INCOMPLETE`; Ed25519 in PKCS#8 is such a file).
//! The host can do that and pass a JWK.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::alg::hmac::PreparedHmac;
use crate::alg::{Alg, Family, ecdsa, eddsa, rsa};
use crate::error::{Code, Error, Result};
use crate::time::UnixMillis;

mod der;
mod export;
mod generate;
mod hosted;
mod jwk;
mod material;
mod pem;
pub mod remote;
pub mod rotation;
mod secret;
mod set;

pub use hosted::HostKey;
pub(crate) use material::Material;
pub use secret::is_key_text;
pub use set::KeySet;

#[cfg(feature = "software")]
use crate::{alg::engine::Engine, crypto::software};
#[cfg(feature = "software")]
use std::sync::OnceLock;

/// An imported key. Cheap to clone. Its secret parts are wiped when the last clone is dropped, and are never printed.
#[derive(Clone)]
pub struct Key {
    core: Arc<Core>,
    kid: Option<Arc<str>>,
    trusted_until: Option<UnixMillis>,
    /// From a set that someone else publishes. Only its publisher can keep its key ids unique.
    published: bool,
}

struct Core {
    alg: Alg,
    serial: u32,
    material: Material,
    uses: Uses,
    hmac: Option<PreparedHmac>,
    #[cfg(feature = "software")]
    engine: OnceLock<Option<Box<dyn Engine>>>,
}

/// The operations that a key can be used for: those of its kind, restricted by its `key_ops` (RFC 7517 section 4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Uses {
    pub(crate) sign: bool,
    pub(crate) verify: bool,
}

impl Uses {
    pub(crate) const ANY: Self = Self { sign: true, verify: true };
}

impl Key {
    /// The same key with a key id (`kid`, RFC 7515 section 4.1.4).
    #[must_use]
    pub fn with_kid(self, kid: impl AsRef<str>) -> Self {
        Self { kid: Some(kid.as_ref().into()), ..self }
    }

    /// The same key with a time from which verifiers no longer trust it.
    #[must_use]
    pub fn trusted_until(self, end: UnixMillis) -> Self {
        Self { trusted_until: Some(end), ..self }
    }

    /// The same key, marked as part of a set that someone else publishes.
    pub(crate) fn published(self) -> Self {
        Self { published: true, ..self }
    }

    /// Whether it is from a set that someone else publishes.
    pub(crate) fn is_published(&self) -> bool {
        self.published
    }

    /// The time from which no verifier trusts it, if there is one.
    pub fn end(&self) -> Option<UnixMillis> {
        self.trusted_until
    }

    /// Whether a verifier may trust it at the time `now`.
    pub fn is_trusted_at(&self, now: UnixMillis) -> bool {
        self.trusted_until.is_none_or(|end| now < end)
    }

    /// The public key with the same key id: it verifies signatures but cannot create them. `None` for a secret, which
    /// has no public key, and for a key whose numbers only the host has.
    pub fn public(&self) -> Option<Self> {
        let material = self.core.material.public()?;
        let core = Arc::new(Core::new(self.core.alg, material, Uses::ANY));
        Some(Self { core, kid: self.kid.clone(), trusted_until: self.trusted_until, published: self.published })
    }

    /// The algorithm this key is for.
    pub fn alg(&self) -> Alg {
        self.core.alg
    }

    /// The key id.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// A number that is unique among the imported keys of this process. Host engines store their own handle under it.
    /// Clones have the same number.
    pub fn serial(&self) -> u32 {
        self.core.serial
    }

    /// The length of this key's signatures in bytes; a text of any other length is not a signature (RFC 7518 section
    /// 3.4, RFC 8017 section 8).
    pub fn signature_bytes(&self) -> usize {
        match (self.alg().row().signature_bytes, &self.core.material) {
            (None, Material::Rsa(key)) => key.n.len(),
            (None, Material::Hosted(key)) => key.bits.div_ceil(8),
            (fixed, _) => fixed.unwrap_or_default(),
        }
    }

    /// Whether these bytes can be a signature of this key: checks their length and the range of their numbers (RFC 8017
    /// section 5.2.2, SEC 1 section 4.1.4, RFC 8032 section 5.1.7). This is checked here because engines differ about
    /// numbers out of range.
    pub(crate) fn can_have_made(&self, signature: &[u8]) -> bool {
        signature.len() == self.signature_bytes()
            && match (self.alg().family(), &self.core.material) {
                (Family::Ed25519, _) => eddsa::is_sound_signature(signature),
                (Family::Ecdsa(curve), _) => ecdsa::is_sound_signature(curve, signature),
                (Family::RsaPkcs1 | Family::RsaPss, Material::Rsa(key)) => rsa::is_sound_signature(key, signature),
                // For a modulus that only the host has, only the length is known here.
                _ => true,
            }
    }

    /// Whether this key can sign: it is a secret or a private key, and its `key_ops` allow it.
    pub fn can_sign(&self) -> bool {
        self.core.uses.sign && self.core.material.can_sign()
    }

    /// Whether this key can verify signatures: its `key_ops` allow it.
    pub fn can_verify(&self) -> bool {
        self.core.uses.verify
    }

    /// Whether anyone who can verify this key's signatures can also create them: it is a shared secret.
    pub fn is_symmetric(&self) -> bool {
        self.core.alg.family() == Family::Hmac
    }

    /// Whether it contains a secret or a private key.
    pub fn holds_secrets(&self) -> bool {
        self.core.material.can_sign()
    }

    pub(crate) fn hmac(&self) -> Option<&PreparedHmac> {
        self.core.hmac.as_ref()
    }

    pub(crate) fn material(&self) -> &Material {
        &self.core.material
    }

    /// The key in the form that the pure-Rust engine uses, parsed at first use. `None` for HMAC.
    #[cfg(feature = "software")]
    pub(crate) fn engine(&self) -> Option<&dyn Engine> {
        let prepare = || software::prepare(self.core.alg, &self.core.material).ok().flatten();
        self.core.engine.get_or_init(prepare).as_deref()
    }

    /// Assigns an algorithm to validated material.
    pub(crate) fn assemble(alg: Alg, kid: Option<&str>, material: Material, uses: Uses) -> Result<Self> {
        if !material.fits(alg) {
            return Err(Error::new(Code::KeyWrongKind)
                .about("key")
                .expected(format!("a key for {alg}"))
                .actual(material.describe()));
        }
        // A private key is tested at import, so a private key that does not match its public key never signs anything.
        #[cfg(feature = "software")]
        let tried = if material.can_sign() { software::prepare(alg, &material)? } else { None };
        let core = Core::new(alg, material, uses);
        #[cfg(feature = "software")]
        if tried.is_some() {
            let _ = core.engine.set(tried);
        }
        Ok(Self { core: Arc::new(core), kid: kid.map(Arc::from), trusted_until: None, published: false })
    }
}

impl Core {
    fn new(alg: Alg, material: Material, uses: Uses) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let hmac = match &material {
            Material::Secret(secret) => Some(PreparedHmac::new(alg.hash(), secret)),
            _ => None,
        };
        Self {
            alg,
            serial: NEXT.fetch_add(1, Ordering::Relaxed),
            material,
            uses,
            hmac,
            #[cfg(feature = "software")]
            engine: OnceLock::new(),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("alg", &self.alg().name()).field("kid", &self.kid()).finish_non_exhaustive()
    }
}
