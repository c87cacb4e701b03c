//! The report: plain data. The names of its fields and of its findings are public API.

use serde::Serialize;
use serde_json::Value;

use super::decode::Decoded;
use super::find::Found;
use super::words;
use crate::time::UnixMillis;

/// The complete report on a pasted text. Serializes with field names in camelCase.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The kind of the text.
    pub kind: Kind,
    /// The most important result, in one sentence.
    pub summary: String,
    /// The layers around the token, outermost first.
    pub wrappings: Vec<Wrapping>,
    /// The token itself, without these layers; `None` if there is none.
    pub token: Option<String>,
    /// Its parts between the dots.
    pub parts: Vec<Part>,
    /// The JSON of the header, if it is JSON. It is not verified.
    pub header: Option<Value>,
    /// The JSON of the claims, if the payload is JSON. They are not verified.
    pub claims: Option<Value>,
    /// The date claims.
    pub moments: Vec<Moment>,
    /// The checks of a server, in its order.
    pub checks: Vec<Finding>,
    /// Weaknesses that a server might accept.
    pub warnings: Vec<Finding>,
    /// What to do, most urgent first.
    pub advice: Vec<String>,
}

/// The kind of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A signed token: compact JWS whose payload is JSON (RFC 7519).
    Jwt,
    /// Compact JWS whose payload is not JSON (RFC 7515).
    Jws,
    /// An encrypted token (RFC 7516), which only its recipient can decrypt.
    Jwe,
    /// JWS in its JSON serialization (RFC 7515 section 7.2).
    JwsJson,
    /// JWE in its JSON serialization (RFC 7516 section 7.2).
    JweJson,
    /// An incomplete token: its end is missing.
    Truncated,
    /// A key or a set of keys (RFC 7517).
    Key,
    /// Nothing that looks like a token.
    Other,
    /// Nothing at all.
    Empty,
    /// A text that is too long to inspect.
    TooLong,
}

/// A layer around the token, or an encoding of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Wrapping {
    /// Stable: `bearer`, `quotes`, `whitespace`, `line-breaks`, `url`, `cookie`, `curl`, `json`, `percent-encoding`,
    /// `base64`, `text`.
    pub name: &'static str,
    /// The description of the layer.
    pub sentence: &'static str,
}

/// One part of the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// Which one.
    pub name: PartName,
    /// The part as in the token.
    pub encoded: String,
    /// The decoded part, if it is text.
    pub text: Option<String>,
    /// The number of decoded bytes.
    pub bytes: Option<usize>,
    /// Why it is not correctly encoded, even if it was decoded leniently for display.
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

/// A date claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Moment {
    /// The claim.
    pub claim: &'static str,
    /// Milliseconds since 1970.
    pub at: i64,
    /// In UTC, ISO 8601; `None` outside the calendar.
    pub utc: Option<String>,
    /// Relative to now: `in 5 minutes`, `2 days ago`.
    pub relative: String,
}

/// A check or a warning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Stable name.
    pub name: &'static str,
    /// The result.
    pub verdict: Verdict,
    /// In a sentence.
    pub sentence: String,
    /// What to do about it, if anything.
    pub fix: Option<String>,
}

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Passed.
    Pass,
    /// A server would reject the token.
    Fail,
    /// A server might accept it, but it should be reviewed.
    Warn,
    /// It could not be checked: a key, an expectation or an earlier check is missing.
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
    /// The check or warning with this name.
    pub fn finding(&self, name: &str) -> Option<&Finding> {
        self.checks.iter().chain(&self.warnings).find(|finding| finding.name == name)
    }

    /// Sorts failures first, then warnings.
    pub(super) fn advice(&self) -> Vec<String> {
        let failed = self.checks.iter().filter(|check| check.verdict == Verdict::Fail);
        let mut advice: Vec<String> = failed.chain(&self.warnings).filter_map(|finding| finding.fix.clone()).collect();
        advice.extend(words::kind_fix(self.kind).map(str::to_owned));
        advice
    }
}

/// A report that contains only the kind of the text.
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

/// A report with the decoded parts and without checks.
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
