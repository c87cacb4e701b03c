//! The compact serialization (RFC 7515 section 3.1): three parts of canonical base64url separated by dots, and nothing
//! else.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{Code, Error, Result};

/// A compact JWS, split and decoded except for its header.
#[derive(Debug)]
pub(crate) struct Compact<'t> {
    /// The signing input: header and payload with the dot between them.
    pub(crate) signing_input: &'t str,
    /// The header, still encoded; `None` if it equals the known one.
    pub(crate) header: Option<&'t str>,
    pub(crate) payload: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

impl<'t> Compact<'t> {
    /// Splits a token. `known_header` is an encoded header that was decoded before: if the token's header is the same,
    /// it is not decoded again.
    ///
    /// The checks run in the order that is fastest for a valid token. If one fails, [`fault`] repeats them in the
    /// documented order to find the error to report.
    pub(crate) fn parse(token: &'t str, max_bytes: usize, known_header: Option<&str>) -> Result<Self> {
        if token.is_empty() {
            return Err(Code::TokenMissing.into());
        }
        if token.len() > max_bytes {
            return Err(Error::new(Code::TokenTooLong)
                .about("token")
                .expected(format!("at most {max_bytes} bytes"))
                .actual(format!("{} bytes", token.len())));
        }
        Self::split(token, known_header).ok_or_else(|| fault(token))
    }

    fn split(token: &'t str, known_header: Option<&str>) -> Option<Self> {
        let is_known = |known: &&str| token.as_bytes().get(known.len()) == Some(&b'.') && token.starts_with(known);
        let known = known_header.filter(is_known).map(str::len);
        let header_len = match known {
            Some(len) => len,
            None => token.find('.').filter(|len| *len > 0)?,
        };
        let (payload, signature) = token[header_len + 1..].split_once('.')?;
        Some(Self {
            signing_input: &token[..header_len + 1 + payload.len()],
            header: if known.is_some() { None } else { Some(&token[..header_len]) },
            payload: URL_SAFE_NO_PAD.decode(payload).ok()?,
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }
}

/// Decodes an encoded header.
pub(crate) fn decode_header(token: &str, header: &str) -> Result<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(header).map_err(|_| fault(token))
}

/// The first failing format check of a token: characters, parts, base64url.
fn fault(token: &str) -> Error {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !token.bytes().all(allowed) {
        return Error::new(Code::TokenCharacters).about("token");
    }
    let parts = token.bytes().filter(|byte| *byte == b'.').count() + 1;
    let actual = match parts {
        3 if token.starts_with('.') => "an empty first part".to_owned(),
        3 => return Error::new(Code::TokenBase64).about("token"),
        5 => "5 parts, as an encrypted token has".to_owned(),
        _ => format!("{parts} {}", if parts == 1 { "part" } else { "parts" }),
    };
    Error::new(Code::TokenParts).about("token").expected("3 parts").actual(actual)
}
