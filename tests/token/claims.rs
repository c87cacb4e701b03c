//! What is asked of claims, one by one.

use std::time::Duration;

use portcullis::error::{Code, Error};
use portcullis::time::UnixMillis;
use portcullis::token::{Check, Expectations, IgnoredDates};
use serde_json::json;

use crate::support::{HS256, NOW, any_of, claims_refusal, claims_sentence, judge, lenient, refusal, token};

const NOW_SECS: i64 = NOW.as_secs();

fn passes(claims: &str, expectations: Expectations) -> bool {
    judge(&token(HS256, claims), expectations).is_ok()
}

#[test]
fn dates_pass_and_fail_to_the_second() {
    for (claims, verdict) in [
        (json!({ "exp": NOW_SECS + 1 }), None),
        (json!({ "exp": NOW_SECS }), Some(Code::TokenExpired)),
        (json!({ "exp": NOW_SECS as f64 + 0.5 }), None),
        (json!({ "exp": 0 }), Some(Code::TokenExpired)),
        (json!({ "exp": -1 }), Some(Code::TokenExpired)),
        (json!({ "exp": -1.5 }), Some(Code::TokenExpired)),
        (json!({ "exp": 1e300 }), None),
        (json!({ "exp": u64::MAX }), None),
        (json!({ "exp": -1e300 }), Some(Code::TokenExpired)),
        (json!({ "nbf": NOW_SECS }), None),
        (json!({ "nbf": NOW_SECS + 1 }), Some(Code::TokenNotYetValid)),
        (json!({ "nbf": 1e300 }), Some(Code::TokenNotYetValid)),
        (json!({ "nbf": -5 }), None),
        (json!({ "iat": NOW_SECS }), None),
        (json!({ "iat": NOW_SECS + 1 }), Some(Code::TokenIssuedInFuture)),
    ] {
        let verdict_given = judge(&token(HS256, claims.to_string()), lenient()).err().map(|error| error.code());
        assert_eq!(verdict_given, verdict, "{claims}");
    }
}

#[test]
fn dates_are_json_numbers_and_nothing_else() {
    for name in ["exp", "nbf", "iat"] {
        for value in ["\"1900000000\"", "null", "true", "[1900000000]", "{}", "\"\""] {
            assert_eq!(claims_refusal(format!("{{\"{name}\":{value}}}")), Code::ClaimType, "{name}: {value}");
        }
        assert_eq!(claims_refusal(format!("{{\"{name}\":1e999}}")), Code::ClaimsInvalid, "{name}");
    }
    assert_eq!(
        claims_sentence(r#"{"exp":"soon"}"#, lenient()),
        "a claim has the wrong JSON type (exp: expected a JSON number of seconds)"
    );
}

/// A parser's own name for "the text of a value stands here" is a name like any other: claims hold what people typed.
#[test]
fn no_name_of_a_claim_means_anything_to_the_parser() {
    for name in ["$serde_json::private::RawValue", "$serde_json::private::Number"] {
        for value in [json!("{\"sub\":\"admin\"}"), json!("not JSON"), json!(7)] {
            for claims in [json!({ name: value }), json!({ "profile": { name: value, "more": 1 } })] {
                let verified = judge(&token(HS256, claims.to_string()), lenient()).unwrap();
                assert_eq!(json!(verified.claims().members()), claims);
            }
        }
    }
}

#[test]
fn leeway_forgives_in_every_direction() {
    let mut asked = lenient();
    asked.leeway = Duration::from_secs(5);
    assert!(passes(&json!({ "exp": NOW_SECS - 4 }).to_string(), asked.clone()));
    assert!(!passes(&json!({ "exp": NOW_SECS - 5 }).to_string(), asked.clone()));
    assert!(passes(&json!({ "nbf": NOW_SECS + 5 }).to_string(), asked.clone()));
    assert!(!passes(&json!({ "nbf": NOW_SECS + 6 }).to_string(), asked.clone()));
    assert!(passes(&json!({ "iat": NOW_SECS + 5 }).to_string(), asked.clone()));
    assert!(!passes(&json!({ "iat": NOW_SECS + 6 }).to_string(), asked.clone()));
    asked.leeway = Duration::MAX;
    assert!(passes(r#"{"exp":1,"nbf":99999999999}"#, asked));
}

#[test]
fn age_is_counted_from_iat() {
    let mut asked = lenient();
    asked.max_age = Some(Duration::from_secs(60));
    assert!(passes(&json!({ "iat": NOW_SECS - 59 }).to_string(), asked.clone()));
    assert_eq!(refusal(&token(HS256, json!({ "iat": NOW_SECS - 60 }).to_string()), asked.clone()), Code::TokenTooOld);
    assert_eq!(refusal(&token(HS256, "{}"), asked.clone()), Code::ClaimMissing);
    asked.leeway = Duration::from_secs(2);
    assert!(passes(&json!({ "iat": NOW_SECS - 61 }).to_string(), asked));
}

#[test]
fn the_window_of_validity_spans_the_narrowest_dates() {
    let mut asked = lenient();
    asked.leeway = Duration::from_secs(5);
    asked.max_age = Some(Duration::from_secs(100));
    let claims = json!({ "iat": NOW_SECS - 10, "nbf": NOW_SECS - 20, "exp": NOW_SECS + 1000 });
    let verified = judge(&token(HS256, claims.to_string()), asked.clone()).unwrap();
    assert_eq!(verified.valid_from(), UnixMillis::from_secs(NOW_SECS - 15));
    assert_eq!(verified.valid_until(), UnixMillis::from_secs(NOW_SECS + 95));
    assert!(verified.is_valid_at(verified.valid_from()));
    assert!(!verified.is_valid_at(verified.valid_until()));
    asked.max_age = None;
    let verified = judge(&token(HS256, "{}"), asked).unwrap();
    assert_eq!(verified.valid_from().as_millis(), i64::MIN);
    assert_eq!(verified.valid_until().as_millis(), i64::MAX);
}

#[test]
fn dates_can_be_left_to_the_caller_one_by_one() {
    let mut asked = lenient();
    asked.ignored_dates = IgnoredDates { expired: true, ..IgnoredDates::default() };
    assert!(passes(r#"{"exp":1}"#, asked.clone()));
    assert!(!passes(r#"{"exp":1,"nbf":1900000000}"#, asked.clone()));
    asked.ignored_dates.not_yet_valid = true;
    assert!(passes(r#"{"exp":1,"nbf":1900000000}"#, asked.clone()));
    assert!(!passes(r#"{"iat":1900000000}"#, asked.clone()));
    asked.ignored_dates.issued_in_future = true;
    assert!(passes(r#"{"exp":1,"nbf":1900000000,"iat":1900000000}"#, asked));
}

#[test]
fn issuer_and_subject_are_single_strings() {
    let mut by_issuer = lenient();
    by_issuer.issuer = any_of(&["https://a.example", "https://b.example"]);
    let mut by_subject = lenient();
    by_subject.subject = any_of(&["https://a.example", "https://b.example"]);
    for (name, asked) in [("iss", by_issuer), ("sub", by_subject)] {
        let code = |value: &str| {
            judge(&token(HS256, format!("{{\"{name}\":{value}}}")), asked.clone()).err().map(|error| error.code())
        };
        assert_eq!(code("\"https://a.example\""), None);
        assert_eq!(code("\"https://b.exampl\\u0065\""), None);
        assert_eq!(code("\"https://a.example/\""), Some(Code::ClaimMismatch));
        assert_eq!(code("\"https://a.exampl\""), Some(Code::ClaimMismatch));
        assert_eq!(code("\"HTTPS://a.example\""), Some(Code::ClaimMismatch));
        assert_eq!(code("[\"https://a.example\"]"), Some(Code::ClaimType));
        assert_eq!(code("null"), Some(Code::ClaimType));
        assert_eq!(refusal(&token(HS256, "{}"), asked), Code::ClaimMissing);
    }
}

#[test]
fn an_audience_may_be_one_of_several() {
    let mut asked = lenient();
    asked.audience = any_of(&["api", "admin"]);
    for good in [r#""api""#, r#"["web","admin"]"#, r#"["a\u0070i"]"#] {
        assert!(passes(&format!("{{\"aud\":{good}}}"), asked.clone()), "{good}");
    }
    for (bad, code) in [
        (r#""web""#, Code::ClaimMismatch),
        (r#""""#, Code::ClaimMismatch),
        (r#"[]"#, Code::ClaimMismatch),
        (r#"["web","ap"]"#, Code::ClaimMismatch),
        (r#"["api",1]"#, Code::ClaimType),
        (r#"[["api"]]"#, Code::ClaimType),
        (r#"{"api":true}"#, Code::ClaimType),
        ("null", Code::ClaimType),
        ("7", Code::ClaimType),
    ] {
        assert_eq!(refusal(&token(HS256, format!("{{\"aud\":{bad}}}")), asked.clone()), code, "{bad}");
    }
    assert_eq!(refusal(&token(HS256, "{}"), asked), Code::ClaimMissing);
}

#[test]
fn typ_is_a_media_type_with_or_without_its_prefix() {
    let mut asked = lenient();
    asked.typ = Some("at+jwt".into());
    let verdict = |typ: &str| judge(&token(format!(r#"{{"alg":"HS256","typ":{typ:?}}}"#), "{}"), asked.clone());
    for good in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/at+JWT"] {
        assert!(verdict(good).is_ok(), "{good}");
    }
    for bad in ["JWT", "rt+jwt", "", "at+jwt ", "application/application/at+jwt", "x/at+jwt"] {
        assert_eq!(verdict(bad).unwrap_err().code(), Code::HeaderTyp, "{bad}");
    }
    assert_eq!(
        judge(&token(HS256, "{}"), asked.clone()).unwrap_err().to_string(),
        "the token has the wrong type (`typ`) (typ: expected at+jwt, found none)"
    );
}

#[test]
fn further_checks_come_as_data_and_as_code() {
    let ask = |check: Check| {
        let mut asked = lenient();
        asked.checks = vec![check];
        asked
    };
    let claims = r#"{"plan":"gold","level":3,"scope":["read","write"],"who":{"team":"a"},"no":false}"#;
    for good in [
        Check::equals("plan", "gold"),
        Check::equals("level", 3),
        Check::equals("level", 3.0),
        Check::equals("no", false),
        Check::equals("who", json!({ "team": "a" })),
        Check::one_of("plan", vec!["tin".into(), "gold".into()]),
        Check::equals("scope", json!(["read", "write"])),
        Check::includes("scope", vec!["write".into()]),
        Check::includes("plan", vec!["gold".into()]),
        Check::custom(|claims| match claims.get_str("plan") {
            Some("gold") => Ok(()),
            _ => Err(Error::new(Code::AccessDenied)),
        }),
    ] {
        assert!(passes(claims, ask(good.clone())), "{good:?}");
    }
    for (bad, code) in [
        (Check::equals("plan", "tin"), Code::ClaimMismatch),
        (Check::equals("level", "3"), Code::ClaimMismatch),
        (Check::equals("absent", "x"), Code::ClaimMissing),
        (Check::one_of("plan", vec![]), Code::ClaimMismatch),
        (Check::includes("scope", vec!["delete".into()]), Code::ClaimMismatch),
        (Check::includes("who", vec!["a".into()]), Code::ClaimMismatch),
        (Check::custom(|_| Err(Error::new(Code::AccessDenied))), Code::AccessDenied),
    ] {
        assert_eq!(refusal(&token(HS256, claims), ask(bad.clone())), code, "{bad:?}");
    }
}

#[test]
fn errors_name_the_claim_what_was_expected_and_what_was_found() {
    let mut asked = lenient();
    asked.issuer = any_of(&["https://a.example", "https://b.example"]);
    assert_eq!(
        claims_sentence(r#"{"iss":"https://c.example"}"#, asked.clone()),
        "a claim has an unexpected value (iss: expected \"https://a.example\" or \"https://b.example\", \
         found \"https://c.example\")"
    );
    assert_eq!(
        claims_sentence(r#"{"exp":1700000000}"#, asked.clone()),
        "the token has expired (exp: expected later than 1800000000, found 1700000000)"
    );
    let long = claims_sentence(&json!({ "iss": "x\n".repeat(500) }).to_string(), asked);
    assert!(long.len() < 400 && !long.contains('\n'), "{long}");
}

#[test]
fn claims_are_read_as_they_stood() {
    let text =
        r#"{"sub":"\u0037","roles":["user","\u0061dmin"], "mixed":["a",1], "n":{"deep":[1,2.5,null]},"iat":1.5}"#;
    let verified = judge(&token(HS256, text), lenient()).unwrap();
    let claims = verified.claims();
    assert_eq!(claims.json(), text);
    assert_eq!(claims.subject(), Some("7"));
    assert_eq!(claims.get_strings("roles"), ["user", "admin"]);
    assert_eq!(claims.get_strings("sub"), ["7"]);
    assert_eq!(claims.get_strings("mixed"), ["a"]);
    assert_eq!(claims.get_strings("iat"), [""; 0]);
    assert_eq!(claims.get("n"), Some(&json!({ "deep": [1, 2.5, null] })));
    assert_eq!(claims.date("iat").unwrap(), Some(UnixMillis::from_millis(1500)));
    assert_eq!(claims.names().collect::<Vec<_>>(), ["sub", "roles", "mixed", "n", "iat"]);
    assert!(claims.contains("n") && !claims.contains("deep"));
    #[derive(serde::Deserialize)]
    struct Mine {
        roles: Vec<String>,
    }
    assert_eq!(claims.deserialize::<Mine>().unwrap().roles[1], "admin");
}
