//! Keys as handles.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::entropy::HostEntropy;
use super::{fault, options};
use crate::alg::Alg;
use crate::error::Result;
use crate::json;
use crate::key::{self, HostKey, Key, KeySet};

/// A key. Its secret parts stay in the module unless they are explicitly exported.
#[wasm_bindgen(js_name = WasmKey)]
#[derive(Debug, Clone)]
pub struct KeyHandle(pub(super) Key);

/// Collects keys for a verifier.
#[wasm_bindgen(js_name = WasmKeys)]
#[derive(Debug, Default)]
pub struct KeysHandle(Vec<Key>);

#[wasm_bindgen(js_class = WasmKey)]
impl KeyHandle {
    /// A shared secret.
    #[wasm_bindgen(js_name = fromSecret)]
    pub fn from_secret(alg: &str, secret: &[u8], kid: Option<String>) -> Result<KeyHandle, JsValue> {
        handle(options::alg(alg).and_then(|alg| Key::from_secret(alg, secret)), kid)
    }

    /// A key file.
    #[wasm_bindgen(js_name = fromPem)]
    pub fn from_pem(pem: &str, alg: Option<String>, kid: Option<String>) -> Result<KeyHandle, JsValue> {
        handle(chosen(alg).and_then(|alg| Key::from_pem(pem, alg)), kid)
    }

    /// A JWK (JSON).
    #[wasm_bindgen(js_name = fromJwk)]
    pub fn from_jwk(json: &str, alg: Option<String>, kid: Option<String>) -> Result<KeyHandle, JsValue> {
        handle(chosen(alg).and_then(|alg| Key::from_jwk(json, alg)), kid)
    }

    /// A key whose numbers only the host has: its algorithm, size (`bits` of a modulus or secret), an RSA key's
    /// exponent, and allowed operations.
    pub fn hosted(
        alg: &str,
        bits: usize,
        exponent: Vec<u8>,
        signs: bool,
        verifies: bool,
        kid: Option<String>,
    ) -> Result<KeyHandle, JsValue> {
        let key = |alg| Key::hosted(HostKey { alg, bits, exponent, signs, verifies });
        handle(options::alg(alg).and_then(key), kid)
    }

    /// A new key. Without the `software` feature, only secrets can be generated; hosts generate the other keys.
    pub fn generate(alg: &str) -> Result<KeyHandle, JsValue> {
        handle(options::alg(alg).and_then(|alg| Key::generate(alg, &HostEntropy)), None)
    }

    /// The number under which the host stores its own handle.
    #[wasm_bindgen(getter)]
    pub fn serial(&self) -> u32 {
        self.0.serial()
    }

    /// The algorithm this key is for.
    #[wasm_bindgen(getter)]
    pub fn alg(&self) -> String {
        self.0.alg().name().to_owned()
    }

    /// The key id.
    #[wasm_bindgen(getter)]
    pub fn kid(&self) -> Option<String> {
        self.0.kid().map(str::to_owned)
    }

    /// Whether it can sign.
    #[wasm_bindgen(getter, js_name = canSign)]
    pub fn can_sign(&self) -> bool {
        self.0.can_sign()
    }

    /// Whether the host computes with it: any key except a secret whose bytes are in the module.
    #[wasm_bindgen(getter, js_name = needsHost)]
    pub fn needs_host(&self) -> bool {
        !self.0.is_symmetric() || self.0.is_hosted()
    }

    /// Whether only the host has its numbers.
    #[wasm_bindgen(getter, js_name = isHosted)]
    pub fn is_hosted(&self) -> bool {
        self.0.is_hosted()
    }

    /// The same key with another key id.
    pub fn named(&self, kid: &str) -> KeyHandle {
        KeyHandle(self.0.clone().with_kid(kid))
    }

    /// The public key; nothing for a secret.
    #[wasm_bindgen(js_name = publicHalf)]
    pub fn public_half(&self) -> Option<KeyHandle> {
        self.0.public().map(KeyHandle)
    }

    /// The public key as a JWK (JSON).
    #[wasm_bindgen(js_name = publicJwk)]
    pub fn public_jwk(&self) -> Result<String, JsValue> {
        self.0.to_public_jwk().map(|jwk| json::text(&jwk)).map_err(fault::thrown)
    }

    /// The complete key as a JWK (JSON), including secrets.
    #[wasm_bindgen(js_name = privateJwk)]
    pub fn private_jwk(&self) -> Result<String, JsValue> {
        self.with_numbers().map(|key| key.to_private_jwk().to_string())
    }

    /// The key's numbers as a JWK (JSON), for the host's engine.
    #[wasm_bindgen(js_name = hostJwk)]
    pub fn host_jwk(&self) -> String {
        self.0.to_host_jwk().to_string()
    }

    /// The RFC 7638 thumbprint.
    pub fn thumbprint(&self) -> Result<String, JsValue> {
        self.with_numbers().map(Key::thumbprint)
    }

    fn with_numbers(&self) -> Result<&Key, JsValue> {
        self.0.with_numbers().map_err(fault::thrown)
    }
}

#[wasm_bindgen(js_class = WasmKeys)]
impl KeysHandle {
    /// None yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> KeysHandle {
        KeysHandle::default()
    }

    /// The keys of a JWKS document (JSON). A key that names no algorithm gets the first of `algorithms` that it fits.
    #[wasm_bindgen(js_name = fromJwks)]
    pub fn from_jwks(json: &str, algorithms: Vec<String>) -> Result<KeysHandle, JsValue> {
        let read = || {
            let algorithms: Vec<Alg> = algorithms.iter().map(|name| options::alg(name)).collect::<Result<_>>()?;
            if algorithms.is_empty() { KeySet::from_jwks(json) } else { KeySet::from_jwks_for(json, &algorithms) }
        };
        read().map(|set| KeysHandle(set.keys().to_vec())).map_err(fault::thrown)
    }

    /// One more.
    pub fn push(&mut self, key: &KeyHandle) {
        self.0.push(key.0.clone());
    }

    /// How many.
    #[wasm_bindgen(getter)]
    pub fn length(&self) -> usize {
        self.0.len()
    }

    /// One of them.
    pub fn at(&self, index: usize) -> Option<KeyHandle> {
        self.0.get(index).cloned().map(KeyHandle)
    }

    /// The public keys as a JWKS document (JSON).
    #[wasm_bindgen(js_name = publicJwks)]
    pub fn public_jwks(&self) -> Result<String, JsValue> {
        let set = self.set().map_err(fault::thrown)?;
        Ok(json::text(&set.to_public_jwks()))
    }
}

impl KeysHandle {
    #[cfg(feature = "npm-core")]
    pub(super) fn of(set: &KeySet) -> Self {
        Self(set.keys().to_vec())
    }

    pub(super) fn set(&self) -> Result<KeySet> {
        KeySet::new(self.0.clone())
    }
}

/// Whether a secret is the text of a key in any encoding: for the drop-in, which accepts short secrets and has its own
/// rules for them.
#[wasm_bindgen(js_name = isKeyText)]
pub fn is_key_text(secret: &[u8]) -> bool {
    key::is_key_text(secret)
}

fn chosen(alg: Option<String>) -> Result<Option<Alg>> {
    alg.map(|name| options::alg(&name)).transpose()
}

fn handle(key: Result<Key>, kid: Option<String>) -> Result<KeyHandle, JsValue> {
    let key = key.map_err(fault::thrown)?;
    Ok(KeyHandle(match kid {
        Some(kid) => key.with_kid(kid),
        None => key,
    }))
}
