//! Decodes a token without verifying it.

use wasm_bindgen::prelude::wasm_bindgen;

use super::scratch;
use crate::error::Result;
use crate::token::Untrusted;

/// `{"header": {...}, "claims": {...}}` of the token in the shared buffer. Nothing of it is verified.
#[wasm_bindgen]
pub fn decode(len: usize) -> i32 {
    scratch::answer(len, |token| Some(look(token)))
}

/// Only the header, `{...}`: enough to find a key.
#[wasm_bindgen(js_name = decodeHeader)]
pub fn decode_header(len: usize) -> i32 {
    scratch::answer(len, |token| Some(Untrusted::parse(token).map(|untrusted| untrusted.header().json().to_owned())))
}

fn look(token: &str) -> Result<String> {
    let untrusted = Untrusted::parse(token)?;
    let claims = untrusted.unverified_claims_json()?;
    Ok(format!("{{\"header\":{},\"claims\":{}}}", untrusted.header().json(), claims))
}
