//! New keys, from the platform's entropy.

use zeroize::Zeroizing;

use super::{Key, Material, Uses};
use crate::alg::{Alg, Family};
use crate::error::Result;
use crate::random::Entropy;

impl Key {
    /// A new key for `alg`, private half included. A secret is as long as its algorithm's hash; an RSA key has 2048 bits, and
    /// takes seconds to find in software, so hosts that make keys do it themselves.
    ///
    /// # Errors
    /// `ERR_KEY_INCOMPLETE` for other than HMAC in a build without the `software` feature.
    pub fn generate(alg: Alg, entropy: &impl Entropy) -> Result<Self> {
        let material = match alg.family() {
            Family::Hmac => {
                let mut secret = Zeroizing::new(vec![0; alg.hash().bytes()]);
                entropy.fill(&mut secret);
                Material::Secret(secret)
            }
            _ => pair(alg, entropy)?,
        };
        Self::assemble(alg, None, material, Uses::ANY)
    }
}

#[cfg(not(feature = "software"))]
fn pair(_alg: Alg, _entropy: &impl Entropy) -> Result<Material> {
    Err(crate::error::Code::KeyIncomplete.into())
}

#[cfg(feature = "software")]
fn pair(alg: Alg, entropy: &impl Entropy) -> Result<Material> {
    use crate::alg::{ecdsa, eddsa::OkpKey, rsa};
    use crate::limits::MIN_RSA_BITS;

    match alg.family() {
        Family::Ecdsa(curve) => ecdsa::generate(curve, &mut Source(entropy)).map(Material::Ec),
        Family::RsaPkcs1 | Family::RsaPss => rsa::generate(MIN_RSA_BITS, &mut Source(entropy)).map(Material::Rsa),
        Family::Ed25519 | Family::Hmac => {
            let mut seed = Zeroizing::new([0; 32]);
            entropy.fill(seed.as_mut_slice());
            OkpKey::from_seed(seed.as_slice()).map(Material::Okp)
        }
    }
}

/// The entropy port in the form RustCrypto asks for.
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
