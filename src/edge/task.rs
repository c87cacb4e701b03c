//! Futures on the platform's event loop.
//!
//! wasm-bindgen's own executor polls from microtasks, and its promises use closures that the garbage collector has to
//! track. Both cost more than most polls. Here, a task is polled where it starts, and again when the entry reports that
//! a promise has settled.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use js_sys::{Date, Promise};
use rustc_hash::FxHashMap;
use wasm_bindgen::prelude::*;

use crate::time::UnixMillis;

#[wasm_bindgen]
extern "C" {
    /// Calls [`told`] when the promise settles.
    #[wasm_bindgen(js_namespace = globalThis, js_name = "__portcullis_await")]
    fn tell_of(promise: &Promise, id: u32);

    /// Calls [`told`] after some time. Returns a handle to cancel it.
    #[wasm_bindgen(js_namespace = globalThis, js_name = "__portcullis_timer")]
    fn tell_after(milliseconds: f64, id: u32) -> JsValue;

    #[wasm_bindgen(js_namespace = globalThis, js_name = clearTimeout)]
    fn clear_timer(timer: &JsValue);
}

type Work = Pin<Box<dyn Future<Output = ()>>>;
type End = Result<JsValue, JsValue>;

/// How long after its deadline a task is considered lost.
const LOST_AFTER: Duration = Duration::from_secs(30);
/// How often lost tasks are removed.
const LOOK_EVERY: Duration = Duration::from_secs(10);

thread_local! {
    static TASKS: RefCell<FxHashMap<u32, Stage>> = RefCell::default();
    static NEXT_LOOK: Cell<UnixMillis> = Cell::default();
    static AWAITED: RefCell<FxHashMap<u32, Awaited>> = RefCell::default();
    static LAST_ID: Cell<u32> = const { Cell::new(0) };
    /// The deadline of the task that is being polled, in milliseconds since 1970.
    static DEADLINE: Cell<Option<f64>> = const { Cell::new(None) };
}

enum Stage {
    Waiting {
        work: Work,
        /// Its deadline, in milliseconds since 1970.
        deadline: f64,
    },
    /// It is being polled, and may have been woken in the meantime.
    Polled { woken: bool },
}

enum Awaited {
    By(Waker),
    Told(End),
}

/// Starts a task that may take `time` in total.
pub(super) fn start(work: impl Future<Output = ()> + 'static, time: Duration) {
    forget_the_lost(super::now());
    poll(&Arc::new(Task { id: new_id(), deadline: Date::now() + milliseconds(time) }), Box::pin(work));
}

/// Removes tasks whose deadline passed long ago. When a client disconnects, the platform cancels its request without
/// notice, including promises and timers. What such a task waits for never settles, so the task and its request body
/// would stay in memory.
fn forget_the_lost(now: UnixMillis) {
    if now < NEXT_LOOK.get() {
        return;
    }
    NEXT_LOOK.set(now.plus(LOOK_EVERY));
    let latest = now.minus(LOST_AFTER).as_millis() as f64;
    let is_lost = |stage: &Stage| matches!(stage, Stage::Waiting { deadline, .. } if *deadline < latest);
    // They are dropped after the map is released, because dropping them may run code that uses it.
    let _lost: Vec<Stage> = TASKS.with_borrow_mut(|tasks| {
        let ids: Vec<u32> = tasks.iter().filter(|(_, stage)| is_lost(stage)).map(|(id, _)| *id).collect();
        ids.iter().filter_map(|id| tasks.remove(id)).collect()
    });
}

/// The number of waiting tasks.
#[cfg(feature = "test-hooks")]
pub(super) fn waiting() -> usize {
    TASKS.with_borrow(|tasks| tasks.values().filter(|stage| matches!(stage, Stage::Waiting { .. })).count())
}

/// The remaining time of the current task. `None` if it has no deadline.
pub(super) fn time_left() -> Option<Duration> {
    DEADLINE.get().map(|deadline| Duration::from_millis((deadline - Date::now()).max(0.0) as u64))
}

/// A promise or a timer that the entry watches for this module.
pub(super) struct Watched {
    id: u32,
    begin: Option<Begin>,
    timer: JsValue,
}

enum Begin {
    Promise(Promise),
    Timer(Duration),
}

impl Watched {
    pub(super) fn promise(promise: Promise) -> Self {
        Self::new(Begin::Promise(promise))
    }

    pub(super) fn timer(time: Duration) -> Self {
        Self::new(Begin::Timer(time))
    }

    fn new(begin: Begin) -> Self {
        Self { id: new_id(), begin: Some(begin), timer: JsValue::UNDEFINED }
    }
}

impl Future for Watched {
    type Output = End;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<End> {
        let id = self.id;
        let before = AWAITED.with_borrow_mut(|all| all.insert(id, Awaited::By(context.waker().clone())));
        if let Some(Awaited::Told(end)) = before {
            return Poll::Ready(end);
        }
        match self.begin.take() {
            Some(Begin::Promise(promise)) => tell_of(&promise, id),
            Some(Begin::Timer(time)) => self.timer = tell_after(milliseconds(time), id),
            None => {}
        }
        Poll::Pending
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        AWAITED.with_borrow_mut(|all| all.remove(&self.id));
        if !self.timer.is_undefined() {
            clear_timer(&self.timer);
        }
    }
}

/// A watched promise or timer has completed. Nothing happens if its task no longer exists.
#[wasm_bindgen]
pub fn told(id: u32, good: bool, value: JsValue) {
    let end = if good { Ok(value) } else { Err(value) };
    let waiting = AWAITED.with_borrow_mut(|all| match all.get_mut(&id) {
        Some(awaited) => Some(std::mem::replace(awaited, Awaited::Told(end))),
        None => None,
    });
    if let Some(Awaited::By(waker)) = waiting {
        waker.wake();
    }
}

/// The waker of a task.
struct Task {
    id: u32,
    deadline: f64,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let stage = TASKS.with_borrow_mut(|tasks| match tasks.get_mut(&self.id) {
            Some(Stage::Polled { woken }) => {
                *woken = true;
                None
            }
            Some(Stage::Waiting { .. }) => tasks.remove(&self.id),
            None => None,
        });
        if let Some(Stage::Waiting { work, .. }) = stage {
            poll(&self, work);
        }
    }
}

fn poll(task: &Arc<Task>, mut work: Work) {
    let waker = Waker::from(task.clone());
    let around = DEADLINE.replace(Some(task.deadline));
    loop {
        TASKS.with_borrow_mut(|tasks| tasks.insert(task.id, Stage::Polled { woken: false }));
        if work.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            TASKS.with_borrow_mut(|tasks| tasks.remove(&task.id));
            break;
        }
        let woken = TASKS.with_borrow(|tasks| matches!(tasks.get(&task.id), Some(Stage::Polled { woken: true })));
        if !woken {
            let stage = Stage::Waiting { work, deadline: task.deadline };
            TASKS.with_borrow_mut(|tasks| tasks.insert(task.id, stage));
            break;
        }
    }
    DEADLINE.set(around);
}

fn new_id() -> u32 {
    let id = LAST_ID.get().wrapping_add(1);
    LAST_ID.set(id);
    id
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
