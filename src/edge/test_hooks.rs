//! Doors that only tests need. The feature `test-hooks` is in no release artifact. Tests with them send one request at a time.
//!
//! | Header | What it does while the request runs |
//! |---|---|
//! | `x-test-panic: 1` | the handler panics |
//! | `x-test-fail: <steps>` | these steps fail at once |
//! | `x-test-slow: <steps>` | these steps do not come to an end, and nothing of theirs happens |
//! | `x-test-late: <steps>` | these steps are carried out, but their answers do not come |
//! | `x-test-limited: 1` | every rate limit is exhausted |
//! | `x-test-patience: <ms>` | how long a step is waited for |
//! | `x-test-ahead: <ms>` | the clock goes ahead by so much, here and in the objects |
//! | `x-test-tasks: 1` | the answer says how many other requests are waited for |
//! | `x-test-suite: <suite>/<case>` | runs that case of [`crate::store::suite`] and answers what it found; `*` lists them |
//!
//! A step is `store`, every call to that store, or `store#2`, the second one of this request. Several are separated by commas. What
//! was called is told by the answer's header `x-test-steps`.

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

/// What a test wants to happen.
#[derive(Default)]
struct Wishes {
    fail: String,
    slow: String,
    late: String,
    limited: bool,
    patience: Option<Duration>,
    calls: BTreeMap<String, u32>,
}

/// What is to become of one step.
pub(super) enum Fate {
    /// What it comes to.
    Free,
    /// Nothing of it happens, and nothing is heard of it.
    Slow,
    /// It happens, and nothing is heard of it.
    Late,
}

thread_local! {
    static WISHES: RefCell<Wishes> = RefCell::default();
    static AHEAD: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Looks for the headers.
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

/// What to answer in place of the service.
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

/// The answer, with what was called on the way to it.
pub(super) fn after(response: Response) -> Response {
    let calls = WISHES.with_borrow(|wishes| wishes.calls.clone());
    let calls: Vec<String> = calls.into_iter().map(|(store, count)| format!("{store}={count}")).collect();
    response.with("x-test-steps", &calls.join(", "))
}

/// What becomes of the next call to a store.
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

/// Lets a step come to what a test wants of it.
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

/// How long a step is waited for.
pub(super) fn patience() -> Duration {
    WISHES.with_borrow(|wishes| wishes.patience).unwrap_or(STORE_DEADLINE)
}

/// How far ahead the clock is.
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
