//! Small words over D1.

use js_sys::{JSON, JsString, Reflect};
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use worker::D1Database;

use super::deadline::within;
use crate::json;
use crate::session::Unavailable;

/// The first row of a query.
pub(super) async fn first<T: DeserializeOwned>(
    db: &D1Database,
    query: &str,
    bindings: &[JsValue],
) -> Result<Option<T>, Unavailable> {
    Ok(all(db, query, bindings).await?.into_iter().next())
}

/// Every row of a query.
pub(super) async fn all<T: DeserializeOwned>(
    db: &D1Database,
    query: &str,
    bindings: &[JsValue],
) -> Result<Vec<T>, Unavailable> {
    let rows = within("database", async {
        let answer = JsFuture::from(db.prepare(query).bind(bindings)?.inner().all()?).await?;
        worker::Result::<JsString>::Ok(JSON::stringify(&Reflect::get(&answer, &"results".into())?)?)
    });
    // As text: every other row is read from JSON too, and a second way to read each of them is much code.
    let text = String::from(rows.await?);
    json::read(&text).map_err(|error| Unavailable(format!("database: {error}")))
}

/// A number in a binding. SQLite's integers beyond 2^53 do not occur here.
pub(super) fn number(value: i64) -> JsValue {
    (value as f64).into()
}
