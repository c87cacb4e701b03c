//! The JOSE header (RFC 7515 section 4).

use std::sync::{Arc, Mutex};

use serde_json::{Map, Value};

use crate::alg::Alg;
use crate::error::{Code, Error, Result};
use crate::json::{Noted, Object, any_twice};

/// A JOSE header. In an `Untrusted`, all its members are unverified; in a `Verified`, the signature covers them. `jku`,
/// `jwk`, `x5u` and `x5c` are never used (RFC 8725 section 3.10). Cheap to clone.
#[derive(Debug, Clone)]
pub struct Header(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    alg: Alg,
    /// The names in `crit`.
    critical: Vec<String>,
    object: Object,
    /// The header exactly as in the token.
    encoded: Box<str>,
}

/// Members that RFC 7515 or RFC 7519 defines: `crit` must not name them (RFC 7515 section 4.1.11).
const REGISTERED: [&str; 13] =
    ["alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit", "enc", "zip"];

impl Header {
    /// Parses a decoded header. The order of the checks: JSON, `b64` and `crit`, the types of `typ`, `cty` and `kid`,
    /// then `alg`.
    pub(crate) fn parse(encoded: &str, decoded: Vec<u8>, understood: &[String]) -> Result<Self> {
        let object =
            Object::parse(decoded).map_err(|why| Error::new(Code::HeaderInvalid).about("header").actual(why))?;
        if object.contains("b64") {
            return Err(Error::new(Code::HeaderCrit).about("b64").expected("no b64 member"));
        }
        let critical = critical(&object)?;
        check_critical(&critical, understood)?;
        for name in ["typ", "cty", "kid"] {
            if !matches!(object.noted(name), Noted::Absent | Noted::Text(_)) {
                return Err(Error::new(Code::HeaderInvalid).about(name).expected("a string"));
            }
        }
        let alg = alg(&object)?;
        Ok(Self(Arc::new(Inner { alg, critical, object, encoded: encoded.into() })))
    }

    /// `alg`.
    pub fn alg(&self) -> Alg {
        self.0.alg
    }

    /// `kid`: selects among keys that are already trusted.
    pub fn kid(&self) -> Option<&str> {
        self.0.object.text_of("kid")
    }

    /// `typ`.
    pub fn typ(&self) -> Option<&str> {
        self.0.object.text_of("typ")
    }

    /// Any member.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members().get(name)
    }

    /// All members.
    pub fn members(&self) -> &Map<String, Value> {
        self.0.object.tree()
    }

    /// The JSON of the header, exactly as in the token.
    pub fn json(&self) -> &str {
        self.0.object.text()
    }

    /// The header as in the token: base64url.
    pub(crate) fn encoded(&self) -> &str {
        &self.0.encoded
    }

    /// Rejects extensions that are not in `understood`.
    pub(crate) fn check_critical(&self, understood: &[String]) -> Result<()> {
        check_critical(&self.0.critical, understood)
    }

    /// Rejects a `typ` other than `expected`. The comparison is case-insensitive, and a missing `application/` is added
    /// (RFC 7515 section 4.1.9).
    pub(crate) fn check_typ(&self, expected: &str) -> Result<()> {
        let error = || Error::new(Code::HeaderTyp).about("typ").expected(expected);
        let actual = self.typ().ok_or_else(|| error().actual("none"))?;
        if same_type(actual, expected) { Ok(()) } else { Err(error().actual(super::shown(actual))) }
    }

    /// Rejects a refresh token if the caller expects no specific type: it is signed like an access token and valid for
    /// days, so it must never be accepted as one (RFC 8725 section 3.11).
    pub(crate) fn refuse_refresh_token(&self) -> Result<()> {
        match self.typ() {
            Some(typ) if same_type(typ, REFRESH_TOKEN) => {
                Err(Error::new(Code::HeaderTyp).about("typ").expected("no refresh token").actual(REFRESH_TOKEN))
            }
            _ => Ok(()),
        }
    }
}

/// The `typ` of refresh tokens.
const REFRESH_TOKEN: &str = "rt+jwt";

/// Whether two values of `typ` are the same type.
pub(super) fn same_type(one: &str, other: &str) -> bool {
    media_type(one).eq_ignore_ascii_case(media_type(other))
}

/// `typ` without its `application/`, which is implied if no other slash follows.
fn media_type(typ: &str) -> &str {
    const PREFIX: &str = "application/";
    match typ.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) && !rest.contains('/') => rest,
        _ => typ,
    }
}

/// The names in `crit`: a non-empty list of names of existing members, none of them registered, without duplicates.
fn critical(object: &Object) -> Result<Vec<String>> {
    let malformed = |expected: &str| Error::new(Code::HeaderCrit).about("crit").expected(expected);
    let names: Vec<String> = match object.noted("crit") {
        Noted::Absent => return Ok(Vec::new()),
        Noted::Texts(names) => names.iter().map(str::to_owned).collect(),
        _ => return Err(malformed("a list of member names")),
    };
    if names.is_empty() {
        return Err(malformed("at least one name"));
    }
    if names.iter().any(|name| REGISTERED.contains(&name.as_str())) {
        return Err(malformed("no name that RFC 7515 defines itself"));
    }
    if !names.iter().all(|name| object.contains(name)) {
        return Err(malformed("names of members that are there"));
    }
    if any_twice(&names.iter().map(String::as_str).collect::<Vec<_>>()) {
        return Err(malformed("each name once"));
    }
    Ok(names)
}

fn check_critical(critical: &[String], understood: &[String]) -> Result<()> {
    if critical.iter().all(|name| understood.contains(name)) {
        return Ok(());
    }
    let expected = if understood.is_empty() { "no extensions".to_owned() } else { understood.join(" or ") };
    Err(Error::new(Code::HeaderCrit).about("crit").expected(expected).actual("an extension not understood here"))
}

fn alg(object: &Object) -> Result<Alg> {
    let refused = || Error::new(Code::AlgNotAllowed).about("alg");
    match object.noted("alg") {
        Noted::Text(name) => Alg::from_name(name).ok_or_else(|| refused().actual(super::shown(name))),
        Noted::Absent => Err(Error::new(Code::HeaderInvalid).about("alg").expected("a string").actual("none there")),
        _ => Err(Error::new(Code::HeaderInvalid).about("alg").expected("a string")),
    }
}

/// The last header of a token with a verified signature. The headers of one issuer's tokens are usually identical, so
/// most tokens can skip decoding, parsing and validating theirs. Only headers of valid tokens are cached, so an
/// attacker cannot evict the entry.
#[derive(Debug, Default)]
pub(crate) struct HeaderMemo(Mutex<Option<Header>>);

impl HeaderMemo {
    /// The cached header. Never blocks: if it is locked, there is no cached header.
    pub(crate) fn recall(&self) -> Option<Header> {
        self.0.try_lock().ok()?.clone()
    }

    /// Caches a header.
    pub(crate) fn keep(&self, header: &Header) {
        if let Ok(mut place) = self.0.try_lock() {
            let known = place.as_ref().is_some_and(|known| Arc::ptr_eq(&known.0, &header.0));
            if !known {
                *place = Some(header.clone());
            }
        }
    }
}

impl Clone for HeaderMemo {
    fn clone(&self) -> Self {
        Self(Mutex::new(self.recall()))
    }
}
