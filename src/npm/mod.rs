//! The doors for JavaScript: Node, Workers written in JavaScript, browsers. Nothing is decided here.
//!
//! A door takes its options once, as JSON, when it is made, and is a handle from then on. On the hot path text travels through
//! one fixed area of memory ([`scratch`]): JavaScript writes the token there, makes one call with numbers only, and finds the
//! answer in the same place. The number that comes back says what stands there:
//!
//! | number | what stands in the area |
//! |---|---|
//! | `2 * n + wide` | the answer, `n` bytes of UTF-8; `wide` is 1 when not all of it is ASCII, which hosts read much faster |
//! | `-n < 0` | an error, `n` bytes of JSON (see [`fault`]) |
//! | [`LATER`] | nothing: the host can only answer by waiting, and knows what it was asked |

#![expect(unreachable_pub, reason = "what is exported here is reached from JavaScript")]

mod decode;
mod engine;
mod entropy;
mod fault;
mod inspect;
mod jws;
mod key;
mod options;
#[cfg(feature = "passwords")]
mod password;
mod policy;
mod remote;
mod scratch;
#[cfg(feature = "npm-service")]
mod service;
mod signer;
#[cfg(feature = "software")]
mod software;
mod verifier;

/// The host must be waited for. No answer or error is ever as long as this.
pub(crate) const LATER: i32 = i32::MIN;
