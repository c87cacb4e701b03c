//! Key material: the numbers of RFC 7518 section 6, independent of the file format.

use zeroize::Zeroizing;

use super::HostKey;
use crate::alg::ecdsa::EcKey;
use crate::alg::eddsa::OkpKey;
use crate::alg::rsa::RsaKey;
use crate::alg::{Alg, Family};

/// The numbers of one key. Private ones are wiped when dropped.
#[derive(Clone)]
pub(crate) enum Material {
    /// A shared secret (`oct`).
    Secret(Zeroizing<Vec<u8>>),
    /// `RSA`.
    Rsa(RsaKey),
    /// `EC`.
    Ec(EcKey),
    /// `OKP`, which here is Ed25519.
    Okp(OkpKey),
    /// None: only the host has them.
    Hosted(HostKey),
}

impl Material {
    /// Whether a key of this kind can be used with `alg`.
    pub(crate) fn fits(&self, alg: Alg) -> bool {
        match (self, alg.family()) {
            (Self::Secret(_), Family::Hmac) => true,
            (Self::Rsa(_), Family::RsaPkcs1 | Family::RsaPss) => true,
            (Self::Ec(key), Family::Ecdsa(curve)) => key.curve == curve,
            (Self::Okp(_), Family::Ed25519) => true,
            (Self::Hosted(key), _) => key.alg == alg,
            _ => false,
        }
    }

    /// The algorithm, if the kind of key has only one.
    pub(crate) fn only_alg(&self) -> Option<Alg> {
        match self {
            Self::Secret(_) | Self::Rsa(_) => None,
            Self::Ec(key) => Some(key.curve.alg()),
            Self::Okp(_) => Some(Alg::EdDSA),
            Self::Hosted(key) => Some(key.alg),
        }
    }

    /// A description for messages.
    pub(crate) fn describe(&self) -> &'static str {
        match self {
            Self::Secret(_) => "a secret",
            Self::Rsa(_) => "an RSA key",
            Self::Ec(key) => match key.curve.alg() {
                Alg::ES384 => "a P-384 key",
                Alg::ES512 => "a P-521 key",
                Alg::ES256K => "a secp256k1 key",
                _ => "a P-256 key",
            },
            Self::Okp(_) => "an Ed25519 key",
            Self::Hosted(_) => "a key that the host keeps",
        }
    }

    /// Whether the private part is available.
    pub(crate) fn can_sign(&self) -> bool {
        match self {
            Self::Secret(_) => true,
            Self::Rsa(key) => key.private.is_some(),
            Self::Ec(key) => key.d.is_some(),
            Self::Okp(key) => key.d.is_some(),
            Self::Hosted(key) => key.signs,
        }
    }

    /// The public key; `None` for a secret and for a key whose numbers only the host has.
    pub(crate) fn public(&self) -> Option<Self> {
        match self {
            Self::Secret(_) | Self::Hosted(_) => None,
            Self::Rsa(key) => Some(Self::Rsa(RsaKey { n: key.n.clone(), e: key.e.clone(), private: None })),
            Self::Ec(key) => Some(Self::Ec(EcKey { curve: key.curve, x: key.x.clone(), y: key.y.clone(), d: None })),
            Self::Okp(key) => Some(Self::Okp(OkpKey { x: key.x, d: None })),
        }
    }
}
