//! The required behavior of stores: one suite per port, run on each implementation: natively on the in-memory stores,
//! inside workerd on the Durable Object, D1 and KV, and on every other store that implements these ports.
//!
//! To mount it on another store, implement [`Stage`] for it, get the `CASES` of each suite, and [`run`] them one by
//! one. A case uses its own users and emails, so the store need not be empty. Nothing here panics: a failing case
//! returns a description.

use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use crate::account::{Accounts, CreateError, SetRolesError, audit};
use crate::session::{Pending, Revocations, Sessions, Unavailable};
use crate::time::UnixMillis;

pub mod accounts;
pub mod log;
pub mod revocations;
pub mod sessions;

/// The stores under test, and a clock that can be moved forward. The session store uses the default
/// [`crate::session::Rules`].
#[allow(async_fn_in_trait, reason = "the hosts are single-threaded; no future here needs to be Send")]
pub trait Stage {
    /// The store of sessions.
    type Sessions: Sessions;
    /// The store of accounts.
    type Accounts: Accounts;
    /// The revocation list.
    type Revocations: Revocations;
    /// The audit log.
    type Log: audit::Log;

    /// The store of sessions.
    fn sessions(&self) -> &Self::Sessions;
    /// The store of accounts.
    fn accounts(&self) -> &Self::Accounts;
    /// The revocation list, as verifiers read it.
    fn revocations(&self) -> &Self::Revocations;
    /// The audit log.
    fn log(&self) -> &Self::Log;
    /// The current time, also for the stores.
    fn now(&self) -> UnixMillis;
    /// Moves the clock forward.
    fn wait(&self, time: Duration);
    /// A word that no other case uses: letters and digits.
    fn fresh(&self) -> String;
    /// Writes an entry to the revocation list, like the code that ends a session.
    ///
    /// # Errors
    /// [`Unavailable`] if the list cannot be written.
    async fn list(&self, entry: &Pending) -> Result<(), Unavailable>;
}

/// The failure of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong(pub String);

/// The result of a case.
pub type Found = Result<(), Wrong>;

/// All cases, as `suite/case`.
pub fn cases() -> Vec<String> {
    let suites = [
        ("sessions", sessions::CASES),
        ("accounts", accounts::CASES),
        ("revocations", revocations::CASES),
        ("log", log::CASES),
    ];
    suites.iter().flat_map(|(suite, cases)| cases.iter().map(move |case| format!("{suite}/{case}"))).collect()
}

/// Runs the case with this name, as returned by [`cases`].
///
/// # Errors
/// The failure of the case, or that it does not exist.
pub async fn run<S: Stage>(name: &str, stage: &S) -> Found {
    match name.split_once('/') {
        Some(("sessions", case)) => sessions::run(case, stage).await,
        Some(("accounts", case)) => accounts::run(case, stage).await,
        Some(("revocations", case)) => revocations::run(case, stage).await,
        Some(("log", case)) => log::run(case, stage).await,
        _ => Err(Wrong(format!("there is no suite for {name}"))),
    }
}

impl From<Unavailable> for Wrong {
    fn from(cause: Unavailable) -> Self {
        Self(cause.to_string())
    }
}

impl From<SetRolesError> for Wrong {
    fn from(cause: SetRolesError) -> Self {
        Self(format!("the roles were not set: {cause:?}"))
    }
}

impl From<CreateError> for Wrong {
    fn from(cause: CreateError) -> Self {
        Self(format!("the account was not made: {cause:?}"))
    }
}

/// Defines the names of the cases of a suite, and mounts each on the in-memory stores.
macro_rules! suite {
    ($($case:ident,)*) => {
        /// The cases by name.
        pub const CASES: &[&str] = &[$(stringify!($case)),*];

        /// Runs the case with this name.
        ///
        /// # Errors
        /// The failure of the case, or that it does not exist.
        pub async fn run<S: super::Stage>(case: &str, stage: &S) -> super::Found {
            match case {
                $(stringify!($case) => $case(stage).await,)*
                _ => Err(super::Wrong(format!("there is no case {case}"))),
            }
        }

        #[cfg(test)]
        mod in_memory {
            $(
                #[test]
                fn $case() {
                    crate::store::memory::tests::pass(super::$case(&crate::store::memory::tests::Memory::default()));
                }
            )*
        }
    };
}
use suite;

/// Fails if the values differ.
fn same<T: PartialEq + Debug>(what: &str, got: T, wanted: T) -> Found {
    ensure(got == wanted, || format!("{what}: got {got:?}, wanted {wanted:?}"))
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Found {
    if holds { Ok(()) } else { Err(Wrong(otherwise())) }
}

/// Runs all of them concurrently: each is started before any is awaited.
async fn at_once<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<Running<F>> = futures.into_iter().map(|future| Running::Going(Box::pin(future))).collect();
    poll_fn(|context| {
        for one in &mut running {
            if let Running::Going(future) = one
                && let Poll::Ready(output) = future.as_mut().poll(context)
            {
                *one = Running::Done(output);
            }
        }
        if running.iter().any(|one| matches!(one, Running::Going(_))) { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    let done = running.into_iter().filter_map(|one| match one {
        Running::Done(output) => Some(output),
        Running::Going(_) => None,
    });
    done.collect()
}

enum Running<F: Future> {
    Going(Pin<Box<F>>),
    Done(F::Output),
}
