//! Limits how long a store call may take.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use js_sys::Promise;
use wasm_bindgen::JsValue;

use super::bindings::told;
use super::task::{Watched, time_left};
use crate::session::Unavailable;

/// How long a request may wait for all its store calls together; outside of requests, how long one store call may take.
pub(super) fn patience() -> Duration {
    #[cfg(not(feature = "test-hooks"))]
    return crate::limits::STORE_DEADLINE;
    #[cfg(feature = "test-hooks")]
    return super::test_hooks::patience();
}

/// The result of a store call, or [`Unavailable`] if it fails or exceeds the remaining time of the request. `store`
/// names it in the log.
///
/// A call that timed out may still have succeeded; only its result is no longer awaited.
pub(super) async fn within(
    store: &str,
    ask: impl FnOnce() -> Result<Promise, JsValue>,
) -> Result<JsValue, Unavailable> {
    settled(1, store, asked(store, ask)?).await
}

/// The same for an optional call: it gets a quarter of the time, so that enough is left for the others.
pub(super) async fn shortly(
    store: &str,
    ask: impl FnOnce() -> Result<Promise, JsValue>,
) -> Result<JsValue, Unavailable> {
    settled(4, store, asked(store, ask)?).await
}

fn asked(store: &str, ask: impl FnOnce() -> Result<Promise, JsValue>) -> Result<Promise, Unavailable> {
    #[cfg(feature = "test-hooks")]
    let ask = super::test_hooks::fated(super::test_hooks::fate(store)?, ask);
    ask().map_err(|error| failed(store, &error))
}

async fn settled(part: u32, store: &str, asked: Promise) -> Result<JsValue, Unavailable> {
    let patience = patience() / part;
    let patience = time_left().map_or(patience, |left| left.min(patience));
    let (mut work, mut timer) = (Watched::promise(asked), Watched::timer(patience));
    poll_fn(|context| {
        if let Poll::Ready(end) = Pin::new(&mut work).poll(context) {
            return Poll::Ready(end.map_err(|error| failed(store, &error)));
        }
        let over = Pin::new(&mut timer).poll(context);
        over.map(|_| Err(Unavailable(format!("{store}: no answer in time"))))
    })
    .await
}

fn failed(store: &str, error: &JsValue) -> Unavailable {
    Unavailable(format!("{store}: {}", told(error)))
}
