//! The pure-Rust engine.

use super::SignatureProvider;
use crate::error::{Code, Error, Result};
use crate::key::Key;
#[cfg(feature = "software")]
use crate::{
    alg::engine::Engine,
    alg::{Alg, ecdsa, eddsa, rsa},
    key::Material,
};

/// The pure-Rust engine. It is synchronous and available everywhere. Without the `software` feature it supports only
/// HMAC.
///
/// The time of RSA signing depends on the key (RUSTSEC-2023-0071). If a host has its own RSA, use that for signing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Software;

impl SignatureProvider for Software {
    #[cfg(feature = "software")]
    fn check_now(&self, key: &Key, message: &[u8], signature: &[u8]) -> Option<bool> {
        Some(key.engine().is_some_and(|engine| engine.verify(message, signature)))
    }

    #[cfg(not(feature = "software"))]
    fn check_now(&self, _key: &Key, _message: &[u8], _signature: &[u8]) -> Option<bool> {
        None
    }

    async fn check(&self, key: &Key, message: &[u8], signature: &[u8]) -> Result<bool> {
        self.check_now(key, message, signature).ok_or_else(|| no_engine(key))
    }

    #[cfg(feature = "software")]
    fn sign_now(&self, key: &Key, message: &[u8]) -> Option<Result<Vec<u8>>> {
        let signature = key.engine().and_then(|engine| engine.sign(message));
        Some(signature.ok_or_else(|| Error::new(Code::SigningFailed)))
    }

    #[cfg(not(feature = "software"))]
    fn sign_now(&self, key: &Key, _message: &[u8]) -> Option<Result<Vec<u8>>> {
        Some(Err(no_engine(key)))
    }

    async fn sign(&self, key: &Key, message: &[u8]) -> Result<Vec<u8>> {
        self.sign_now(key, message).unwrap_or_else(|| Err(no_engine(key)))
    }
}

fn no_engine(key: &Key) -> Error {
    Error::new(Code::KeyWrongKind).about("engine").expected(format!("an engine for {}", key.alg())).actual("HMAC alone")
}

/// A key, prepared for computation; `None` for a secret, whose state [`crate::alg::hmac`] prepares, and for a key whose
/// numbers only the host has.
#[cfg(feature = "software")]
pub(crate) fn prepare(alg: Alg, material: &Material) -> Result<Option<Box<dyn Engine>>> {
    match material {
        Material::Secret(_) | Material::Hosted(_) => Ok(None),
        Material::Rsa(key) => rsa::prepare(alg, key).map(Some),
        Material::Ec(key) => ecdsa::prepare(key).map(Some),
        Material::Okp(key) => eddsa::prepare(key).map(Some),
    }
}
