//! The session rules and the service over memory stores: what every platform's stores have to do as well.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod advisories;
mod authority;
mod http;
mod machine;
mod pages;
mod passwords;
mod rotation;
mod support;
