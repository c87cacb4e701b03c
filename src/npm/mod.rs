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

#[cfg(feature = "npm-core")]
mod decode;
#[cfg(feature = "npm-page")]
mod engine;
#[cfg(any(feature = "npm-page", feature = "passwords", feature = "software"))]
mod entropy;
#[cfg(feature = "npm-page")]
mod expectations;
#[cfg(any(feature = "npm-page", feature = "npm-policy", feature = "software"))]
mod fault;
#[cfg(feature = "npm-page")]
mod inspect;
#[cfg(feature = "npm-core")]
mod jws;
#[cfg(feature = "npm-page")]
mod key;
#[cfg(any(feature = "npm-page", feature = "npm-policy", feature = "software"))]
mod options;
#[cfg(feature = "passwords")]
mod password;
#[cfg(feature = "npm-policy")]
mod policy;
#[cfg(feature = "npm-core")]
mod remote;
#[cfg(any(feature = "npm-page", feature = "npm-policy"))]
mod scratch;
#[cfg(feature = "npm-service")]
mod service;
#[cfg(feature = "npm-page")]
mod signer;
#[cfg(feature = "software")]
mod software;
#[cfg(feature = "npm-core")]
mod verifier;

/// The host must be waited for. No answer or error is ever as long as this.
#[cfg(any(feature = "npm-page", feature = "npm-policy"))]
pub(crate) const LATER: i32 = i32::MIN;
