//! Checks that coordinates are a point of a Weierstrass curve, and that numbers are in the range of its order. Every
//! build includes these checks, also a build that leaves signatures to its host, so an invalid key or signature gets
//! the same result everywhere (RFC 8725 section 3.4). RustCrypto provides the arithmetic.

use p256::elliptic_curve::sec1::{EncodedPoint, FromEncodedPoint, ModulusSize};
use p256::elliptic_curve::{
    AffinePoint, Curve as Parameters, CurveArithmetic, FieldBytes, FieldBytesSize, ScalarPrimitive,
};

use super::Curve;

/// Whether a big-endian number, as long as the curve's field, is from 1 to n - 1. Private numbers and both halves of a
/// signature must be (SEC 1 section 4.1.4).
pub(crate) fn is_scalar(curve: Curve, value: &[u8]) -> bool {
    match curve {
        Curve::P256 => is_scalar_of::<p256::NistP256>(value),
        Curve::P384 => is_scalar_of::<p384::NistP384>(value),
        Curve::P521 => is_scalar_of::<p521::NistP521>(value),
        Curve::Secp256k1 => is_scalar_of::<k256::Secp256k1>(value),
    }
}

/// Whether (`x`, `y`), big-endian and each as long as the curve's field, is a point of `curve`. The point at infinity has no such
/// coordinates.
pub(crate) fn on_curve(curve: Curve, x: &[u8], y: &[u8]) -> bool {
    match curve {
        Curve::P256 => is_point_of::<p256::NistP256>(x, y),
        Curve::P384 => is_point_of::<p384::NistP384>(x, y),
        Curve::P521 => is_point_of::<p521::NistP521>(x, y),
        Curve::Secp256k1 => is_point_of::<k256::Secp256k1>(x, y),
    }
}

fn is_scalar_of<C: Parameters>(value: &[u8]) -> bool {
    ScalarPrimitive::<C>::from_slice(value).is_ok_and(|scalar| !bool::from(scalar.is_zero()))
}

fn is_point_of<C>(x: &[u8], y: &[u8]) -> bool
where
    C: CurveArithmetic,
    AffinePoint<C>: FromEncodedPoint<C>,
    FieldBytesSize<C>: ModulusSize,
{
    let length = FieldBytes::<C>::default().len();
    if x.len() != length || y.len() != length {
        return false;
    }
    let (x, y) = (FieldBytes::<C>::from_slice(x), FieldBytes::<C>::from_slice(y));
    AffinePoint::<C>::from_encoded_point(&EncodedPoint::<C>::from_affine_coordinates(x, y, false)).is_some().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    /// The generators and their orders, from SEC 2.
    const GENERATORS: [(Curve, &str, &str, &str); 4] = [
        (
            Curve::P256,
            "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
            "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
            "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        ),
        (
            Curve::P384,
            "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
            "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
        ),
        (
            Curve::P521,
            "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
            "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
            "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
        ),
        (
            Curve::Secp256k1,
            "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
            "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
            "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
        ),
    ];

    #[test]
    fn generators_are_on_their_curve_and_on_no_other() {
        for (curve, x, y, _) in GENERATORS {
            for (other, ..) in GENERATORS {
                assert_eq!(on_curve(other, &bytes(x), &bytes(y)), curve == other, "{curve:?} on {other:?}");
            }
        }
    }

    #[test]
    fn scalars_are_from_one_to_below_the_order() {
        for (curve, _, _, order) in GENERATORS {
            let n = bytes(order);
            let changed = |change: fn(u8) -> u8| {
                let mut changed = n.clone();
                let last = changed.last_mut().unwrap();
                *last = change(*last);
                changed
            };
            let zero = vec![0; n.len()];
            let mut one = zero.clone();
            *one.last_mut().unwrap() = 1;
            assert!(is_scalar(curve, &one) && is_scalar(curve, &changed(|last| last - 1)), "{curve:?}");
            for wrong in
                [zero, n.clone(), changed(|last| last + 1), vec![0xff; n.len()], vec![1; n.len() + 1], Vec::new()]
            {
                assert!(!is_scalar(curve, &wrong), "{curve:?}");
            }
        }
    }

    #[test]
    fn a_changed_coordinate_is_off_the_curve() {
        for (curve, x, y, _) in GENERATORS {
            let mut y = bytes(y);
            *y.last_mut().unwrap() ^= 1;
            assert!(!on_curve(curve, &bytes(x), &y), "{curve:?}");
            assert!(
                !on_curve(curve, &[0], &[0]) && !on_curve(curve, &vec![0; y.len()], &vec![0; y.len()]),
                "{curve:?}"
            );
            assert!(!on_curve(curve, &vec![0xff; y.len()], &vec![0xff; y.len()]), "{curve:?}");
        }
    }
}
