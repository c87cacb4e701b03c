//! Key files in DER: SPKI, PKCS#8, PKCS#1, SEC 1, and the key inside an X.509 certificate.

use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef, UintRef};
use der::{Decode, Reader, SliceReader, TagMode, TagNumber};
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

/// A key as its file has it.
pub(super) struct Read {
    pub(super) material: Material,
    /// The file says: PSS only (RFC 4055 section 1.2), perhaps with one hash.
    pss: Option<Pss>,
}

struct Pss {
    hash: Option<Hash>,
}

impl Read {
    /// Refuses an algorithm that the file itself rules out.
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

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

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

/// `SubjectPublicKeyInfo` (RFC 5280 section 4.1.2.7).
pub(super) fn spki(der: &[u8]) -> Result<Read> {
    public_key(&SubjectPublicKeyInfoRef::from_der(der).map_err(unreadable)?)
}

/// The key of an X.509 certificate (RFC 5280 section 4.1). The members around it are stepped over, not judged.
pub(super) fn certificate(der: &[u8]) -> Result<Read> {
    public_key(&certified_key(der).map_err(unreadable)?)
}

/// `PrivateKeyInfo` (RFC 5958).
pub(super) fn pkcs8(der: &[u8]) -> Result<Read> {
    let info = PrivateKeyInfo::from_der(der).map_err(unreadable)?;
    match info.algorithm.oid {
        RSA => pkcs1_private(info.private_key),
        RSA_PSS => Ok(Read { pss: Some(pss(&info.algorithm)?), ..pkcs1_private(info.private_key)? }),
        EC => sec1_private(info.private_key, Some(curve(&info.algorithm)?)),
        ED25519 => {
            let seed = OctetStringRef::from_der(info.private_key).map_err(unreadable)?.as_bytes();
            let key = match info.public_key {
                Some(public) => OkpKey::new(public, Some(seed)),
                None => OkpKey::from_seed(seed),
            };
            Ok(Material::Okp(key?).into())
        }
        _ => Err(unsupported()),
    }
}

/// `RSAPublicKey` (RFC 8017 appendix A.1.1).
pub(super) fn pkcs1_public(der: &[u8]) -> Result<Read> {
    let key = pkcs1::RsaPublicKey::from_der(der).map_err(unreadable)?;
    let key = RsaKey::new(key.modulus.as_bytes(), key.public_exponent.as_bytes(), None)?;
    Ok(Material::Rsa(key).into())
}

/// `RSAPrivateKey` (RFC 8017 appendix A.1.2).
pub(super) fn pkcs1_private(der: &[u8]) -> Result<Read> {
    let key = pkcs1::RsaPrivateKey::from_der(der).map_err(unreadable)?;
    if key.other_prime_infos.is_some() {
        return Err(Error::new(Code::KeyWrongKind).about("key").expected("an RSA key of two primes"));
    }
    let bytes = |number: UintRef<'_>| Zeroizing::new(number.as_bytes().to_vec());
    let private = RsaPrivate {
        d: bytes(key.private_exponent),
        p: bytes(key.prime1),
        q: bytes(key.prime2),
        dp: bytes(key.exponent1),
        dq: bytes(key.exponent2),
        qi: bytes(key.coefficient),
    };
    let key = RsaKey::new(key.modulus.as_bytes(), key.public_exponent.as_bytes(), Some(private))?;
    Ok(Material::Rsa(key).into())
}

/// `ECPrivateKey` (RFC 5915). Inside PKCS#8 the curve is named outside it.
pub(super) fn sec1_private(der: &[u8], outer: Option<Curve>) -> Result<Read> {
    let key = EcPrivateKey::from_der(der).map_err(unreadable)?;
    let inner = match key.parameters.and_then(|parameters| parameters.named_curve()) {
        Some(oid) => Some(named_curve(oid)?),
        None => None,
    };
    let curve = match (outer, inner) {
        (Some(outer), Some(inner)) if outer != inner => return Err(unreadable("two curves")),
        (outer, inner) => outer.or(inner).ok_or_else(|| unreadable("no curve"))?,
    };
    let d = full_length(key.private_key, curve)?;
    let key = match key.public_key {
        Some(point) => EcKey::from_sec1_point(curve, point, Some(&d)),
        None => EcKey::from_private(curve, &d),
    };
    Ok(Material::Ec(key?).into())
}

/// Whether these bytes are a key file of any kind read here: then they are no secret to share.
pub(super) fn is_key(der: &[u8]) -> bool {
    SubjectPublicKeyInfoRef::from_der(der).is_ok()
        || PrivateKeyInfo::from_der(der).is_ok()
        || pkcs1::RsaPublicKey::from_der(der).is_ok()
        || pkcs1::RsaPrivateKey::from_der(der).is_ok()
        || EcPrivateKey::from_der(der).is_ok()
        || certified_key(der).is_ok()
}

fn public_key(info: &SubjectPublicKeyInfoRef<'_>) -> Result<Read> {
    let bytes = info.subject_public_key.as_bytes().ok_or_else(|| unreadable("a ragged bit string"))?;
    match info.algorithm.oid {
        RSA => pkcs1_public(bytes),
        RSA_PSS => Ok(Read { pss: Some(pss(&info.algorithm)?), ..pkcs1_public(bytes)? }),
        EC => Ok(Material::Ec(EcKey::from_sec1_point(curve(&info.algorithm)?, bytes, None)?).into()),
        ED25519 => Ok(Material::Okp(OkpKey::new(bytes, None)?).into()),
        _ => Err(unsupported()),
    }
}

fn certified_key(der: &[u8]) -> der::Result<SubjectPublicKeyInfoRef<'_>> {
    let mut file = SliceReader::new(der)?;
    let key = file.sequence(|certificate| {
        let key = certificate.sequence(|tbs| {
            let _version = tbs.context_specific::<u8>(TagNumber::N0, TagMode::Explicit)?;
            let [_serial, _signature, _issuer, _validity, _subject] =
                [tbs.decode()?, tbs.decode()?, tbs.decode()?, tbs.decode()?, AnyRef::decode(tbs)?];
            let key = SubjectPublicKeyInfoRef::decode(tbs)?;
            while !tbs.is_finished() {
                AnyRef::decode(tbs)?;
            }
            Ok(key)
        })?;
        let _algorithm = AlgorithmIdentifierRef::decode(certificate)?;
        let _signature = BitStringRef::decode(certificate)?;
        Ok(key)
    })?;
    file.finish(key)
}

fn curve(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<Curve> {
    named_curve(algorithm.parameters_oid().map_err(unreadable)?)
}

fn named_curve(oid: ObjectIdentifier) -> Result<Curve> {
    let known = CURVES.iter().find(|(known, _)| *known == oid);
    known.map(|(_, curve)| *curve).ok_or_else(unsupported)
}

/// The hash a PSS key is kept to: the first member of `RSASSA-PSS-params` (RFC 4055 section 3.1). Without parameters, any.
fn pss(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<Pss> {
    let Some(parameters) = algorithm.parameters else { return Ok(Pss { hash: None }) };
    let named = parameters.sequence(|members| {
        let hash = members.context_specific::<AlgorithmIdentifierRef<'_>>(TagNumber::N0, TagMode::Explicit)?;
        while !members.is_finished() {
            AnyRef::decode(members)?;
        }
        Ok(hash)
    });
    // Left out, it would be SHA-1, which no algorithm here has.
    let named = named.map_err(unreadable)?.ok_or_else(unsupported)?;
    let known = HASHES.iter().find(|(known, _)| *known == named.oid).ok_or_else(unsupported)?;
    Ok(Pss { hash: Some(known.1) })
}

/// Some writers drop leading zeros of the private number.
fn full_length(d: &[u8], curve: Curve) -> Result<Zeroizing<Vec<u8>>> {
    let missing = curve.field_bytes().checked_sub(d.len()).ok_or_else(|| unreadable("a number too long"))?;
    let mut full = Zeroizing::new(vec![0; curve.field_bytes()]);
    full[missing..].copy_from_slice(d);
    Ok(full)
}

/// The parser's own words are dropped: nothing of the file may reach an error.
fn unreadable<E>(_why: E) -> Error {
    Error::new(Code::KeyInvalid).about("DER").expected("a key file")
}

fn unsupported() -> Error {
    Error::new(Code::KeyWrongKind).about("key").expected("RSA, P-256, P-384, P-521, secp256k1 or Ed25519")
}
