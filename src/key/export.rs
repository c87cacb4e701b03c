//! Key export: public JWKs for publication, private JWKs for a host or a file, and thumbprints.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{Key, Material};
use crate::error::{Code, Error, Result};
use crate::json;

impl Key {
    /// The public key as a JWK, with `alg`, `use: "sig"`, and `kid` if the key has one. Safe to publish.
    ///
    /// # Errors
    /// `ERR_KEY_WRONG_KIND` for a secret, because it has no public part, and for a key whose numbers only the host has.
    pub fn to_public_jwk(&self) -> Result<Value> {
        self.with_numbers()?;
        if let Material::Secret(_) = self.material() {
            return Err(Error::new(Code::KeyWrongKind).about("key").expected("a public half").actual("a secret"));
        }
        let mut jwk = Map::new();
        let mut put = |name: &str, value: &str| {
            jwk.insert(name.to_owned(), value.into());
        };
        put("alg", self.alg().name());
        put("use", "sig");
        for (name, value) in public_members(self.material()) {
            put(name, &value);
        }
        if let Some(kid) = self.kid() {
            put("kid", kid);
        }
        Ok(jwk.into())
    }

    /// The complete key as a JWK, including secrets. Only for the owner of the key; never for a log or a response.
    /// Empty if only the host has the numbers: call [`Key::with_numbers`] first.
    pub fn to_private_jwk(&self) -> Zeroizing<String> {
        let mut head = vec![("alg", self.alg().name().into()), ("use", "sig".into())];
        if let Some(kid) = self.kid() {
            head.push(("kid", kid.into()));
        }
        let head = head.into_iter().map(|(name, value): (_, Value)| (name, Zeroizing::new(json::text(&value))));
        let members = all_members(self.material()).into_iter().map(|(name, value)| (name, quoted(&value)));
        object(head.chain(members))
    }

    /// Only the key's numbers as a JWK, including secrets, for a host engine that applies its own rules: without `alg`,
    /// `use`, `key_ops` and `kid`, which hosts interpret differently.
    pub fn to_host_jwk(&self) -> Zeroizing<String> {
        object(all_members(self.material()).into_iter().map(|(name, value)| (name, quoted(&value))))
    }

    /// The thumbprint of the key (RFC 7638, RFC 8037 section 2) with SHA-256, in base64url: 43 characters that depend
    /// only on the key's numbers. The usual `kid`. A private key has the thumbprint of its public key. The thumbprint
    /// of a secret is a hash of the secret: publish it only if the secret is random. Meaningless if only the host has
    /// the numbers ([`Key::with_numbers`]).
    pub fn thumbprint(&self) -> String {
        let members = match self.material() {
            Material::Secret(_) => all_members(self.material()),
            _ => public_members(self.material()),
        };
        let in_order = CANONICAL.iter().filter_map(|name| members.iter().find(|(member, _)| member == name));
        let canonical = object(in_order.map(|(name, value)| (*name, quoted(value))));
        URL_SAFE_NO_PAD.encode(Sha256::digest(canonical.as_bytes()))
    }
}

/// The members of the thumbprint, in order (RFC 7638 section 3.2, RFC 8037 section 2).
const CANONICAL: [&str; 7] = ["crv", "e", "k", "kty", "n", "x", "y"];

type Members = Vec<(&'static str, Zeroizing<String>)>;

fn public_members(material: &Material) -> Members {
    let text = |text: &str| Zeroizing::new(text.to_owned());
    match material {
        Material::Secret(_) => vec![("kty", text("oct"))],
        Material::Rsa(key) => vec![("kty", text("RSA")), ("n", encoded(&key.n)), ("e", encoded(&key.e))],
        Material::Ec(key) => {
            vec![("kty", text("EC")), ("crv", text(key.curve.name())), ("x", encoded(&key.x)), ("y", encoded(&key.y))]
        }
        Material::Okp(key) => vec![("kty", text("OKP")), ("crv", text("Ed25519")), ("x", encoded(&key.x))],
        Material::Hosted(_) => Vec::new(),
    }
}

fn all_members(material: &Material) -> Members {
    let mut members = public_members(material);
    match material {
        Material::Secret(secret) => members.push(("k", encoded(secret))),
        Material::Rsa(key) => {
            if let Some(private) = &key.private {
                members.extend([
                    ("d", encoded(&private.d)),
                    ("p", encoded(&private.p)),
                    ("q", encoded(&private.q)),
                    ("dp", encoded(&private.dp)),
                    ("dq", encoded(&private.dq)),
                    ("qi", encoded(&private.qi)),
                ]);
            }
        }
        Material::Ec(key) => members.extend(key.d.as_ref().map(|d| ("d", encoded(d)))),
        Material::Okp(key) => members.extend(key.d.as_ref().map(|d| ("d", encoded(d.as_slice())))),
        Material::Hosted(_) => {}
    }
    members
}

fn encoded(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes))
}

/// Registered names and base64url need no escaping.
fn quoted(plain: &str) -> Zeroizing<String> {
    Zeroizing::new(format!("\"{plain}\""))
}

/// Serialized by hand so that every copy of a secret made on the way is wiped; the values are JSON already.
fn object(members: impl Iterator<Item = (&'static str, Zeroizing<String>)>) -> Zeroizing<String> {
    // Allocated with enough capacity, because growing would leave an unwiped copy in memory. The largest key is an
    // 8192-bit RSA key.
    let mut json = Zeroizing::new(String::with_capacity(8 * 1024));
    for (name, value) in members {
        let before = if json.is_empty() { '{' } else { ',' };
        json.push(before);
        json.push('"');
        json.push_str(name);
        json.push_str("\":");
        json.push_str(&value);
    }
    json.push('}');
    json
}
