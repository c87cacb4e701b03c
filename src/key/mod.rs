//! Keys: one key, one algorithm, fixed when the key is imported (RFC 8725 section 3.1). A token's `alg` only ever selects among
//! keys; it never chooses how a key is used.
//!
//! Import is the same in every build. What a build without the `software` feature cannot do is work out the public half of a
//! private key file that lacks it (`ERR_KEY_INCOMPLETE`; Ed25519 in PKCS#8 is such a file): its host can, and hands over a JWK.

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

/// A key, ready to use. Cheap to clone; its secret parts are wiped when the last clone goes, and are never printed.
#[derive(Clone)]
pub struct Key {
    core: Arc<Core>,
    kid: Option<Arc<str>>,
    trusted_until: Option<UnixMillis>,
    /// From a set that somebody else publishes, who alone can keep its names apart.
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

/// What a key may be used for: what its kind allows, less what its `key_ops` leave out (RFC 7517 section 4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Uses {
    pub(crate) sign: bool,
    pub(crate) verify: bool,
}

impl Uses {
    pub(crate) const ANY: Self = Self { sign: true, verify: true };
}

impl Key {
    /// The same key under a name (`kid`, RFC 7515 section 4.1.4).
    #[must_use]
    pub fn with_kid(self, kid: impl AsRef<str>) -> Self {
        Self { kid: Some(kid.as_ref().into()), ..self }
    }

    /// The same key, which no verifier trusts from this moment on.
    #[must_use]
    pub fn trusted_until(self, end: UnixMillis) -> Self {
        Self { trusted_until: Some(end), ..self }
    }

    /// The same key, known to come from a set that somebody else publishes.
    pub(crate) fn published(self) -> Self {
        Self { published: true, ..self }
    }

    /// Whether it comes from a set that somebody else publishes.
    pub(crate) fn is_published(&self) -> bool {
        self.published
    }

    /// The moment from which no verifier trusts it, if there is one.
    pub fn end(&self) -> Option<UnixMillis> {
        self.trusted_until
    }

    /// Whether a verifier may still trust it at the moment `now`.
    pub fn is_trusted_at(&self, now: UnixMillis) -> bool {
        self.trusted_until.is_none_or(|end| now < end)
    }

    /// The public half under the same name: checks signatures, cannot make them. `None` for a secret, which has no such half, and
    /// for a key whose numbers the host keeps.
    pub fn public(&self) -> Option<Self> {
        let material = self.core.material.public()?;
        let core = Arc::new(Core::new(self.core.alg, material, Uses::ANY));
        Some(Self { core, kid: self.kid.clone(), trusted_until: self.trusted_until, published: self.published })
    }

    /// The algorithm this key is for.
    pub fn alg(&self) -> Alg {
        self.core.alg
    }

    /// The key's name.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// A number no other imported key of this process has: what a host engine files its own handle under. Clones share it.
    pub fn serial(&self) -> u32 {
        self.core.serial
    }

    /// Length of this key's signatures in bytes; any other length is no signature of it (RFC 7518 section 3.4, RFC 8017 section 8).
    pub fn signature_bytes(&self) -> usize {
        match (self.alg().row().signature_bytes, &self.core.material) {
            (None, Material::Rsa(key)) => key.n.len(),
            (None, Material::Hosted(key)) => key.bits.div_ceil(8),
            (fixed, _) => fixed.unwrap_or_default(),
        }
    }

    /// Whether these bytes can be a signature of this key at all: their length, and the range of the numbers in them (RFC 8017 section 5.2.2,
    /// SEC 1 section 4.1.4, RFC 8032 section 5.1.7). Decided here, because engines differ about what lies outside.
    pub(crate) fn can_have_made(&self, signature: &[u8]) -> bool {
        signature.len() == self.signature_bytes()
            && match (self.alg().family(), &self.core.material) {
                (Family::Ed25519, _) => eddsa::is_sound_signature(signature),
                (Family::Ecdsa(curve), _) => ecdsa::is_sound_signature(curve, signature),
                (Family::RsaPkcs1 | Family::RsaPss, Material::Rsa(key)) => rsa::is_sound_signature(key, signature),
                // Of a modulus that the host keeps only the length is known here.
                _ => true,
            }
    }

    /// Whether this key can sign: it is a secret or a private half, and its `key_ops` do not forbid it.
    pub fn can_sign(&self) -> bool {
        self.core.uses.sign && self.core.material.can_sign()
    }

    /// Whether this key may check signatures: its `key_ops` do not forbid it.
    pub fn can_verify(&self) -> bool {
        self.core.uses.verify
    }

    /// Whether whoever can check this key's signatures can also make them: a shared secret.
    pub fn is_symmetric(&self) -> bool {
        self.core.alg.family() == Family::Hmac
    }

    /// Whether it holds anything that must stay hidden: a secret or a private half.
    pub fn holds_secrets(&self) -> bool {
        self.core.material.can_sign()
    }

    pub(crate) fn hmac(&self) -> Option<&PreparedHmac> {
        self.core.hmac.as_ref()
    }

    pub(crate) fn material(&self) -> &Material {
        &self.core.material
    }

    /// The key as the pure-Rust engine computes with it, parsed on first use. `None` for HMAC.
    #[cfg(feature = "software")]
    pub(crate) fn engine(&self) -> Option<&dyn Engine> {
        let prepare = || software::prepare(self.core.alg, &self.core.material).ok().flatten();
        self.core.engine.get_or_init(prepare).as_deref()
    }

    /// Fixes an algorithm to material that has passed its own checks.
    pub(crate) fn assemble(alg: Alg, kid: Option<&str>, material: Material, uses: Uses) -> Result<Self> {
        if !material.fits(alg) {
            return Err(Error::new(Code::KeyWrongKind)
                .about("key")
                .expected(format!("a key for {alg}"))
                .actual(material.describe()));
        }
        // A private half is tried out now, so that one that does not belong to its public half never signs anything.
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
