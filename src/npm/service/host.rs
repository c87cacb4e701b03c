//! The functions that the service needs from JavaScript: stores, signatures, the clock.

use std::future::poll_fn;
use std::task::Poll;

use js_sys::Uint8Array;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

use crate::session::Unavailable;

#[wasm_bindgen]
extern "C" {
    /// The host.
    pub type ServiceHost;

    /// The current time, in milliseconds.
    #[wasm_bindgen(method)]
    pub(super) fn now(this: &ServiceHost) -> f64;

    /// Calls a method of a store with arguments as JSON: the result as JSON, or a promise of it.
    #[wasm_bindgen(method, catch)]
    fn ask(this: &ServiceHost, store: &str, verb: &str, arguments: &str) -> Result<JsValue, JsValue>;

    /// Applies an event (JSON) to a user's record: the result as JSON, or a promise of it.
    #[wasm_bindgen(method, catch)]
    fn tell(this: &ServiceHost, user: &str, event: &str) -> Result<JsValue, JsValue>;

    /// The argon2id hash of a normalized password, or a promise of it.
    #[wasm_bindgen(method, catch)]
    fn argon2id(this: &ServiceHost, password: &[u8], salt: &[u8]) -> Result<JsValue, JsValue>;

    /// Whether a hash matches one form of a password: a boolean, or a promise of it.
    #[wasm_bindgen(method, catch, js_name = fitsHash)]
    fn fits_hash(this: &ServiceHost, password: &[u8], hash: &str) -> Result<JsValue, JsValue>;

    /// 1 valid, 0 invalid, anything else: asynchronous, by [`answer_check`](Self::answer_check). Must not throw.
    #[wasm_bindgen(method)]
    pub(super) fn check(this: &ServiceHost, serial: u32, message: &[u8], signature: &[u8]) -> i32;

    /// The signature; empty: the host failed; `undefined`: asynchronous, by [`answer_sign`](Self::answer_sign). Must
    /// not throw.
    #[wasm_bindgen(method)]
    pub(super) fn sign(this: &ServiceHost, serial: u32, message: &[u8]) -> Option<Uint8Array>;

    /// Observes a promise, and polls the running operation again when it settles. Must not throw.
    #[wasm_bindgen(method)]
    fn watch(this: &ServiceHost, promise: &JsValue) -> Watched;

    /// The result of the asynchronous check.
    #[wasm_bindgen(method, catch, js_name = answerCheck)]
    pub(super) fn answer_check(this: &ServiceHost) -> Result<JsValue, JsValue>;

    /// The result of the asynchronous signing.
    #[wasm_bindgen(method, catch, js_name = answerSign)]
    pub(super) fn answer_sign(this: &ServiceHost) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// A promise that JavaScript observes.
    type Watched;

    /// 0: pending, 1: fulfilled, 2: rejected.
    #[wasm_bindgen(method, getter)]
    fn state(this: &Watched) -> u8;

    /// The value or the reason.
    #[wasm_bindgen(method, getter)]
    fn value(this: &Watched) -> JsValue;
}

impl ServiceHost {
    /// Waits for a promise. No waker is involved: JavaScript polls the complete operation again.
    pub(super) async fn settled(&self, promise: &JsValue) -> Result<JsValue, JsValue> {
        let watched = self.watch(promise);
        poll_fn(|_| match watched.state() {
            0 => Poll::Pending,
            1 => Poll::Ready(Ok(watched.value())),
            _ => Poll::Ready(Err(watched.value())),
        })
        .await
    }

    /// Calls a store and parses its result.
    pub(super) async fn store<T: DeserializeOwned>(
        &self,
        store: &str,
        verb: &str,
        arguments: impl Serialize,
    ) -> Result<T, Unavailable> {
        let told = |cause: String| Unavailable(format!("{store}.{verb}: {cause}"));
        let arguments = serde_json::to_string(&arguments).map_err(|error| told(error.to_string()))?;
        let answer = self.text(self.ask(store, verb, &arguments)).await.map_err(told)?;
        serde_json::from_str(&answer).map_err(|error| told(format!("the answer has the wrong shape: {error}")))
    }

    /// The hash of a password.
    pub(super) async fn password_hash(&self, password: &[u8], salt: &[u8]) -> Result<String, Unavailable> {
        let hash = self.text(self.argon2id(password, salt)).await;
        hash.map_err(|cause| Unavailable(format!("password hashing: {cause}")))
    }

    /// Whether a password matches a hash. Any result except `true` and `false` is an error of the host.
    pub(super) async fn password_fits(&self, password: &[u8], hash: &str) -> Result<bool, Unavailable> {
        let unavailable = |cause: String| Unavailable(format!("password hashing: {cause}"));
        let answer = self.value(self.fits_hash(password, hash)).await.map_err(unavailable)?;
        answer.as_bool().ok_or_else(|| unavailable("no boolean came back".to_owned()))
    }

    /// Applies an event to a user's sessions.
    pub(super) async fn sessions(&self, user: &str, event: &str) -> Result<String, Unavailable> {
        self.text(self.tell(user, event)).await.map_err(|cause| Unavailable(format!("sessions: {cause}")))
    }

    /// A text, synchronously or asynchronously.
    async fn text(&self, given: Result<JsValue, JsValue>) -> Result<String, String> {
        let value = self.value(given).await?;
        value.as_string().ok_or_else(|| "no text came back".to_owned())
    }

    /// A value, synchronously or asynchronously.
    async fn value(&self, given: Result<JsValue, JsValue>) -> Result<JsValue, String> {
        let value = match given {
            Ok(value) if value.is_string() => Ok(value),
            Ok(value) => self.settled(&value).await,
            Err(thrown) => Err(thrown),
        };
        value.map_err(|thrown| words(&thrown))
    }
}

/// The message of an exception.
fn words(thrown: &JsValue) -> String {
    match thrown.dyn_ref::<js_sys::Error>() {
        Some(error) => error.message().into(),
        None => format!("{thrown:?}"),
    }
}
