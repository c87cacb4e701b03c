//! Keys whose numbers stay with the host: a WebCrypto `CryptoKey` that may not be exported, or that gives its numbers only by
//! waiting. Here they are an algorithm, what they may be used for, and a serial; the host does all computing, HMAC included.

use super::{Key, Material, Uses};
use crate::alg::{Alg, Family, rsa};
use crate::error::{Code, Error, Result};

/// What a host tells of a key it keeps to itself.
#[derive(Debug, Clone)]
pub struct HostKey {
    /// The one algorithm the host's object is for.
    pub alg: Alg,
    /// Bits of an RSA modulus or of a secret; of no account for other keys.
    pub bits: usize,
    /// The public exponent of an RSA key, big-endian; of no account for other keys.
    pub exponent: Vec<u8>,
    /// Whether the host signs with it.
    pub signs: bool,
    /// Whether the host checks signatures with it. WebCrypto's private keys do not.
    pub verifies: bool,
}

impl Key {
    /// A key that stays with the host, which files its object under [`Key::serial`]. It has no numbers here, so it has no JWK, no
    /// thumbprint and no public half either.
    ///
    /// # Errors
    /// `ERR_KEY_WEAK` for an RSA modulus or exponent, or a secret, outside the bounds of other keys; `ERR_KEY_WRONG_KIND` when
    /// the host can neither sign nor verify with it.
    pub fn hosted(key: HostKey) -> Result<Self> {
        let HostKey { alg, bits, ref exponent, signs, verifies } = key;
        if !signs && !verifies {
            return Err(Error::new(Code::KeyWrongKind).about("usages").expected("sign or verify"));
        }
        match alg.family() {
            Family::Hmac => check_secret_bits(bits, alg.hash().bytes() * 8)?,
            Family::RsaPkcs1 | Family::RsaPss => {
                rsa::check_modulus_bits(bits)?;
                rsa::check_exponent(rsa::significant(exponent))?;
            }
            _ => {}
        }
        Self::assemble(alg, None, Material::Hosted(key), Uses { sign: signs, verify: verifies })
    }

    /// Whether its numbers are kept by the host: nothing of it can be exported or named by a thumbprint.
    pub fn is_hosted(&self) -> bool {
        matches!(self.material(), Material::Hosted(_))
    }

    /// This key, if its numbers are here: what exports and thumbprints are made of.
    ///
    /// # Errors
    /// `ERR_KEY_WRONG_KIND` when the host keeps them.
    pub fn with_numbers(&self) -> Result<&Self> {
        if self.is_hosted() {
            let wrong = Error::new(Code::KeyWrongKind).about("key");
            return Err(wrong.expected("a key with its numbers").actual("a key that the host keeps"));
        }
        Ok(self)
    }
}

fn check_secret_bits(bits: usize, least: usize) -> Result<()> {
    if bits >= least {
        return Ok(());
    }
    let expected = format!("a secret of at least {least} bits");
    Err(Error::new(Code::KeyWeak).about("key").expected(expected).actual(format!("{bits} bits")))
}
