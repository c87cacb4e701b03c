//! No store is waited for longer than the deadline.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use worker::Delay;

use crate::session::Unavailable;

/// What `work` gives, or [`Unavailable`] when it fails or takes too long. `store` names it in the log.
///
/// What took too long may have happened all the same: its answer is only not waited for any more.
pub(super) async fn within<T, E: ToString>(
    store: &str,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, Unavailable> {
    #[cfg(not(feature = "test-hooks"))]
    let patience = crate::limits::STORE_DEADLINE;
    #[cfg(feature = "test-hooks")]
    let (patience, work) =
        (super::test_hooks::patience(), super::test_hooks::fated(super::test_hooks::fate(store)?, work));
    let (mut work, mut timer) = (pin!(work), pin!(Delay::from(patience)));
    poll_fn(|context| {
        if let Poll::Ready(result) = work.as_mut().poll(context) {
            return Poll::Ready(result.map_err(|error| Unavailable(format!("{store}: {}", error.to_string()))));
        }
        timer.as_mut().poll(context).map(|()| Err(Unavailable(format!("{store}: no answer in time"))))
    })
    .await
}
