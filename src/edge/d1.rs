//! Helpers for D1.

use js_sys::{Array, JSON, Reflect};
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

use super::bindings::Database;
use super::deadline::within;
use crate::session::Unavailable;

/// The first row of a query.
pub(super) async fn first<T: DeserializeOwned>(
    db: &Database,
    query: &str,
    bindings: &[JsValue],
) -> Result<Option<T>, Unavailable> {
    Ok(all(db, query, bindings).await?.into_iter().next())
}

/// Every row of a query.
pub(super) async fn all<T: DeserializeOwned>(
    db: &Database,
    query: &str,
    bindings: &[JsValue],
) -> Result<Vec<T>, Unavailable> {
    let answer = within("database", || db.prepare(query)?.bind(&Array::from_iter(bindings))?.all()).await?;
    let text = Reflect::get(&answer, &"results".into()).and_then(|rows| JSON::stringify(&rows));
    // Returns `undefined` for `undefined`.
    let text = text.ok().and_then(|text| text.as_string());
    let text = text.ok_or_else(|| Unavailable("database: an answer without rows".to_owned()))?;
    serde_json::from_str(&text).map_err(|error| Unavailable(format!("database: {error}")))
}

/// A number as a bound parameter. Integers above 2^53 do not occur here.
pub(super) fn number(value: i64) -> JsValue {
    (value as f64).into()
}
