//! Errors for JavaScript: one JSON text, which JavaScript converts to an error class.

use serde_json::{Map, Value};
use wasm_bindgen::JsValue;

use crate::error::{Error, Outside};
use crate::json::text;

/// `{code, stage, message, outside, subject?, expected?, actual?}`.
pub(super) fn json(error: &Error) -> String {
    let mut fault = Map::new();
    let mut put = |name: &str, value: Value| {
        fault.insert(name.to_owned(), value);
    };
    put("code", error.code().as_str().into());
    put("stage", error.stage().name().into());
    put("message", error.to_string().into());
    put("outside", outside(error.outside()).into());
    if let Some(detail) = error.detail() {
        put("subject", detail.subject.clone().into());
        put("expected", detail.expected.clone().into());
        put("actual", detail.actual.clone().into());
    }
    text(&Value::Object(fault))
}

/// The same, to be thrown.
pub(super) fn thrown(error: Error) -> JsValue {
    JsValue::from_str(&json(&error))
}

fn outside(outside: Outside) -> &'static str {
    match outside {
        Outside::Unauthenticated => "unauthenticated",
        Outside::InvalidToken => "invalid_token",
        Outside::InsufficientScope => "insufficient_scope",
        Outside::Internal => "internal",
        Outside::Unavailable => "unavailable",
    }
}
