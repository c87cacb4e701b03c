//! Tokens: bytes in, verdict out. [`Untrusted`] is a received token, [`Verified`] is a validated one; only `verify`
//! creates the second from the first.

use std::borrow::Cow;

pub mod claims;
mod compact;
pub mod expect;
pub mod header;
pub mod inspect;
pub mod issue;
pub mod jws;
pub mod untrusted;
pub mod verify;

pub use claims::Claims;
pub use expect::{Check, Expectations, Expected, IgnoredDates};
pub use header::Header;
pub use issue::Signer;
pub use untrusted::Untrusted;
pub use verify::{Verified, Verifier};

/// A string from a token for use in an error: quoted, with escaped control characters, truncated. Long enough for an
/// issuer or an audience, too short for a token.
fn shown(text: &str) -> String {
    const MAX_CHARS: usize = 80;
    let cut = text.char_indices().nth(MAX_CHARS).map_or(text, |(end, _)| &text[..end]);
    let dots = if cut.len() < text.len() { "…" } else { "" };
    let text = if text.chars().any(char::is_control) { Cow::Owned(cut.escape_debug().to_string()) } else { cut.into() };
    format!("\"{text}{dots}\"")
}
