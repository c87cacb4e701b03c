//! Choosing a key for a token: by `kid` first, then by algorithm; never by guessing.

use super::Key;
use crate::alg::Alg;
use crate::error::{Code, Error, Result};

/// The keys a verifier trusts, or a signer signs with.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    keys: Vec<Key>,
}

impl KeySet {
    /// A set of keys.
    ///
    /// # Errors
    /// `ERR_KEY_AMBIGUOUS` when two keys share a `kid`.
    pub fn new(keys: Vec<Key>) -> Result<Self> {
        for (index, key) in keys.iter().enumerate() {
            let twice = key.kid().is_some() && keys[..index].iter().any(|earlier| earlier.kid() == key.kid());
            if twice {
                return Err(Error::new(Code::KeyAmbiguous)
                    .about("kid")
                    .expected("each kid once")
                    .actual("a kid twice"));
            }
        }
        Ok(Self { keys })
    }

    /// The keys, in order.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The one key for a token whose header names `alg` and perhaps `kid`.
    ///
    /// # Errors
    /// `ERR_KEY_NOT_FOUND` when none fits, `ERR_KEY_AMBIGUOUS` when several do.
    pub fn select(&self, alg: Alg, kid: Option<&str>) -> Result<&Key> {
        let mut fitting = self
            .keys
            .iter()
            .filter(|key| key.alg().serves(alg))
            .filter(|key| kid.is_none() || key.kid().is_none() || key.kid() == kid);
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
