//! Keys as handles.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::{fault, options};
use crate::error::Result;
use crate::key::{Key, KeySet};

/// A key. Its secret parts stay in here unless they are exported by name.
#[wasm_bindgen(js_name = WasmKey)]
#[derive(Debug, Clone)]
pub struct KeyHandle(pub(super) Key);

/// Keys being gathered for a verifier.
#[wasm_bindgen(js_name = WasmKeys)]
#[derive(Debug, Default)]
pub struct KeysHandle(Vec<Key>);

#[wasm_bindgen(js_class = WasmKey)]
impl KeyHandle {
    /// A shared secret.
    #[wasm_bindgen(js_name = fromSecret)]
    pub fn from_secret(alg: &str, secret: &[u8], kid: Option<String>) -> Result<KeyHandle, JsValue> {
        let key = options::alg(alg).and_then(|alg| Key::from_secret(alg, secret));
        named(key, kid)
    }

    /// The number the host files its own handle under.
    #[wasm_bindgen(getter)]
    pub fn serial(&self) -> u32 {
        self.0.serial()
    }

    /// The algorithm this key is for.
    #[wasm_bindgen(getter)]
    pub fn alg(&self) -> String {
        self.0.alg().name().to_owned()
    }

    /// The key's name.
    #[wasm_bindgen(getter)]
    pub fn kid(&self) -> Option<String> {
        self.0.kid().map(str::to_owned)
    }

    /// Whether it can sign.
    #[wasm_bindgen(getter, js_name = canSign)]
    pub fn can_sign(&self) -> bool {
        self.0.can_sign()
    }
}

#[wasm_bindgen(js_class = WasmKeys)]
impl KeysHandle {
    /// None yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> KeysHandle {
        KeysHandle::default()
    }

    /// One more.
    pub fn push(&mut self, key: &KeyHandle) {
        self.0.push(key.0.clone());
    }
}

impl KeysHandle {
    pub(super) fn set(&self) -> Result<KeySet> {
        KeySet::new(self.0.clone())
    }
}

fn named(key: Result<Key>, kid: Option<String>) -> Result<KeyHandle, JsValue> {
    let key = key.map_err(fault::thrown)?;
    Ok(KeyHandle(match kid {
        Some(kid) => key.with_kid(kid),
        None => key,
    }))
}
