//! The algorithms: one table with one row each.
//!
//! `none` (RFC 7518 section 3.6) is not in the table, so this crate has no value for it.

use std::fmt;

pub(crate) mod ecdsa;
pub(crate) mod eddsa;
mod edwards;
#[cfg(feature = "software")]
pub(crate) mod engine;
pub mod hmac;
mod points;
mod roca;
pub(crate) mod rsa;

/// A signature algorithm (RFC 7518 section 3.1, RFC 8037, RFC 8812, RFC 9864).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are the registered ones")]
pub enum Alg {
    HS256,
    HS384,
    HS512,
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    ES512,
    ES256K,
    EdDSA,
    Ed25519,
}

/// The kind of key that an algorithm requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// A shared secret.
    Hmac,
    /// An RSA key, PKCS#1 v1.5 signatures.
    RsaPkcs1,
    /// An RSA key, PSS signatures with a salt as long as the hash.
    RsaPss,
    /// A point on a named curve, signatures in the fixed-length form of RFC 7518 section 3.4.
    Ecdsa(Curve),
    /// An Ed25519 key (RFC 8037).
    Ed25519,
}

/// The curves of the ECDSA algorithms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the curves' own")]
pub enum Curve {
    P256,
    P384,
    P521,
    Secp256k1,
}

/// The hash functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the hashes' own")]
pub enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The algorithm.
    pub alg: Alg,
    /// Its registered name, case-sensitive.
    pub name: &'static str,
    /// The kind of key it requires.
    pub family: Family,
    /// Its hash function.
    pub hash: Hash,
    /// The length of its signatures in bytes; `None` if it depends on the key (RSA).
    pub signature_bytes: Option<usize>,
}

const fn row(alg: Alg, name: &'static str, family: Family, hash: Hash, signature_bytes: Option<usize>) -> Row {
    Row { alg, name, family, hash, signature_bytes }
}

/// The table. Rows are in the order of [`Alg`]'s variants.
pub const TABLE: [Row; 15] = [
    row(Alg::HS256, "HS256", Family::Hmac, Hash::Sha256, Some(32)),
    row(Alg::HS384, "HS384", Family::Hmac, Hash::Sha384, Some(48)),
    row(Alg::HS512, "HS512", Family::Hmac, Hash::Sha512, Some(64)),
    row(Alg::RS256, "RS256", Family::RsaPkcs1, Hash::Sha256, None),
    row(Alg::RS384, "RS384", Family::RsaPkcs1, Hash::Sha384, None),
    row(Alg::RS512, "RS512", Family::RsaPkcs1, Hash::Sha512, None),
    row(Alg::PS256, "PS256", Family::RsaPss, Hash::Sha256, None),
    row(Alg::PS384, "PS384", Family::RsaPss, Hash::Sha384, None),
    row(Alg::PS512, "PS512", Family::RsaPss, Hash::Sha512, None),
    row(Alg::ES256, "ES256", Family::Ecdsa(Curve::P256), Hash::Sha256, Some(64)),
    row(Alg::ES384, "ES384", Family::Ecdsa(Curve::P384), Hash::Sha384, Some(96)),
    row(Alg::ES512, "ES512", Family::Ecdsa(Curve::P521), Hash::Sha512, Some(132)),
    row(Alg::ES256K, "ES256K", Family::Ecdsa(Curve::Secp256k1), Hash::Sha256, Some(64)),
    row(Alg::EdDSA, "EdDSA", Family::Ed25519, Hash::Sha512, Some(64)),
    row(Alg::Ed25519, "Ed25519", Family::Ed25519, Hash::Sha512, Some(64)),
];

impl Alg {
    /// The algorithm's row.
    pub const fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// The registered name, as used in a header.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The kind of key it requires.
    pub const fn family(self) -> Family {
        self.row().family
    }

    /// Its hash function.
    pub const fn hash(self) -> Hash {
        self.row().hash
    }

    /// Finds an algorithm by its registered name, case-sensitively (RFC 7515 section 4.1.1).
    pub fn from_name(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.name == name).map(|row| row.alg)
    }

    /// Whether a key for `self` can verify a token whose header names `named`: the two must be equal, except that
    /// `EdDSA` over Ed25519 and RFC 9864's `Ed25519` are the same algorithm.
    pub fn serves(self, named: Self) -> bool {
        self == named || (self.family() == Family::Ed25519 && named.family() == Family::Ed25519)
    }
}

impl Curve {
    /// The registered name of the curve in a JWK (RFC 7518 section 6.2.1.1, RFC 8812 section 3.1).
    pub const fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::Secp256k1 => "secp256k1",
        }
    }

    /// The length of a coordinate in bytes.
    pub const fn field_bytes(self) -> usize {
        match self {
            Self::P256 | Self::Secp256k1 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// Finds a curve by its registered name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::P256, Self::P384, Self::P521, Self::Secp256k1].into_iter().find(|curve| curve.name() == name)
    }

    /// The only algorithm for keys of this curve.
    pub const fn alg(self) -> Alg {
        match self {
            Self::P256 => Alg::ES256,
            Self::P384 => Alg::ES384,
            Self::P521 => Alg::ES512,
            Self::Secp256k1 => Alg::ES256K,
        }
    }
}

impl Hash {
    /// The length of its output in bytes.
    pub const fn bytes(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

impl fmt::Display for Alg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_the_variants() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(row.alg as usize, index, "{}", row.name);
        }
    }

    #[test]
    fn names_are_case_sensitive_and_none_is_not_one() {
        assert_eq!(Alg::from_name("HS256"), Some(Alg::HS256));
        for wrong in ["hs256", "Hs256", "none", "None", "nOnE", "", "HS256 "] {
            assert_eq!(Alg::from_name(wrong), None, "{wrong}");
        }
    }
}
