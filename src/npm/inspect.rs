//! Explains a pasted text.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::engine::Engine;
use super::key::KeysHandle;
use super::{expectations, fault};
use crate::error::Result;
use crate::time::UnixMillis;
use crate::token::inspect::{Options, inspect_now};

/// The report (JSON) on `text` at the time `now`. `expectations` are the options of a verifier (JSON); `good` is the
/// host's result of the signature check, if it was awaited.
#[wasm_bindgen]
pub fn inspect(
    text: &str,
    now: f64,
    keys: Option<KeysHandle>,
    expectations: Option<String>,
    good: Option<bool>,
) -> Result<String, JsValue> {
    let report = || {
        let mut asked = Options::at(UnixMillis::from_millis(now as i64));
        asked.keys = keys.map(|keys| keys.set()).transpose()?;
        asked.expectations = match expectations {
            Some(json) => Some(expectations::read(&json)?),
            None => None,
        };
        let report = inspect_now(text, &asked, &good.map_or(Engine::Asked, Engine::Checked));
        Result::Ok(serde_json::to_string(&report).unwrap_or_default())
    };
    report().map_err(fault::thrown)
}
