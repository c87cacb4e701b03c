//! The behaviour every store has to show, one suite per port, run on each implementation: natively on the stores in memory, inside
//! workerd on the Durable Object, D1 and KV, and wherever else a store stands behind these ports.
//!
//! To mount it on another store, implement [`Stage`] for it, ask each suite for its `CASES`, and [`run`] them one by one. A case
//! uses users and addresses of its own, so a store that holds other things already will do. Nothing here panics: a case that fails
//! says what it found.

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

/// Stores under test, and a clock that can be put forward. The session store goes by the default [`crate::session::Rules`].
#[allow(async_fn_in_trait, reason = "the hosts are single-threaded; no future here needs to be Send")]
pub trait Stage {
    /// Where sessions are kept.
    type Sessions: Sessions;
    /// Where accounts are kept.
    type Accounts: Accounts;
    /// The revocation list.
    type Revocations: Revocations;
    /// The audit log.
    type Log: audit::Log;

    /// Where sessions are kept.
    fn sessions(&self) -> &Self::Sessions;
    /// Where accounts are kept.
    fn accounts(&self) -> &Self::Accounts;
    /// The revocation list, as verifiers read it.
    fn revocations(&self) -> &Self::Revocations;
    /// The audit log.
    fn log(&self) -> &Self::Log;
    /// The present moment, for the stores too.
    fn now(&self) -> UnixMillis;
    /// Puts the clock forward.
    fn wait(&self, time: Duration);
    /// A word that no case got before: letters and digits.
    fn fresh(&self) -> String;
    /// Puts an entry onto the revocation list, as what ends a session does.
    ///
    /// # Errors
    /// [`Unavailable`] when the list cannot be written.
    async fn list(&self, entry: &Pending) -> Result<(), Unavailable>;
}

/// What a case found wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong(pub String);

/// What became of a case.
pub type Found = Result<(), Wrong>;

/// Every case, as `suite/case`.
pub fn cases() -> Vec<String> {
    let suites = [
        ("sessions", sessions::CASES),
        ("accounts", accounts::CASES),
        ("revocations", revocations::CASES),
        ("log", log::CASES),
    ];
    suites.iter().flat_map(|(suite, cases)| cases.iter().map(move |case| format!("{suite}/{case}"))).collect()
}

/// Runs the case of this name, as [`cases`] gives it.
///
/// # Errors
/// What the case found, or that there is no such case.
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

/// Names the cases of a suite, and mounts each on the stores in memory.
macro_rules! suite {
    ($($case:ident,)*) => {
        /// The cases by name.
        pub const CASES: &[&str] = &[$(stringify!($case)),*];

        /// Runs the case of this name.
        ///
        /// # Errors
        /// What the case found, or that there is no such case.
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

/// Fails unless both are the same.
fn same<T: PartialEq + Debug>(what: &str, got: T, wanted: T) -> Found {
    ensure(got == wanted, || format!("{what}: got {got:?}, wanted {wanted:?}"))
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Found {
    if holds { Ok(()) } else { Err(Wrong(otherwise())) }
}

/// Waits for all of them together, each begun before any is waited for.
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
