//! Whether coordinates are a point of a Weierstrass curve, and numbers in the range of its order. Every build asks this, also one that
//! leaves signatures to its host, so a bad key or signature gets the same answer everywhere (RFC 8725 section 3.4).
//!
//! Only public numbers pass through here, a few multiplications each; nothing needs to take the same time for all inputs.

use crypto_bigint::U576;
use crypto_bigint::modular::runtime_mod::{DynResidue, DynResidueParams};

use super::Curve;

/// Wide enough for P-521. One width for all curves keeps this small.
const LIMBS: usize = U576::LIMBS;
const WIDE_BYTES: usize = U576::BYTES;

type Element = DynResidue<LIMBS>;

/// `y² = x³ + ax + b` over the integers modulo `p` (SEC 2, FIPS 186-5).
struct Weierstrass {
    p: U576,
    a: Coefficient,
    b: U576,
}

enum Coefficient {
    MinusThree,
    Zero,
}

const P256: Weierstrass = Weierstrass {
    p: wide("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"),
    a: Coefficient::MinusThree,
    b: wide("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b"),
};

const P384: Weierstrass = Weierstrass {
    p: wide("fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff"),
    a: Coefficient::MinusThree,
    b: wide("b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef"),
};

const P521: Weierstrass = Weierstrass {
    p: U576::ONE.shl_vartime(521).wrapping_sub(&U576::ONE),
    a: Coefficient::MinusThree,
    b: wide(
        "51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34\
         f1ef451fd46b503f00",
    ),
};

const SECP256K1: Weierstrass = Weierstrass {
    p: wide("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f"),
    a: Coefficient::Zero,
    b: wide("7"),
};

/// The order of the curve's generator.
const fn order(curve: Curve) -> U576 {
    match curve {
        Curve::P256 => wide("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
        Curve::P384 => {
            wide("ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973")
        }
        Curve::P521 => wide(
            "1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c4\
             7aebb6fb71e91386409",
        ),
        Curve::Secp256k1 => wide("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"),
    }
}

/// Whether a big-endian number is from 1 to n - 1, as private numbers and both halves of a signature must be (SEC 1 section 4.1.4).
pub(crate) fn is_scalar(curve: Curve, value: &[u8]) -> bool {
    number(value).is_some_and(|value| value != U576::ZERO && value < order(curve))
}

/// Whether (`x`, `y`), big-endian, is a point of `curve`. The point at infinity has no such coordinates.
pub(crate) fn on_curve(curve: Curve, x: &[u8], y: &[u8]) -> bool {
    let Weierstrass { p, a, b } = match curve {
        Curve::P256 => P256,
        Curve::P384 => P384,
        Curve::P521 => P521,
        Curve::Secp256k1 => SECP256K1,
    };
    let (Some(x), Some(y)) = (number(x), number(y)) else { return false };
    if x >= p || y >= p {
        return false;
    }
    let field = DynResidueParams::new(&p);
    let [x, y, b] = [x, y, b].map(|value| Element::new(&value, field));
    let cubic = x.square().mul(&x).add(&b);
    let right = match a {
        Coefficient::MinusThree => cubic.sub(&x).sub(&x).sub(&x),
        Coefficient::Zero => cubic,
    };
    y.square() == right
}

/// A big-endian number, unless it is too long for any curve here.
fn number(big_endian: &[u8]) -> Option<U576> {
    let mut padded = [0; WIDE_BYTES];
    let start = WIDE_BYTES.checked_sub(big_endian.len())?;
    padded[start..].copy_from_slice(big_endian);
    Some(U576::from_be_slice(&padded))
}

/// A constant written in hexadecimal.
const fn wide(hex: &str) -> U576 {
    let digits = hex.as_bytes();
    let mut value = U576::ZERO;
    let mut index = 0;
    while index < digits.len() {
        let digit = match digits[index] {
            digit @ b'0'..=b'9' => digit - b'0',
            digit => digit - b'a' + 10,
        };
        value = value.shl_vartime(4).wrapping_add(&U576::from_u8(digit));
        index += 1;
    }
    value
}

#[cfg(test)]
mod tests {
    use crypto_bigint::Encoding;

    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let hex = if hex.len() % 2 == 1 { format!("0{hex}") } else { hex.to_owned() };
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    /// The generators, from SEC 2.
    const GENERATORS: [(Curve, &str, &str); 4] = [
        (
            Curve::P256,
            "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
            "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        ),
        (
            Curve::P384,
            "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
            "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
        ),
        (
            Curve::P521,
            "c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
            "11839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
        ),
        (
            Curve::Secp256k1,
            "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
            "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
        ),
    ];

    #[test]
    fn generators_are_on_their_curve_and_on_no_other() {
        for (curve, x, y) in GENERATORS {
            for (other, _, _) in GENERATORS {
                assert_eq!(on_curve(other, &bytes(x), &bytes(y)), curve == other, "{curve:?} on {other:?}");
            }
        }
    }

    #[test]
    fn scalars_are_from_one_to_below_the_order() {
        for (curve, _, _) in GENERATORS {
            let n = order(curve);
            let length = curve.field_bytes();
            let says = |value: U576| is_scalar(curve, &value.to_be_bytes()[WIDE_BYTES - length..]);
            assert!(says(U576::ONE) && says(n.wrapping_sub(&U576::ONE)), "{curve:?}");
            assert!(!says(U576::ZERO) && !says(n) && !says(n.wrapping_add(&U576::ONE)), "{curve:?}");
        }
    }

    #[test]
    fn a_changed_coordinate_is_off_the_curve() {
        for (curve, x, y) in GENERATORS {
            let mut y = bytes(y);
            *y.last_mut().unwrap() ^= 1;
            assert!(!on_curve(curve, &bytes(x), &y), "{curve:?}");
            assert!(!on_curve(curve, &[0], &[0]), "{curve:?}");
        }
    }
}
