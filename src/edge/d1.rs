//! Small words over D1.

use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use worker::D1Database;

use super::deadline::within;
use crate::session::Unavailable;

/// The first row of a query.
pub(super) async fn first<T: DeserializeOwned>(
    db: &D1Database,
    query: &str,
    bindings: &[JsValue],
) -> Result<Option<T>, Unavailable> {
    within("database", async { db.prepare(query).bind(bindings)?.first::<T>(None).await }).await
}

/// Every row of a query.
pub(super) async fn all<T: DeserializeOwned>(
    db: &D1Database,
    query: &str,
    bindings: &[JsValue],
) -> Result<Vec<T>, Unavailable> {
    within("database", async { db.prepare(query).bind(bindings)?.all().await?.results::<T>() }).await
}

/// A number in a binding. SQLite's integers beyond 2^53 do not occur here.
pub(super) fn number(value: i64) -> JsValue {
    (value as f64).into()
}
