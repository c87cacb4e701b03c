//! Where things are kept. Every store answers the same ports and passes the same behaviour suite.

#[cfg(not(target_arch = "wasm32"))]
pub mod memory;
#[cfg(any(test, feature = "store-suite"))]
pub mod suite;
