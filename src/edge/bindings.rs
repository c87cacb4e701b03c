//! Minimal bindings for D1, KV, Durable Objects and rate limiting: only the functions in use. They take and return
//! JavaScript values; the store modules interpret them.

use js_sys::{Array, JSON, Promise, Reflect};
use serde_json::Value;
use wasm_bindgen::prelude::*;

use crate::json;

#[wasm_bindgen]
extern "C" {
    /// A D1 database.
    #[derive(Clone)]
    pub(super) type Database;

    #[wasm_bindgen(method, catch)]
    pub(super) fn prepare(this: &Database, query: &str) -> Result<Statement, JsValue>;

    /// Executes all of these statements or none.
    #[wasm_bindgen(method, catch)]
    pub(super) fn batch(this: &Database, statements: &Array) -> Result<Promise, JsValue>;

    /// A query for a [`Database`].
    pub(super) type Statement;

    #[wasm_bindgen(method, catch, variadic)]
    pub(super) fn bind(this: &Statement, values: &Array) -> Result<Statement, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(super) fn all(this: &Statement) -> Result<Promise, JsValue>;

    /// A Workers KV namespace.
    pub(super) type KeyValues;

    #[wasm_bindgen(method, catch)]
    pub(super) fn get(this: &KeyValues, key: &str, options: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(super) fn put(this: &KeyValues, key: &str, value: &str, options: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(super) fn list(this: &KeyValues, options: &JsValue) -> Result<Promise, JsValue>;

    /// A namespace of Durable Objects whose class is `UserSessions` in `entry.mjs`.
    pub(super) type Objects;

    #[wasm_bindgen(method, catch, js_name = getByName)]
    pub(super) fn by_name(this: &Objects, name: &str) -> Result<Object, JsValue>;

    /// A stub of one object.
    pub(super) type Object;

    #[wasm_bindgen(method, catch)]
    pub(super) fn tell(this: &Object, event: &str) -> Result<Promise, JsValue>;

    /// A rate limit.
    pub(super) type RateLimiter;

    #[wasm_bindgen(method, catch)]
    pub(super) fn limit(this: &RateLimiter, options: &JsValue) -> Result<Promise, JsValue>;

    /// The message of an exception.
    #[wasm_bindgen(catch, js_name = String)]
    fn in_words(thrown: &JsValue) -> Result<String, JsValue>;

    /// Writes lines to the platform's log.
    #[wasm_bindgen(js_namespace = console)]
    pub(super) fn log(line: &str);

    #[wasm_bindgen(js_namespace = console)]
    pub(super) fn warn(line: &str);

    #[wasm_bindgen(js_namespace = console)]
    pub(super) fn error(line: &str);
}

/// The binding with this name.
///
/// # Errors
/// If it does not exist. [`can`] checks whether it is of the right kind.
pub(super) fn find<T: JsCast>(env: &JsValue, name: &str) -> Result<T, JsValue> {
    let binding = Reflect::get(env, &name.into())?;
    if binding.is_undefined() {
        return Err(JsError::new(&format!("the binding {name} is not there")).into());
    }
    Ok(binding.unchecked_into())
}

/// Whether the binding with this name exists and has this method.
pub(super) fn can(env: &JsValue, name: &str, verb: &str) -> bool {
    find::<JsValue>(env, name).and_then(|binding| Reflect::get(&binding, &verb.into())).is_ok_and(|it| it.is_function())
}

/// A setting or a secret as text. If `[vars]` contains an array, a table, a number or a boolean, this is its JSON.
pub(super) fn text(env: &JsValue, name: &str) -> Option<String> {
    let value = Reflect::get(env, &name.into()).ok().filter(|value| !value.is_null())?;
    value.as_string().or_else(|| JSON::stringify(&value).ok()?.as_string())
}

/// The message of an exception, for the log.
pub(super) fn told(thrown: &JsValue) -> String {
    in_words(thrown).unwrap_or_default()
}

/// A JavaScript object with options.
pub(super) fn options(options: &Value) -> Result<JsValue, JsValue> {
    JSON::parse(&json::text(options))
}
