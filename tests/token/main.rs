//! What is promised about tokens, through the public door.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod attacks;
mod claims;
mod inspect;
mod jws;
mod order;
mod properties;
mod strictness;
mod support;
// The examples are of every family, and without the software engine only HMAC can be computed here.
#[cfg(feature = "software")]
mod vectors;
#[cfg(feature = "software")]
mod verdicts;
