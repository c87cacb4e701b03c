//! Which Ed25519 points are accepted, as public keys and in signatures.
//!
//! RFC 8032 lets a verifier choose between two equations, one with the cofactor and one without, and libraries differ further on points
//! of small order and on second encodings of a point. They can only disagree about points outside the subgroup of prime order. So keys
//! outside it are refused at import, and signatures with such an R before any engine is asked: what is left has one answer everywhere.
//!
//! Only public numbers pass through here; nothing needs to take the same time for all inputs.

use crypto_bigint::U256;
use crypto_bigint::modular::runtime_mod::{DynResidue, DynResidueParams};

type Element = DynResidue<{ U256::LIMBS }>;

/// `2^255 - 19`, the field (RFC 8032 section 5.1).
const P: U256 = U256::from_be_hex("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed");
/// The constant of the curve `-x² + y² = 1 + dx²y²`.
const D: U256 = U256::from_be_hex("52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3");
/// The order of the generator, L.
const ORDER: U256 = U256::from_be_hex("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed");
/// One of the two y of points of order eight; the other is its negative.
const Y_OF_ORDER_EIGHT: U256 = U256::from_be_hex("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7");

/// Whether `encoded` is a canonical public key (RFC 8032 section 5.1.3) in the subgroup of prime order, and not its neutral element.
pub(crate) fn is_sound_key(encoded: &[u8; 32]) -> bool {
    let y = y_of(encoded);
    if y >= P {
        return false;
    }
    let field = DynResidueParams::new(&P);
    let y = Element::new(&y, field);
    // The sign of x is of no account: a point and its negative have the same order.
    match x_of(&y, field) {
        Some(x) => Point::new(x, y).times_order_is_neutral(field),
        None => false,
    }
}

/// Whether the 64 bytes of `signature` may be put to an engine: R is a canonical encoding and not of small order, and S is below the
/// order (RFC 8032 section 5.1.7). An R of another kind outside the subgroup fits no equation without the cofactor under a sound key, and
/// that is the equation of every engine here.
pub(crate) fn is_sound_signature(signature: &[u8]) -> bool {
    let Some((r, s)) = signature.split_first_chunk::<32>() else { return false };
    let Ok(s) = <&[u8; 32]>::try_from(s) else { return false };
    let y = y_of(r);
    let one = U256::ONE;
    let small_orders = [U256::ZERO, one, P.wrapping_sub(&one), Y_OF_ORDER_EIGHT, P.wrapping_sub(&Y_OF_ORDER_EIGHT)];
    y < P && !small_orders.contains(&y) && U256::from_le_slice(s) < ORDER
}

/// The y of an encoded point: all but the highest bit, which is the sign of x.
fn y_of(encoded: &[u8; 32]) -> U256 {
    let mut bytes = *encoded;
    bytes[31] &= 0x7f;
    U256::from_le_slice(&bytes)
}

/// An x that belongs to y; `None` when there is none or only zero, as for the points of order one and two.
fn x_of(y: &Element, field: DynResidueParams<{ U256::LIMBS }>) -> Option<Element> {
    let one = Element::one(field);
    let y_squared = y.square();
    let u = y_squared.sub(&one);
    let v = y_squared.mul(&Element::new(&D, field)).add(&one);
    if u == Element::zero(field) {
        return None;
    }
    // RFC 8032 section 5.1.3: x = uv³(uv⁷)^((p-5)/8), perhaps times the root of -1.
    let v3 = v.square().mul(&v);
    let v7 = v3.square().mul(&v);
    let x = u.mul(&v3).mul(&u.mul(&v7).pow(&P.shr_vartime(3)));
    let u_again = v.mul(&x.square());
    if u_again == u {
        return Some(x);
    }
    let root_of_minus_one = Element::new(&U256::from_u8(2), field).pow(&P.shr_vartime(2));
    (u_again == u.neg()).then(|| x.mul(&root_of_minus_one))
}

/// A point in extended coordinates (RFC 8032 section 5.1.4).
#[derive(Clone, Copy)]
struct Point {
    x: Element,
    y: Element,
    z: Element,
    t: Element,
}

impl Point {
    fn new(x: Element, y: Element) -> Self {
        Self { x, y, z: Element::one(*x.params()), t: x.mul(&y) }
    }

    /// The sum, by the complete formula: no case is special, the sum with itself included.
    fn add(&self, other: &Self, twice_d: &Element) -> Self {
        let a = self.y.sub(&self.x).mul(&other.y.sub(&other.x));
        let b = self.y.add(&self.x).mul(&other.y.add(&other.x));
        let c = self.t.mul(twice_d).mul(&other.t);
        let z = self.z.mul(&other.z);
        let d = z.add(&z);
        let (e, f, g, h) = (b.sub(&a), d.sub(&c), d.add(&c), b.add(&a));
        Self { x: e.mul(&f), y: g.mul(&h), z: f.mul(&g), t: e.mul(&h) }
    }

    /// Whether L times this point is the neutral element: whether it is in the subgroup of prime order.
    fn times_order_is_neutral(&self, field: DynResidueParams<{ U256::LIMBS }>) -> bool {
        let d = Element::new(&D, field);
        let twice_d = d.add(&d);
        let mut product = *self;
        for bit in (0..ORDER.bits_vartime() - 1).rev() {
            product = product.add(&product, &twice_d);
            if ORDER.bit_vartime(bit) {
                product = product.add(self, &twice_d);
            }
        }
        product.x == Element::zero(field) && product.y == product.z
    }
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
            // y = p and y = p + 1: zero and one, written again.
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            // A key and a point of order two, four and eight together.
            "9599999999999999999999999999999999999999999999999999999999999999",
            "5252cc0a7f208133b620acbd4537eba2a4123bf0a8c2e4f980c3b31bb69765ea",
            "13661d745ad63221ca5da0456fa618713511dc60668aa464e55b09a20ff7fc1d",
            // No point has y = 2.
            "0200000000000000000000000000000000000000000000000000000000000000",
        ] {
            assert!(!is_sound_key(&bytes(unsound).try_into().unwrap()), "{unsound}");
        }
    }
}
