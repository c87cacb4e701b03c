//! What arrived: a compact JWS taken apart (RFC 7515 section 3.1), nothing of it believed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::json;
use crate::alg::Alg;
use crate::error::{Code, Error, Result};
use crate::limits::MAX_TOKEN_BYTES;

/// A token taken apart. Its claims stay undecoded until a signature has been checked.
#[derive(Debug)]
pub struct Untrusted<'t> {
    header: Header,
    signing_input: &'t str,
    payload: &'t str,
    signature: Vec<u8>,
}

/// The JOSE header (RFC 7515 section 4), every member of it the sender's word only.
#[derive(Debug, Clone)]
pub struct Header {
    alg: Alg,
    members: Map<String, Value>,
}

impl<'t> Untrusted<'t> {
    /// Takes a token apart: length, characters, parts, header.
    ///
    /// # Errors
    /// The codes of stages `Format`, `Header` and, for an `alg` not in the table, `Algorithm`.
    pub fn parse(token: &'t str) -> Result<Self> {
        check_characters(token)?;
        let (signing_input, signature) = token.rsplit_once('.').ok_or(Code::TokenParts)?;
        let (header, payload) = signing_input.split_once('.').ok_or(Code::TokenParts)?;
        if payload.contains('.') || header.is_empty() {
            return Err(Code::TokenParts.into());
        }
        let header = Header::parse(&decode(header)?)?;
        if signature.is_empty() {
            return Err(Code::SignatureMissing.into());
        }
        Ok(Self { header, signing_input, payload, signature: decode(signature)? })
    }

    /// The header, unverified.
    pub fn header(&self) -> &Header {
        &self.header
    }

    pub(crate) fn signing_input(&self) -> &'t [u8] {
        self.signing_input.as_bytes()
    }

    pub(crate) fn signature(&self) -> &[u8] {
        &self.signature
    }

    pub(crate) fn decode_payload(&self) -> Result<Vec<u8>> {
        decode(self.payload)
    }

    pub(crate) fn into_header(self) -> Header {
        self.header
    }
}

impl Header {
    fn parse(bytes: &[u8]) -> Result<Self> {
        let members = json::parse_object(bytes).map_err(|why| Error::new(Code::HeaderInvalid).actual(why))?;
        if members.contains_key("crit") {
            return Err(Error::new(Code::HeaderCrit).about("crit").expected("none").actual("an extension"));
        }
        if members.contains_key("b64") {
            return Err(Error::new(Code::HeaderCrit).about("b64").expected("no b64 member"));
        }
        for name in ["typ", "kid"] {
            if members.get(name).is_some_and(|value| !value.is_string()) {
                return Err(Error::new(Code::HeaderInvalid).about(name).expected("a string"));
            }
        }
        let alg = members.get("alg").and_then(Value::as_str).and_then(Alg::from_name);
        let alg = alg.ok_or_else(|| Error::new(Code::AlgNotAllowed).about("alg"))?;
        Ok(Self { alg, members })
    }

    /// `alg`.
    pub fn alg(&self) -> Alg {
        self.alg
    }

    /// `kid`: a name to look a key up by, in what is trusted already.
    pub fn kid(&self) -> Option<&str> {
        self.get("kid").and_then(Value::as_str)
    }

    /// `typ`.
    pub fn typ(&self) -> Option<&str> {
        self.get("typ").and_then(Value::as_str)
    }

    /// Any member.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    /// All members.
    pub fn members(&self) -> &Map<String, Value> {
        &self.members
    }
}

fn check_characters(token: &str) -> Result<()> {
    if token.is_empty() {
        return Err(Code::TokenMissing.into());
    }
    if token.len() > MAX_TOKEN_BYTES {
        return Err(Error::new(Code::TokenTooLong)
            .expected(format!("at most {MAX_TOKEN_BYTES} bytes"))
            .actual(format!("{} bytes", token.len())));
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if token.bytes().all(allowed) { Ok(()) } else { Err(Code::TokenCharacters.into()) }
}

fn decode(part: &str) -> Result<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Code::TokenBase64.into())
}
