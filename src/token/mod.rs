//! Tokens: bytes in, verdict out. [`Untrusted`] is what arrived, [`Verified`] is what passed; only `verify` makes the second
//! from the first.

pub mod claims;
pub mod issue;
pub mod untrusted;
pub mod verify;

use crate::json;

pub use claims::Claims;
pub use issue::Signer;
pub use untrusted::{Header, Untrusted};
pub use verify::{Expectations, Expected, Verified, Verifier};
