//! The Cloudflare Worker: the functions that its JavaScript entry (`entry.mjs`) calls. A request enters as strings and
//! bytes in one call, and the response leaves in one call. [`crate::service`] makes all decisions.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use wasm_bindgen::prelude::*;

use crate::account::audit::{Entry, Log as _};
use crate::http::{Request, Response};
use crate::json;
use crate::service::{Config, Keys, Service};
use crate::session::{Event, RevocationCache, Sessions as _};
use crate::time::UnixMillis;

mod accounts;
mod audit;
mod bindings;
mod d1;
mod deadline;
mod engine;
pub mod gate;
mod limiter;
mod object;
mod ports;
mod revocations;
mod sessions;
pub mod task;
#[cfg(feature = "test-hooks")]
mod test_engine;
#[cfg(feature = "test-hooks")]
mod test_hooks;
mod wire;

use ports::EdgePorts;
use wire::Asker;

/// The state that an isolate keeps between requests.
struct Isolate {
    service: Service,
    ports: EdgePorts,
}

thread_local! {
    /// The validated settings.
    static SETTINGS: RefCell<Option<Rc<Config>>> = const { RefCell::new(None) };
    static ISOLATE: OnceCell<Rc<Isolate>> = const { OnceCell::new() };
    /// Shared by the service and the gate, so the gate sees a revocation of the service immediately.
    static REVOCATIONS: Rc<RefCell<RevocationCache>> = Rc::default();
}

#[wasm_bindgen]
extern "C" {
    /// Tells the entry that this instance is lost, so that it can respond to the requests in progress.
    #[wasm_bindgen(js_namespace = globalThis, js_name = "__portcullis_panicked")]
    fn panicked();
}

/// The stores: the method that each binding must have, and the section of `wrangler.toml` that declares it.
const STORES: [(&str, &str, &str); 3] = [
    ("DB", "prepare", "[[d1_databases]]"),
    ("REVOCATIONS", "list", "[[kv_namespaces]]"),
    ("USER_SESSIONS", "getByName", "[[durable_objects.bindings]]"),
];

/// Validates settings, secrets and the bindings of the stores.
///
/// # Errors
/// A message that names the invalid setting and says how to create a valid one.
#[wasm_bindgen]
pub fn start(env: &JsValue) -> Result<(), JsError> {
    // The glue code reports a trap that is not a panic, such as a stack overflow.
    wasm_bindgen::handler::set_on_abort(panicked_outside);
    std::panic::set_hook(Box::new(|info| {
        bindings::error(&format!("Rust panic: {info}"));
        panicked();
    }));
    let (config, _) = settings(env)?;
    if let Some((name, _, place)) = STORES.iter().find(|(name, verb, _)| !bindings::can(env, name, verb)) {
        let problem = format!("{name} is not there or of another kind. Bind it under {place} in wrangler.toml.");
        return Err(JsError::new(&problem));
    }
    if let Some(name) = limiter::mistaken(env) {
        let problem =
            format!("{name} is no rate limit. Bind one under [[ratelimits]] in wrangler.toml, or leave it out.");
        return Err(JsError::new(&problem));
    }
    SETTINGS.set(Some(Rc::new(config)));
    Ok(())
}

/// Handles a request to one of the Worker's own routes, synchronously or asynchronously. Any other path, which
/// [`gate::ask`] recognizes, is not found.
///
/// # Errors
/// If a binding is missing; the text is for the log.
#[wasm_bindgen]
pub fn handle(
    env: &JsValue,
    method: &str,
    url: &str,
    headers: &str,
    body: Vec<u8>,
    place: String,
    asker: Asker,
) -> Result<(), JsValue> {
    let isolate = isolate(env)?;
    let Some(request) = wire::request(method, url, headers, body, place) else {
        wire::answer(&asker, &nothing_here(), None);
        return Ok(());
    };
    #[cfg(feature = "test-hooks")]
    test_hooks::before(&request);
    let work = async move {
        let (response, audit) = respond(&isolate, &request).await;
        wire::answer(&asker, &response, audit);
    };
    task::start(work, deadline::patience());
    Ok(())
}

async fn respond(isolate: &Isolate, request: &Request) -> (Response, Option<String>) {
    #[cfg(feature = "test-hooks")]
    if let Some(response) = test_hooks::answer(request, &isolate.ports).await {
        return (response, None);
    }
    let Some(outcome) = isolate.service.handle(request, &isolate.ports).await else { return (nothing_here(), None) };
    if let Some(reason) = &outcome.inner_reason {
        log_failure(request, &outcome.response, reason);
    }
    let audit = (!outcome.audit.is_empty()).then(|| json::text(&outcome.audit));
    let response = outcome.response.with("x-request-id", &request.id);
    #[cfg(feature = "test-hooks")]
    let response = test_hooks::after(response);
    (response, audit)
}

/// Writes audit entries (JSON, as returned by [`handle`]) to the log and to the table.
#[wasm_bindgen]
pub async fn record(env: JsValue, entries: String) {
    for line in serde_json::from_str::<Vec<serde_json::Value>>(&entries).unwrap_or_default() {
        bindings::log(&json::text(&line));
    }
    let (Ok(isolate), Ok(entries)) = (isolate(&env), serde_json::from_str::<Vec<_>>(&entries)) else { return };
    if let Err(cause) = isolate.ports.audit.record(&entries).await {
        let request = entries.first().map_or("", |entry: &Entry| entry.request.as_str());
        warn(request, &format!("the audit table could not be written, its entries are in the lines above: {cause}"));
        keep(&isolate.ports, entries).await;
    }
}

/// Stores entries in the objects of their users, which record them later. Entries without a user are only in the log.
async fn keep(ports: &EdgePorts, entries: Vec<Entry>) {
    let mut left: Vec<Entry> = entries.into_iter().filter(|entry| !entry.user.is_empty()).collect();
    while let Some(Entry { user, request, .. }) = left.first().cloned() {
        let entries;
        (entries, left) = left.into_iter().partition(|entry| entry.user == user);
        if let Err(cause) = ports.sessions.tell(&user, Event::Keep { entries }, now()).await {
            warn(&request, &format!("nor could its user's object be reached: {cause}"));
        }
    }
}

/// Deletes audit entries whose retention period has passed.
///
/// # Errors
/// If the table is unavailable; the platform logs it.
#[wasm_bindgen]
pub async fn prune(env: JsValue) -> Result<(), JsValue> {
    let isolate = isolate(&env)?;
    let before = now().minus(isolate.service.config().audit_retention);
    isolate.ports.audit.prune(before).await.map_err(|cause| JsValue::from_str(&cause.to_string()))
}

fn nothing_here() -> Response {
    crate::http::Problem::NotFound.response()
}

fn panicked_outside() {
    panicked();
}

fn isolate(env: &JsValue) -> Result<Rc<Isolate>, JsValue> {
    ISOLATE.with(|cell| {
        if let Some(isolate) = cell.get() {
            return Ok(isolate.clone());
        }
        let (config, keys) = settings(env)?;
        let cache = REVOCATIONS.with(Rc::clone);
        let ports = EdgePorts::new(env, cache)?;
        let service = Service::new(config, keys).map_err(|error| JsError::new(&error.to_string()))?;
        Ok(cell.get_or_init(|| Rc::new(Isolate { service, ports })).clone())
    })
}

fn settings(env: &JsValue) -> Result<(Config, Keys), JsError> {
    let read = |name: &str| bindings::text(env, name);
    let told = |error: crate::service::ConfigError| JsError::new(&error.to_string());
    let (config, keys) = (Config::read(read).map_err(told)?, Keys::read(read).map_err(told)?);
    if let Some(key) = keys.access.keys().iter().find(|key| !key.is_symmetric() && !engine::knows(key.alg())) {
        return Err(JsError::new(&format!(
            "JWT_KEYS: Workers cannot sign with {}; ES256 is a good choice.",
            key.alg()
        )));
    }
    Ok((config, keys))
}

fn log_failure(request: &Request, response: &Response, reason: &str) {
    let line = serde_json::json!({
        "level": "error", "request": request.id, "method": request.method.as_str(), "path": request.path,
        "status": response.status.as_u16(), "reason": reason,
    });
    bindings::error(&json::text(&line));
}

/// A log line about an entry that will be retried, or that is only in the log. `request` is empty if there was none.
fn warn(request: &str, reason: &str) {
    let line = serde_json::json!({ "level": "warn", "request": request, "reason": reason });
    bindings::warn(&json::text(&line));
}

fn now() -> UnixMillis {
    let now = UnixMillis::from_millis(js_sys::Date::now() as i64);
    #[cfg(feature = "test-hooks")]
    let now = now.plus(test_hooks::ahead());
    now
}
