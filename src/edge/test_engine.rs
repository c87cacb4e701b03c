//! Exports that run the Worker's own engine through the suite of `tests/support/engine-behaviour.mjs`. They are in no
//! release artifact.
#![expect(unreachable_pub, reason = "what is exported here is reached from JavaScript")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;
use wasm_bindgen::prelude::*;

use super::engine::WebCrypto;
use crate::alg::Alg;
use crate::crypto;
use crate::error::Code;
use crate::key::Key;

#[derive(Deserialize)]
struct Asked {
    /// Keys that no case uses may be invalid.
    keys: Vec<Option<AskedKey>>,
    cases: Vec<AskedCase>,
}

#[derive(Deserialize)]
struct AskedKey {
    alg: String,
    jwk: Value,
}

#[derive(Deserialize)]
struct AskedCase {
    key: usize,
    message: String,
    signature: String,
}

/// Checks signatures with the Worker's engine: `{ keys: [{ alg, jwk }], cases: [{ key, message, signature }] }` with
/// bytes as base64url. Returns one result per case: true, false, or the code of the error.
///
/// # Errors
/// If the input has another format.
#[wasm_bindgen(js_name = judgeSignatures)]
pub async fn judge_signatures(asked: String) -> Result<String, JsError> {
    let Asked { keys, cases } = serde_json::from_str(&asked)?;
    let keys = keys.into_iter().map(|key| key.map(AskedKey::key).transpose()).collect::<Result<Vec<_>, _>>()?;
    let engine = WebCrypto::default();
    let mut answers: Vec<Value> = Vec::with_capacity(cases.len());
    for AskedCase { key, message, signature } in cases {
        let key = keys.get(key).and_then(Option::as_ref).ok_or_else(|| JsError::new("a case without its key"))?;
        let (message, signature) = (bytes(&message)?, bytes(&signature)?);
        answers.push(match crypto::prove(&engine, key, &message, &signature).await {
            Ok(_) => true.into(),
            Err(error) if error.code() == Code::SignatureInvalid => false.into(),
            Err(error) => error.code().row().code.into(),
        });
    }
    Ok(Value::Array(answers).to_string())
}

/// The signature of the Worker's engine over `message` with a private JWK.
///
/// # Errors
/// The error code.
#[wasm_bindgen(js_name = signWith)]
pub async fn sign_with(jwk: String, alg: String, message: Vec<u8>) -> Result<Vec<u8>, JsError> {
    let key = AskedKey { alg, jwk: serde_json::from_str(&jwk)? }.key()?;
    let signature = crypto::sign(&WebCrypto::default(), &key, &message).await;
    signature.map_err(|error| JsError::new(error.code().row().code))
}

fn bytes(text: &str) -> Result<Vec<u8>, JsError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|error| JsError::new(&error.to_string()))
}

impl AskedKey {
    fn key(self) -> Result<Key, JsError> {
        let alg = Alg::from_name(&self.alg).ok_or_else(|| JsError::new("no such algorithm"))?;
        Ok(Key::from_jwk(&self.jwk.to_string(), Some(alg))?)
    }
}
