//! Decodes a token for display: leniently and part by part, so that a broken token still shows its readable parts.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::find::{Found, begins_token, decode_leniently};
use super::report::{Kind, Moment, Part, PartName};
use super::words;
use crate::json;
use crate::time::UnixMillis;

/// The kind of a text, and its readable content.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) kind: Kind,
    pub(super) parts: Vec<Part>,
    pub(super) header: Option<Value>,
    pub(super) claims: Option<Value>,
}

/// If there are more parts than any token has, the text is shown as one part.
const MAX_PARTS: usize = 6;

pub(super) fn decode(found: &Found) -> Decoded {
    let text = found.token.as_str();
    if text.is_empty() {
        return Decoded::nothing(Kind::Empty);
    }
    if text.starts_with('{') {
        return json_document(text);
    }
    let names = names(text.bytes().filter(|byte| *byte == b'.').count() + 1);
    let parts: Vec<Part> = text.splitn(MAX_PARTS, '.').zip(names).map(|(encoded, name)| part(*name, encoded)).collect();
    let header = parts.first().and_then(object);
    let claims = parts.get(1).filter(|part| part.name == PartName::Payload).and_then(object);
    let looks_like_one = header.is_some() || begins_token(text);
    let kind = match parts.len() {
        5 if header.as_ref().is_some_and(|header| header.get("enc").is_some()) => Kind::Jwe,
        3 if looks_like_one && claims.is_some() => Kind::Jwt,
        3 if looks_like_one => Kind::Jws,
        1 | 2 if looks_like_one => Kind::Truncated,
        _ => Kind::Other,
    };
    if kind == Kind::Other { Decoded::nothing(kind) } else { Decoded { kind, parts, header, claims } }
}

fn names(count: usize) -> &'static [PartName] {
    use PartName::{
        AuthenticationTag, Ciphertext, EncryptedKey, Header, InitializationVector, Other, Payload, Signature,
    };
    match count {
        5 => &[Header, EncryptedKey, InitializationVector, Ciphertext, AuthenticationTag],
        1..=3 => &[Header, Payload, Signature],
        _ => &[Header, Other, Other, Other, Other, Other],
    }
}

fn part(name: PartName, encoded: &str) -> Part {
    let strict = URL_SAFE_NO_PAD.decode(encoded).ok();
    let fault = if strict.is_some() { None } else { Some(fault(encoded)) };
    let bytes = strict.or_else(|| decode_leniently(encoded));
    Part {
        name,
        encoded: encoded.to_owned(),
        bytes: bytes.as_ref().map(Vec::len),
        text: bytes
            .filter(|_| matches!(name, PartName::Header | PartName::Payload))
            .and_then(|bytes| String::from_utf8(bytes).ok()),
        fault,
    }
}

fn fault(encoded: &str) -> &'static str {
    if encoded.contains('=') {
        "it ends in “=”, which base64url in a token leaves out"
    } else if encoded.contains(['+', '/']) {
        "it has “+” or “/”: it is base64, not base64url"
    } else if encoded.bytes().any(|byte| !byte.is_ascii_alphanumeric() && byte != b'-' && byte != b'_') {
        "it has characters that base64url does not have"
    } else if encoded.len() % 4 == 1 {
        "its length is none that base64url can have: something was cut off or put in"
    } else {
        "its last character has bits that mean nothing: it was changed, or encoded by a faulty program"
    }
}

fn object(part: &Part) -> Option<Value> {
    json::tree(part.text.as_deref()?).map(Value::Object)
}

/// A text that is JSON itself.
fn json_document(text: &str) -> Decoded {
    let Some(object) = json::tree(text) else { return Decoded::nothing(Kind::Other) };
    let has = |name: &str| object.contains_key(name);
    let kind = if has("payload") && (has("signature") || has("signatures")) {
        Kind::JwsJson
    } else if has("ciphertext") {
        Kind::JweJson
    } else if has("kty") || has("keys") {
        Kind::Key
    } else {
        Kind::Other
    };
    Decoded::nothing(kind)
}

impl Decoded {
    fn nothing(kind: Kind) -> Self {
        Self { kind, parts: Vec::new(), header: None, claims: None }
    }

    pub(super) fn is_compact_jws(&self) -> bool {
        matches!(self.kind, Kind::Jwt | Kind::Jws | Kind::Truncated)
    }

    pub(super) fn holds_token(&self) -> bool {
        self.is_compact_jws() || self.kind == Kind::Jwe
    }

    /// The date claims, in chronological order of a token's life.
    pub(super) fn moments(&self, now: UnixMillis) -> Vec<Moment> {
        let date = |claim| self.claims.as_ref()?.get(claim)?.as_f64().map(|secs| (claim, secs));
        let dates = ["auth_time", "iat", "nbf", "exp"].into_iter().filter_map(date);
        dates
            .map(|(claim, secs)| {
                let at = UnixMillis::from_numeric_date(secs);
                Moment { claim, at: at.as_millis(), utc: words::utc(at), relative: words::relative(at, now) }
            })
            .collect()
    }
}
