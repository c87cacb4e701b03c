//! What was found where something else was expected, in the words that serde uses. Its own way of saying them brings a second printer
//! of floats, and the larger one.

use std::borrow::Cow;

use serde::de::Unexpected;
use serde_json::Value;

pub(super) fn words(found: Unexpected<'_>) -> Cow<'_, str> {
    match found {
        Unexpected::Bool(value) => format!("boolean `{value}`").into(),
        Unexpected::Unsigned(value) => format!("integer `{value}`").into(),
        Unexpected::Signed(value) => format!("integer `{value}`").into(),
        Unexpected::Float(value) => format!("floating point `{}`", crate::json::text(&Value::from(value))).into(),
        Unexpected::Str(value) => format!("string {value:?}").into(),
        Unexpected::Unit => "null".into(),
        Unexpected::Seq => "sequence".into(),
        Unexpected::Map => "map".into(),
        Unexpected::Other(what) => what.into(),
        // There is no such thing in JSON.
        _ => "another value".into(),
    }
}
