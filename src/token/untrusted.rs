//! What arrived: a compact JWS taken apart (RFC 7515 section 3.1), nothing of it believed.

use super::compact::{self, Compact};
use super::header::Header;
use crate::error::{Code, Error, Result};
use crate::json::Object;
use crate::limits::MAX_TOKEN_BYTES;

/// A token taken apart. Its claims stay unread until a signature has been checked.
#[derive(Debug)]
pub struct Untrusted<'t> {
    token: &'t str,
    header: Header,
    signing_input: &'t str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'t> Untrusted<'t> {
    /// Takes a token apart: length, characters, parts, base64url, header.
    ///
    /// # Errors
    /// The codes of stages `Format`, `Header` and, for an `alg` not in the table, `Algorithm`.
    pub fn parse(token: &'t str) -> Result<Self> {
        Self::parse_with(token, MAX_TOKEN_BYTES, &[], None)
    }

    /// The same under another limit of length, in bytes.
    ///
    /// # Errors
    /// As [`Untrusted::parse`].
    pub fn parse_within(token: &'t str, max_token_bytes: usize) -> Result<Self> {
        Self::parse_with(token, max_token_bytes, &[], None)
    }

    /// The same where some extensions are understood, and with the header of an earlier token at hand.
    pub(crate) fn parse_with(
        token: &'t str,
        max_token_bytes: usize,
        understood: &[String],
        known: Option<Header>,
    ) -> Result<Self> {
        let compact = Compact::parse(token, max_token_bytes, known.as_ref().map(Header::encoded))?;
        let header = match (compact.header, known) {
            (None, Some(known)) => known,
            (encoded, _) => {
                let encoded = encoded.unwrap_or_default();
                Header::parse(encoded, compact::decode_header(token, encoded)?, understood)?
            }
        };
        let Compact { signing_input, payload, signature, .. } = compact;
        Ok(Self { token, header, signing_input, payload, signature })
    }

    /// The header, unverified.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The whole token, as it came.
    pub fn token(&self) -> &'t str {
        self.token
    }

    /// The issuer that the token claims to be from, unverified. For one purpose: choosing, among issuers that are trusted
    /// already, whose keys to check the signature with (RFC 8725 section 3.8).
    ///
    /// # Errors
    /// `ERR_CLAIMS_INVALID` when the payload is no acceptable JSON object.
    pub fn claimed_issuer(&self) -> Result<Option<String>> {
        Ok(self.unverified()?.text_of("iss").map(str::to_owned))
    }

    /// The claims' JSON, unverified: for showing, never for deciding.
    ///
    /// # Errors
    /// `ERR_CLAIMS_INVALID` when the payload is no acceptable JSON object.
    pub fn unverified_claims_json(&self) -> Result<String> {
        Ok(self.unverified()?.text().to_owned())
    }

    fn unverified(&self) -> Result<Object> {
        Object::parse(self.payload.clone()).map_err(|why| Error::new(Code::ClaimsInvalid).about("claims").actual(why))
    }

    pub(crate) fn signing_input(&self) -> &'t [u8] {
        self.signing_input.as_bytes()
    }

    pub(crate) fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Header and payload, for whoever has checked the signature.
    pub(crate) fn into_parts(self) -> (Header, Vec<u8>) {
        (self.header, self.payload)
    }
}
