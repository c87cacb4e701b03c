//! A received token: a parsed compact JWS (RFC 7515 section 3.1), of which nothing is trusted yet.

use super::compact::{self, Compact};
use super::header::Header;
use crate::error::{Code, Error, Result};
use crate::json::Object;
use crate::limits::MAX_TOKEN_BYTES;

/// A parsed token. Its claims are not read until the signature is verified.
#[derive(Debug)]
pub struct Untrusted<'t> {
    token: &'t str,
    header: Header,
    signing_input: &'t str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'t> Untrusted<'t> {
    /// Parses a token: length, characters, parts, base64url, header.
    ///
    /// # Errors
    /// The codes of the stages `Format` and `Header`, and of `Algorithm` for an unknown `alg`.
    pub fn parse(token: &'t str) -> Result<Self> {
        Self::parse_with(token, MAX_TOKEN_BYTES, &[], None)
    }

    /// The same with another length limit, in bytes.
    ///
    /// # Errors
    /// As [`Untrusted::parse`].
    pub fn parse_within(token: &'t str, max_token_bytes: usize) -> Result<Self> {
        Self::parse_with(token, max_token_bytes, &[], None)
    }

    /// The same with supported extensions, and with the header of an earlier token.
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

    /// The complete token, unchanged.
    pub fn token(&self) -> &'t str {
        self.token
    }

    /// The issuer that the token claims, unverified. Its only use is to choose the keys of one of several trusted
    /// issuers for the signature check (RFC 8725 section 3.8).
    ///
    /// # Errors
    /// `ERR_CLAIMS_INVALID` if the payload is not a valid JSON object.
    pub fn claimed_issuer(&self) -> Result<Option<String>> {
        Ok(self.unverified()?.text_of("iss").map(str::to_owned))
    }

    /// The JSON of the claims, unverified: for display, never for decisions.
    ///
    /// # Errors
    /// `ERR_CLAIMS_INVALID` if the payload is not a valid JSON object.
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

    /// Header and payload, for a caller that has verified the signature.
    pub(crate) fn into_parts(self) -> (Header, Vec<u8>) {
        (self.header, self.payload)
    }
}
