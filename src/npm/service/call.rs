//! A running operation that waits for promises. JavaScript polls it instead of the event loop: a trap then reaches the
//! JavaScript code that polls, which can restart the module, and no promise calls into a dead instance.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use js_sys::Array;
use wasm_bindgen::prelude::*;

type Outcome = Result<JsValue, JsError>;

/// A running operation.
#[wasm_bindgen(js_name = WasmCall)]
pub struct CallHandle(Option<Pin<Box<dyn Future<Output = Outcome>>>>);

impl CallHandle {
    /// Creates an operation. It does not start before it is polled.
    pub(super) fn new(work: impl Future<Output = Outcome> + 'static) -> Self {
        Self(Some(Box::pin(work)))
    }
}

#[wasm_bindgen(js_class = WasmCall)]
impl CallHandle {
    /// Continues as far as possible: an array with the result, or `undefined` while a promise is pending.
    ///
    /// # Errors
    /// The errors of the operation.
    pub fn poll(&mut self) -> Result<Option<Array>, JsError> {
        let Some(work) = self.0.as_mut() else { return Ok(None) };
        let Poll::Ready(outcome) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
            return Ok(None);
        };
        self.0 = None;
        outcome.map(|outcome| Some(Array::of(&[outcome])))
    }
}
