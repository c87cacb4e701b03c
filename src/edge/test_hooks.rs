//! Doors that only tests need. The feature `test-hooks` is in no release artifact.
//!
//! - `x-test-panic: 1` panics inside the handler.
//! - `x-test-fail: <store>` makes that store fail while the request runs.

use std::cell::RefCell;

use crate::http::Request;
use crate::session::Unavailable;

thread_local! {
    static FAILING: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Looks for the headers. Tests with them send one request at a time.
pub(super) fn before(request: &Request) {
    #[expect(clippy::panic, reason = "that is what it is for")]
    if request.header("x-test-panic").is_some() {
        panic!("asked for by a test");
    }
    let failing = request.header("x-test-fail").unwrap_or_default().to_owned();
    FAILING.with(|cell| *cell.borrow_mut() = failing);
}

/// Fails when this store was asked to.
pub(super) async fn store(store: &str) -> Result<(), Unavailable> {
    let fails = FAILING.with(|failing| failing.borrow().split(',').any(|name| name == store));
    if fails { Err(Unavailable(format!("{store}: a test said so"))) } else { Ok(()) }
}
