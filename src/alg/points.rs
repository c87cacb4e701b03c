//! Whether public coordinates are a point worth trusting: on the curve, spelled in one way, and not of small order. Every build
//! asks this, also one that leaves signatures to its host, so a bad key gets the same answer everywhere (RFC 8725 section 3.4).
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

/// `2^255 - 19`, the field of Ed25519 (RFC 8032 section 5.1).
const ED25519_P: U576 = U576::ONE.shl_vartime(255).wrapping_sub(&U576::from_u8(19));
/// The constant of the curve `-x² + y² = 1 + dx²y²`.
const ED25519_D: U576 = wide("52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3");

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

/// Whether `encoded` is a canonical Ed25519 public key (RFC 8032 section 5.1.3) whose order is not small. Under a point of small
/// order some signatures fit every message, and engines disagree about which.
pub(crate) fn is_sound_ed25519(encoded: &[u8; 32]) -> bool {
    let mut big_endian = *encoded;
    big_endian[31] &= 0x7f;
    big_endian.reverse();
    let Some(y) = number(&big_endian) else { return false };
    if y >= ED25519_P {
        return false;
    }
    let field = DynResidueParams::new(&ED25519_P);
    let (one, zero) = (Element::one(field), Element::zero(field));
    let y_squared = Element::new(&y, field).square();
    let d_y_squared = y_squared.mul(&Element::new(&ED25519_D, field));

    // x² = u / v; it has a root exactly when uv is a square (Euler's criterion). v is never zero, as -1/d is no square.
    let u = y_squared.sub(&one);
    let v = d_y_squared.add(&one);
    if u == zero {
        return false; // y = ±1: order one or two, under either sign.
    }
    let half = ED25519_P.shr_vartime(1);
    if u.mul(&v).pow_bounded_exp(&half, 255) != one {
        return false;
    }
    // Order four is y = 0. Order eight doubles to that: x² = -y², which is dy⁴ + 2y² - 1 = 0.
    let doubles_to_order_four = d_y_squared.mul(&y_squared).add(&y_squared).add(&y_squared) == one;
    y_squared != zero && !doubles_to_order_four
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
    fn a_changed_coordinate_is_off_the_curve() {
        for (curve, x, y) in GENERATORS {
            let mut y = bytes(y);
            *y.last_mut().unwrap() ^= 1;
            assert!(!on_curve(curve, &bytes(x), &y), "{curve:?}");
            assert!(!on_curve(curve, &[0], &[0]), "{curve:?}");
        }
    }

    #[test]
    fn small_orders_and_second_spellings_are_no_ed25519_keys() {
        let generator = bytes("5866666666666666666666666666666666666666666666666666666666666666");
        assert!(is_sound_ed25519(&generator.try_into().unwrap()));
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
            // y = p and y = p + 1: zero and one, written again.
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            // No point has y = 2.
            "0200000000000000000000000000000000000000000000000000000000000000",
        ] {
            assert!(!is_sound_ed25519(&bytes(unsound).try_into().unwrap()), "{unsound}");
        }
    }
}
