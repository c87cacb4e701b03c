//! Errors on their way out: one JSON text, which JavaScript turns into a class.

use serde_json::json;
use wasm_bindgen::JsValue;

use crate::error::{Error, Outside};
use crate::json::text;

/// `{code, stage, message, outside, subject?, expected?, actual?}`.
pub(super) fn json(error: &Error) -> String {
    let mut fault = json!({
        "code": error.code().as_str(),
        "stage": error.stage().name(),
        "message": error.to_string(),
        "outside": outside(error.outside()),
    });
    if let Some(detail) = error.detail() {
        fault["subject"] = json!(detail.subject);
        fault["expected"] = json!(detail.expected);
        fault["actual"] = json!(detail.actual);
    }
    text(&fault)
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
