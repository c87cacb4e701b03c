//! The pure-Rust engine, for algorithms that the host's crypto lacks. Only in the larger module, which is then loaded.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::{fault, options};
use crate::crypto::{self, Software};
use crate::error::{Code, Error, Result};
use crate::key::Key;

/// Whether the key (JWK, JSON) made `signature` over `message`.
#[wasm_bindgen(js_name = softwareCheck)]
pub fn check(jwk: &str, alg: &str, message: &[u8], signature: &[u8]) -> Result<bool, JsValue> {
    let key = read(jwk, alg).map_err(fault::thrown)?;
    Ok(matches!(crypto::prove_now(&Software, &key, message, signature), Some(Ok(_))))
}

/// The signature of the key (JWK, JSON) over `message`.
#[wasm_bindgen(js_name = softwareSign)]
pub fn sign(jwk: &str, alg: &str, message: &[u8]) -> Result<Vec<u8>, JsValue> {
    let signed = || crypto::sign_now(&Software, &read(jwk, alg)?, message).ok_or(Error::new(Code::SigningFailed))?;
    signed().map_err(fault::thrown)
}

/// A new key pair as a JWK (JSON), including the private key.
#[wasm_bindgen(js_name = softwareGenerate)]
pub fn generate(alg: &str) -> Result<String, JsValue> {
    let made = || Key::generate(options::alg(alg)?, &super::entropy::HostEntropy);
    made().map(|key| key.to_host_jwk().to_string()).map_err(fault::thrown)
}

fn read(jwk: &str, alg: &str) -> Result<Key> {
    Key::from_jwk(jwk, Some(options::alg(alg)?))
}
