//! No store is waited for longer than the deadline.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use super::task::{Watched, time_left};
use crate::session::Unavailable;

/// How long a request may wait in all for what it asks of stores; beside requests, how long one store may take.
pub(super) fn patience() -> Duration {
    #[cfg(not(feature = "test-hooks"))]
    return crate::limits::STORE_DEADLINE;
    #[cfg(feature = "test-hooks")]
    return super::test_hooks::patience();
}

/// What `work` gives, or [`Unavailable`] when it fails or takes longer than the request has left. `store` names it in the log.
///
/// What took too long may have happened all the same: its answer is only not waited for any more.
pub(super) async fn within<T, E: ToString>(
    store: &str,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, Unavailable> {
    within_part(1, store, work).await
}

/// The same for what a request may be able to do without: it gets a quarter of the time, so that enough is left for the rest.
pub(super) async fn shortly<T, E: ToString>(
    store: &str,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, Unavailable> {
    within_part(4, store, work).await
}

async fn within_part<T, E: ToString>(
    part: u32,
    store: &str,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, Unavailable> {
    #[cfg(feature = "test-hooks")]
    let work = super::test_hooks::fated(super::test_hooks::fate(store)?, work);
    let patience = patience() / part;
    let patience = time_left().map_or(patience, |left| left.min(patience));
    let (mut work, mut timer) = (pin!(work), pin!(Watched::timer(patience)));
    poll_fn(|context| {
        if let Poll::Ready(result) = work.as_mut().poll(context) {
            return Poll::Ready(result.map_err(|error| Unavailable(format!("{store}: {}", error.to_string()))));
        }
        timer.as_mut().poll(context).map(|_| Err(Unavailable(format!("{store}: no answer in time"))))
    })
    .await
}
