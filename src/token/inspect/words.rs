//! Texts for dates and results.

use chrono::{DateTime, SecondsFormat};

use super::report::{Kind, Report, Verdict};
use crate::time::UnixMillis;

/// A time in UTC, ISO 8601, to the second; `None` outside the calendar.
pub(super) fn utc(at: UnixMillis) -> Option<String> {
    let date = DateTime::from_timestamp_millis(at.as_millis())?;
    Some(date.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// A time relative to now: `in 5 minutes`, `2 days ago`.
pub(super) fn relative(at: UnixMillis, now: UnixMillis) -> String {
    let (ahead, behind) = (at.since(now), now.since(at));
    if ahead.as_secs() > 0 {
        format!("in {}", span(ahead.as_secs()))
    } else if behind.as_secs() > 0 {
        format!("{} ago", span(behind.as_secs()))
    } else {
        "just now".to_owned()
    }
}

/// A duration in its largest unit: `15 minutes`, `7 days`.
pub(super) fn span(secs: u64) -> String {
    const UNITS: [(u64, &str); 5] =
        [(365 * 86_400, "year"), (86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
    let (size, unit) = UNITS.into_iter().find(|(size, _)| secs >= *size).unwrap_or((1, "second"));
    let count = secs / size;
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// The kind of the text, as a sentence.
pub(super) fn kind_sentence(kind: Kind) -> &'static str {
    match kind {
        Kind::Jwt => "This is a signed token (JWT)",
        Kind::Jws => "This is a signed message (JWS) whose content is not JSON claims",
        Kind::Jwe => "This is an encrypted token (JWE). Only its recipient can read it.",
        Kind::JwsJson => "This is a signature in the JSON form (JWS JSON serialization), not a compact token.",
        Kind::JweJson => "This is an encrypted message in the JSON form (JWE JSON serialization).",
        Kind::Truncated => "This token is incomplete: the end is missing",
        Kind::Key => "This is a key or a set of keys (JWK), not a token.",
        Kind::Other => "There is no token in this text.",
        Kind::Empty => "There is nothing here yet.",
        Kind::TooLong => "This text is too long to inspect. A token is a few kilobytes at most.",
    }
}

/// What to do about a text of this kind.
pub(super) fn kind_fix(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Jwt | Kind::Jws => None,
        Kind::Jwe => {
            Some("Only the recipient's private key can decrypt it. A server that expects a signed token rejects it.")
        }
        Kind::JwsJson | Kind::JweJson => Some("Ask the issuer for the compact form: three parts separated by dots."),
        Kind::Truncated => Some("Copy the whole token: it has three parts separated by dots."),
        Kind::Key => Some(
            "Paste keys under “Verify signature”. A public key is safe to share. If this is a private key or a secret, consider it exposed and rotate it.",
        ),
        Kind::Other => Some("Paste a token: three parts separated by dots, starting with “ey”."),
        Kind::Empty => Some("Paste a token, or any text that contains one."),
        Kind::TooLong => Some("Paste the token alone."),
    }
}

const UNREADABLE_DATE: &str = ", but one of its dates cannot be read.";

/// The most important result for a token: the first failed check, or that the signature is not verified.
pub(super) fn summary(report: &Report) -> String {
    let what = kind_sentence(report.kind);
    let failed = report.checks.iter().find(|check| check.verdict == Verdict::Fail).map(|check| check.name);
    let signature = report.finding("signature").map(|check| check.verdict);
    let has_date = |claim| report.moments.iter().any(|moment| moment.claim == claim);
    let rest = match failed {
        Some("length") => ", but it is longer than servers accept.",
        Some("characters" | "parts" | "base64url") if report.kind == Kind::Truncated => ".",
        Some("characters" | "parts" | "base64url") => ", but it is malformed.",
        Some("header") => ", but its header is invalid.",
        Some("algorithm") => ", but its algorithm is not allowed.",
        Some("key") => ", but none of the keys you provided matches it.",
        Some("signature") => ", but its signature is invalid. Don't trust anything in it.",
        Some("claims") => ", but its claims are invalid.",
        Some("expiry") if !has_date("exp") => UNREADABLE_DATE,
        Some("not-before") if !has_date("nbf") => UNREADABLE_DATE,
        Some("issued-at") if !has_date("iat") => UNREADABLE_DATE,
        Some("expiry") => ", but it has expired.",
        Some("not-before" | "issued-at") => ", but it is not valid yet.",
        Some(_) => ", but it was not issued for the server you described.",
        None if signature == Some(Verdict::Pass) => ", and it passes every check.",
        None => ". Its signature has not been verified, so don't trust its contents yet.",
    };
    format!("{what}{rest}")
}
