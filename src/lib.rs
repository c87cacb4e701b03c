//! Portcullis: authentication at the edge. It verifies and issues JWTs, manages sessions and enforces roles in a
//! Cloudflare Worker, in Node and in the browser, with the same functions.
//!
//! # Example
//! ```
//! use portcullis::alg::Alg;
//! use portcullis::crypto::Software;
//! use portcullis::key::Key;
//! use portcullis::time::UnixMillis;
//! use portcullis::token::{Expectations, Expected, Signer, Verifier};
//! use serde_json::json;
//!
//! let now = UnixMillis::from_secs(1_800_000_000);
//! let key = Key::from_secret(Alg::HS256, b"a secret of at least thirty-two bytes")?;
//!
//! let signer = Signer::new(key.clone(), "at+jwt")?;
//! let claims = json!({ "iss": "https://id.example", "aud": "api", "sub": "7", "exp": now.as_secs() + 900 });
//! let token = signer.sign_now(&claims, &Software).expect("HMAC never makes one wait")?;
//!
//! let expectations = Expectations::new(
//!     Expected::AnyOf(vec!["https://id.example".into()]),
//!     Expected::AnyOf(vec!["api".into()]),
//! );
//! let verifier = Verifier::new(key, expectations);
//! let verified = verifier.verify_now(&token, &Software, now).expect("HMAC never makes one wait")?;
//! assert_eq!(verified.claims().subject(), Some("7"));
//! # Ok::<(), portcullis::error::Error>(())
//! ```
//!
//! # Storeys
//! Imports only point downwards; only the top layer uses platform crates (`cargo xtask lint` checks both).
//! ```text
//! 4 platform     edge  npm  store
//! 3 composition  http  service  gate
//! 2 rules        access  session  account  oauth
//! 1 tokens       alg  crypto  key  token
//! 0 words        error  time  random  text  limits  json
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking"))]

pub mod error;
pub(crate) mod json;
pub mod limits;
pub mod random;
pub mod text;
pub mod time;

pub mod alg;
pub mod crypto;
pub mod key;
pub mod token;

pub mod access;
pub mod account;
pub mod session;

pub mod gate;
pub mod http;
#[cfg(feature = "passwords")]
pub mod service;

#[cfg(all(feature = "edge", feature = "passwords", target_arch = "wasm32"))]
pub mod edge;
#[cfg(all(feature = "npm", target_arch = "wasm32"))]
pub mod npm;
pub mod store;
