//! The structures of key files, taken apart.
//!
//! Tags and lengths are read by the crate `der`, one value after the other out of a slice by [`Fields`]; what a value means is a
//! line each here. The ready-made structures of `pkcs1`, `pkcs8`, `sec1` and `spki` nest readers, and every level of nesting compiles
//! all that is below it once more, and each step would hand on an error of 50 bytes: 83 KB of wasm against 8.

use der::asn1::AnyRef;
use der::{Decode, Reader, SliceReader, Tag, TagNumber, Tagged};

/// The file is not what its structure demands. Where and how is said to nobody: nothing of a key file may reach an error.
pub(super) struct Malformed;

type Result<T> = std::result::Result<T, Malformed>;

/// `AlgorithmIdentifier` (RFC 5280 section 4.1.1.2).
#[derive(Clone, Copy)]
pub(super) struct Algorithm<'d> {
    /// The content of its OBJECT IDENTIFIER.
    pub(super) oid: &'d [u8],
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
    /// The content of its OBJECT IDENTIFIER.
    pub(super) curve: Option<&'d [u8]>,
    pub(super) public_key: Option<&'d [u8]>,
}

impl<'d> Algorithm<'d> {
    pub(super) fn read(field: AnyRef<'d>) -> Result<Self> {
        let mut fields = Fields::of(field)?;
        let oid = object_identifier(fields.next()?)?;
        let parameters = if fields.is_empty() { None } else { Some(fields.next()?) };
        fields.end(Self { oid, parameters })
    }
}

impl<'d> PublicKeyInfo<'d> {
    pub(super) fn from_der(der: &'d [u8]) -> Result<Self> {
        Self::read(only(der)?)
    }

    fn read(field: AnyRef<'d>) -> Result<Self> {
        let mut fields = Fields::of(field)?;
        let algorithm = Algorithm::read(fields.next()?)?;
        let key = whole_bytes(fields.next()?)?;
        fields.end(Self { algorithm, key })
    }

    /// The key of an X.509 certificate (RFC 5280 section 4.1). The members around it are stepped over, not judged.
    pub(super) fn of_certificate(der: &'d [u8]) -> Result<Self> {
        let mut certificate = Fields::of(only(der)?)?;
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
        content(certificate.next()?, Tag::BitString)?;
        certificate.end(key)
    }
}

impl<'d> PrivateKeyInfo<'d> {
    pub(super) fn from_der(der: &'d [u8]) -> Result<Self> {
        let mut fields = Fields::of(only(der)?)?;
        let version = fields.number()?;
        let algorithm = Algorithm::read(fields.next()?)?;
        let private_key = content(fields.next()?, Tag::OctetString)?;
        let public_key = match fields.tagged(TagNumber::N1, false)? {
            Some(bits) => Some(all_bits(bits)?),
            None => None,
        };
        demand(version == [u8::from(public_key.is_some())])?;
        while !fields.is_empty() {
            demand(fields.next()?.tag().is_context_specific())?;
        }
        Ok(Self { algorithm, private_key, public_key })
    }
}

impl<'d> RsaPublicKey<'d> {
    pub(super) fn from_der(der: &'d [u8]) -> Result<Self> {
        let mut fields = Fields::of(only(der)?)?;
        let (n, e) = (fields.number()?, fields.number()?);
        fields.end(Self { n, e })
    }
}

impl<'d> RsaPrivateKey<'d> {
    pub(super) fn from_der(der: &'d [u8]) -> Result<Self> {
        let mut fields = Fields::of(only(der)?)?;
        let version = fields.number()?;
        let mut numbers = [&[][..]; 8];
        for number in &mut numbers {
            *number = fields.number()?;
        }
        let has_more_primes = !fields.is_empty();
        if has_more_primes {
            content(fields.next()?, Tag::Sequence)?;
        }
        demand(version == [u8::from(has_more_primes)])?;
        fields.end(Self { numbers, has_more_primes })
    }
}

impl<'d> EcPrivateKey<'d> {
    pub(super) fn from_der(der: &'d [u8]) -> Result<Self> {
        let mut fields = Fields::of(only(der)?)?;
        demand(fields.number()? == [1])?;
        let private_key = content(fields.next()?, Tag::OctetString)?;
        let curve = match fields.tagged(TagNumber::N0, true)? {
            Some(parameters) => Some(object_identifier(only(parameters)?)?),
            None => None,
        };
        let public_key = match fields.tagged(TagNumber::N1, true)? {
            Some(bits) => Some(whole_bytes(only(bits)?)?),
            None => None,
        };
        fields.end(Self { private_key, curve, public_key })
    }
}

/// The fields of a SEQUENCE, one after the other.
pub(super) struct Fields<'d>(&'d [u8]);

impl<'d> Fields<'d> {
    pub(super) fn of(sequence: AnyRef<'d>) -> Result<Self> {
        content(sequence, Tag::Sequence).map(Self)
    }

    pub(super) fn next(&mut self) -> Result<AnyRef<'d>> {
        let mut reader = SliceReader::new(self.0).map_err(|_| Malformed)?;
        let field = AnyRef::decode(&mut reader).map_err(|_| Malformed)?;
        self.0 = reader.read_slice(reader.remaining_len()).map_err(|_| Malformed)?;
        Ok(field)
    }

    /// An INTEGER that is not negative, without leading zeros; zero is one zero.
    fn number(&mut self) -> Result<&'d [u8]> {
        match content(self.next()?, Tag::Integer)? {
            zero @ [0] => Ok(zero),
            // The zero keeps a number from looking negative.
            [0, number @ ..] if matches!(number, [0x80..=0xff, ..]) => Ok(number),
            number if matches!(number, [1..=0x7f, ..]) => Ok(number),
            _ => Err(Malformed),
        }
    }

    /// The content of the field with a tag of this number, if it comes next. Fields of lower numbers are stepped over.
    pub(super) fn tagged(&mut self, wanted: TagNumber, is_constructed: bool) -> Result<Option<&'d [u8]>> {
        while !self.is_empty() {
            let before = self.0;
            let field = self.next()?;
            match field.tag() {
                Tag::ContextSpecific { number, .. } if number < wanted => {}
                Tag::ContextSpecific { number, constructed } if number == wanted => {
                    return demand(constructed == is_constructed).map(|()| Some(field.value()));
                }
                _ => {
                    self.0 = before;
                    break;
                }
            }
        }
        Ok(None)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `read`, if nothing follows.
    fn end<T>(self, read: T) -> Result<T> {
        demand(self.is_empty()).map(|()| read)
    }
}

/// The one value that these bytes are.
pub(super) fn only(der: &[u8]) -> Result<AnyRef<'_>> {
    let mut fields = Fields(der);
    let value = fields.next()?;
    fields.end(value)
}

/// What a value of this tag holds.
pub(super) fn content(value: AnyRef<'_>, tag: Tag) -> Result<&[u8]> {
    demand(value.tag() == tag).map(|()| value.value())
}

/// The content of an OBJECT IDENTIFIER. Compared with known ones and used for nothing else.
pub(super) fn object_identifier(value: AnyRef<'_>) -> Result<&[u8]> {
    content(value, Tag::ObjectIdentifier)
}

/// A BIT STRING that is whole bytes.
fn whole_bytes(value: AnyRef<'_>) -> Result<&[u8]> {
    content(value, Tag::BitString).and_then(all_bits)
}

/// The bytes of a BIT STRING that leaves none of its last byte's bits unused.
fn all_bits(content: &[u8]) -> Result<&[u8]> {
    content.strip_prefix(&[0]).ok_or(Malformed)
}

/// The tags of the values in a sequence that is all there is.
pub(super) fn tags(der: &[u8]) -> Result<Vec<Tag>> {
    let mut fields = Fields::of(only(der)?)?;
    let mut tags = Vec::new();
    while !fields.is_empty() {
        tags.push(fields.next()?.tag());
    }
    Ok(tags)
}

fn demand(is_so: bool) -> Result<()> {
    if is_so { Ok(()) } else { Err(Malformed) }
}
