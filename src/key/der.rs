//! Key files in DER: SPKI, PKCS#8, PKCS#1, SEC 1, and the key inside an X.509 certificate.

use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, Tag, Tagged};
use pkcs1::{RsaPrivateKey, RsaPssParams, RsaPublicKey, UintRef};
use pkcs8::PrivateKeyInfo;
use sec1::EcPrivateKey;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use zeroize::Zeroizing;

use super::Material;
use crate::alg::ecdsa::EcKey;
use crate::alg::eddsa::OkpKey;
use crate::alg::rsa::{RsaKey, RsaPrivate};
use crate::alg::{Alg, Curve, Family, Hash};
use crate::error::{Code, Error, Result};

/// The key in a file.
pub(super) struct Read {
    pub(super) material: Material,
    /// The file restricts the key to PSS (RFC 4055 section 1.2), and possibly to one hash.
    pss: Option<Pss>,
}

struct Pss {
    hash: Option<Hash>,
}

impl Read {
    /// Rejects an algorithm that the file itself excludes.
    pub(super) fn check_alg(&self, alg: Alg) -> Result<()> {
        let Some(pss) = &self.pss else { return Ok(()) };
        if alg.family() == Family::RsaPss && pss.hash.is_none_or(|hash| hash == alg.hash()) {
            return Ok(());
        }
        Err(Error::new(Code::KeyWrongKind)
            .about("key")
            .expected(format!("a key for {alg}"))
            .actual("an RSA key that is kept to other PSS parameters"))
    }
}

impl From<Material> for Read {
    fn from(material: Material) -> Self {
        Self { material, pss: None }
    }
}

/// The kinds of keys in files that name the kind.
#[derive(Clone, Copy)]
enum Kind {
    Rsa,
    RsaPss,
    Ec,
    Ed25519,
}

const KINDS: [(ObjectIdentifier, Kind); 4] = [
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1"), Kind::Rsa),
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10"), Kind::RsaPss),
    (ObjectIdentifier::new_unwrap("1.2.840.10045.2.1"), Kind::Ec),
    (ObjectIdentifier::new_unwrap("1.3.101.112"), Kind::Ed25519),
];

const CURVES: [(ObjectIdentifier, Curve); 4] = [
    (ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"), Curve::P256),
    (ObjectIdentifier::new_unwrap("1.3.132.0.34"), Curve::P384),
    (ObjectIdentifier::new_unwrap("1.3.132.0.35"), Curve::P521),
    (ObjectIdentifier::new_unwrap("1.3.132.0.10"), Curve::Secp256k1),
];

const HASHES: [(ObjectIdentifier, Hash); 3] = [
    (ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1"), Hash::Sha256),
    (ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2"), Hash::Sha384),
    (ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3"), Hash::Sha512),
];

/// A public key of any kind (RFC 5280 section 4.1.2.7).
pub(super) fn spki(der: &[u8]) -> Result<Read> {
    public_key(&SubjectPublicKeyInfoRef::try_from(der).map_err(unreadable)?)
}

/// The key of an X.509 certificate (RFC 5280 section 4.1). The other fields are skipped and not validated.
pub(super) fn certificate(der: &[u8]) -> Result<Read> {
    let malformed = || unreadable(Tag::Sequence.value_error());
    let certificate = Vec::<AnyRef<'_>>::from_der(der).map_err(unreadable)?;
    let [signed, _algorithm, signature] = certificate[..] else { return Err(malformed()) };
    if signature.tag() != Tag::BitString {
        return Err(malformed());
    }
    let fields = signed.decode_as::<Vec<AnyRef<'_>>>().map_err(unreadable)?;
    let has_version = fields.first().is_some_and(|field| field.tag().is_context_specific());
    // Serial number, signature, issuer, validity and subject come before it.
    let key = fields.get(5 + usize::from(has_version)).ok_or_else(malformed)?;
    public_key(&key.decode_as().map_err(unreadable)?)
}

/// A private key of any kind (RFC 5958).
pub(super) fn pkcs8(der: &[u8]) -> Result<Read> {
    let info = PrivateKeyInfo::try_from(der).map_err(unreadable)?;
    match named(&KINDS, info.algorithm.oid)? {
        Kind::Rsa => pkcs1_private(info.private_key),
        Kind::RsaPss => Ok(Read { pss: Some(pss(&info.algorithm)?), ..pkcs1_private(info.private_key)? }),
        Kind::Ec => sec1_private(info.private_key, Some(curve(&info.algorithm)?)),
        Kind::Ed25519 => {
            let seed = OctetStringRef::from_der(info.private_key).map_err(unreadable)?.as_bytes();
            let key = match info.public_key {
                Some(public) => OkpKey::new(public, Some(seed)),
                None => OkpKey::from_seed(seed),
            };
            Ok(Material::Okp(key?).into())
        }
    }
}

/// An RSA public key (RFC 8017 appendix A.1.1).
pub(super) fn pkcs1_public(der: &[u8]) -> Result<Read> {
    let key = RsaPublicKey::try_from(der).map_err(unreadable)?;
    Ok(Material::Rsa(RsaKey::new(key.modulus.as_bytes(), key.public_exponent.as_bytes(), None)?).into())
}

/// An RSA private key (RFC 8017 appendix A.1.2).
pub(super) fn pkcs1_private(der: &[u8]) -> Result<Read> {
    let key = RsaPrivateKey::try_from(der).map_err(unreadable)?;
    if key.other_prime_infos.is_some() {
        return Err(Error::new(Code::KeyWrongKind).about("key").expected("an RSA key of two primes"));
    }
    let secret = |number: UintRef<'_>| Zeroizing::new(number.as_bytes().to_vec());
    let private = RsaPrivate {
        d: secret(key.private_exponent),
        p: secret(key.prime1),
        q: secret(key.prime2),
        dp: secret(key.exponent1),
        dq: secret(key.exponent2),
        qi: secret(key.coefficient),
    };
    Ok(Material::Rsa(RsaKey::new(key.modulus.as_bytes(), key.public_exponent.as_bytes(), Some(private))?).into())
}

/// An elliptic-curve private key (RFC 5915). Inside PKCS#8, the outer structure names the curve.
pub(super) fn sec1_private(der: &[u8], outer: Option<Curve>) -> Result<Read> {
    let key = EcPrivateKey::try_from(der).map_err(unreadable)?;
    let inner = key.parameters.and_then(|parameters| parameters.named_curve());
    let inner = inner.map(|oid| named(&CURVES, oid)).transpose()?;
    let curve = match (outer, inner) {
        (Some(outer), Some(inner)) if outer != inner => return Err(unreadable(Tag::ObjectIdentifier.value_error())),
        (outer, inner) => outer.or(inner).ok_or_else(|| unreadable(Tag::ObjectIdentifier.value_error()))?,
    };
    let d = full_length(key.private_key, curve)?;
    let key = match key.public_key {
        Some(point) => EcKey::from_sec1_point(curve, point, Some(&d)),
        None => EcKey::from_private(curve, &d),
    };
    Ok(Material::Ec(key?).into())
}

/// Whether these bytes have the structure of a key file of any kind, and therefore must not be used as a shared secret.
pub(super) fn is_key(der: &[u8]) -> bool {
    use Tag::{BitString, Integer, OctetString, Sequence};
    let values = Vec::<AnyRef<'_>>::from_der(der).unwrap_or_default();
    matches!(
        values.iter().map(Tagged::tag).collect::<Vec<_>>()[..],
        // A public key; a certificate; PKCS #1, public and private; PKCS #8; SEC 1.
        [Sequence, BitString]
            | [Sequence, Sequence, BitString]
            | [Integer, Integer, ..]
            | [Integer, Sequence, OctetString, ..]
            | [Integer, OctetString, ..]
    )
}

fn public_key(info: &SubjectPublicKeyInfoRef<'_>) -> Result<Read> {
    let key = info.subject_public_key.as_bytes().ok_or_else(|| unreadable(Tag::BitString.value_error()))?;
    match named(&KINDS, info.algorithm.oid)? {
        Kind::Rsa => pkcs1_public(key),
        Kind::RsaPss => Ok(Read { pss: Some(pss(&info.algorithm)?), ..pkcs1_public(key)? }),
        Kind::Ec => Ok(Material::Ec(EcKey::from_sec1_point(curve(&info.algorithm)?, key, None)?).into()),
        Kind::Ed25519 => Ok(Material::Okp(OkpKey::new(key, None)?).into()),
    }
}

fn curve(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<Curve> {
    named(&CURVES, algorithm.parameters_oid().map_err(|_| unreadable(Tag::ObjectIdentifier.value_error()))?)
}

/// The table entry for an object identifier.
fn named<T: Copy>(table: &[(ObjectIdentifier, T)], oid: ObjectIdentifier) -> Result<T> {
    table.iter().find(|(known, _)| *known == oid).map(|(_, named)| *named).ok_or_else(unsupported)
}

/// The hash that a PSS key is restricted to: the first member of `RSASSA-PSS-params` (RFC 4055 section 3.1). Without
/// parameters, any hash. If the member is omitted, the hash is SHA-1, which no algorithm here uses.
fn pss(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<Pss> {
    let Some(parameters) = algorithm.parameters else { return Ok(Pss { hash: None }) };
    let parameters = parameters.decode_as::<RsaPssParams<'_>>().map_err(unreadable)?;
    Ok(Pss { hash: Some(named(&HASHES, parameters.hash.oid)?) })
}

/// Some writers omit leading zeros of the private number.
fn full_length(d: &[u8], curve: Curve) -> Result<Zeroizing<Vec<u8>>> {
    let missing =
        curve.field_bytes().checked_sub(d.len()).ok_or_else(|| unreadable(Tag::OctetString.length_error()))?;
    let mut full = Zeroizing::new(vec![0; curve.field_bytes()]);
    full[missing..].copy_from_slice(d);
    Ok(full)
}

/// The parsers' own errors describe the content of the file, and no error may contain anything from a key file.
fn unreadable(_: impl std::fmt::Display) -> Error {
    Error::new(Code::KeyInvalid).about("DER").expected("a key file")
}

fn unsupported() -> Error {
    Error::new(Code::KeyWrongKind).about("key").expected("RSA, P-256, P-384, P-521, secp256k1 or Ed25519")
}
