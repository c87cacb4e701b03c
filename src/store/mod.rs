//! Stores. Every store implements the same ports and passes the same suite.

#[cfg(not(target_arch = "wasm32"))]
pub mod memory;
#[cfg(any(test, feature = "store-suite"))]
pub mod suite;
