//! JWS with any payload, as handles. Payloads are byte arrays, because they need not be text.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::engine::Engine;
use super::key::{KeyHandle, KeysHandle};
use super::{fault, options};
use crate::error::{Code, Error, Result};
use crate::json;
use crate::token::jws::{Content, Signer, Verifier};

/// The content of a JWS with a verified signature.
#[wasm_bindgen(js_name = WasmContent)]
#[derive(Debug)]
pub struct ContentHandle(Content);

#[wasm_bindgen(js_class = WasmContent)]
impl ContentHandle {
    /// The header (JSON).
    #[wasm_bindgen(getter)]
    pub fn header(&self) -> String {
        self.0.header().json().to_owned()
    }

    /// The bytes.
    #[wasm_bindgen(getter)]
    pub fn payload(&self) -> Vec<u8> {
        self.0.payload().to_vec()
    }
}

/// A compact JWS with `payload`; nothing if the host is asynchronous. `members` (a JSON object) are added to the
/// header; `signature` is the host's result, if it was awaited.
#[wasm_bindgen(js_name = jwsSign)]
pub fn sign(
    key: &KeyHandle,
    members: Option<String>,
    payload: &[u8],
    signature: Option<Vec<u8>>,
) -> Result<Option<String>, JsValue> {
    let signed = || {
        let no_object = || Error::new(Code::OptionInvalid).about("header").expected("a JSON object");
        let members = members.as_deref().map(|members| json::tree(members).ok_or_else(no_object)).transpose()?;
        let signer = Signer::new(key.0.clone(), members.as_ref())?;
        signer.sign_now(payload, &signature.map_or(Engine::Asked, Engine::Signed)).transpose()
    };
    signed().map_err(fault::thrown)
}

/// The content of a compact JWS; nothing if the host is asynchronous. `good` is the host's result, if it was awaited.
#[wasm_bindgen(js_name = jwsVerify)]
pub fn verify(
    token: &str,
    keys: &KeysHandle,
    algorithms: Option<Vec<String>>,
    good: Option<bool>,
) -> Result<Option<ContentHandle>, JsValue> {
    let verified = || {
        let mut verifier = Verifier::new(keys.set()?);
        if let Some(names) = algorithms {
            verifier = verifier.algorithms(names.iter().map(|name| options::alg(name)).collect::<Result<_>>()?);
        }
        if token.is_empty() {
            return Err(Error::new(Code::TokenMissing));
        }
        verifier.verify_now(token, &good.map_or(Engine::Asked, Engine::Checked)).transpose()
    };
    verified().map(|content| content.map(ContentHandle)).map_err(fault::thrown)
}
