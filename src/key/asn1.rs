//! The structures of key files, taken apart.
//!
//! The lengths, tags and numbers are read by the crate `der`, each structure by [`Fields`] over one slice. The ready-made
//! structures of `pkcs1`, `pkcs8`, `sec1` and `spki` nest readers, and every level of nesting compiles all that is below it once
//! more: 83 KB of wasm against 17.

use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef, UintRef};
use der::{Decode, ErrorKind, Reader, Result, SliceReader, Tag, TagNumber, Tagged};

/// `AlgorithmIdentifier` (RFC 5280 section 4.1.1.2).
#[derive(Clone, Copy)]
pub(super) struct Algorithm<'d> {
    pub(super) oid: ObjectIdentifier,
    pub(super) parameters: Option<AnyRef<'d>>,
}

/// `SubjectPublicKeyInfo` (RFC 5280 section 4.1.2.7).
pub(super) struct PublicKeyInfo<'d> {
    pub(super) algorithm: Algorithm<'d>,
    pub(super) key: &'d [u8],
}

/// `PrivateKeyInfo` (RFC 5958 section 2). Its attributes are stepped over.
pub(super) struct PrivateKeyInfo<'d> {
    pub(super) algorithm: Algorithm<'d>,
    pub(super) private_key: &'d [u8],
    pub(super) public_key: Option<&'d [u8]>,
}

/// `RSAPublicKey` (RFC 8017 appendix A.1.1).
pub(super) struct RsaPublicKey<'d> {
    pub(super) n: &'d [u8],
    pub(super) e: &'d [u8],
}

/// `RSAPrivateKey` (RFC 8017 appendix A.1.2): n, e, d, p, q, dp, dq, qi, and whether there are more primes than two.
pub(super) struct RsaPrivateKey<'d> {
    pub(super) numbers: [&'d [u8]; 8],
    pub(super) has_more_primes: bool,
}

/// `ECPrivateKey` (RFC 5915 section 3).
pub(super) struct EcPrivateKey<'d> {
    pub(super) private_key: &'d [u8],
    pub(super) curve: Option<ObjectIdentifier>,
    pub(super) public_key: Option<&'d [u8]>,
}

impl<'d> Algorithm<'d> {
    pub(super) fn read(field: AnyRef<'d>) -> Result<Self> {
        let mut fields = Fields::of(field)?;
        let oid = fields.next()?.decode_as()?;
        let parameters = if fields.is_empty() { None } else { Some(fields.next()?) };
        fields.end(Self { oid, parameters })
    }
}

impl<'d> PublicKeyInfo<'d> {
    pub(super) fn from_der(der: &'d [u8]) -> Result<Self> {
        Self::read(AnyRef::from_der(der)?)
    }

    fn read(field: AnyRef<'d>) -> Result<Self> {
        let mut fields = Fields::of(field)?;
        let algorithm = Algorithm::read(fields.next()?)?;
        let key = whole_bytes(fields.next()?)?;
        fields.end(Self { algorithm, key })
    }

    /// The key of an X.509 certificate (RFC 5280 section 4.1). The members around it are stepped over, not judged.
    pub(super) fn of_certificate(der: &'d [u8]) -> Result<Self> {
        let mut certificate = Fields::of(AnyRef::from_der(der)?)?;
        let mut signed = Fields::of(certificate.next()?)?;
        signed.tagged(TagNumber::N0, true)?;
        for _before in ["serial number", "signature", "issuer", "validity", "subject"] {
            signed.next()?;
        }
        let key = Self::read(signed.next()?)?;
        while !signed.is_empty() {
            signed.next()?;
        }
        Algorithm::read(certificate.next()?)?;
        certificate.next()?.decode_as::<BitStringRef<'_>>()?;
        certificate.end(key)
    }
}

impl<'d> PrivateKeyInfo<'d> {
    pub(super) fn from_der(der: &'d [u8]) -> Result<Self> {
        let mut fields = Fields::of(AnyRef::from_der(der)?)?;
        let version: u8 = fields.next()?.decode_as()?;
        let algorithm = Algorithm::read(fields.next()?)?;
        let private_key = fields.next()?.decode_as::<OctetStringRef<'_>>()?.as_bytes();
        let public_key = match fields.tagged(TagNumber::N1, false)? {
            Some(bits) => Some(whole_bytes(AnyRef::new(Tag::BitString, bits)?)?),
            None => None,
        };
        if version != u8::from(public_key.is_some()) {
            return Err(Tag::Integer.value_error());
        }
        while !fields.is_empty() {
            if !fields.next()?.tag().is_context_specific() {
                return Err(ErrorKind::Failed.into());
            }
        }
        Ok(Self { algorithm, private_key, public_key })
    }
}

impl<'d> RsaPublicKey<'d> {
    pub(super) fn from_der(der: &'d [u8]) -> Result<Self> {
        let mut fields = Fields::of(AnyRef::from_der(der)?)?;
        let (n, e) = (fields.number()?, fields.number()?);
        fields.end(Self { n, e })
    }
}

impl<'d> RsaPrivateKey<'d> {
    pub(super) fn from_der(der: &'d [u8]) -> Result<Self> {
        let mut fields = Fields::of(AnyRef::from_der(der)?)?;
        let version: u8 = fields.next()?.decode_as()?;
        let mut numbers = [&[][..]; 8];
        for number in &mut numbers {
            *number = fields.number()?;
        }
        let has_more_primes = !fields.is_empty();
        if has_more_primes {
            fields.next()?.tag().assert_eq(Tag::Sequence)?;
        }
        if version != u8::from(has_more_primes) {
            return Err(Tag::Integer.value_error());
        }
        fields.end(Self { numbers, has_more_primes })
    }
}

impl<'d> EcPrivateKey<'d> {
    pub(super) fn from_der(der: &'d [u8]) -> Result<Self> {
        let mut fields = Fields::of(AnyRef::from_der(der)?)?;
        if fields.next()?.decode_as::<u8>()? != 1 {
            return Err(Tag::Integer.value_error());
        }
        let private_key = fields.next()?.decode_as::<OctetStringRef<'_>>()?.as_bytes();
        let curve = match fields.tagged(TagNumber::N0, true)? {
            Some(parameters) => Some(AnyRef::from_der(parameters)?.decode_as()?),
            None => None,
        };
        let public_key = match fields.tagged(TagNumber::N1, true)? {
            Some(bits) => Some(whole_bytes(AnyRef::from_der(bits)?)?),
            None => None,
        };
        fields.end(Self { private_key, curve, public_key })
    }
}

/// The fields of a SEQUENCE, one after the other.
pub(super) struct Fields<'d>(SliceReader<'d>);

impl<'d> Fields<'d> {
    pub(super) fn of(sequence: AnyRef<'d>) -> Result<Self> {
        sequence.tag().assert_eq(Tag::Sequence)?;
        SliceReader::new(sequence.value()).map(Self)
    }

    pub(super) fn next(&mut self) -> Result<AnyRef<'d>> {
        AnyRef::decode(&mut self.0)
    }

    /// An INTEGER that is not negative, without leading zeros.
    fn number(&mut self) -> Result<&'d [u8]> {
        Ok(self.next()?.decode_as::<UintRef<'_>>()?.as_bytes())
    }

    /// The content of the field with a tag of this number, if it comes next. Fields of lower numbers are stepped over.
    pub(super) fn tagged(&mut self, wanted: TagNumber, is_constructed: bool) -> Result<Option<&'d [u8]>> {
        while let Some(byte) = self.0.peek_byte() {
            let tag = Tag::try_from(byte)?;
            let Tag::ContextSpecific { constructed, number } = tag else { break };
            if number > wanted {
                break;
            }
            let field = self.next()?;
            if number == wanted {
                return if constructed == is_constructed { Ok(Some(field.value())) } else { Err(tag.value_error()) };
            }
        }
        Ok(None)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_finished()
    }

    /// `read`, if nothing follows.
    fn end<T>(self, read: T) -> Result<T> {
        self.0.finish(read)
    }
}

/// A BIT STRING that is whole bytes.
fn whole_bytes(field: AnyRef<'_>) -> Result<&[u8]> {
    field.decode_as::<BitStringRef<'_>>()?.as_bytes().ok_or_else(|| Tag::BitString.value_error())
}
