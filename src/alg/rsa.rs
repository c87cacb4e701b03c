//! RSA: RS256, RS384, RS512 (PKCS#1 v1.5) and PS256, PS384, PS512 (PSS), RFC 7518 sections 3.3 and 3.5.

use zeroize::Zeroizing;

use crate::error::{Code, Error, Result};
use crate::limits::{MAX_RSA_BITS, MIN_RSA_BITS, RSA_EXPONENTS};

/// An RSA key as the numbers of RFC 7518 section 6.3: big-endian, without leading zeros.
#[derive(Clone)]
pub(crate) struct RsaKey {
    pub(crate) n: Vec<u8>,
    pub(crate) e: Vec<u8>,
    pub(crate) private: Option<RsaPrivate>,
}

/// The private numbers of a two-prime key. Hosts require all of them.
#[derive(Clone)]
pub(crate) struct RsaPrivate {
    pub(crate) d: Zeroizing<Vec<u8>>,
    pub(crate) p: Zeroizing<Vec<u8>>,
    pub(crate) q: Zeroizing<Vec<u8>>,
    pub(crate) dp: Zeroizing<Vec<u8>>,
    pub(crate) dq: Zeroizing<Vec<u8>>,
    pub(crate) qi: Zeroizing<Vec<u8>>,
}

impl RsaKey {
    /// Creates a key from its numbers; rejects weak ones.
    pub(crate) fn new(n: &[u8], e: &[u8], private: Option<RsaPrivate>) -> Result<Self> {
        let (n, e) = (significant(n), significant(e));
        check_modulus(n)?;
        check_exponent(e)?;
        if private.as_ref().is_some_and(|private| private.longest() > n.len()) {
            return Err(Error::new(Code::KeyInvalid).about("d").expected("private numbers no longer than n"));
        }
        Ok(Self { n: n.to_vec(), e: e.to_vec(), private })
    }
}

impl RsaPrivate {
    /// The length of the longest number in bytes. It limits the cost of testing the key.
    fn longest(&self) -> usize {
        [&self.d, &self.p, &self.q, &self.dp, &self.dq, &self.qi].iter().map(|number| number.len()).max().unwrap_or(0)
    }
}

fn check_modulus(n: &[u8]) -> Result<()> {
    check_modulus_bits(bits(n))?;
    let weak = |expected, actual| Err(Error::new(Code::KeyWeak).about("n").expected(expected).actual(actual));
    if is_even(n) {
        return weak("an odd RSA modulus", "an even one");
    }
    if super::roca::has_fingerprint(n) {
        return weak("an RSA key from another generator", "a modulus that can be factored (ROCA, CVE-2017-15361)");
    }
    Ok(())
}

/// Rejects sizes that are weak or too expensive, and sizes that are not a multiple of 8 bits, which not all hosts
/// accept.
pub(crate) fn check_modulus_bits(bits: usize) -> Result<()> {
    if (MIN_RSA_BITS..=MAX_RSA_BITS).contains(&bits) && bits.is_multiple_of(8) {
        return Ok(());
    }
    Err(Error::new(Code::KeyWeak)
        .about("n")
        .expected(format!("an RSA modulus of {MIN_RSA_BITS} to {MAX_RSA_BITS} bits, a multiple of 8"))
        .actual(format!("{bits} bits")))
}

/// Rejects exponents that are insecure or too expensive, and exponents that not all hosts accept.
pub(crate) fn check_exponent(e: &[u8]) -> Result<()> {
    let value = (e.len() <= 4).then(|| e.iter().fold(0, |value, &byte| value << 8 | u32::from(byte)));
    match value {
        Some(value) if RSA_EXPONENTS.contains(&value) => Ok(()),
        _ => Err(Error::new(Code::KeyWeak).about("e").expected("the RSA exponent 3, 17 or 65537")),
    }
}

/// Whether `signature`, as a number, is below the modulus (RFC 8017 section 5.2.2, RSAVP1): otherwise s + n would be a
/// second encoding of s.
pub(crate) fn is_sound_signature(key: &RsaKey, signature: &[u8]) -> bool {
    signature.len() == key.n.len() && signature < key.n.as_slice()
}

/// The number without leading zeros. Some writers add them although RFC 7518 section 2 forbids it.
pub(crate) fn significant(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    &number[zeros..]
}

fn bits(number: &[u8]) -> usize {
    match number.first() {
        Some(first) => number.len() * 8 - first.leading_zeros() as usize,
        None => 0,
    }
}

fn is_even(number: &[u8]) -> bool {
    number.last().is_none_or(|last| last % 2 == 0)
}

#[cfg(feature = "software")]
pub(crate) use software::{generate, prepare};

#[cfg(feature = "software")]
mod software {
    use jwt_compact::alg::Rsa;
    use rand_core::CryptoRngCore;
    use rsa::traits::{PrivateKeyParts, PublicKeyParts};
    use rsa::{BigUint, RsaPrivateKey, RsaPublicKey};
    use zeroize::Zeroizing;

    use super::{RsaKey, RsaPrivate};
    use crate::alg::Alg;
    use crate::alg::engine::{Engine, Prepared};
    use crate::error::{Code, Error, Result};
    use crate::limits::MAX_RSA_BITS;

    /// The key, prepared for computation.
    ///
    /// Signing here is open to timing attacks (RUSTSEC-2023-0071): prefer the host's engine.
    pub(crate) fn prepare(alg: Alg, key: &RsaKey) -> Result<Box<dyn Engine>> {
        let algorithm = alg.name().parse::<Rsa>().map_err(|_| Error::new(Code::KeyWrongKind))?;
        let number = BigUint::from_bytes_be;
        let verifying = RsaPublicKey::new_with_max_size(number(&key.n), number(&key.e), MAX_RSA_BITS)
            .map_err(|_| Error::new(Code::KeyInvalid).about("n"))?;
        let signing = match &key.private {
            None => None,
            Some(private) => Some(prepare_private(key, private)?),
        };
        Ok(Box::new(Prepared { algorithm, verifying, signing }))
    }

    fn prepare_private(key: &RsaKey, private: &RsaPrivate) -> Result<RsaPrivateKey> {
        let number = BigUint::from_bytes_be;
        let primes = vec![number(&private.p), number(&private.q)];
        let built = RsaPrivateKey::from_components(number(&key.n), number(&key.e), number(&private.d), primes)
            .map_err(|_| mismatch())?;
        let shortcuts_fit = built.dp() == Some(&number(&private.dp))
            && built.dq() == Some(&number(&private.dq))
            && built.crt_coefficient() == Some(number(&private.qi));
        if shortcuts_fit { Ok(built) } else { Err(mismatch()) }
    }

    fn mismatch() -> Error {
        Error::new(Code::KeyInvalid).about("d").expected("private numbers that belong to n and e")
    }

    /// Generates a key of `bits` bits.
    pub(crate) fn generate(bits: usize, random: &mut impl CryptoRngCore) -> Result<RsaKey> {
        let failed = |_| Error::new(Code::KeyInvalid);
        let key = RsaPrivateKey::new(random, bits).map_err(failed)?;
        let bytes = |number: &BigUint| Zeroizing::new(number.to_bytes_be());
        let absent = || Error::new(Code::KeyInvalid);
        let private = RsaPrivate {
            d: bytes(key.d()),
            p: bytes(&key.primes()[0]),
            q: bytes(&key.primes()[1]),
            dp: bytes(key.dp().ok_or_else(absent)?),
            dq: bytes(key.dq().ok_or_else(absent)?),
            qi: bytes(&key.crt_coefficient().ok_or_else(absent)?),
        };
        RsaKey::new(&key.n().to_bytes_be(), &key.e().to_bytes_be(), Some(private))
    }
}
