//! The exports for JavaScript: Node, Workers written in JavaScript, browsers. They contain no decisions.
//!
//! A handle receives its options once, as JSON, when it is created. On the hot path, text is passed through one shared
//! buffer ([`scratch`]): JavaScript writes the token there, makes one call that only has numbers as arguments, and
//! finds the result in the same buffer. The returned number describes the result:
//!
//! | number | content of the buffer |
//! |---|---|
//! | `2 * n + wide` | the result, `n` bytes of UTF-8; `wide` is 1 if not all of it is ASCII, which hosts decode much faster |
//! | `-n < 0` | an error, `n` bytes of JSON (see [`fault`]) |
//! | [`LATER`] | nothing: the host can only answer asynchronously, and has recorded the operation |

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

/// The host can only answer asynchronously. No result or error is as long as this number.
#[cfg(any(feature = "npm-page", feature = "npm-policy"))]
pub(crate) const LATER: i32 = i32::MIN;
