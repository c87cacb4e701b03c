//! Work under way that waits for promises. JavaScript polls it, instead of the event loop: a trap then reaches whoever polled, who can start
//! the module again, and nothing of a dead instance is left to be called by a promise.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use js_sys::Array;
use wasm_bindgen::prelude::*;

type Outcome = Result<JsValue, JsError>;

/// Work under way.
#[wasm_bindgen(js_name = WasmCall)]
pub struct CallHandle(Option<Pin<Box<dyn Future<Output = Outcome>>>>);

impl CallHandle {
    /// Takes up work. Nothing is done before it is polled.
    pub(super) fn new(work: impl Future<Output = Outcome> + 'static) -> Self {
        Self(Some(Box::pin(work)))
    }
}

#[wasm_bindgen(js_class = WasmCall)]
impl CallHandle {
    /// Goes on as far as it can: an array that holds the outcome, or `undefined` while a promise has to be waited for.
    ///
    /// # Errors
    /// The work's own.
    pub fn poll(&mut self) -> Result<Option<Array>, JsError> {
        let Some(work) = self.0.as_mut() else { return Ok(None) };
        let Poll::Ready(outcome) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
            return Ok(None);
        };
        self.0 = None;
        outcome.map(|outcome| Some(Array::of(&[outcome])))
    }
}
