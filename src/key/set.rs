//! Key selection for a token: by `kid` first, then by algorithm, and never by trying keys. And JWKS, the set in JSON
//! (RFC 7517 section 5).

use serde_json::{Value, json};

use super::Key;
use super::jwk::{self, Jwk, Refusal};
use crate::alg::Alg;
use crate::error::{Code, Error, Result};
use crate::json;
use crate::limits::{MAX_JWKS_BYTES, MAX_JWKS_KEYS};
use crate::time::UnixMillis;

/// The keys that a verifier trusts, or that a signer signs with.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    keys: Vec<Key>,
}

impl KeySet {
    /// A set of keys.
    ///
    /// # Errors
    /// `ERR_KEY_AMBIGUOUS` if two keys have the same `kid`, unless both are from a set that someone else publishes:
    /// then only tokens that both could verify are rejected ([`KeySet::select`]).
    pub fn new(keys: Vec<Key>) -> Result<Self> {
        for (index, key) in keys.iter().enumerate() {
            let clashes = |earlier: &Key| earlier.kid() == key.kid() && !(earlier.is_published() && key.is_published());
            let twice = key.kid().is_some() && keys[..index].iter().any(clashes);
            if twice {
                return Err(Error::new(Code::KeyAmbiguous)
                    .about("kid")
                    .expected("each kid once")
                    .actual("a kid twice"));
            }
        }
        Ok(Self { keys })
    }

    /// The set in a JWKS document. Keys for other purposes (`use: "enc"`, unknown kinds, curves or algorithms) are
    /// ignored; an invalid signature key is an error. An RSA key that names no algorithm is for RS256, the default of
    /// OpenID Connect.
    ///
    /// # Errors
    /// The errors of [`Key::from_jwk`]; `ERR_KEY_AMBIGUOUS` if two keys have the same `kid`; `ERR_KEY_INVALID` if no
    /// key remains, or if the document contains secrets as well as public keys: a document for publication must not
    /// contain a secret.
    pub fn from_jwks(json: &str) -> Result<Self> {
        Self::from_jwks_for(json, &[Alg::RS256])
    }

    /// The same. A key that names no algorithm and could be used with several gets the first of `algorithms` that it
    /// fits.
    ///
    /// # Errors
    /// As for [`KeySet::from_jwks`].
    pub fn from_jwks_for(json: &str, algorithms: &[Alg]) -> Result<Self> {
        let mut keys = Vec::new();
        for jwk in documents(json)? {
            match read(jwk, algorithms) {
                Ok(key) => keys.push(key),
                Err(Refusal::NotForUs(_)) => {}
                Err(Refusal::Bad(error)) => return Err(error),
            }
        }
        if keys.is_empty() {
            return Err(Error::new(Code::KeyInvalid).about("keys").expected("at least one signature key"));
        }
        let secrets = keys.iter().any(Key::is_symmetric);
        if secrets && keys.iter().any(|key| !key.holds_secrets()) {
            return Err(Error::new(Code::KeyInvalid)
                .about("keys")
                .expected("either secrets or public keys")
                .actual("secrets beside public keys"));
        }
        Self::new(keys)
    }

    /// The public keys of a document that someone else publishes. Unusable entries are ignored, as RFC 7517 section 5
    /// recommends: entries that are not keys, other kinds and uses, invalid and weak keys. One of them must not disable
    /// the others. A published secret is ignored, because everyone knows it. Duplicates of a key count once. If two
    /// different keys have the same `kid`, both are kept, and a token that both could verify is `ERR_KEY_AMBIGUOUS`.
    ///
    /// Also returns a message for each entry that is meant for signatures and is ignored or ambiguous.
    pub(crate) fn from_published_jwks(json: &str, algorithms: &[Alg]) -> Result<(Self, Vec<String>)> {
        let mut keys: Vec<Key> = Vec::new();
        let mut passed_over = Vec::new();
        for (index, entry) in entries(json)?.into_iter().enumerate() {
            match published(entry, algorithms) {
                Ok(None) => {}
                Err(why) => passed_over.push(format!("keys[{index}] is passed over: {why}")),
                Ok(Some(key)) => {
                    let named_alike: Vec<&Key> =
                        keys.iter().filter(|known| known.kid() == key.kid() && known.alg() == key.alg()).collect();
                    if named_alike.iter().any(|known| known.thumbprint() == key.thumbprint()) {
                        continue;
                    }
                    if key.kid().is_some() && !named_alike.is_empty() {
                        passed_over.push(format!(
                            "keys[{index}] has the kid and the algorithm of another key: tokens that name them are refused"
                        ));
                    }
                    keys.push(key);
                }
            }
        }
        Ok((Self { keys }, passed_over))
    }

    /// A set of keys that are known to have different key ids.
    pub(super) fn of_different(keys: Vec<Key>) -> Self {
        Self { keys }
    }

    /// The keys that may still be trusted at the time `now`.
    #[must_use]
    pub fn trusted_at(&self, now: UnixMillis) -> Self {
        Self { keys: self.keys.iter().filter(|key| key.is_trusted_at(now)).cloned().collect() }
    }

    /// The set with each key replaced by the result of `change`, which must not change key ids.
    pub(crate) fn map(self, change: impl Fn(Key) -> Key) -> Self {
        Self { keys: self.keys.into_iter().map(change).collect() }
    }

    /// The keys, in order.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The public keys as a JWKS document. Secrets are omitted.
    pub fn to_public_jwks(&self) -> Value {
        let keys: Vec<Value> = self.keys.iter().filter_map(|key| key.to_public_jwk().ok()).collect();
        json!({ "keys": keys })
    }

    /// Selects the key to verify a token whose header names `alg` and optionally `kid`.
    ///
    /// If the token has a `kid`, only the key with that id is used. Keys without an id are used for such tokens only if
    /// no key in the set has one.
    ///
    /// # Errors
    /// `ERR_KEY_NOT_FOUND` if no key matches, `ERR_KEY_AMBIGUOUS` if several do.
    pub fn select(&self, alg: Alg, kid: Option<&str>) -> Result<&Key> {
        let names_in_use = self.keys.iter().any(|key| key.kid().is_some());
        let mut fitting = self
            .keys
            .iter()
            .filter(|key| key.alg().serves(alg) && key.can_verify())
            .filter(|key| kid.is_none() || !names_in_use || key.kid() == kid);
        let first = fitting.next().ok_or_else(|| Error::new(Code::KeyNotFound).about("kid"))?;
        match fitting.next() {
            None => Ok(first),
            Some(_) => Err(Error::new(Code::KeyAmbiguous).about("kid")),
        }
    }
}

impl From<Key> for KeySet {
    fn from(key: Key) -> Self {
        Self { keys: vec![key] }
    }
}

/// Parses one JWK. If it could be used with several algorithms and names none, it gets the first of `algorithms` that
/// fits.
pub(super) fn read(jwk: Jwk, algorithms: &[Alg]) -> Result<Key, Refusal> {
    let open = jwk.names_no_alg();
    jwk::read(jwk, |material| {
        let choice = open && material.only_alg().is_none();
        algorithms.iter().copied().find(|alg| choice && material.fits(*alg))
    })
}

/// One entry of a published set; `None` for a key with another use or of an unknown kind.
fn published(entry: Value, algorithms: &[Alg]) -> Result<Option<Key>, String> {
    let Value::Object(members) = entry else { return Err("it is not an object".into()) };
    let key = match read(Jwk(members), algorithms) {
        Ok(key) => key,
        Err(Refusal::NotForUs(_)) => return Ok(None),
        Err(Refusal::Bad(error)) => return Err(error.to_string()),
    };
    match key.public() {
        Some(key) => Ok(Some(key.published())),
        None => Err("a published secret is no secret".into()),
    }
}

/// The members of `keys`, each of which must be an object.
pub(super) fn documents(json: &str) -> Result<Vec<Jwk>> {
    entries(json)?
        .into_iter()
        .map(|key| match key {
            Value::Object(members) => Ok(Jwk(members)),
            _ => Err(Error::new(Code::KeyInvalid).about("JWKS").expected("an array of objects")),
        })
        .collect()
}

/// The members of `keys`, of any type.
fn entries(json: &str) -> Result<Vec<Value>> {
    let invalid = || Error::new(Code::KeyInvalid).about("JWKS");
    if json.len() > MAX_JWKS_BYTES {
        return Err(invalid().expected(format!("at most {MAX_JWKS_BYTES} bytes")));
    }
    let mut members = json::parse_object(json.as_bytes()).map_err(|why| invalid().actual(why))?;
    let Some(Value::Array(keys)) = members.get_mut("keys").map(Value::take) else {
        return Err(invalid().expected("an array of keys"));
    };
    if keys.len() > MAX_JWKS_KEYS {
        return Err(invalid().expected(format!("at most {MAX_JWKS_KEYS} keys")));
    }
    Ok(keys)
}
