//! Keys at a URL. The Rust code decides when to fetch; JavaScript fetches and passes the result.

use std::sync::Arc;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::key::KeysHandle;
use super::options::Given;
use super::{fault, options};
use crate::error::Result;
use crate::key::KeySet;
use crate::key::remote::{RemoteKeys, RemoteOptions, Step, Ticket, Wanted};
use crate::time::UnixMillis;

/// The keys at one URL.
#[wasm_bindgen(js_name = WasmRemote)]
#[derive(Debug)]
pub struct RemoteHandle {
    remote: RemoteKeys,
    /// The set that was returned last, and its number.
    shown: Option<Arc<KeySet>>,
    generation: u32,
}

/// What a caller has to do.
#[wasm_bindgen(js_name = WasmStep)]
#[derive(Debug)]
pub struct StepHandle {
    kind: &'static str,
    ticket: Option<u32>,
    generation: u32,
    keys: Option<Arc<KeySet>>,
}

const KNOWN: [&str; 7] = ["algorithms", "freshFor", "staleFor", "cooldown", "timeout", "maxBytes", "allowLoopbackHttp"];

/// The options of `remoteKeys` (JSON); durations in seconds.
fn read(options: &str) -> Result<RemoteOptions> {
    let given = Given::read(options, &KNOWN)?;
    let usual = RemoteOptions::default();
    Ok(RemoteOptions {
        algorithms: given.algorithms("algorithms")?.unwrap_or(usual.algorithms),
        fresh_for: given.seconds("freshFor")?.unwrap_or(usual.fresh_for),
        stale_for: given.seconds("staleFor")?.unwrap_or(usual.stale_for),
        cooldown: given.seconds("cooldown")?.unwrap_or(usual.cooldown),
        timeout: given.seconds("timeout")?.unwrap_or(usual.timeout),
        max_bytes: given.count("maxBytes")?.unwrap_or(usual.max_bytes),
        allow_loopback_http: given.flag("allowLoopbackHttp")?.unwrap_or(false),
    })
}

#[wasm_bindgen(js_class = WasmRemote)]
impl RemoteHandle {
    /// From a URL and options (JSON).
    #[wasm_bindgen(constructor)]
    pub fn new(url: &str, options: &str) -> Result<RemoteHandle, JsValue> {
        let remote = || RemoteKeys::new(url, read(options)?);
        let remote = remote().map_err(fault::thrown)?;
        Ok(RemoteHandle { remote, shown: None, generation: 0 })
    }

    /// The time limit of a fetch, in milliseconds.
    #[wasm_bindgen(getter, js_name = timeoutMillis)]
    pub fn timeout_millis(&self) -> f64 {
        self.remote.options().timeout.as_secs_f64() * 1000.0
    }

    /// Maximum size of the document, in bytes.
    #[wasm_bindgen(getter, js_name = maxBytes)]
    pub fn max_bytes(&self) -> usize {
        self.remote.options().max_bytes
    }

    /// What a caller that looks for a key for `alg`, optionally by key id, has to do at the time `now` (milliseconds).
    pub fn step(&mut self, alg: &str, kid: Option<String>, now: f64) -> Result<StepHandle, JsValue> {
        let alg = options::alg(alg).map_err(fault::thrown)?;
        let wanted = Wanted { alg, kid: kid.as_deref() };
        Ok(match self.remote.step(wanted, UnixMillis::from_millis(now as i64)) {
            Step::Use(keys) => self.showing("use", keys, None),
            Step::UseAndRefresh(keys, Ticket(ticket)) => self.showing("refresh", keys, Some(ticket)),
            Step::Fetch(Ticket(ticket)) => self.bare("fetch", Some(ticket)),
            Step::Wait => self.bare("wait", None),
            Step::Unavailable => self.bare("unavailable", None),
        })
    }

    /// Stores the fetched document, or records that the fetch failed. Returns messages for a log, one per line.
    pub fn settle(&self, ticket: u32, document: Option<Vec<u8>>, now: f64) -> Result<String, JsValue> {
        let now = UnixMillis::from_millis(now as i64);
        self.remote
            .settle(Ticket(ticket), document.as_deref(), now)
            .map(|lines| lines.join("\n"))
            .map_err(fault::thrown)
    }
}

impl RemoteHandle {
    fn showing(&mut self, kind: &'static str, keys: Arc<KeySet>, ticket: Option<u32>) -> StepHandle {
        if !self.shown.as_ref().is_some_and(|shown| Arc::ptr_eq(shown, &keys)) {
            self.generation = self.generation.wrapping_add(1);
            self.shown = Some(keys.clone());
        }
        StepHandle { kind, ticket, generation: self.generation, keys: Some(keys) }
    }

    fn bare(&self, kind: &'static str, ticket: Option<u32>) -> StepHandle {
        StepHandle { kind, ticket, generation: self.generation, keys: None }
    }
}

#[wasm_bindgen(js_class = WasmStep)]
impl StepHandle {
    /// `use`, `refresh` (use, and fetch in the background), `fetch`, `wait` or `unavailable`.
    #[wasm_bindgen(getter)]
    pub fn kind(&self) -> String {
        self.kind.to_owned()
    }

    /// The right to fetch.
    #[wasm_bindgen(getter)]
    pub fn ticket(&self) -> Option<u32> {
        self.ticket
    }

    /// A number that changes with the set of keys.
    #[wasm_bindgen(getter)]
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// The keys.
    pub fn keys(&self) -> Option<KeysHandle> {
        self.keys.as_ref().map(|keys| KeysHandle::of(keys))
    }
}
