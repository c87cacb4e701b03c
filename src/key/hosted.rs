//! Keys whose numbers only the host has: a WebCrypto `CryptoKey` that is non-extractable, or whose export is
//! asynchronous. Here, such a key consists of an algorithm, its allowed operations and a serial number; the host does
//! all computing, including HMAC.

use super::{Key, Material, Uses};
use crate::alg::{Alg, Family, rsa};
use crate::error::{Code, Error, Result};

/// The description of such a key.
#[derive(Debug, Clone)]
pub struct HostKey {
    /// The algorithm of the host's key.
    pub alg: Alg,
    /// Bits of an RSA modulus or of a secret; unused for other keys.
    pub bits: usize,
    /// The public exponent of an RSA key, big-endian; unused for other keys.
    pub exponent: Vec<u8>,
    /// Whether the host can sign with it.
    pub signs: bool,
    /// Whether the host can verify signatures with it. WebCrypto's private keys cannot.
    pub verifies: bool,
}

impl Key {
    /// A key whose numbers only the host has; the host stores its object under [`Key::serial`]. It has no numbers here,
    /// and therefore no JWK, no thumbprint and no public key.
    ///
    /// # Errors
    /// `ERR_KEY_WEAK` for an RSA modulus or exponent, or a secret, outside the limits for other keys;
    /// `ERR_KEY_WRONG_KIND` if the host can neither sign nor verify with it.
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

    /// Whether only the host has its numbers, so that it cannot be exported and has no thumbprint.
    pub fn is_hosted(&self) -> bool {
        matches!(self.material(), Material::Hosted(_))
    }

    /// This key, if its numbers are available, which exports and thumbprints require.
    ///
    /// # Errors
    /// `ERR_KEY_WRONG_KIND` if only the host has them.
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
