//! No store is waited for longer than the deadline.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use worker::Delay;

use crate::limits::STORE_DEADLINE;
use crate::session::Unavailable;

/// What `work` gives, or [`Unavailable`] when it fails or takes too long. `store` names it in the log.
pub(super) async fn within<T, E: ToString>(
    store: &str,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, Unavailable> {
    #[cfg(feature = "test-hooks")]
    super::test_hooks::store(store).await?;
    let (mut work, mut timer) = (pin!(work), pin!(Delay::from(STORE_DEADLINE)));
    poll_fn(|context| {
        if let Poll::Ready(result) = work.as_mut().poll(context) {
            return Poll::Ready(result.map_err(|error| Unavailable(format!("{store}: {}", error.to_string()))));
        }
        timer.as_mut().poll(context).map(|()| Err(Unavailable(format!("{store}: no answer in time"))))
    })
    .await
}
