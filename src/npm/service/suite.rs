//! The store suite, mounted on stores that JavaScript supplies. Only in a module for tests.

use std::time::Duration;

use js_sys::Function;
use serde_json::json;
use wasm_bindgen::prelude::*;

use super::ServiceHandle;
use super::accounts::HostAccounts;
use super::call::CallHandle;
use super::ports::{HostLog, HostPorts, HostRevocations, HostSessions};
use crate::service::Ports;
use crate::session::{Pending, Unavailable};
use crate::store::suite::{self, Stage, Wrong};
use crate::time::UnixMillis;

/// The stores, and control over the clock.
struct HostStage<'p> {
    ports: &'p HostPorts,
    wait: Function,
}

/// The cases (JSON), as [`WasmService.runCase`](ServiceHandle::run_case) expects them.
#[wasm_bindgen(js_name = storeCases)]
pub fn store_cases() -> String {
    json!(suite::cases()).to_string()
}

#[wasm_bindgen(js_class = WasmService)]
impl ServiceHandle {
    /// Runs a case: the failure, or nothing. `wait` moves the clock of the host forward by this number of milliseconds.
    #[wasm_bindgen(js_name = runCase)]
    pub fn run_case(&self, name: String, wait: Function) -> CallHandle {
        let ports = self.ports.clone();
        CallHandle::new(async move {
            let found = suite::run(&name, &HostStage { ports: &ports, wait }).await;
            Ok(found.err().map_or(JsValue::UNDEFINED, |Wrong(what)| what.into()))
        })
    }
}

impl Stage for HostStage<'_> {
    type Sessions = HostSessions;
    type Accounts = HostAccounts;
    type Revocations = HostRevocations;
    type Log = HostLog;

    fn sessions(&self) -> &HostSessions {
        self.ports.sessions()
    }

    fn accounts(&self) -> &HostAccounts {
        self.ports.accounts()
    }

    fn revocations(&self) -> &HostRevocations {
        self.ports.revocations()
    }

    fn log(&self) -> &HostLog {
        self.ports.log()
    }

    fn now(&self) -> UnixMillis {
        self.ports.moment()
    }

    fn wait(&self, time: Duration) {
        // If the clock does not move, the case that needs it fails.
        let _ = self.wait.call1(&JsValue::UNDEFINED, &(time.as_millis() as f64).into());
    }

    fn fresh(&self) -> String {
        super::new_id()
    }

    async fn list(&self, entry: &Pending) -> Result<(), Unavailable> {
        self.ports.revocations.put(entry).await
    }
}
