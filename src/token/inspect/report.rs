//! The report: plain data. The names of its fields and of its findings are public API.

use serde::Serialize;
use serde_json::Value;

use super::decode::Decoded;
use super::find::Found;
use super::words;
use crate::time::UnixMillis;

/// Everything there is to say about a pasted text. Serializes with the names of its fields in camelCase.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// What the text is.
    pub kind: Kind,
    /// The most important thing, in one sentence.
    pub summary: String,
    /// What stood around the token or was done to it, outermost first.
    pub wrappings: Vec<Wrapping>,
    /// The token itself, taken out of all that; `None` when there is none.
    pub token: Option<String>,
    /// Its parts, as they stand between the dots.
    pub parts: Vec<Part>,
    /// The header's JSON, if it is JSON. Nobody vouches for it.
    pub header: Option<Value>,
    /// The claims' JSON, if the payload is JSON. Nobody vouches for them.
    pub claims: Option<Value>,
    /// The dates among the claims.
    pub moments: Vec<Moment>,
    /// Each check a server makes, in its order.
    pub checks: Vec<Finding>,
    /// What a server might accept and should not have been made this way.
    pub warnings: Vec<Finding>,
    /// What to do, most urgent first.
    pub advice: Vec<String>,
}

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A signed token: compact JWS whose payload is JSON (RFC 7519).
    Jwt,
    /// Compact JWS over something that is not JSON (RFC 7515).
    Jws,
    /// An encrypted token (RFC 7516), which only its recipient can read.
    Jwe,
    /// JWS in its JSON serialization (RFC 7515 section 7.2).
    JwsJson,
    /// JWE in its JSON serialization (RFC 7516 section 7.2).
    JweJson,
    /// The beginning of a token: something was cut off.
    Truncated,
    /// A key or a set of keys (RFC 7517).
    Key,
    /// Nothing that looks like a token.
    Other,
    /// Nothing at all.
    Empty,
    /// More text than is looked at.
    TooLong,
}

/// Something that stood around the token, or was done to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Wrapping {
    /// Stable: `bearer`, `quotes`, `whitespace`, `line-breaks`, `url`, `cookie`, `curl`, `json`, `percent-encoding`,
    /// `base64`, `text`.
    pub name: &'static str,
    /// What was found.
    pub sentence: &'static str,
}

/// One part of the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// Which one.
    pub name: PartName,
    /// As it stands in the token.
    pub encoded: String,
    /// Decoded, where that gives text.
    pub text: Option<String>,
    /// How many bytes it decodes to.
    pub bytes: Option<usize>,
    /// Why it does not decode as it should, even if it was decoded leniently for showing.
    pub fault: Option<&'static str>,
}

/// The parts of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum PartName {
    Header,
    Payload,
    Signature,
    EncryptedKey,
    InitializationVector,
    Ciphertext,
    AuthenticationTag,
    Other,
}

/// A date among the claims.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Moment {
    /// The claim.
    pub claim: &'static str,
    /// Milliseconds since 1970.
    pub at: i64,
    /// In UTC, ISO 8601; `None` beyond the calendar.
    pub utc: Option<String>,
    /// As seen from now: `in 5 minutes`, `2 days ago`.
    pub relative: String,
}

/// A check or a warning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Stable name.
    pub name: &'static str,
    /// How it came out.
    pub verdict: Verdict,
    /// In a sentence.
    pub sentence: String,
    /// What to do about it, where something is to be done.
    pub fix: Option<String>,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As it should be.
    Pass,
    /// A server refuses the token for this.
    Fail,
    /// A server may accept it; it is worth a second look.
    Warn,
    /// Something was missing to tell: a key, an expectation, an earlier check that passed.
    NotChecked,
}

impl Finding {
    pub(super) fn pass(name: &'static str, sentence: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Pass, sentence: sentence.into(), fix: None }
    }

    pub(super) fn not_checked(name: &'static str, sentence: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::NotChecked, sentence: sentence.into(), fix: None }
    }

    pub(super) fn fail(name: &'static str, sentence: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Fail, sentence: sentence.into(), fix: Some(fix.into()) }
    }

    pub(super) fn warn(name: &'static str, sentence: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Warn, sentence: sentence.into(), fix: Some(fix.into()) }
    }
}

impl Report {
    /// The check or warning of this name.
    pub fn finding(&self, name: &str) -> Option<&Finding> {
        self.checks.iter().chain(&self.warnings).find(|finding| finding.name == name)
    }

    /// What failed comes first, then what is worth a second look.
    pub(super) fn advice(&self) -> Vec<String> {
        let failed = self.checks.iter().filter(|check| check.verdict == Verdict::Fail);
        let mut advice: Vec<String> = failed.chain(&self.warnings).filter_map(|finding| finding.fix.clone()).collect();
        advice.extend(words::kind_fix(self.kind).map(str::to_owned));
        advice
    }
}

/// A report that has nothing to say but what the text is.
pub(super) fn bare(kind: Kind) -> Report {
    Report {
        kind,
        summary: words::kind_sentence(kind).to_owned(),
        wrappings: Vec::new(),
        token: None,
        parts: Vec::new(),
        header: None,
        claims: None,
        moments: Vec::new(),
        checks: Vec::new(),
        warnings: Vec::new(),
        advice: words::kind_fix(kind).map(str::to_owned).into_iter().collect(),
    }
}

/// A report of what was found and decoded, nothing judged yet.
pub(super) fn of(found: Found, decoded: &Decoded, now: UnixMillis) -> Report {
    let mut report = bare(decoded.kind);
    report.wrappings = found.wrappings;
    report.parts.clone_from(&decoded.parts);
    report.header.clone_from(&decoded.header);
    report.claims.clone_from(&decoded.claims);
    report.moments = decoded.moments(now);
    report.token = decoded.holds_token().then_some(found.token);
    report
}
