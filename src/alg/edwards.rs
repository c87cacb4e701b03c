//! Which Ed25519 points are accepted, in public keys and in signatures.
//!
//! RFC 8032 lets a verifier choose between two equations, with and without the cofactor. Libraries also differ about
//! points of small order and about non-canonical encodings of a point. They can disagree only about points outside the
//! subgroup of prime order. So such keys are rejected at import, and signatures with such an R before any engine is
//! called. All engines agree about the rest.
//!
//! curve25519-dalek provides the arithmetic.

use std::sync::LazyLock;

use curve25519_dalek::Scalar;
use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::edwards::CompressedEdwardsY;

/// `2^255 - 19`, the field (RFC 8032 section 5.1), little-endian.
const P: [u8; 32] = {
    let mut p = [0xff; 32];
    p[0] = 0xed;
    p[31] = 0x7f;
    p
};

/// The y coordinates of the points whose order is 1, 2, 4 or 8, little-endian.
static SMALL_ORDERS: LazyLock<[[u8; 32]; 8]> =
    LazyLock::new(|| EIGHT_TORSION.map(|point| y_of(&point.compress().to_bytes())));

/// Whether `encoded` is a canonical public key (RFC 8032 section 5.1.3) in the subgroup of prime order, and not its neutral element.
pub(crate) fn is_sound_key(encoded: &[u8; 32]) -> bool {
    CompressedEdwardsY(*encoded).decompress().is_some_and(|point| {
        point.compress().as_bytes() == encoded && point.is_torsion_free() && !point.is_small_order()
    })
}

/// Whether the 64 bytes of `signature` may be passed to an engine: R is canonically encoded and not of small order, and
/// S is below the order (RFC 8032 section 5.1.7). With a valid key, no other R outside the subgroup satisfies the
/// equation without the cofactor, which every engine here uses.
pub(crate) fn is_sound_signature(signature: &[u8]) -> bool {
    let Some((r, s)) = signature.split_first_chunk::<32>() else { return false };
    let Ok(s) = <[u8; 32]>::try_from(s) else { return false };
    let y = y_of(r);
    y.iter().rev().lt(P.iter().rev())
        && !SMALL_ORDERS.contains(&y)
        && bool::from(Scalar::from_canonical_bytes(s).is_some())
}

/// The y of an encoded point: all bits except the highest, which is the sign of x.
fn y_of(encoded: &[u8; 32]) -> [u8; 32] {
    let mut bytes = *encoded;
    bytes[31] &= 0x7f;
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn small_orders_and_second_spellings_are_no_keys() {
        let generator = bytes("5866666666666666666666666666666666666666666666666666666666666666");
        assert!(is_sound_key(&generator.try_into().unwrap()));
        for unsound in [
            "0100000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000080",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0000000000000000000000000000000000000000000000000000000000000080",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
            // y = p and y = p + 1: non-canonical encodings of zero and one.
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            // The sum of a key and a point of order two, four and eight.
            "9599999999999999999999999999999999999999999999999999999999999999",
            "5252cc0a7f208133b620acbd4537eba2a4123bf0a8c2e4f980c3b31bb69765ea",
            "13661d745ad63221ca5da0456fa618713511dc60668aa464e55b09a20ff7fc1d",
            // There is no point with y = 2.
            "0200000000000000000000000000000000000000000000000000000000000000",
        ] {
            assert!(!is_sound_key(&bytes(unsound).try_into().unwrap()), "{unsound}");
        }
    }
}
