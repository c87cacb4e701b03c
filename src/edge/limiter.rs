//! The rate-limit bindings, which limit password hashing.

use js_sys::{Promise, Reflect};
use serde_json::json;
use wasm_bindgen::JsValue;

use super::bindings::{self, RateLimiter};
use super::deadline::shortly;
use crate::service::{Limit, Limiter};
use crate::session::Unavailable;

/// The bindings `CLIENT_LIMIT` and `ACCOUNT_LIMIT`; each is optional.
pub(super) struct BindingLimiter {
    client: Option<RateLimiter>,
    account: Option<RateLimiter>,
}

const CLIENT: &str = "CLIENT_LIMIT";
const ACCOUNT: &str = "ACCOUNT_LIMIT";

impl BindingLimiter {
    pub(super) fn new(env: &JsValue) -> Self {
        let binding = |name| bindings::find(env, name).ok();
        Self { client: binding(CLIENT), account: binding(ACCOUNT) }
    }
}

/// A binding that exists but is not a rate limit, so it would limit nobody.
pub(super) fn mistaken(env: &JsValue) -> Option<&'static str> {
    let is_there = |name: &&str| bindings::find::<JsValue>(env, name).is_ok();
    [CLIENT, ACCOUNT].into_iter().filter(is_there).find(|name| !bindings::can(env, name, "limit"))
}

impl Limiter for BindingLimiter {
    /// A binding counts one unit per call.
    async fn allow(&self, limit: Limit, key: &str, cost: u32) -> bool {
        #[cfg(feature = "test-hooks")]
        if super::test_hooks::limited() {
            return false;
        }
        // A request without a client address comes through a service binding, from a Worker of the same account: see
        // `gate::within_limit`.
        if key.is_empty() {
            return true;
        }
        let binding = match limit {
            Limit::Client => &self.client,
            Limit::Account => &self.account,
        };
        let Some(binding) = binding else { return true };
        for _ in 0..cost {
            if !allows(&shortly("rate limit", || ask(binding, key)).await) {
                return false;
            }
        }
        true
    }
}

/// Counts one unit for `key`.
pub(super) fn ask(binding: &RateLimiter, key: &str) -> Result<Promise, JsValue> {
    binding.limit(&bindings::options(&json!({ "key": key }))?)
}

/// Interprets the response. If a limiter is unavailable, requests are allowed.
pub(super) fn allows(answer: &Result<JsValue, Unavailable>) -> bool {
    let success = answer.as_ref().ok().and_then(|outcome| Reflect::get(outcome, &"success".into()).ok()?.as_bool());
    success.unwrap_or(true)
}
