//! Keys: one key, one algorithm, fixed when the key is imported (RFC 8725 section 3.1). A token's `alg` only ever selects among
//! keys; it never chooses how a key is used.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use zeroize::Zeroizing;

use crate::alg::hmac::PreparedHmac;
use crate::alg::{Alg, Family};
use crate::error::{Code, Error, Result};

mod set;

pub use set::KeySet;

/// A key, ready to use. Cheap to clone; its secret parts are wiped when the last clone goes, and are never printed.
#[derive(Clone)]
pub struct Key(Arc<Inner>);

struct Inner {
    alg: Alg,
    kid: Option<String>,
    serial: u32,
    material: Material,
    hmac: Option<PreparedHmac>,
}

/// What a key is made of, in the numbers of RFC 7518 section 6, big-endian.
pub(crate) enum Material {
    /// A shared secret (`oct`).
    Secret(Zeroizing<Vec<u8>>),
}

impl Key {
    /// A shared secret for HS256, HS384 or HS512.
    ///
    /// # Errors
    /// `ERR_KEY_WRONG_KIND` when `alg` is no HMAC algorithm; `ERR_KEY_WEAK` when the secret is shorter than the hash
    /// (RFC 7518 section 3.2).
    pub fn from_secret(alg: Alg, secret: &[u8]) -> Result<Self> {
        if alg.family() != Family::Hmac {
            return Err(Error::new(Code::KeyWrongKind)
                .about("key")
                .expected(format!("a key for {alg}"))
                .actual("a secret"));
        }
        if secret.len() < alg.hash().bytes() {
            return Err(Error::new(Code::KeyWeak)
                .about("key")
                .expected(format!("at least {} bytes for {alg}", alg.hash().bytes()))
                .actual(format!("{} bytes", secret.len())));
        }
        let hmac = PreparedHmac::new(alg.hash(), secret);
        Ok(Self::assemble(alg, None, Material::Secret(Zeroizing::new(secret.to_vec())), Some(hmac)))
    }

    /// The same key under a name (`kid`, RFC 7515 section 4.1.4).
    #[must_use]
    pub fn with_kid(self, kid: impl Into<String>) -> Self {
        let inner = match Arc::try_unwrap(self.0) {
            Ok(inner) => inner,
            Err(shared) => Inner {
                alg: shared.alg,
                kid: None,
                serial: shared.serial,
                material: shared.material.clone(),
                hmac: shared.hmac.clone(),
            },
        };
        Self(Arc::new(Inner { kid: Some(kid.into()), ..inner }))
    }

    /// The algorithm this key is for.
    pub fn alg(&self) -> Alg {
        self.0.alg
    }

    /// The key's name.
    pub fn kid(&self) -> Option<&str> {
        self.0.kid.as_deref()
    }

    /// A number no other imported key of this process has: what a host engine files its own handle under.
    pub fn serial(&self) -> u32 {
        self.0.serial
    }

    /// Whether this key can sign: a secret, or the private half.
    pub fn can_sign(&self) -> bool {
        match self.0.material {
            Material::Secret(_) => true,
        }
    }

    pub(crate) fn hmac(&self) -> Option<&PreparedHmac> {
        self.0.hmac.as_ref()
    }

    fn assemble(alg: Alg, kid: Option<String>, material: Material, hmac: Option<PreparedHmac>) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        Self(Arc::new(Inner { alg, kid, serial: NEXT.fetch_add(1, Ordering::Relaxed), material, hmac }))
    }
}

impl Clone for Material {
    fn clone(&self) -> Self {
        match self {
            Self::Secret(bytes) => Self::Secret(bytes.clone()),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("alg", &self.0.alg.name()).field("kid", &self.0.kid).finish_non_exhaustive()
    }
}
