//! What is promised about tokens, through the public door.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod attacks;
mod cache;
mod claims;
mod inspect;
mod jws;
mod order;
mod properties;
mod strictness;
mod support;
mod vectors;
