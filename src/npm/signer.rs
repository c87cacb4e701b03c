//! Token signing as a handle.

use serde_json::{Map, Value};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::engine::Engine;
use super::key::KeyHandle;
use super::options::Given;
use super::{fault, scratch};
use crate::error::{Code, Error, Result};
use crate::token::Signer;

/// A signer.
#[wasm_bindgen(js_name = WasmSigner)]
#[derive(Debug)]
pub struct SignerHandle(Signer);

#[wasm_bindgen(js_class = WasmSigner)]
impl SignerHandle {
    /// From a key and options (JSON).
    #[wasm_bindgen(constructor)]
    pub fn new(key: &KeyHandle, options: &str) -> Result<SignerHandle, JsValue> {
        let signer = || Signer::with_header(key.0.clone(), &members(options)?);
        signer().map(SignerHandle).map_err(fault::thrown)
    }

    /// A token with the claims (JSON) in the buffer.
    pub fn sign(&self, len: usize) -> i32 {
        self.ask(len, &Engine::Asked)
    }

    /// The same, with the signature that the host computed.
    pub fn resume(&self, len: usize, signature: Vec<u8>) -> i32 {
        self.ask(len, &Engine::Signed(signature))
    }
}

impl SignerHandle {
    fn ask(&self, len: usize, provider: &Engine) -> i32 {
        scratch::answer(len, |claims| self.0.sign_json_now(claims, provider))
    }
}

/// The header members in addition to those of the key: `typ` and the caller's own.
fn members(options: &str) -> Result<Map<String, Value>> {
    let given = Given::read(options, &["typ", "header"])?;
    let typ = given.text("typ")?.ok_or(Error::new(Code::OptionInvalid).about("typ").expected("a string"))?;
    let mut members = given.members("header")?.unwrap_or_default();
    if members.insert("typ".to_owned(), Value::String(typ)).is_some() {
        return Err(Error::new(Code::OptionInvalid).about("header").expected("typ as an option of its own"));
    }
    Ok(members)
}
