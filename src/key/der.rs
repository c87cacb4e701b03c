//! Key files in DER: SPKI, PKCS#8, PKCS#1, SEC 1, and the key inside an X.509 certificate.

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Tag, TagNumber};
use zeroize::Zeroizing;

use super::Material;
use super::asn1::{
    Algorithm, EcPrivateKey, Fields, Malformed, PrivateKeyInfo, PublicKeyInfo, RsaPrivateKey, RsaPublicKey, content,
    object_identifier, only, tags,
};
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

/// The kinds of keys in files that name their kind.
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
    public_key(&PublicKeyInfo::from_der(der).map_err(|Malformed| unreadable())?)
}

/// The key of an X.509 certificate.
pub(super) fn certificate(der: &[u8]) -> Result<Read> {
    public_key(&PublicKeyInfo::of_certificate(der).map_err(|Malformed| unreadable())?)
}

/// A private key of any kind (RFC 5958).
pub(super) fn pkcs8(der: &[u8]) -> Result<Read> {
    let info = PrivateKeyInfo::from_der(der).map_err(|Malformed| unreadable())?;
    match named(&KINDS, info.algorithm.oid)? {
        Kind::Rsa => pkcs1_private(info.private_key),
        Kind::RsaPss => Ok(Read { pss: Some(pss(&info.algorithm)?), ..pkcs1_private(info.private_key)? }),
        Kind::Ec => sec1_private(info.private_key, Some(curve(&info.algorithm)?)),
        Kind::Ed25519 => {
            let seed = only(info.private_key)
                .and_then(|seed| content(seed, Tag::OctetString))
                .map_err(|Malformed| unreadable())?;
            let key = match info.public_key {
                Some(public) => OkpKey::new(public, Some(seed)),
                None => OkpKey::from_seed(seed),
            };
            Ok(Material::Okp(key?).into())
        }
    }
}

/// An RSA public key (RFC 8017).
pub(super) fn pkcs1_public(der: &[u8]) -> Result<Read> {
    let key = RsaPublicKey::from_der(der).map_err(|Malformed| unreadable())?;
    Ok(Material::Rsa(RsaKey::new(key.n, key.e, None)?).into())
}

/// An RSA private key (RFC 8017).
pub(super) fn pkcs1_private(der: &[u8]) -> Result<Read> {
    let key = RsaPrivateKey::from_der(der).map_err(|Malformed| unreadable())?;
    if key.has_more_primes {
        return Err(Error::new(Code::KeyWrongKind).about("key").expected("an RSA key of two primes"));
    }
    let [n, e, secrets @ ..] = key.numbers;
    let [d, p, q, dp, dq, qi] = secrets.map(|number| Zeroizing::new(number.to_vec()));
    Ok(Material::Rsa(RsaKey::new(n, e, Some(RsaPrivate { d, p, q, dp, dq, qi }))?).into())
}

/// An elliptic-curve private key (RFC 5915). Inside PKCS#8 the curve is named outside it.
pub(super) fn sec1_private(der: &[u8], outer: Option<Curve>) -> Result<Read> {
    let key = EcPrivateKey::from_der(der).map_err(|Malformed| unreadable())?;
    let inner = key.curve.map(|oid| named(&CURVES, oid)).transpose()?;
    let curve = match (outer, inner) {
        (Some(outer), Some(inner)) if outer != inner => return Err(unreadable()),
        (outer, inner) => outer.or(inner).ok_or_else(unreadable)?,
    };
    let d = full_length(key.private_key, curve)?;
    let key = match key.public_key {
        Some(point) => EcKey::from_sec1_point(curve, point, Some(&d)),
        None => EcKey::from_private(curve, &d),
    };
    Ok(Material::Ec(key?).into())
}

/// Whether these bytes are put together like a key file of any kind: then they are no secret to share.
pub(super) fn is_key(der: &[u8]) -> bool {
    use Tag::{BitString, Integer, OctetString, Sequence};
    matches!(
        tags(der).unwrap_or_default()[..],
        // A public key; a certificate; PKCS #1, both halves; PKCS #8; SEC 1.
        [Sequence, BitString]
            | [Sequence, Sequence, BitString]
            | [Integer, Integer, ..]
            | [Integer, Sequence, OctetString, ..]
            | [Integer, OctetString, ..]
    )
}

fn public_key(info: &PublicKeyInfo<'_>) -> Result<Read> {
    match named(&KINDS, info.algorithm.oid)? {
        Kind::Rsa => pkcs1_public(info.key),
        Kind::RsaPss => Ok(Read { pss: Some(pss(&info.algorithm)?), ..pkcs1_public(info.key)? }),
        Kind::Ec => Ok(Material::Ec(EcKey::from_sec1_point(curve(&info.algorithm)?, info.key, None)?).into()),
        Kind::Ed25519 => Ok(Material::Okp(OkpKey::new(info.key, None)?).into()),
    }
}

fn curve(algorithm: &Algorithm<'_>) -> Result<Curve> {
    let parameters = algorithm.parameters.ok_or_else(unreadable)?;
    named(&CURVES, object_identifier(parameters).map_err(|Malformed| unreadable())?)
}

/// What a table has under the content of an OBJECT IDENTIFIER.
fn named<T: Copy>(table: &[(ObjectIdentifier, T)], oid: &[u8]) -> Result<T> {
    table.iter().find(|(known, _)| known.as_bytes() == oid).map(|(_, named)| *named).ok_or_else(unsupported)
}

/// The hash a PSS key is kept to: the first member of `RSASSA-PSS-params` (RFC 4055 section 3.1). Without parameters, any.
fn pss(algorithm: &Algorithm<'_>) -> Result<Pss> {
    let Some(parameters) = algorithm.parameters else { return Ok(Pss { hash: None }) };
    // Left out, it would be SHA-1, which no algorithm here has.
    let oid = hash_of_pss(parameters).map_err(|Malformed| unreadable())?.ok_or_else(unsupported)?;
    Ok(Pss { hash: Some(named(&HASHES, oid)?) })
}

fn hash_of_pss(parameters: AnyRef<'_>) -> Result<Option<&[u8]>, Malformed> {
    let mut members = Fields::of(parameters)?;
    let hash = match members.tagged(TagNumber::N0, true)? {
        Some(hash) => Some(Algorithm::read(only(hash)?)?.oid),
        None => None,
    };
    while !members.is_empty() {
        members.next()?;
    }
    Ok(hash)
}

/// Some writers drop leading zeros of the private number.
fn full_length(d: &[u8], curve: Curve) -> Result<Zeroizing<Vec<u8>>> {
    let missing = curve.field_bytes().checked_sub(d.len()).ok_or_else(unreadable)?;
    let mut full = Zeroizing::new(vec![0; curve.field_bytes()]);
    full[missing..].copy_from_slice(d);
    Ok(full)
}

fn unreadable() -> Error {
    Error::new(Code::KeyInvalid).about("DER").expected("a key file")
}

fn unsupported() -> Error {
    Error::new(Code::KeyWrongKind).about("key").expected("RSA, P-256, P-384, P-521, secp256k1 or Ed25519")
}
