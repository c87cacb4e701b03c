//! Weaknesses of a token that a server might accept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::report::{Finding, Kind, Wrapping};
use super::{Judged, checks, secrets};
use crate::alg::hmac::PreparedHmac;
use crate::alg::{Alg, Family};
use crate::limits::ACCESS_TOKEN_LIFETIME;
use crate::token::shown;

/// A longer lifetime causes a warning, in seconds: a day.
const LONG_LIFE_SECS: u64 = 86_400;

/// A larger token causes a warning, in bytes. Several servers accept at most 8 KiB of headers.
const HEAVY_BYTES: usize = 4096;

/// A date that is this large in seconds (the year 5138) is in milliseconds.
const MILLISECONDS_FROM: f64 = 1e11;

pub(super) fn all(judged: &Judged<'_>, wrappings: &[Wrapping]) -> Vec<Finding> {
    let header =
        [alg_none(judged), well_known_secret(judged), key_in_header(judged), odd_kid(judged), symmetric(judged)];
    let claims = [
        secret_in_claims(judged),
        milliseconds(judged),
        no_expiry(judged),
        long_life(judged),
        personal(judged),
        no_issuer(judged),
        no_audience(judged),
    ];
    let place = [refresh_token(judged), heavy(judged), in_url(wrappings), wrapped(wrappings)];
    header.into_iter().chain(claims).chain(place).flatten().collect()
}

fn alg(judged: &Judged<'_>) -> Option<Alg> {
    Alg::from_name(judged.header("alg")?.as_str()?)
}

fn alg_none(judged: &Judged<'_>) -> Option<Finding> {
    judged.header("alg")?.as_str().filter(|alg| alg.eq_ignore_ascii_case("none"))?;
    Some(Finding::warn(
        "alg-none",
        "It claims to need no signature. This is the oldest attack on tokens: a server that takes it takes anything.",
        "Set the list of algorithms on the server, and refuse “none”.",
    ))
}

fn well_known_secret(judged: &Judged<'_>) -> Option<Finding> {
    let alg = alg(judged).filter(|alg| alg.family() == Family::Hmac)?;
    let (input, signature) = judged.token.rsplit_once('.')?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    let signed_with =
        |secret: &&&str| PreparedHmac::new(alg.hash(), secret.as_bytes()).verify(input.as_bytes(), &signature);
    let secret = secrets::WELL_KNOWN.iter().find(|secret| signed_with(secret))?;
    Some(Finding::warn(
        "well-known-secret",
        format!(
            "It is signed with the secret {}, which appears in tutorials. Anyone can forge such tokens.",
            shown(secret)
        ),
        "Replace the secret with 32 random bytes now. No token signed with it can be trusted.",
    ))
}

fn key_in_header(judged: &Judged<'_>) -> Option<Finding> {
    let name = ["jwk", "jku", "x5c", "x5u"].into_iter().find(|name| judged.header(name).is_some())?;
    let what = if name.ends_with('u') { "the address of a key" } else { "a key" };
    Some(Finding::warn(
        "key-in-header",
        format!("Its header contains {what} (“{name}”). An attacker can put anything there."),
        "A server must ignore it and use only keys from its own configuration.",
    ))
}

fn odd_kid(judged: &Judged<'_>) -> Option<Finding> {
    let kid = judged.header("kid")?.as_str()?;
    let is_odd = kid.contains("../")
        || kid.contains(['\'', ';', '|', '\0', '\n', '`'])
        || kid.starts_with('/')
        || kid == "__proto__";
    is_odd.then(|| {
        Finding::warn(
            "odd-kid",
            format!("Its “kid” is {}, which looks like an injection attack on the key lookup.", shown(kid)),
            "Compare “kid” with the names of known keys and use it for nothing else.",
        )
    })
}

fn symmetric(judged: &Judged<'_>) -> Option<Finding> {
    let alg = alg(judged).filter(|alg| alg.family() == Family::Hmac)?;
    Some(Finding::warn(
        "shared-secret",
        format!("{alg} uses a shared secret: anyone who can verify these tokens can also create them."),
        "Keep the secret on servers, never in a page, an app or a public tool. Where others check your tokens, sign with EdDSA or ES256.",
    ))
}

fn secret_in_claims(judged: &Judged<'_>) -> Option<Finding> {
    let path = secrets::find(judged.decoded.claims.as_ref()?)?;
    Some(Finding::warn(
        "secret-in-claims",
        format!(
            "The claim {} looks like a secret. A signed token is not encrypted: whoever sees it can read it.",
            shown(&path)
        ),
        "Remove it, and treat the value as exposed.",
    ))
}

fn milliseconds(judged: &Judged<'_>) -> Option<Finding> {
    let is_millis =
        |claim: &&str| judged.claim(claim).and_then(Value::as_f64).is_some_and(|secs| secs >= MILLISECONDS_FROM);
    let claim = ["exp", "nbf", "iat"].into_iter().find(is_millis)?;
    Some(Finding::warn(
        "milliseconds",
        format!(
            "“{claim}” looks like milliseconds. Dates in tokens are seconds: read so, this one lies thousands of years ahead."
        ),
        "Divide by 1000 where the token is made: Math.floor(Date.now() / 1000).",
    ))
}

fn no_expiry(judged: &Judged<'_>) -> Option<Finding> {
    let lacks = judged.decoded.kind == Kind::Jwt && judged.claim("exp").is_none();
    lacks.then(|| {
        Finding::warn(
            "no-expiry",
            "It never expires: anyone who obtains it can use it indefinitely.",
            "Set “exp”; 15 minutes is typical for access tokens.",
        )
    })
}

fn long_life(judged: &Judged<'_>) -> Option<Finding> {
    let (secs, span) = checks::lifetime(judged)?;
    (secs > LONG_LIFE_SECS).then(|| {
        let usual = ACCESS_TOKEN_LIFETIME.as_secs() / 60;
        Finding::warn(
            "long-life",
            format!(
                "It is valid for {span}. If stolen, it works that long, because a stateless token cannot be revoked."
            ),
            format!("Give access tokens {usual} minutes or so, and renew them with a refresh token."),
        )
    })
}

fn personal(judged: &Judged<'_>) -> Option<Finding> {
    let path = secrets::find_personal(judged.decoded.claims.as_ref()?)?;
    Some(Finding::warn(
        "personal-data",
        format!(
            "The claim {} contains personal data. Tokens end up in logs, where anyone can read them.",
            shown(&path)
        ),
        "Leave it out and look it up by “sub”, unless every reader of the token needs it.",
    ))
}

fn no_issuer(judged: &Judged<'_>) -> Option<Finding> {
    let lacks = judged.decoded.kind == Kind::Jwt && judged.claim("iss").is_none();
    lacks.then(|| {
        Finding::warn(
            "no-issuer",
            "It does not say who issued it (“iss”).",
            "Have the issuer set “iss”, and have the server check it.",
        )
    })
}

fn no_audience(judged: &Judged<'_>) -> Option<Finding> {
    let lacks = judged.decoded.kind == Kind::Jwt && judged.claim("aud").is_none();
    lacks.then(|| {
        Finding::warn(
            "no-audience",
            "It does not say whom it is for (“aud”): made for one service, it may open another.",
            "Have the issuer set “aud”, and have the service check that it is the audience.",
        )
    })
}

fn refresh_token(judged: &Judged<'_>) -> Option<Finding> {
    let typ = judged.header("typ")?.as_str()?;
    crate::token::header::same_type(typ, "rt+jwt").then(|| {
        Finding::warn(
            "refresh-token",
            "This is a refresh token. Send it only to the refresh endpoint.",
            "Do not send it to APIs or paste it into tools. If others may have seen it, log out everywhere.",
        )
    })
}

fn heavy(judged: &Judged<'_>) -> Option<Finding> {
    let len = judged.token.len();
    (len > HEAVY_BYTES).then(|| {
        Finding::warn(
            "heavy",
            format!("It has {len} characters, which travel with every request; some servers stop at 8 KiB for all headers together."),
            "Put less into the claims.",
        )
    })
}

fn in_url(wrappings: &[Wrapping]) -> Option<Finding> {
    wrappings.iter().any(|wrapping| wrapping.name == "url").then(|| {
        Finding::warn(
            "in-url",
            "It came in a URL, and URLs are kept in logs, histories and the headers of other requests.",
            "Send it in the Authorization header.",
        )
    })
}

fn wrapped(wrappings: &[Wrapping]) -> Option<Finding> {
    const CHANGED: [&str; 4] = ["quotes", "line-breaks", "base64", "percent-encoding"];
    wrappings.iter().any(|wrapping| CHANGED.contains(&wrapping.name)).then(|| {
        Finding::warn(
            "as-pasted",
            "The token had to be cleaned up. A server would reject the text exactly as you pasted it.",
            "Send exactly the token, without quotes, line breaks or a second encoding.",
        )
    })
}
