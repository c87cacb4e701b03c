//! The checks of a server in its order, each with a verdict and a message. Checks that an earlier failure prevents are
//! reported as not checked. Dates are always checked, because people want to know about them.

use serde_json::Value;

use super::report::{Finding, Kind};
use super::words::{relative, span, utc};
use super::{Judged, Signature};
use crate::error::{Code, Error, Stage};
use crate::limits::MAX_TOKEN_BYTES;
use crate::time::UnixMillis;
use crate::token::{Claims, Expectations, Expected, shown};

pub(super) fn all(judged: &Judged<'_>) -> Vec<Finding> {
    let mut findings = vec![length(judged), characters(judged), parts(judged), base64url(judged), header(judged)];
    findings.extend([algorithm(judged), key(judged), signature(judged)]);
    if judged.decoded.kind != Kind::Jws {
        let strict = strict_claims(judged);
        findings.push(claims(&strict));
        findings.extend([expiry(judged), not_before(judged), issued_at(judged)]);
        findings.extend(expected(judged, strict.as_ref().ok()));
    }
    findings
}

fn length(judged: &Judged<'_>) -> Finding {
    let len = judged.token.len();
    let max = judged.options.expectations.as_ref().map_or(MAX_TOKEN_BYTES, |asked| asked.max_token_bytes);
    if len <= max {
        return Finding::pass("length", format!("It has {len} characters."));
    }
    Finding::fail(
        "length",
        format!("It has {len} characters; servers accept at most {max}."),
        "Remove claims: the token is sent with every request. Look up long lists by “sub” instead.",
    )
}

fn characters(judged: &Judged<'_>) -> Finding {
    if judged.fault() != Some(Code::TokenCharacters) {
        return Finding::pass("characters", "It contains only valid characters.");
    }
    let why = match judged.token.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))) {
        Some('=') => "It has “=” in it: padding, which base64url in a token leaves out.".to_owned(),
        Some(c @ ('+' | '/')) => format!("It has “{c}” in it: the plain base64 alphabet instead of base64url."),
        Some(c) => format!("It has the character {} in it, which no token has.", shown(&c.to_string())),
        None => "It has a character that no token has.".to_owned(),
    };
    Finding::fail("characters", why, "Use a library that encodes base64url without padding (RFC 7515).")
}

fn parts(judged: &Judged<'_>) -> Finding {
    let count = judged.token.bytes().filter(|byte| *byte == b'.').count() + 1;
    match judged.fault() {
        Some(Code::TokenParts) => Finding::fail(
            "parts",
            format!(
                "It has {count} {}; a signed token has three between two dots.",
                if count == 1 { "part" } else { "parts" }
            ),
            "Copy the token whole, from “ey” to the end of what follows the second dot.",
        ),
        Some(Code::TokenCharacters) if count != 3 => {
            Finding::not_checked("parts", "Not looked at, because of the characters in it.")
        }
        _ => Finding::pass("parts", "It has three parts."),
    }
}

fn base64url(judged: &Judged<'_>) -> Finding {
    match judged.fault() {
        Some(Code::TokenBase64) => {
            let part = judged.decoded.parts.iter().find_map(|part| Some((part.name, part.fault?)));
            let why = match part {
                Some((name, fault)) => {
                    format!("Its {} is not canonical base64url: {fault}.", format!("{name:?}").to_ascii_lowercase())
                }
                None => "A part of it is not canonical base64url.".to_owned(),
            };
            Finding::fail(
                "base64url",
                why,
                "Copy it again. If the problem remains, something changed it in transit or the issuer has a bug.",
            )
        }
        Some(Code::TokenCharacters | Code::TokenParts) => {
            Finding::not_checked("base64url", "Not checked because of the problem above.")
        }
        _ => Finding::pass("base64url", "Each part is canonical base64url."),
    }
}

/// The error of parsing the token, if it occurred at this stage; `Err` if parsing stopped earlier.
fn stage<'r>(judged: &Judged<'r>, stage: Stage) -> Result<Option<&'r Error>, Finding> {
    match judged.refusal {
        Some(error) if error.stage() == stage => Ok(Some(error)),
        Some(error) if error.stage() < stage => {
            let name = if stage == Stage::Header { "header" } else { "algorithm" };
            Err(Finding::not_checked(name, "Not checked because of the problem above."))
        }
        _ => Ok(None),
    }
}

fn header(judged: &Judged<'_>) -> Finding {
    match stage(judged, Stage::Header) {
        Err(skipped) => skipped,
        Ok(None) => Finding::pass(
            "header",
            "The header is a valid JSON object with no duplicate members and no unknown “crit” extensions.",
        ),
        Ok(Some(error)) if error.code() == Code::HeaderCrit => Finding::fail(
            "header",
            format!("The header demands an extension that servers do not know: {error}."),
            "Ask the issuer to leave “crit” and “b64” out.",
        ),
        Ok(Some(error)) => Finding::fail(
            "header",
            sentence(error),
            "Use a JWT library: the header must be one JSON object without duplicate members.",
        ),
    }
}

fn algorithm(judged: &Judged<'_>) -> Finding {
    let named = judged.header("alg").and_then(Value::as_str).unwrap_or_default();
    match stage(judged, Stage::Algorithm) {
        Err(skipped) => skipped,
        Ok(Some(_)) if named.eq_ignore_ascii_case("none") => Finding::fail(
            "algorithm",
            "It says “alg”: “none”: it is not signed, and anyone can write one like it.",
            "Servers must never accept it. Have the issuer sign tokens, for example with EdDSA or ES256.",
        ),
        Ok(Some(_)) => Finding::fail(
            "algorithm",
            format!(
                "It names the algorithm {}, which is not one of the JWS signature algorithms known here.",
                shown(named)
            ),
            "Have the issuer sign with an algorithm of RFC 7518, such as ES256, RS256 or HS256; names are case-sensitive.",
        ),
        Ok(None) => match &judged.signature {
            Signature::Checked(Err(error)) if error.code() == Code::AlgNotAllowed => Finding::fail(
                "algorithm",
                format!("It names {named}, and {}.", "none of the keys or allowed algorithms is for that"),
                "Give the key that the issuer signs with now, or have the issuer sign with the algorithm the server expects.",
            ),
            Signature::Checked(_) => Finding::pass("algorithm", format!("It names {named}, which is accepted here.")),
            _ => Finding::pass(
                "algorithm",
                format!("The algorithm is {named}. A server should accept only the algorithm its key is for."),
            ),
        },
    }
}

fn key(judged: &Judged<'_>) -> Finding {
    let kid = match judged.header("kid").and_then(Value::as_str) {
        Some(kid) => format!("the key {}", shown(kid)),
        None => "no key ID (“kid”)".to_owned(),
    };
    match &judged.signature {
        Signature::Checked(Err(error)) if error.stage() < Stage::Key => {
            Finding::not_checked("key", "Not looked for, because of the above.")
        }
        Signature::Checked(Err(error)) if error.stage() == Stage::Key => Finding::fail(
            "key",
            format!("It names {kid}: {}.", error.code().row().sentence),
            "Were the keys rotated, or is this the wrong issuer? Fetch the issuer's keys anew, and see that each has its own “kid”.",
        ),
        Signature::Checked(_) => Finding::pass("key", format!("It names {kid}, and one of the keys given fits.")),
        Signature::NoKeys | Signature::MustWait => Finding::not_checked("key", format!("It names {kid}.")),
    }
}

fn signature(judged: &Judged<'_>) -> Finding {
    let empty = judged.decoded.parts.get(2).is_some_and(|part| part.encoded.is_empty());
    match &judged.signature {
        _ if empty => Finding::fail(
            "signature",
            "There is nothing behind the second dot: it is not signed.",
            "Copy it whole. If that is the whole of it, never let a server take it.",
        ),
        Signature::Checked(Ok(())) => Finding::pass("signature", "The signature is valid."),
        Signature::Checked(Err(error)) if error.stage() < Stage::Signature => {
            Finding::not_checked("signature", "Not verified: no matching key.")
        }
        Signature::Checked(Err(error)) if error.code() == Code::SignatureInvalid => Finding::fail(
            "signature",
            "The signature is invalid: the token was signed with a different key or changed afterwards.",
            "Compare key and environment with the issuer's. A secret must agree to the byte: a line break at its end counts, \
             and so does whether it is base64 or text.",
        ),
        Signature::Checked(Err(error)) => Finding::not_checked("signature", sentence(error)),
        Signature::MustWait => Finding::not_checked("signature", "Not checked: this engine can only answer later."),
        Signature::NoKeys if judged.refusal.is_some() => {
            Finding::not_checked("signature", "Not checked, because of the above.")
        }
        Signature::NoKeys => Finding::not_checked(
            "signature",
            "Not verified. Without a key there is no way to know who created this token.",
        ),
    }
}

fn strict_claims(judged: &Judged<'_>) -> Result<Claims, Option<Error>> {
    let payload = judged.decoded.parts.get(1).and_then(|part| part.text.clone());
    Claims::parse(payload.ok_or(None)?.into_bytes()).map_err(Some)
}

fn claims(strict: &Result<Claims, Option<Error>>) -> Finding {
    const FIX: &str = "Use a JWT library: the payload must be one UTF-8 JSON object without duplicate claims.";
    match strict {
        Ok(claims) => match claims.names().count() {
            1 => Finding::pass("claims", "The payload is one JSON object of 1 claim."),
            count => Finding::pass("claims", format!("The payload is a valid JSON object with {count} claims.")),
        },
        Err(Some(error)) => Finding::fail("claims", sentence(error), FIX),
        Err(None) => Finding::fail("claims", "The payload is missing or is not text.", FIX),
    }
}

/// A date claim: `Err` describes the problem.
fn date(judged: &Judged<'_>, claim: &'static str, name: &'static str) -> Result<Option<UnixMillis>, Finding> {
    match judged.claim(claim) {
        None => Ok(None),
        Some(Value::Number(secs)) => Ok(secs.as_f64().map(UnixMillis::from_numeric_date)),
        Some(_) => Err(Finding::fail(
            name,
            format!("“{claim}” is not a number. A date in a token is a number of seconds since 1970."),
            format!("Have the issuer write “{claim}” as a JSON number of seconds."),
        )),
    }
}

fn when(at: UnixMillis, now: UnixMillis) -> String {
    match utc(at) {
        Some(utc) => format!("{} ({utc})", relative(at, now)),
        None => relative(at, now),
    }
}

fn expiry(judged: &Judged<'_>) -> Finding {
    let now = judged.options.now;
    match date(judged, "exp", "expiry") {
        Err(finding) => finding,
        Ok(None) => Finding::pass("expiry", "It has no “exp”: it never expires."),
        Ok(Some(exp)) if now < exp => Finding::pass("expiry", format!("It expires {}.", when(exp, now))),
        Ok(Some(exp)) if now < exp.plus(leeway(judged)) => {
            Finding::pass("expiry", format!("It expired {}, which is still within the leeway.", when(exp, now)))
        }
        Ok(Some(exp)) => Finding::fail(
            "expiry",
            format!("It expired {}.", when(exp, now)),
            "Refresh the token or sign in again. If new tokens are rejected too, compare the clocks of the issuer and the server.",
        ),
    }
}

fn not_before(judged: &Judged<'_>) -> Finding {
    starts(
        judged,
        "nbf",
        "not-before",
        "It becomes valid",
        "Wait, or correct the clocks: the issuer's clock is ahead of the server's.",
    )
}

fn issued_at(judged: &Judged<'_>) -> Finding {
    let fix = "Set the clocks right: the issuer's is ahead. Milliseconds instead of seconds look like this too.";
    starts(judged, "iat", "issued-at", "It says it was issued", fix)
}

fn starts(judged: &Judged<'_>, claim: &'static str, name: &'static str, words: &str, fix: &str) -> Finding {
    let now = judged.options.now;
    match date(judged, claim, name) {
        Err(finding) => finding,
        Ok(None) => Finding::pass(name, format!("It has no “{claim}”.")),
        Ok(Some(at)) if at <= now.plus(leeway(judged)) => Finding::pass(name, format!("{words} {}.", when(at, now))),
        Ok(Some(at)) => Finding::fail(name, format!("{words} {}, which has not come yet.", when(at, now)), fix),
    }
}

fn leeway(judged: &Judged<'_>) -> std::time::Duration {
    judged.options.expectations.as_ref().map_or(crate::limits::DEFAULT_LEEWAY, |asked| asked.leeway)
}

/// The expectations of the described server.
fn expected(judged: &Judged<'_>, claims: Option<&Claims>) -> Vec<Finding> {
    let Some(asked) = &judged.options.expectations else { return not_asked(judged) };
    let Some(claims) = claims else {
        return vec![Finding::not_checked("issuer", "Not checked because of the problem above.")];
    };
    let only = |change: &dyn Fn(&mut Expectations)| {
        let mut one = Expectations::new(Expected::Unchecked, Expected::Unchecked);
        change(&mut one);
        one
    };
    let questions = [
        ("age", only(&|one| one.max_age = asked.max_age), "It is within the maximum age."),
        ("issuer", only(&|one| one.issuer = asked.issuer.clone()), "The issuer matches."),
        ("audience", only(&|one| one.audience = asked.audience.clone()), "The audience matches."),
        ("subject", only(&|one| one.subject = asked.subject.clone()), "The subject matches."),
        (
            "rest",
            only(&|one| {
                one.jwt_id = asked.jwt_id.clone();
                one.nonce = asked.nonce.clone();
                one.required_claims.clone_from(&asked.required_claims);
                one.checks.clone_from(&asked.checks);
            }),
            "All other required claims are present.",
        ),
    ];
    let mut findings: Vec<Finding> = questions
        .into_iter()
        .map(|(name, mut one, passed)| {
            one.leeway = asked.leeway;
            let verdict = one
                .judge_parties(claims)
                .and_then(|()| one.judge_rest(claims))
                .and_then(|()| age(&mut one, claims, judged));
            outcome(name, verdict, passed)
        })
        .collect();
    if let Some(typ) = &asked.typ {
        let actual = judged.header("typ").and_then(Value::as_str).unwrap_or_default();
        let fits = crate::token::header::same_type(actual, typ);
        let error = || Error::new(Code::HeaderTyp).about("typ").expected(shown(typ)).actual(shown(actual));
        findings.push(outcome("type", if fits { Ok(()) } else { Err(error()) }, "The type matches."));
    }
    findings
}

fn age(one: &mut Expectations, claims: &Claims, judged: &Judged<'_>) -> crate::error::Result<()> {
    if one.max_age.is_none() {
        return Ok(());
    }
    one.ignored_dates = crate::token::IgnoredDates { expired: true, not_yet_valid: true, issued_in_future: true };
    one.judge_dates(claims, judged.options.now).map(|_| ())
}

fn outcome(name: &'static str, verdict: crate::error::Result<()>, passed: &str) -> Finding {
    match verdict {
        Ok(()) => Finding::pass(name, passed),
        Err(error) => Finding::fail(
            name,
            sentence(&error),
            "Compare the two values character by character (a trailing slash or http instead of https is enough to differ), or use a token issued for this API. \
             https is enough to differ.",
        ),
    }
}

fn not_asked(judged: &Judged<'_>) -> Vec<Finding> {
    let said = |claim: &str| match judged.claim(claim) {
        Some(Value::String(one)) => format!("It says {}.", shown(one)),
        Some(Value::Array(many)) => format!("It says {} of them.", many.len()),
        Some(_) => "The value is not a string.".to_owned(),
        None => "The token does not have it.".to_owned(),
    };
    vec![
        Finding::not_checked("issuer", format!("{} A server must check that it trusts this issuer.", said("iss"))),
        Finding::not_checked(
            "audience",
            format!("{} A server must check that it is the intended audience.", said("aud")),
        ),
    ]
}

/// An error as a sentence with a capital letter and a full stop.
fn sentence(error: &Error) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| format!("{}{}.", first.to_ascii_uppercase(), chars.as_str()))
}

/// The lifetime of the token, from `iat` to `exp`, in words.
pub(super) fn lifetime(judged: &Judged<'_>) -> Option<(u64, String)> {
    let secs = |claim: &str| judged.claim(claim).and_then(Value::as_f64).map(UnixMillis::from_numeric_date);
    let life = secs("exp")?.since(secs("iat")?).as_secs();
    Some((life, span(life)))
}
