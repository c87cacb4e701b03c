//! ECDSA: ES256, ES384, ES512 (RFC 7518 section 3.4) and ES256K (RFC 8812). A signature is the concatenation of r and
//! s, each as long as the curve's field; the DER form that TLS uses is rejected.

use zeroize::Zeroizing;

use super::{Curve, points};
use crate::error::{Code, Error, Result};

/// A point on a curve, optionally with its private number. Big-endian, each exactly as long as the curve's field.
#[derive(Clone)]
pub(crate) struct EcKey {
    pub(crate) curve: Curve,
    pub(crate) x: Vec<u8>,
    pub(crate) y: Vec<u8>,
    pub(crate) d: Option<Zeroizing<Vec<u8>>>,
}

impl EcKey {
    /// Creates a key from coordinates of full length (RFC 7518 section 6.2.1.2) and optionally the private number;
    /// rejects points off the curve.
    pub(crate) fn new(curve: Curve, x: &[u8], y: &[u8], d: Option<&[u8]>) -> Result<Self> {
        let length = curve.field_bytes();
        for (member, value) in [("x", Some(x)), ("y", Some(y)), ("d", d)] {
            if value.is_some_and(|value| value.len() != length) {
                return Err(Error::new(Code::KeyInvalid).about(member).expected(format!("{length} bytes")));
            }
        }
        if !points::on_curve(curve, x, y) {
            return Err(Error::new(Code::KeyInvalid)
                .about("x and y")
                .expected(format!("a point of {}", curve.name()))
                .actual("a point that is not on the curve"));
        }
        if d.is_some_and(|d| !points::is_scalar(curve, d)) {
            return Err(Error::new(Code::KeyInvalid).about("d").expected("a number from 1 to below the curve's order"));
        }
        Ok(Self { curve, x: x.to_vec(), y: y.to_vec(), d: d.map(|d| Zeroizing::new(d.to_vec())) })
    }

    /// Creates a key from a point in SEC 1's uncompressed form, as in key files.
    pub(crate) fn from_sec1_point(curve: Curve, point: &[u8], d: Option<&[u8]>) -> Result<Self> {
        let length = curve.field_bytes();
        match point.split_first() {
            Some((4, both)) if both.len() == 2 * length => Self::new(curve, &both[..length], &both[length..], d),
            _ => Err(Error::new(Code::KeyInvalid).about("public key").expected("an uncompressed point")),
        }
    }

    /// Creates a key from the private number alone.
    pub(crate) fn from_private(curve: Curve, d: &[u8]) -> Result<Self> {
        Self::from_sec1_point(curve, &public_of(curve, d)?, Some(d))
    }
}

/// Whether the concatenated r and s are each from 1 to below the order; otherwise it is not a signature of this curve.
pub(crate) fn is_sound_signature(curve: Curve, signature: &[u8]) -> bool {
    let (r, s) = signature.split_at(signature.len() / 2);
    signature.len() == 2 * curve.field_bytes() && points::is_scalar(curve, r) && points::is_scalar(curve, s)
}

#[cfg(feature = "software")]
pub(crate) use software::{generate, prepare, public_of};

#[cfg(not(feature = "software"))]
fn public_of(_curve: Curve, _d: &[u8]) -> Result<Vec<u8>> {
    Err(Error::new(Code::KeyIncomplete))
}

#[cfg(feature = "software")]
mod software {
    use std::borrow::Cow;
    use std::num::NonZeroUsize;

    use jwt_compact::alg::{Es256, Es256k};
    use jwt_compact::{Algorithm, AlgorithmSignature};
    use p384::ecdsa::signature::{Signer, Verifier};
    use p384::elliptic_curve::sec1::ToEncodedPoint;
    use rand_core::CryptoRngCore;
    use zeroize::Zeroizing;

    use super::{Curve, EcKey};
    use crate::alg::engine::{Engine, Prepared};
    use crate::error::{Code, Error, Result};

    /// Names for the parts of one curve's crate. The curves have no common trait.
    macro_rules! with_curve {
        ($curve:expr, $module:ident => $body:expr) => {
            match $curve {
                Curve::P256 => {
                    use p256 as $module;
                    $body
                }
                Curve::P384 => {
                    use p384 as $module;
                    $body
                }
                Curve::P521 => {
                    use p521 as $module;
                    $body
                }
                Curve::Secp256k1 => {
                    use k256 as $module;
                    $body
                }
            }
        };
    }

    /// The key, prepared for computation.
    pub(crate) fn prepare(key: &EcKey) -> Result<Box<dyn Engine>> {
        match key.curve {
            Curve::P256 => assemble::<Es256>(
                key,
                |point| p256::ecdsa::VerifyingKey::from_sec1_bytes(point).ok(),
                |d| p256::ecdsa::SigningKey::from_slice(d).ok(),
            ),
            Curve::P384 => assemble::<Es384>(
                key,
                |point| p384::ecdsa::VerifyingKey::from_sec1_bytes(point).ok(),
                |d| p384::ecdsa::SigningKey::from_slice(d).ok(),
            ),
            Curve::P521 => assemble::<Es512>(
                key,
                |point| p521::ecdsa::VerifyingKey::from_sec1_bytes(point).ok(),
                |d| p521::ecdsa::SigningKey::from_slice(d).ok(),
            ),
            Curve::Secp256k1 => assemble::<Es256k>(
                key,
                |point| k256::ecdsa::VerifyingKey::from_sec1_bytes(point).ok(),
                |d| k256::ecdsa::SigningKey::from_slice(d).ok(),
            ),
        }
    }

    fn assemble<A>(
        key: &EcKey,
        verifying: impl FnOnce(&[u8]) -> Option<A::VerifyingKey>,
        signing: impl FnOnce(&[u8]) -> Option<A::SigningKey>,
    ) -> Result<Box<dyn Engine>>
    where
        A: Algorithm + Default + Send + Sync + 'static,
        A::VerifyingKey: Send + Sync,
        A::SigningKey: Send + Sync,
    {
        let point = [&[4], key.x.as_slice(), key.y.as_slice()].concat();
        let verifying = verifying(&point).ok_or_else(|| Error::new(Code::KeyInvalid).about("x and y"))?;
        let not_its_half = || Error::new(Code::KeyInvalid).about("d").expected("the private half of x and y");
        let signing = match &key.d {
            None => None,
            Some(d) if public_of(key.curve, d)? != point => return Err(not_its_half()),
            Some(d) => Some(signing(d).ok_or_else(not_its_half)?),
        };
        Ok(Box::new(Prepared { algorithm: A::default(), verifying, signing }))
    }

    /// The public key for a private number, as an uncompressed point.
    pub(crate) fn public_of(curve: Curve, d: &[u8]) -> Result<Vec<u8>> {
        let out_of_range = |_| Error::new(Code::KeyInvalid).about("d").expected("a number below the curve's order");
        with_curve!(curve, arithmetic => {
            let secret = arithmetic::SecretKey::from_slice(d).map_err(out_of_range)?;
            Ok(secret.public_key().to_encoded_point(false).as_bytes().to_vec())
        })
    }

    /// A new key.
    pub(crate) fn generate(curve: Curve, random: &mut impl CryptoRngCore) -> Result<EcKey> {
        let d =
            with_curve!(curve, arithmetic => Zeroizing::new(arithmetic::SecretKey::random(random).to_bytes().to_vec()));
        EcKey::from_private(curve, &d)
    }

    /// ES384, which jwt-compact does not implement.
    #[derive(Debug, Default)]
    pub(crate) struct Es384;

    /// ES512, which jwt-compact does not implement. Its signatures are randomized, because the curve's crate has no
    /// deterministic signing yet.
    #[derive(Debug, Default)]
    pub(crate) struct Es512;

    /// An ES384 signature.
    pub(crate) struct Es384Signature(p384::ecdsa::Signature);

    /// An ES512 signature.
    pub(crate) struct Es512Signature(p521::ecdsa::Signature);

    macro_rules! algorithm {
        ($algorithm:ident, $signature:ident, $curve:ident, $name:literal, $bytes:literal) => {
            impl Algorithm for $algorithm {
                type SigningKey = $curve::ecdsa::SigningKey;
                type VerifyingKey = $curve::ecdsa::VerifyingKey;
                type Signature = $signature;

                fn name(&self) -> Cow<'static, str> {
                    Cow::Borrowed($name)
                }

                fn sign(&self, key: &Self::SigningKey, message: &[u8]) -> Self::Signature {
                    $signature(key.sign(message))
                }

                fn verify_signature(&self, sig: &Self::Signature, key: &Self::VerifyingKey, message: &[u8]) -> bool {
                    key.verify(message, &sig.0).is_ok()
                }
            }

            impl AlgorithmSignature for $signature {
                const LENGTH: Option<NonZeroUsize> = NonZeroUsize::new($bytes);

                fn try_from_slice(bytes: &[u8]) -> anyhow::Result<Self> {
                    Ok(Self($curve::ecdsa::Signature::from_slice(bytes)?))
                }

                fn as_bytes(&self) -> Cow<'_, [u8]> {
                    Cow::Owned(self.0.to_bytes().to_vec())
                }
            }
        };
    }

    algorithm!(Es384, Es384Signature, p384, "ES384", 96);
    algorithm!(Es512, Es512Signature, p521, "ES512", 132);
}
