//! EdDSA over Ed25519 (RFC 8037), which RFC 9864 also names `Ed25519`.

use zeroize::Zeroizing;

use super::edwards;
use crate::error::{Code, Error, Result};

/// An Ed25519 key: the public point, and the seed of the private key.
#[derive(Clone)]
pub(crate) struct OkpKey {
    pub(crate) x: [u8; 32],
    pub(crate) d: Option<Zeroizing<[u8; 32]>>,
}

impl OkpKey {
    /// Creates a key from the public bytes and optionally the seed.
    pub(crate) fn new(x: &[u8], d: Option<&[u8]>) -> Result<Self> {
        let x = x.try_into().map_err(|_| wrong_length("x", x.len()))?;
        if !edwards::is_sound_key(&x) {
            return Err(Error::new(Code::KeyWeak).about("x").expected("a canonical point of Ed25519 of prime order"));
        }
        let d = match d {
            None => None,
            Some(d) => Some(Zeroizing::new(d.try_into().map_err(|_| wrong_length("d", d.len()))?)),
        };
        Ok(Self { x, d })
    }

    /// Creates a key from the seed alone.
    pub(crate) fn from_seed(d: &[u8]) -> Result<Self> {
        let seed = Zeroizing::new(d.try_into().map_err(|_| wrong_length("d", d.len()))?);
        Self::new(&public_of(&seed)?, Some(d))
    }
}

fn wrong_length(member: &str, actual: usize) -> Error {
    Error::new(Code::KeyInvalid).about(member).expected("32 bytes").actual(format!("{actual} bytes"))
}

pub(crate) use super::edwards::is_sound_signature;

#[cfg(feature = "software")]
pub(crate) use software::{prepare, public_of};

#[cfg(not(feature = "software"))]
fn public_of(_seed: &[u8; 32]) -> Result<[u8; 32]> {
    Err(Error::new(Code::KeyIncomplete))
}

#[cfg(feature = "software")]
mod software {
    use ed25519_dalek::{SigningKey, VerifyingKey};
    use jwt_compact::alg::Ed25519;

    use super::OkpKey;
    use crate::alg::engine::{Engine, Prepared};
    use crate::error::{Code, Error, Result};

    /// The key, prepared for computation.
    pub(crate) fn prepare(key: &OkpKey) -> Result<Box<dyn Engine>> {
        let verifying = VerifyingKey::from_bytes(&key.x).map_err(|_| Error::new(Code::KeyInvalid).about("x"))?;
        let signing = key.d.as_ref().map(|seed| SigningKey::from_bytes(seed));
        if signing.as_ref().is_some_and(|signing| signing.verifying_key() != verifying) {
            return Err(Error::new(Code::KeyInvalid).about("d").expected("the private half of x"));
        }
        Ok(Box::new(Prepared { algorithm: Ed25519, verifying, signing }))
    }

    /// The public key of a seed.
    pub(crate) fn public_of(seed: &[u8; 32]) -> Result<[u8; 32]> {
        Ok(SigningKey::from_bytes(seed).verifying_key().to_bytes())
    }
}
