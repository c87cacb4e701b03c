//! Hooks for tests. The feature `test-hooks` is in no release artifact. Tests that use the hooks send one request at a
//! time.
//!
//! | Header | Effect during the request |
//! |---|---|
//! | `x-test-panic: 1` | the handler panics |
//! | `x-test-fail: <steps>` | these steps fail at once |
//! | `x-test-slow: <steps>` | these steps never complete and have no effect |
//! | `x-test-late: <steps>` | these steps take effect, but their responses never arrive |
//! | `x-test-limited: 1` | every rate limit is exhausted |
//! | `x-test-patience: <ms>` | the time limit of a step |
//! | `x-test-ahead: <ms>` | moves the clock ahead, here and in the objects |
//! | `x-test-tasks: 1` | the response contains the number of other requests in progress |
//! | `x-test-suite: <suite>/<case>` | runs that case of [`crate::store::suite`] and returns the result; `*` lists the cases |
//!
//! A step is `store`, every call to that store, or `store#2`, the second call of this request. Several are separated by
//! commas. The response header `x-test-steps` lists the calls.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use http::StatusCode;
use js_sys::Promise;
use serde_json::json;
use wasm_bindgen::JsValue;

use super::accounts::D1Accounts;
use super::audit::D1Log;
use super::ports::EdgePorts;
use super::revocations::KvRevocations;
use super::sessions::ObjectSessions;
use crate::http::{Request, Response};
use crate::limits::STORE_DEADLINE;
use crate::random::Entropy;
use crate::service::Ports;
use crate::session::{Pending, Unavailable};
use crate::store::suite::{self, Stage};
use crate::time::UnixMillis;

/// The hooks of a request.
#[derive(Default)]
struct Wishes {
    fail: String,
    slow: String,
    late: String,
    limited: bool,
    patience: Option<Duration>,
    calls: BTreeMap<String, u32>,
}

/// The effect on a step.
pub(super) enum Fate {
    /// What it comes to.
    Free,
    /// It has no effect and no response.
    Slow,
    /// It takes effect, but has no response.
    Late,
}

thread_local! {
    static WISHES: RefCell<Wishes> = RefCell::default();
    static AHEAD: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Reads the headers.
pub(super) fn before(request: &Request) {
    #[expect(clippy::panic, reason = "that is what it is for")]
    if request.header("x-test-panic").is_some() {
        panic!("asked for by a test");
    }
    let text = |name: &str| request.header(name).unwrap_or_default().to_owned();
    let millis = |name: &str| text(name).parse().ok().map(Duration::from_millis);
    AHEAD.set(millis("x-test-ahead").unwrap_or_default());
    WISHES.replace(Wishes {
        fail: text("x-test-fail"),
        slow: text("x-test-slow"),
        late: text("x-test-late"),
        limited: request.header("x-test-limited").is_some(),
        patience: millis("x-test-patience"),
        calls: BTreeMap::new(),
    });
}

/// The response to send instead of that of the service.
pub(super) async fn answer(request: &Request, ports: &EdgePorts) -> Option<Response> {
    if request.header("x-test-tasks").is_some() {
        return Some(Response::json(StatusCode::OK, &json!({ "waiting": super::task::waiting() })));
    }
    let case = request.header("x-test-suite")?;
    if case == "*" {
        return Some(Response::json(StatusCode::OK, &suite::cases()));
    }
    let found = suite::run(case, ports).await;
    let wrong = found.err().map(|suite::Wrong(what)| what);
    Some(Response::json(StatusCode::OK, &json!({ "case": case, "wrong": wrong })))
}

/// The response, with the list of calls.
pub(super) fn after(response: Response) -> Response {
    let calls = WISHES.with_borrow(|wishes| wishes.calls.clone());
    let calls: Vec<String> = calls.into_iter().map(|(store, count)| format!("{store}={count}")).collect();
    response.with("x-test-steps", &calls.join(", "))
}

/// The effect on the next call to a store.
pub(super) fn fate(store: &str) -> Result<Fate, Unavailable> {
    WISHES.with_borrow_mut(|wishes| {
        let count = wishes.calls.entry(store.to_owned()).or_default();
        *count += 1;
        let step = format!("{store}#{count}");
        let wanted = |steps: &str| steps.split(',').any(|one| one == store || one == step);
        if wanted(&wishes.fail) {
            return Err(Unavailable(format!("{store}: a test said so")));
        }
        Ok(match () {
            () if wanted(&wishes.slow) => Fate::Slow,
            () if wanted(&wishes.late) => Fate::Late,
            () => Fate::Free,
        })
    })
}

/// Applies the requested effect to a step.
pub(super) fn fated(
    fate: Fate,
    ask: impl FnOnce() -> Result<Promise, JsValue>,
) -> impl FnOnce() -> Result<Promise, JsValue> {
    let never = || Ok(Promise::new(&mut |_, _| {}));
    move || match fate {
        Fate::Free => ask(),
        Fate::Slow => never(),
        Fate::Late => ask().and_then(|_| never()),
    }
}

/// Whether the rate limits are to be exhausted.
pub(super) fn limited() -> bool {
    WISHES.with_borrow(|wishes| wishes.limited)
}

/// The time limit of a step.
pub(super) fn patience() -> Duration {
    WISHES.with_borrow(|wishes| wishes.patience).unwrap_or(STORE_DEADLINE)
}

/// How far the clock is ahead.
pub(super) fn ahead() -> Duration {
    AHEAD.get()
}

impl Stage for EdgePorts {
    type Sessions = ObjectSessions;
    type Accounts = D1Accounts;
    type Revocations = KvRevocations;
    type Log = D1Log;

    fn sessions(&self) -> &ObjectSessions {
        &self.sessions
    }

    fn accounts(&self) -> &D1Accounts {
        &self.accounts
    }

    fn revocations(&self) -> &KvRevocations {
        &self.revocations
    }

    fn log(&self) -> &D1Log {
        &self.audit
    }

    fn now(&self) -> UnixMillis {
        super::now()
    }

    fn wait(&self, time: Duration) {
        AHEAD.set(AHEAD.get() + time);
    }

    fn fresh(&self) -> String {
        let mut random = [0; 8];
        Ports::entropy(self).fill(&mut random);
        random.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    async fn list(&self, entry: &Pending) -> Result<(), Unavailable> {
        self.revocations.put(entry, super::now()).await
    }
}
