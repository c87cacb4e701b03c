//! Token verification as a handle: options once, then one call with numbers per token.

use std::cell::Cell;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::engine::Engine;
use super::key::KeysHandle;
use super::{expectations, fault, scratch};
use crate::error::Result;
use crate::time::UnixMillis;
use crate::token::Verifier;

/// A verifier.
#[wasm_bindgen(js_name = WasmVerifier)]
#[derive(Debug)]
pub struct VerifierHandle {
    verifier: Verifier,
    /// The period in which the last verdict is valid, in milliseconds.
    holds: Cell<(f64, f64)>,
}

#[wasm_bindgen(js_class = WasmVerifier)]
impl VerifierHandle {
    /// From keys and options (JSON).
    #[wasm_bindgen(constructor)]
    pub fn new(keys: &KeysHandle, options: &str) -> Result<VerifierHandle, JsValue> {
        let verifier = || Ok(Verifier::new(keys.set()?, expectations::read(options)?));
        let handle = verifier().map(|verifier| VerifierHandle { verifier, holds: Cell::new((0.0, 0.0)) });
        handle.map_err(fault::thrown)
    }

    /// The verdict on the token in the buffer, at `now` (milliseconds). The result is the claims exactly as in the
    /// token.
    pub fn verify(&self, len: usize, now: f64) -> i32 {
        self.ask(len, now, &Engine::Asked)
    }

    /// The same, with the host's result of the signature check.
    pub fn resume(&self, len: usize, now: f64, good: bool) -> i32 {
        self.ask(len, now, &Engine::Checked(good))
    }

    /// The time from which the last verdict is valid, in milliseconds.
    #[wasm_bindgen(getter, js_name = validFrom)]
    pub fn valid_from(&self) -> f64 {
        self.holds.get().0
    }

    /// The time until just before which the last verdict is valid, in milliseconds.
    #[wasm_bindgen(getter, js_name = validUntil)]
    pub fn valid_until(&self) -> f64 {
        self.holds.get().1
    }
}

impl VerifierHandle {
    fn ask(&self, len: usize, now: f64, provider: &Engine) -> i32 {
        let moment = UnixMillis::from_millis(now as i64);
        scratch::answer(len, |token| {
            let verdict = self.verifier.verify_now(token, provider, moment)?;
            Some(verdict.map(|verified| {
                let millis = |moment: UnixMillis| moment.as_millis() as f64;
                self.holds.set((millis(verified.valid_from()), millis(verified.valid_until())));
                verified.claims().json().to_owned()
            }))
        })
    }
}
