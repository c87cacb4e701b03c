//! What the inspection says, word for word where a person reads it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portcullis::alg::Alg;
use portcullis::crypto::Software;
use portcullis::key::{Key, KeySet};
use portcullis::token::inspect::{Kind, Options, Report, Verdict, inspect, inspect_now};
use serde_json::json;

use crate::support::{HS256, NOW, any_of, b64, block_on, key, lenient, token};

const NOW_SECS: i64 = NOW.as_secs();

fn report(text: &str) -> Report {
    inspect_now(text, &Options::at(NOW), &Software)
}

fn with_key(text: &str) -> Report {
    let options = Options { keys: Some(KeySet::from(key())), ..Options::at(NOW) };
    let report = inspect_now(text, &options, &Software);
    assert_eq!(block_on(inspect(text, &options, &Software)), report);
    report
}

fn said(report: &Report, name: &str) -> (Verdict, String) {
    let finding = report.finding(name).unwrap_or_else(|| panic!("{name} is not in {report:#?}"));
    (finding.verdict, finding.sentence.clone())
}

fn ordinary() -> String {
    let claims = json!({ "iss": "me", "aud": "you", "sub": "7", "iat": NOW_SECS - 60, "exp": NOW_SECS + 840 });
    token(r#"{"alg":"HS256","typ":"at+jwt"}"#, claims.to_string())
}

#[test]
fn a_token_is_found_in_whatever_was_pasted() {
    let token = ordinary();
    let (first, rest) = token.split_at(70);
    let cases = [
        (token.clone(), &[][..]),
        (format!("  {token}\r\n"), &["whitespace"]),
        (format!("Bearer {token}"), &["bearer"]),
        (format!("bearer: {token}"), &["bearer"]),
        (format!("Authorization: Bearer {token}"), &["bearer"]),
        (format!("\"{token}\""), &["quotes"]),
        (format!("'Bearer {token}'"), &["quotes", "bearer"]),
        (format!("{first}\n{rest}"), &["line-breaks"]),
        (format!("{first}\\\n  {rest}"), &["line-breaks"]),
        (format!("{first}\" +\n  \"{rest}").replace(" +", ""), &["line-breaks"]),
        (format!("curl -H 'Authorization: Bearer {token}' https://api.example/x"), &["curl"]),
        (format!("Cookie: theme=dark; __Host-at={token}; x=1"), &["cookie"]),
        (format!("session={token}"), &["cookie"]),
        (format!("https://app.example/cb?state=1&token={token}&x=2"), &["url"]),
        (format!("https://app.example/cb#access_token={token}"), &["url"]),
        (format!("{{\"access_token\":\"{token}\",\"expires_in\":900}}"), &["json"]),
        (format!("12:00 error: refused {token}, see log."), &["text"]),
        (format!("The token was {token}."), &["text"]),
        (format!("Bearer%20{token}"), &["percent-encoding", "bearer"]),
        (STANDARD.encode(&token), &["base64"]),
        (b64(b64(&token)), &["base64"]),
        (format!("\u{feff}{token}"), &["whitespace"]),
    ];
    for (text, wrappings) in cases {
        let report = report(&text);
        assert_eq!(report.token.as_deref(), Some(token.as_str()), "{text}: {report:#?}");
        let names: Vec<&str> = report.wrappings.iter().map(|wrapping| wrapping.name).collect();
        assert_eq!(names, wrappings, "{text}");
        assert_eq!(report.kind, Kind::Jwt);
    }
}

#[test]
fn what_a_text_is_is_said_in_a_sentence() {
    let token = ordinary();
    let signature_cut = token.rsplit_once('.').unwrap().0;
    let jwe = format!("{}.AAAA.AAAA.AAAA.AAAA", b64(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#));
    for (text, kind, summary) in [
        ("", Kind::Empty, "There is nothing here yet."),
        (" \n ", Kind::Empty, "There is nothing here yet."),
        ("hello", Kind::Other, "There is no token in this text."),
        ("a.b.c", Kind::Other, "There is no token in this text."),
        (&jwe, Kind::Jwe, "This is an encrypted token (JWE). Only its recipient can read it."),
        (
            r#"{"payload":"e30","protected":"e30","signature":"AA"}"#,
            Kind::JwsJson,
            "This is a signature in the JSON form (JWS JSON serialization), not a compact token.",
        ),
        (
            r#"{"protected":"e30","ciphertext":"AA"}"#,
            Kind::JweJson,
            "This is an encrypted message in the JSON form (JWE JSON serialization).",
        ),
        (r#"{"kty":"oct","k":"AA"}"#, Kind::Key, "This is a key or a set of keys (JWK), not a token."),
        (signature_cut, Kind::Truncated, "This token is incomplete: the end is missing."),
        (&token[..30], Kind::Truncated, "This token is incomplete: the end is missing."),
        (
            &"x".repeat(1024 * 1024 + 1),
            Kind::TooLong,
            "This text is too long to inspect. A token is a few kilobytes at most.",
        ),
    ] {
        let report = report(text);
        assert_eq!((report.kind, report.summary.as_str()), (kind, summary), "{}", &text[..text.len().min(80)]);
        assert!(!report.advice.is_empty());
    }
    assert_eq!(report(&crate::support::token(HS256, "plain text")).kind, Kind::Jws);
}

#[test]
fn a_good_token_passes_and_an_unchecked_one_says_so() {
    let unchecked = report(&ordinary());
    assert_eq!(
        unchecked.summary,
        "This is a signed token (JWT). Its signature has not been verified, so don't trust its contents yet."
    );
    assert_eq!(
        said(&unchecked, "signature"),
        (Verdict::NotChecked, "Not verified. Without a key there is no way to know who created this token.".into())
    );
    let checked = with_key(&ordinary());
    assert_eq!(checked.summary, "This is a signed token (JWT), and it passes every check.");
    assert_eq!(said(&checked, "signature"), (Verdict::Pass, "The signature is valid.".into()));
    assert_eq!(said(&checked, "expiry").1, "It expires in 14 minutes (2027-01-15T08:14:00Z).");
    assert_eq!(said(&checked, "issued-at").1, "It says it was issued 1 minute ago (2027-01-15T07:59:00Z).");
    let names: Vec<&str> = checked.checks.iter().map(|check| check.name).collect();
    assert_eq!(
        names,
        [
            "length",
            "characters",
            "parts",
            "base64url",
            "header",
            "algorithm",
            "key",
            "signature",
            "claims",
            "expiry",
            "not-before",
            "issued-at",
            "issuer",
            "audience"
        ]
    );
    assert_eq!(checked.moments.len(), 2);
}

#[test]
fn a_wrong_signature_is_the_first_thing_said_even_of_an_expired_token() {
    let good = token(HS256, r#"{"exp":1}"#);
    let forged = format!("{}AAAA", &good[..good.len() - 4]);
    let report = with_key(&forged);
    assert_eq!(
        report.summary,
        "This is a signed token (JWT), but its signature is invalid. Don't trust anything in it."
    );
    assert_eq!(
        said(&report, "signature"),
        (
            Verdict::Fail,
            "The signature is invalid: the token was signed with a different key or changed afterwards.".into()
        )
    );
    assert_eq!(
        report.advice[0],
        "Compare key and environment with the issuer's. A secret must agree to the byte: a line break at its end counts, and so \
         does whether it is base64 or text."
    );
    assert_eq!(said(&report, "expiry"), (Verdict::Fail, "It expired 57 years ago (1970-01-01T00:00:01Z).".into()));
}

#[test]
fn each_fault_of_form_has_its_sentence() {
    let good = ordinary();
    let padded = good.replacen('.', "=.", 1);
    let sentence = |text: &str, name: &str| {
        let (verdict, sentence) = said(&report(text), name);
        assert_eq!(verdict, Verdict::Fail, "{name}");
        sentence
    };
    assert_eq!(sentence(&padded, "characters"), "It has “=” in it: padding, which base64url in a token leaves out.");
    let plain = good.replace('-', "+").replace('_', "/");
    let plain = if plain == good { good.replacen(".e", ".+", 1) } else { plain };
    let (verdict, plain) = said(&report(&plain), "characters");
    assert_eq!(verdict, Verdict::Fail);
    assert!(plain.ends_with("the plain base64 alphabet instead of base64url."), "{plain}");
    let slack = format!("{}.{}.{}", b64(HS256), "eyJhIjoxfR", "AAAA");
    assert_eq!(
        sentence(&slack, "base64url"),
        "Its payload is not canonical base64url: its last character has bits that mean nothing: it was changed, or encoded by a \
         faulty program."
    );
    assert_eq!(
        sentence(good.rsplit_once('.').unwrap().0, "parts"),
        "It has 2 parts; a signed token has three between two dots."
    );
    assert_eq!(
        sentence(&token(r#"{"alg":"HS256","alg":"HS256"}"#, "{}"), "header"),
        "The token's header is not a valid JSON object (header: found a member stands twice)."
    );
    assert_eq!(
        sentence(&token(r#"{"alg":"HS256","crit":["x"],"x":1}"#, "{}"), "header"),
        "The header demands an extension that servers do not know: the token requires an extension (`crit`) that is not supported \
         (crit: expected no extensions, found an extension not understood here)."
    );
    assert_eq!(
        sentence(&token(r#"{"alg":"none"}"#, "{}"), "algorithm"),
        "It says “alg”: “none”: it is not signed, and anyone can write one like it."
    );
    assert_eq!(
        sentence(&token(r#"{"alg":"hs256"}"#, "{}"), "algorithm"),
        "It names the algorithm \"hs256\", which is not one of the JWS signature algorithms known here."
    );
    assert_eq!(
        sentence(&format!("{}.{}.", b64(HS256), b64("{}")), "signature"),
        "There is nothing behind the second dot: it is not signed."
    );
    assert_eq!(
        sentence(&token(HS256, r#"{"a":1,"a":2}"#), "claims"),
        "The token's payload is not a valid JSON object (claims: found a member stands twice)."
    );
    assert_eq!(
        sentence(&token(HS256, r#"{"exp":"1900000000"}"#), "expiry"),
        "“exp” is not a number. A date in a token is a number of seconds since 1970."
    );
    for claim in ["exp", "nbf", "iat"] {
        assert_eq!(
            report(&token(HS256, format!(r#"{{"{claim}":"1900000000"}}"#))).summary,
            "This is a signed token (JWT), but one of its dates cannot be read."
        );
    }
    assert_eq!(
        sentence(&token(HS256, json!({ "nbf": NOW_SECS + 7200 }).to_string()), "not-before"),
        "It becomes valid in 2 hours (2027-01-15T10:00:00Z), which has not come yet."
    );
    let long = token(HS256, json!({ "x": "y".repeat(9000) }).to_string());
    assert_eq!(sentence(&long, "length"), format!("It has {} characters; servers accept at most 8192.", long.len()));
}

#[test]
fn keys_that_do_not_fit_are_said_not_to() {
    let other = Key::from_secret(Alg::HS512, &[1; 64]).unwrap();
    let options = Options { keys: Some(KeySet::from(other)), ..Options::at(NOW) };
    let report = inspect_now(&ordinary(), &options, &Software);
    assert_eq!(
        said(&report, "algorithm"),
        (Verdict::Fail, "It names HS256, and none of the keys or allowed algorithms is for that.".into())
    );
    assert_eq!(said(&report, "signature"), (Verdict::NotChecked, "Not verified: no matching key.".into()));
    let named = KeySet::from(key().with_kid("ours"));
    let options = Options { keys: Some(named), ..Options::at(NOW) };
    let theirs = token(r#"{"alg":"HS256","kid":"theirs"}"#, "{}");
    let report = inspect_now(&theirs, &options, &Software);
    assert_eq!(
        said(&report, "key"),
        (Verdict::Fail, "It names the key \"theirs\": no key here fits the token's header.".into())
    );
}

#[test]
fn what_a_server_expects_is_compared_when_it_is_known() {
    let mut asked = lenient();
    asked.issuer = any_of(&["me"]);
    asked.audience = any_of(&["someone else"]);
    asked.typ = Some("at+jwt".into());
    let options = Options { expectations: Some(asked), ..Options::at(NOW) };
    let report = inspect_now(&ordinary(), &options, &Software);
    assert_eq!(said(&report, "issuer"), (Verdict::Pass, "The issuer matches.".into()));
    assert_eq!(
        said(&report, "audience"),
        (Verdict::Fail, "A claim has an unexpected value (aud: expected \"someone else\", found \"you\").".into())
    );
    assert_eq!(said(&report, "type"), (Verdict::Pass, "The type matches.".into()));
}

#[test]
fn warnings_say_what_should_not_have_been_made_so() {
    let warning = |header: &str, claims: serde_json::Value, name: &str| {
        let report = report(&token(header, claims.to_string()));
        let (verdict, sentence) = said(&report, name);
        assert_eq!(verdict, Verdict::Warn);
        assert!(report.finding(name).unwrap().fix.is_some());
        sentence
    };
    assert_eq!(
        warning(r#"{"alg":"none"}"#, json!({}), "alg-none"),
        "It claims to need no signature. This is the oldest attack on tokens: a server that takes it takes anything."
    );
    assert_eq!(
        warning(r#"{"alg":"HS256","jku":"https://evil.example"}"#, json!({}), "key-in-header"),
        "Its header contains the address of a key (“jku”). An attacker can put anything there."
    );
    assert_eq!(
        warning(r#"{"alg":"HS256","jwk":{}}"#, json!({}), "key-in-header"),
        "Its header contains a key (“jwk”). An attacker can put anything there."
    );
    assert_eq!(
        warning(r#"{"alg":"HS256","kid":"../../dev/null"}"#, json!({}), "odd-kid"),
        "Its “kid” is \"../../dev/null\", which looks like an injection attack on the key lookup."
    );
    assert_eq!(
        warning(HS256, json!({}), "shared-secret"),
        "HS256 uses a shared secret: anyone who can verify these tokens can also create them."
    );
    assert_eq!(
        warning(HS256, json!({ "user": { "Pass-Word": "x" } }), "secret-in-claims"),
        "The claim \"user.Pass-Word\" looks like a secret. A signed token is not encrypted: whoever sees it can read it."
    );
    assert!(
        warning(HS256, json!({ "x": "-----BEGIN PRIVATE KEY-----" }), "secret-in-claims")
            .starts_with("The claim \"x\"")
    );
    assert_eq!(
        warning(HS256, json!({ "exp": NOW_SECS * 1000 }), "milliseconds"),
        "“exp” looks like milliseconds. Dates in tokens are seconds: read so, this one lies thousands of years ahead."
    );
    assert_eq!(
        warning(HS256, json!({}), "no-expiry"),
        "It never expires: anyone who obtains it can use it indefinitely."
    );
    assert_eq!(
        warning(HS256, json!({ "iat": NOW_SECS, "exp": NOW_SECS + 86_400 * 30 }), "long-life"),
        "It is valid for 30 days. If stolen, it works that long, because a stateless token cannot be revoked."
    );
    assert_eq!(
        warning(HS256, json!({ "contact": "ann@example.com" }), "personal-data"),
        "The claim \"contact\" contains personal data. Tokens end up in logs, where anyone can read them."
    );
    assert_eq!(warning(HS256, json!({}), "no-issuer"), "It does not say who issued it (“iss”).");
    assert_eq!(
        warning(HS256, json!({}), "no-audience"),
        "It does not say whom it is for (“aud”): made for one service, it may open another."
    );
    assert_eq!(
        warning(r#"{"alg":"HS256","typ":"rt+jwt"}"#, json!({}), "refresh-token"),
        "This is a refresh token. Send it only to the refresh endpoint."
    );
    let heavy = warning(HS256, json!({ "x": "y".repeat(4000) }), "heavy");
    assert!(heavy.ends_with("some servers stop at 8 KiB for all headers together."), "{heavy}");
    let in_url = report(&format!("https://app.example/?t={}", ordinary()));
    assert_eq!(
        said(&in_url, "in-url").1,
        "It came in a URL, and URLs are kept in logs, histories and the headers of other requests."
    );
    let quoted = report(&format!("\"{}\"", ordinary()));
    assert_eq!(
        said(&quoted, "as-pasted").1,
        "The token had to be cleaned up. A server would reject the text exactly as you pasted it."
    );
}

#[test]
fn a_secret_from_a_tutorial_is_recognized() {
    let tutorial = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.\
                    SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";
    assert_eq!(
        said(&report(tutorial), "well-known-secret").1,
        "It is signed with the secret \"your-256-bit-secret\", which appears in tutorials. Anyone can forge such tokens."
    );
    assert!(report(&ordinary()).finding("well-known-secret").is_none());
}

#[test]
fn an_ordinary_token_gets_no_warning_but_about_its_shared_secret() {
    let names: Vec<&str> = report(&ordinary()).warnings.iter().map(|warning| warning.name).collect();
    assert_eq!(names, ["shared-secret"]);
}

#[test]
fn any_text_gets_a_report() {
    let megabyte = 1024 * 1024;
    let long = |unit: &str| unit.repeat(megabyte / 8 / unit.len());
    for text in [
        "x".repeat(megabyte),
        "eyJ.".repeat(megabyte / 4),
        long("."),
        long("eyJhbGciOiJIUzI1NiJ9."),
        long("\u{1f980}"),
        long("a=eyJ/"),
        long("{\"a\":"),
        long("[["),
        long("%41"),
        long("%2541"),
        long("\" \\\n"),
        long("Bearer "),
        long("eyJ eyJ."),
        format!("{}.{}.AA", b64(HS256), b64(long("{\"a\":"))),
        format!("{}.{}.AA", b64(HS256), b64(format!("{{{}}}", long("\"a\":1,").trim_end_matches(',')))),
        format!("eyJ{}.e30.AA", long("A")),
    ] {
        let report = report(&text);
        assert!(!report.summary.is_empty());
        serde_json::to_string(&report).unwrap();
    }
}

#[test]
fn a_report_is_plain_data_in_camel_case() {
    let report = serde_json::to_value(report(&ordinary())).unwrap();
    assert_eq!(report["kind"], "jwt");
    assert_eq!(report["header"]["typ"], "at+jwt");
    assert_eq!(report["claims"]["sub"], "7");
    assert_eq!(
        report["parts"][2],
        json!({ "name": "signature", "encoded": ordinary().rsplit('.').next(), "text": null, "bytes": 32, "fault": null })
    );
    assert_eq!(report["checks"][7]["verdict"], "not-checked");
    assert_eq!(
        report["moments"][1],
        json!({ "claim": "exp", "at": (NOW_SECS + 840) * 1000, "utc": "2027-01-15T08:14:00Z", "relative": "in 14 minutes" })
    );
}
