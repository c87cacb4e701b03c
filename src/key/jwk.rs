//! Keys in JSON: JWK (RFC 7517, RFC 7518 section 6, RFC 8037, RFC 8812).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use zeroize::{Zeroize, Zeroizing};

use super::{Key, Material, Uses, secret};
use crate::alg::ecdsa::EcKey;
use crate::alg::eddsa::OkpKey;
use crate::alg::rsa::{RsaKey, RsaPrivate, significant};
use crate::alg::{Alg, Curve};
use crate::error::{Code, Error, Result};
use crate::json;
use crate::limits::MAX_JWKS_BYTES;

impl Key {
    /// Imports a key from a JWK. `alg` can be omitted if the JWK names it or if its kind has only one algorithm
    /// (elliptic curves, Ed25519). `kid`, `use` and `key_ops` are respected.
    ///
    /// # Errors
    /// `ERR_KEY_INVALID` if it cannot be read or its numbers are inconsistent, `ERR_KEY_WEAK`, `ERR_KEY_WRONG_KIND` if
    /// it is not for signatures or not for `alg`, `ERR_OPTION_INVALID` if neither the JWK nor the caller names the
    /// algorithm.
    pub fn from_jwk(json: &str, alg: Option<Alg>) -> Result<Self> {
        if json.len() > MAX_JWKS_BYTES {
            return Err(invalid("JWK").expected("a shorter document"));
        }
        let members = json::parse_object(json.as_bytes()).map_err(|why| invalid("JWK").actual(why))?;
        read(Jwk(members), |_| alg).map_err(Error::from)
    }
}

/// Why a JWK was not imported.
pub(super) enum Refusal {
    /// It has another purpose; RFC 7517 section 5 says that a set ignores it.
    NotForUs(Error),
    /// It is for signatures, but invalid.
    Bad(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Bad(error)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotForUs(error) | Refusal::Bad(error) => error,
        }
    }
}

/// Parses one JWK. `asked` returns the algorithm that the caller requires, if any, for the kind of the key.
pub(super) fn read(jwk: Jwk, asked: impl FnOnce(&Material) -> Option<Alg>) -> Result<Key, Refusal> {
    let named = named_alg(&jwk)?;
    let uses = uses(&jwk)?;
    let material = material(&jwk)?;
    let asked = asked(&material);
    let alg = settle_alg(named, asked, &material)?;
    let kid = jwk.optional("kid")?;
    if let Material::Secret(bytes) = &material {
        secret::check_length(alg, bytes)?;
        // Uses the import for secrets, which rejects the text of a key.
        Key::from_weak_secret(alg, bytes)?;
    }
    let uses = settle_uses(uses, &material)?;
    Ok(Key::assemble(alg, kid, material, uses)?)
}

/// The algorithm of a key: the one that it names, the one that the caller requires, or the only one for its kind. They
/// must not contradict each other.
pub(super) fn settle_alg(named: Option<Alg>, asked: Option<Alg>, material: &Material) -> Result<Alg> {
    let alg = match (named, asked) {
        (Some(named), Some(asked)) if !named.serves(asked) => {
            return Err(Error::new(Code::KeyWrongKind)
                .about("alg")
                .expected(format!("a key for {asked}"))
                .actual(format!("a key for {named}")));
        }
        (named, asked) => asked.or(named).or_else(|| material.only_alg()),
    };
    alg.ok_or_else(|| {
        Error::new(Code::OptionInvalid)
            .about("alg")
            .expected("the algorithm this key is for")
            .actual(format!("{} that does not name one", material.describe()))
    })
}

/// The members of a JWK. The strings are wiped on drop.
pub(super) struct Jwk(pub(super) Map<String, Value>);

impl Drop for Jwk {
    fn drop(&mut self) {
        for value in self.0.values_mut() {
            if let Value::String(text) = value {
                text.zeroize();
            }
        }
    }
}

impl Jwk {
    /// Whether the caller has to choose the algorithm.
    pub(super) fn names_no_alg(&self) -> bool {
        !self.0.contains_key("alg")
    }

    /// A member that is a string, if it exists.
    fn optional(&self, name: &str) -> Result<Option<&str>> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(invalid(name).expected("a string")),
        }
    }

    fn required(&self, name: &str) -> Result<&str> {
        self.optional(name)?.ok_or_else(|| invalid(name).expected("a string").actual("nothing"))
    }

    /// A member in base64url (RFC 7515 section 2), decoded.
    fn bytes(&self, name: &str) -> Result<Zeroizing<Vec<u8>>> {
        let decoded = URL_SAFE_NO_PAD.decode(self.required(name)?);
        decoded.map(Zeroizing::new).map_err(|_| invalid(name).expected("base64url without padding"))
    }

    fn optional_bytes(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>> {
        self.0.contains_key(name).then(|| self.bytes(name)).transpose()
    }
}

fn named_alg(jwk: &Jwk) -> Result<Option<Alg>, Refusal> {
    let Some(name) = jwk.optional("alg")? else { return Ok(None) };
    match Alg::from_name(name) {
        Some(alg) => Ok(Some(alg)),
        None => Err(Refusal::NotForUs(not_for_us("alg", "a signature algorithm"))),
    }
}

fn material(jwk: &Jwk) -> Result<Material, Refusal> {
    let unknown = |member, expected| Err(Refusal::NotForUs(not_for_us(member, expected)));
    match jwk.required("kty")? {
        "oct" => Ok(Material::Secret(jwk.bytes("k")?)),
        "RSA" => Ok(Material::Rsa(rsa(jwk)?)),
        "EC" => match Curve::from_name(jwk.required("crv")?) {
            Some(curve) => Ok(Material::Ec(ec(jwk, curve)?)),
            None => unknown("crv", "P-256, P-384, P-521 or secp256k1"),
        },
        "OKP" => match jwk.required("crv")? {
            "Ed25519" => Ok(Material::Okp(okp(jwk)?)),
            _ => unknown("crv", "Ed25519"),
        },
        _ => unknown("kty", "oct, RSA, EC or OKP"),
    }
}

fn rsa(jwk: &Jwk) -> Result<RsaKey> {
    if jwk.0.contains_key("oth") {
        return Err(invalid("oth").expected("an RSA key of two primes"));
    }
    let private = match jwk.optional_bytes("d")? {
        None => None,
        Some(d) => Some(rsa_private(jwk, &d)?),
    };
    RsaKey::new(&jwk.bytes("n")?, &jwk.bytes("e")?, private)
}

/// The private numbers. No host accepts the key without the primes.
fn rsa_private(jwk: &Jwk, d: &[u8]) -> Result<RsaPrivate> {
    const PRIMES: [&str; 5] = ["p", "q", "dp", "dq", "qi"];
    if !PRIMES.iter().any(|member| jwk.0.contains_key(*member)) {
        return Err(invalid("p")
            .expected("the primes and what goes with them (p, q, dp, dq, qi): export the key again with them, or give it as PEM")
            .actual("d without them"));
    }
    let number = |bytes: &[u8]| Zeroizing::new(significant(bytes).to_vec());
    let member = |name| jwk.bytes(name).map(|bytes| number(&bytes));
    Ok(RsaPrivate {
        d: number(d),
        p: member("p")?,
        q: member("q")?,
        dp: member("dp")?,
        dq: member("dq")?,
        qi: member("qi")?,
    })
}

fn ec(jwk: &Jwk, curve: Curve) -> Result<EcKey> {
    let d = jwk.optional_bytes("d")?;
    EcKey::new(curve, &jwk.bytes("x")?, &jwk.bytes("y")?, d.as_ref().map(|d| d.as_slice()))
}

fn okp(jwk: &Jwk) -> Result<OkpKey> {
    let d = jwk.optional_bytes("d")?;
    OkpKey::new(&jwk.bytes("x")?, d.as_ref().map(|d| d.as_slice()))
}

/// The operations that `use` and `key_ops` allow (RFC 7517 sections 4.2 and 4.3); `None` if they are missing.
fn uses(jwk: &Jwk) -> Result<Option<Uses>, Refusal> {
    let usage = jwk.optional("use")?;
    if usage.is_some_and(|usage| usage != "sig") {
        return Err(Refusal::NotForUs(not_for_us("use", "sig")));
    }
    let Some(operations) = jwk.0.get("key_ops") else { return Ok(None) };
    let operations =
        operation_names(operations).ok_or_else(|| invalid("key_ops").expected("an array of different strings"))?;
    let has = |name| operations.contains(&name);
    let uses = Uses { sign: has("sign"), verify: has("verify") };
    if !uses.sign && !uses.verify {
        return Err(Refusal::NotForUs(not_for_us("key_ops", "sign or verify")));
    }
    let others = operations.iter().any(|&name| name != "sign" && name != "verify");
    if usage.is_some() && others {
        return Err(Refusal::Bad(invalid("key_ops").expected("operations that agree with use")));
    }
    Ok(Some(uses))
}

fn operation_names(value: &Value) -> Option<Vec<&str>> {
    let names = value.as_array()?.iter().map(Value::as_str).collect::<Option<Vec<_>>>()?;
    let twice = names.iter().enumerate().any(|(index, name)| names[..index].contains(name));
    (!twice).then_some(names)
}

/// A private key exported for signing lists only `sign`, but its public key may verify. A public key that lists only
/// `sign` is useless.
fn settle_uses(uses: Option<Uses>, material: &Material) -> Result<Uses> {
    let Some(uses) = uses else { return Ok(Uses::ANY) };
    match material {
        Material::Secret(_) => Ok(uses),
        _ if material.can_sign() => Ok(Uses { verify: true, ..uses }),
        _ if uses.verify => Ok(uses),
        _ => Err(not_for_us("key_ops", "verify, for a public key")),
    }
}

fn invalid(member: &str) -> Error {
    Error::new(Code::KeyInvalid).about(member)
}

fn not_for_us(member: &str, expected: &str) -> Error {
    Error::new(Code::KeyWrongKind).about(member).expected(expected)
}
