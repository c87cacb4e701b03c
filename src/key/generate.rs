//! New keys, from the platform's entropy.

use zeroize::Zeroizing;

use super::{Key, Material, Uses};
use crate::alg::{Alg, Family};
use crate::error::{Code, Error, Result};
use crate::limits::{MAX_RSA_BITS, MIN_RSA_BITS};
use crate::random::Entropy;

impl Key {
    /// Generates a key for `alg`, including the private key. A secret is as long as the algorithm's hash. An RSA key
    /// has 2048 bits; generating it in software takes seconds, so hosts that can generate keys do it themselves.
    ///
    /// # Errors
    /// `ERR_KEY_INCOMPLETE` for any algorithm except HMAC in a build without the `software` feature.
    pub fn generate(alg: Alg, entropy: &impl Entropy) -> Result<Self> {
        let material = match alg.family() {
            Family::Hmac => {
                let mut secret = Zeroizing::new(vec![0; alg.hash().bytes()]);
                entropy.fill(&mut secret);
                Material::Secret(secret)
            }
            _ => pair(alg, MIN_RSA_BITS, entropy)?,
        };
        Self::assemble(alg, None, material, Uses::ANY)
    }

    /// Generates an RSA key of another size than [`Key::generate`]: its modulus has `bits` bits, 2048 to 8192.
    ///
    /// # Errors
    /// `ERR_OPTION_INVALID` for any other size, `ERR_KEY_WRONG_KIND` for another algorithm, and the errors of
    /// [`Key::generate`].
    pub fn generate_rsa(alg: Alg, bits: usize, entropy: &impl Entropy) -> Result<Self> {
        if !matches!(alg.family(), Family::RsaPkcs1 | Family::RsaPss) {
            return Err(Error::new(Code::KeyWrongKind).about("alg").expected("an RSA algorithm").actual(alg.name()));
        }
        if !(MIN_RSA_BITS..=MAX_RSA_BITS).contains(&bits) || !bits.is_multiple_of(8) {
            let sizes = format!("{MIN_RSA_BITS} to {MAX_RSA_BITS} bits, a multiple of 8");
            return Err(Error::new(Code::OptionInvalid).about("bits").expected(sizes).actual(bits.to_string()));
        }
        Self::assemble(alg, None, pair(alg, bits, entropy)?, Uses::ANY)
    }
}

#[cfg(not(feature = "software"))]
fn pair(_alg: Alg, _rsa_bits: usize, _entropy: &impl Entropy) -> Result<Material> {
    Err(Code::KeyIncomplete.into())
}

#[cfg(feature = "software")]
fn pair(alg: Alg, rsa_bits: usize, entropy: &impl Entropy) -> Result<Material> {
    use crate::alg::{ecdsa, eddsa::OkpKey, rsa};

    match alg.family() {
        Family::Ecdsa(curve) => ecdsa::generate(curve, &mut Source(entropy)).map(Material::Ec),
        Family::RsaPkcs1 | Family::RsaPss => rsa::generate(rsa_bits, &mut Source(entropy)).map(Material::Rsa),
        Family::Ed25519 | Family::Hmac => {
            let mut seed = Zeroizing::new([0; 32]);
            entropy.fill(seed.as_mut_slice());
            OkpKey::from_seed(seed.as_slice()).map(Material::Okp)
        }
    }
}

/// The entropy port with RustCrypto's interface.
#[cfg(feature = "software")]
struct Source<'e, E>(&'e E);

#[cfg(feature = "software")]
impl<E: Entropy> rand_core::CryptoRng for Source<'_, E> {}

#[cfg(feature = "software")]
impl<E: Entropy> rand_core::RngCore for Source<'_, E> {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, into: &mut [u8]) {
        self.0.fill(into);
    }

    fn try_fill_bytes(&mut self, into: &mut [u8]) -> Result<(), rand_core::Error> {
        self.0.fill(into);
        Ok(())
    }
}
