//! The auth service for JavaScript: the routes of [`crate::service`] with stores that JavaScript supplies. It is a
//! separate module because it contains password hashing and the complete service.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use js_sys::{Array, Uint8Array};
use serde::Serialize;
use serde_json::{Map, Value, json};
use wasm_bindgen::prelude::*;

use super::entropy::HostEntropy;
use crate::account::audit::Entry;
use crate::http::{Client, Problem, wire};
use crate::limits::{OUTBOX_FIRST_WAIT, OUTBOX_LONGEST_WAIT, STORE_DEADLINE};
use crate::random::Entropy;
use crate::service::{Config, ConfigError, Keys, Outcome, Service, paths};
use crate::session::{Event, Revocations, State, Subject};
use crate::time::UnixMillis;

mod accounts;
mod call;
mod engine;
mod host;
mod ports;
#[cfg(feature = "store-suite")]
mod suite;

use call::CallHandle;
use host::ServiceHost;
use ports::HostPorts;

/// The service: settings and keys, prepared once and used for every request.
#[wasm_bindgen(js_name = WasmService)]
pub struct ServiceHandle {
    service: Rc<Service>,
    ports: Rc<HostPorts>,
}

/// The result of a step of a user's sessions.
#[derive(Serialize)]
struct Stepped {
    /// The record to store; nothing if it does not change.
    record: Option<String>,
    /// The result (JSON), to be returned after the record is stored.
    answer: String,
    /// The revocations in the record that are waiting for delivery.
    waiting: Vec<Waiting>,
    /// The audit entries in the record that are waiting for delivery, with their keys.
    unrecorded: Vec<(String, Entry)>,
    /// When a pending change must be complete; sessions that are still open then end at the next step.
    due: Option<UnixMillis>,
}

#[derive(Serialize)]
struct Waiting {
    key: String,
    at: UnixMillis,
    until: UnixMillis,
}

#[wasm_bindgen(js_class = WasmService)]
impl ServiceHandle {
    /// A service with these settings (JSON: texts under the names of the Worker's variables and secrets) and this host.
    ///
    /// # Errors
    /// A message that names the invalid setting.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: &str, host: ServiceHost) -> Result<ServiceHandle, JsError> {
        let told = |error: ConfigError| JsError::new(&error.problem);
        let settings: Map<String, Value> = serde_json::from_str(settings)?;
        let read = |name: &str| settings.get(name).and_then(Value::as_str).map(str::to_owned);
        let service = Service::new(Config::read(read).map_err(told)?, Keys::read(read).map_err(told)?).map_err(told)?;
        Ok(Self { service: Rc::new(service), ports: Rc::new(HostPorts::new(host)) })
    }

    /// The paths of the service's routes as a regular expression.
    #[wasm_bindgen(getter)]
    pub fn paths(&self) -> String {
        paths(self.service.config())
    }

    /// What other verifiers need for access tokens (JSON): issuer, audience, leeway in seconds.
    #[wasm_bindgen(getter)]
    pub fn trust(&self) -> String {
        let Config { issuer, audience, leeway, .. } = self.service.config();
        json!({ "issuer": issuer, "audience": audience, "leeway": leeway.as_secs() }).to_string()
    }

    /// The public keys (JWKS) that may be trusted at a given time. Secrets are not included.
    pub fn jwks(&self, now: f64) -> String {
        self.service.tokens().keys().trusted_at(moment(now)).to_public_jwks().to_string()
    }

    /// The keys that the host computes with (JSON): serial number, algorithm and numbers.
    #[wasm_bindgen(js_name = hostKeys)]
    pub fn host_keys(&self) -> String {
        let keys = self.service.tokens().keys().keys().iter().filter(|key| !key.is_symmetric());
        let keys = keys.map(|key| {
            let jwk: Value = serde_json::from_str(&key.to_host_jwk()).unwrap_or_default();
            json!({ "serial": key.serial(), "alg": key.alg().name(), "jwk": jwk })
        });
        Value::from_iter(keys).to_string()
    }

    /// Handles a request: `[status, headers, body, id, audit, reason]`, headers one per line, audit entries as JSON if
    /// there are any, the reason of a 5xx for the log. `undefined` if the path is not a route of the service.
    pub fn handle(
        &self,
        method: String,
        url: String,
        headers: String,
        body: Vec<u8>,
        address: String,
        place: String,
    ) -> CallHandle {
        let (service, ports) = (self.service.clone(), self.ports.clone());
        CallHandle::new(async move {
            let id = new_id();
            let Some(mut request) = wire::request(&method, &url, &headers, body) else {
                return Ok(answer(refused(&Problem::NotFound), &id));
            };
            request.client = Client { address, place };
            request.id = id;
            let outcome = service.handle(&request, &*ports).await;
            Ok(outcome.map_or(JsValue::UNDEFINED, |outcome| answer(outcome, &request.id)))
        })
    }

    /// The result of `event` (JSON) for a user's record, which is empty at first: [`Stepped`] as JSON. It changes
    /// nothing itself; it is called inside the store's transaction.
    ///
    /// # Errors
    /// If the record or the event cannot be read.
    pub fn step(&self, record: Option<String>, event: &str, now: f64) -> Result<String, JsError> {
        let mut state: State = record.map_or_else(|| Ok(State::default()), |text| serde_json::from_str(&text))?;
        let event: Event = serde_json::from_str(event)?;
        let step = state.step(event, moment(now), &self.service.config().rules);
        let changed = !step.changes.is_empty();
        state.apply(step.changes);
        let waiting = state.pending.values();
        // Tokens are accepted until `leeway` after they expire.
        let leeway = self.service.config().leeway;
        let waiting =
            waiting.map(|entry| Waiting { key: entry.subject.key(), at: entry.at, until: entry.until.plus(leeway) });
        let stepped = Stepped {
            record: changed.then(|| serde_json::to_string(&state)).transpose()?,
            answer: serde_json::to_string(&step.answer)?,
            due: state.due(),
            waiting: waiting.collect(),
            unrecorded: state.unrecorded.into_iter().collect(),
        };
        Ok(serde_json::to_string(&stepped)?)
    }

    /// The event (JSON) that informs a user's record about delivered revocations (JSON: pairs of a key and its time)
    /// and, by their keys, about delivered audit entries.
    ///
    /// # Errors
    /// If the pairs cannot be read.
    pub fn delivered(&self, listed: &str, recorded: Vec<String>) -> Result<String, JsError> {
        Ok(serde_json::to_string(&Event::Delivered { keys: serde_json::from_str(listed)?, recorded })?)
    }

    /// The events (JSON) that store audit entries (JSON) in the records of their users while the log is unavailable, as
    /// pairs of a user and an event. Entries without a user are only in the log lines.
    ///
    /// # Errors
    /// If the entries cannot be read.
    pub fn keep(&self, entries: &str) -> Result<String, JsError> {
        let mut by_user: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
        for entry in serde_json::from_str::<Vec<Entry>>(entries)? {
            by_user.entry(entry.user.clone()).or_default().push(entry);
        }
        by_user.remove("");
        let events = by_user.into_iter().map(|(user, entries)| (user, Event::Keep { entries }));
        Ok(serde_json::to_string(&events.collect::<Vec<_>>())?)
    }

    /// Whether the token with these claims has been revoked. A token without an issue time counts as issued long ago.
    /// Fails if the list cannot be read; the text is for the log.
    #[wasm_bindgen(js_name = isRevoked)]
    pub fn is_revoked(&self, session: Option<String>, user: Option<String>, issued_at: Option<f64>) -> CallHandle {
        let ports = self.ports.clone();
        CallHandle::new(async move {
            let now = ports.moment();
            let issued_at = issued_at.map_or(UnixMillis::from_millis(i64::MIN), UnixMillis::from_numeric_date);
            for subject in [session.map(Subject::Session), user.map(Subject::User)].into_iter().flatten() {
                let at = ports.revocations.revoked_at(&subject, now).await?;
                if at.is_some_and(|at| subject.concerns(at, issued_at)) {
                    return Ok(JsValue::TRUE);
                }
            }
            Ok(JsValue::FALSE)
        })
    }

    /// The time (milliseconds) before which audit entries are deleted.
    #[wasm_bindgen(js_name = auditStart)]
    pub fn audit_start(&self, now: f64) -> f64 {
        moment(now).minus(self.service.config().audit_retention).as_millis() as f64
    }
}

/// The response, in the format of [`WasmService.handle`](ServiceHandle::handle), to a request that a trap ended: an
/// internal error if its own code trapped, otherwise unavailable, because it can be repeated.
#[wasm_bindgen(js_name = endedByTrap)]
pub fn ended_by_trap(is_own: bool, reason: String) -> JsValue {
    let problem = if is_own { Problem::Internal(reason) } else { Problem::Unavailable(reason) };
    answer(refused(&problem), &new_id())
}

/// The time limit of a store call, in milliseconds.
#[wasm_bindgen(js_name = storeDeadline)]
pub fn store_deadline() -> f64 {
    STORE_DEADLINE.as_millis() as f64
}

/// The delay, in milliseconds, before revocations are retried after `tries` failed attempts.
#[wasm_bindgen(js_name = outboxWait)]
pub fn outbox_wait(tries: u32) -> f64 {
    let wait: Duration = OUTBOX_FIRST_WAIT * (1 << tries.saturating_sub(1).min(16));
    wait.min(OUTBOX_LONGEST_WAIT).as_millis() as f64
}

fn refused(problem: &Problem) -> Outcome {
    let inner_reason = problem.inner_reason().map(str::to_owned);
    Outcome { response: problem.response(), audit: Vec::new(), inner_reason }
}

fn answer(outcome: Outcome, id: &str) -> JsValue {
    let Outcome { response, audit, inner_reason } = outcome;
    let response = response.with("x-request-id", id);
    let audit = (!audit.is_empty()).then(|| serde_json::to_string(&audit).unwrap_or_default());
    let text = |text: Option<String>| text.map_or(JsValue::UNDEFINED, JsValue::from);
    Array::of(&[
        response.status.as_u16().into(),
        wire::header_lines(&response.headers).into(),
        Uint8Array::from(response.body.as_slice()).into(),
        id.into(),
        text(audit),
        text(inner_reason),
    ])
    .into()
}

fn new_id() -> String {
    let mut random = [0; 8];
    HostEntropy.fill(&mut random);
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn moment(millis: f64) -> UnixMillis {
    UnixMillis::from_millis(millis as i64)
}
