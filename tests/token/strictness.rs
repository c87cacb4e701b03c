//! What a token may be spelled like, and nothing else.

use portcullis::error::Code;
use portcullis::limits::MAX_TOKEN_BYTES;

use crate::support::{HS256, b64, claims_refusal, judge, lenient, refusal, sign_parts, token};

#[test]
fn only_the_compact_alphabet_passes() {
    let good = token(HS256, "{}");
    for bad in [
        format!(" {good}"),
        format!("{good}\n"),
        format!("Bearer {good}"),
        format!("{good}="),
        good.replacen('e', "\u{435}", 1),
        good.replacen('e', "é", 1),
        format!("{good}\0"),
        good.replace('.', "%2E"),
    ] {
        assert_eq!(refusal(&bad, lenient()), Code::TokenCharacters, "{bad}");
    }
}

#[test]
fn only_three_parts_pass() {
    let good = token(HS256, "{}");
    let unsigned = good.rsplit_once('.').unwrap().0;
    for bad in ["a", ".", "..", "a.b", unsigned, &format!("{good}."), &format!(".{good}"), "a.b.c.d.e", ".e30.AA"] {
        assert_eq!(refusal(bad, lenient()), Code::TokenParts, "{bad}");
    }
    let five = judge("a.b.c.d.e", lenient()).unwrap_err().to_string();
    assert_eq!(
        five,
        "a signed token must have three parts separated by dots (token: expected 3 parts, found 5 parts, as an encrypted token has)"
    );
}

#[test]
fn only_canonical_base64url_passes() {
    let header = b64(HS256);
    // "e30" ends in two bits that do not count: "e31" decodes to the same bytes elsewhere.
    for payload in ["e31", "e32", "e", "e30A1"] {
        assert_eq!(refusal(&sign_parts(&header, payload), lenient()), Code::TokenBase64, "{payload}");
    }
    let good = token(HS256, "{}");
    let last = good.chars().last().unwrap();
    let slack = char::from_u32(last as u32 + 1).unwrap();
    assert_eq!(refusal(&format!("{}{slack}", &good[..good.len() - 1]), lenient()), Code::TokenBase64);
    assert_eq!(refusal(&good[..good.len() - 2], lenient()), Code::TokenBase64);
}

#[test]
fn length_is_capped_before_anything_is_parsed_and_the_cap_is_an_option() {
    assert_eq!(refusal(&"\u{7f}".repeat(MAX_TOKEN_BYTES + 1), lenient()), Code::TokenTooLong);
    let good = token(HS256, "{}");
    let mut asked = lenient();
    asked.max_token_bytes = good.len();
    assert!(judge(&good, asked.clone()).is_ok());
    asked.max_token_bytes -= 1;
    let error = judge(&good, asked).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the token is longer than the limit (token: expected at most {} bytes, found {} bytes)",
            good.len() - 1,
            good.len()
        )
    );
}

#[test]
fn headers_must_be_strict_json_objects() {
    for header in [
        "",
        "{",
        "[]",
        "\"HS256\"",
        "null",
        r#"{"alg":"HS256"} {}"#,
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"HS256","al\u0067":"HS256"}"#,
        r#"{"alg":"HS256","x":{"a":1,"a":2}}"#,
        r#"{"alg":"HS256","x":[{"a":1,"a":2}]}"#,
        "\u{feff}{\"alg\":\"HS256\"}",
        r#"{"alg":"HS256","x":"\ud800"}"#,
        r#"{"alg":"HS256",}"#,
        r#"{alg:"HS256"}"#,
        r#"{"alg":["HS256"]}"#,
        r#"{"alg":null}"#,
        r#"{"typ":"JWT"}"#,
        r#"{"alg":"HS256","kid":7}"#,
        r#"{"alg":"HS256","typ":["JWT"]}"#,
        r#"{"alg":"HS256","cty":{}}"#,
    ] {
        let bad = format!("{}.e30.AA", b64(header));
        let bad = if header.is_empty() { ".e30.AA".to_owned() } else { bad };
        let code = refusal(&bad, lenient());
        assert!(matches!(code, Code::HeaderInvalid | Code::TokenParts), "{header}: {code:?}");
    }
    let not_utf8 = sign_parts(&b64(b"{\"alg\":\"HS256\",\"x\":\"\xff\"}"), "e30");
    assert_eq!(refusal(&not_utf8, lenient()), Code::HeaderInvalid);
}

#[test]
fn crit_is_refused_unless_every_name_in_it_is_understood_and_well_formed() {
    let mut asked = lenient();
    asked.understood_extensions = vec!["mine".into(), "alg".into(), "b64".into()];
    assert!(judge(&token(r#"{"alg":"HS256","crit":["mine"],"mine":1}"#, "{}"), asked.clone()).is_ok());
    for header in [
        r#"{"alg":"HS256","crit":["theirs"],"theirs":1}"#,
        r#"{"alg":"HS256","crit":["mine","theirs"],"mine":1,"theirs":1}"#,
        r#"{"alg":"HS256","crit":["mine"]}"#,
        r#"{"alg":"HS256","crit":["mine","mine"],"mine":1}"#,
        r#"{"alg":"HS256","crit":[]}"#,
        r#"{"alg":"HS256","crit":"mine","mine":1}"#,
        r#"{"alg":"HS256","crit":[1],"mine":1}"#,
        r#"{"alg":"HS256","crit":null}"#,
        r#"{"alg":"HS256","crit":["alg"]}"#,
        r#"{"alg":"HS256","crit":["b64"],"b64":true}"#,
        r#"{"alg":"HS256","b64":false}"#,
        r#"{"alg":"HS256","b64":true}"#,
    ] {
        assert_eq!(refusal(&token(header, "{}"), asked.clone()), Code::HeaderCrit, "{header}");
    }
}

#[test]
fn claims_must_be_strict_json_objects() {
    for claims in [
        "",
        "[]",
        "null",
        "\"claims\"",
        "{} ",
        "{}{}",
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"\u0061":1}"#,
        r#"{"x":{"a":1,"a":1}}"#,
        r#"{"x":[[{"a":1,"a":1}]]}"#,
        "\u{feff}{}",
        r#"{"a":"\ud800"}"#,
        r#"{"a":["\udc00x"]}"#,
        r#"{"\ud800":1}"#,
        r#"{"a":1e999}"#,
        r#"{"a":{"b":-1e999}}"#,
        r#"{"a":NaN}"#,
        r#"{"a":01}"#,
        r#"{"a":"	"}"#,
        "{'a':1}",
        "{\"a\":1}//",
    ] {
        match claims {
            "{} " => assert!(judge(&token(HS256, claims), lenient()).is_ok()),
            _ => assert_eq!(claims_refusal(claims), Code::ClaimsInvalid, "{claims}"),
        }
    }
    assert_eq!(claims_refusal(b"{\"a\":\"\xc3\x28\"}"), Code::ClaimsInvalid);
}

#[test]
fn a_repeated_claim_is_found_among_many_too() {
    let many: Vec<String> = (0..200).map(|n| format!("\"claim-number-{n}\":{n}")).collect();
    assert!(judge(&token(HS256, format!("{{{}}}", many.join(","))), lenient()).is_ok());
    assert_eq!(claims_refusal(format!("{{{},\"claim-number-7\":0}}", many.join(","))), Code::ClaimsInvalid);
    let inside = format!("{{\"x\":{{{},\"claim-number-7\":0}}}}", many.join(","));
    assert_eq!(claims_refusal(inside), Code::ClaimsInvalid);
}

#[test]
fn nesting_ends_at_thirty_two() {
    let arrays = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
    let objects = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    for nested in [arrays, objects] {
        assert!(judge(&token(HS256, nested(32)), lenient()).is_ok());
        assert_eq!(claims_refusal(nested(33)), Code::ClaimsInvalid);
        assert_eq!(claims_refusal(nested(900)), Code::ClaimsInvalid);
    }
}

#[test]
fn the_reason_is_said_without_the_content() {
    let sentence = |claims: &str| judge(&token(HS256, claims), lenient()).unwrap_err().to_string();
    let found = |reason: &str| format!("the token's payload is not a valid JSON object (claims: found {reason})");
    assert_eq!(sentence(r#"{"a":1,"a":1}"#), found("a member stands twice"));
    assert_eq!(sentence("\u{feff}{}"), found("begins with a byte-order mark"));
    assert_eq!(sentence("[]"), found("not a JSON object"));
    assert_eq!(sentence("{]"), found("not JSON"));
    assert_eq!(sentence("{}x"), found("something follows the object"));
    assert_eq!(sentence(&"{\"a\":".repeat(40)), found("nested too deep"));
}
