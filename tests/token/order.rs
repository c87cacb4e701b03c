//! The order of the checks: the first one that fails speaks.

use portcullis::alg::Alg;
use portcullis::error::Code;

use crate::support::{HS256, SECRET, any_of, b64, judge, lenient, refusal, sign_parts, token};

/// Each token has the fault of its line and every fault of the lines after it, as far as they can stand together.
#[test]
fn the_first_fault_in_the_contract_s_order_is_the_one_reported() {
    let mut asked = lenient();
    asked.max_token_bytes = 200;
    asked.algorithms = Some(vec![Alg::HS256]);
    asked.issuer = any_of(&["right"]);
    let expired = r#"{"exp":1,"iss":"wrong"}"#;
    let forged = |header: &str| format!("{}.{}.{}", b64(header), b64(expired), b64([0; 32]));
    for (token, code) in [
        (String::new(), Code::TokenMissing),
        ("!".repeat(201), Code::TokenTooLong),
        ("!.!".to_owned(), Code::TokenCharacters),
        ("a.a".to_owned(), Code::TokenParts),
        ("a.a.a".to_owned(), Code::TokenBase64),
        (forged(r#"{"alg":"HS256","alg":"HS256","crit":["x"]}"#), Code::HeaderInvalid),
        (forged(r#"{"alg":"none","crit":["x"],"x":1}"#), Code::HeaderCrit),
        (forged(r#"{"alg":"none","kid":1}"#), Code::HeaderInvalid),
        (forged(r#"{"alg":"none"}"#), Code::AlgNotAllowed),
        (forged(r#"{"alg":"HS512"}"#), Code::AlgNotAllowed),
        (format!("{}.{}.", b64(HS256), b64(expired)), Code::SignatureMissing),
        (forged(HS256), Code::SignatureInvalid),
        (token(HS256, expired), Code::TokenExpired),
        (token(HS256, r#"{"exp":1900000000,"iss":"wrong"}"#), Code::ClaimMismatch),
    ] {
        assert_eq!(refusal(&token, asked.clone()), code, "{token}");
    }
}

#[test]
fn claims_are_checked_in_the_contract_s_order() {
    use portcullis::token::Check;
    let mut asked = lenient();
    asked.max_age = Some(std::time::Duration::from_secs(60));
    asked.issuer = any_of(&["me"]);
    asked.audience = any_of(&["you"]);
    asked.subject = any_of(&["them"]);
    asked.typ = Some("at+jwt".into());
    asked.jwt_id = any_of(&["1"]);
    asked.nonce = any_of(&["n"]);
    asked.required_claims = vec!["must".into()];
    asked.checks = vec![Check::equals("plan", "gold")];
    let steps = [
        (r#""exp":1"#, r#""exp":1900000000"#, "exp"),
        (r#""nbf":1900000000"#, r#""nbf":1"#, "nbf"),
        (r#""iat":1900000000"#, r#""iat":1799999999"#, "iat"),
        (r#""iss":"x""#, r#""iss":"me""#, "iss"),
        (r#""aud":"x""#, r#""aud":"you""#, "aud"),
        (r#""sub":"x""#, r#""sub":"them""#, "sub"),
        ("", "", "typ"),
        (r#""jti":"x""#, r#""jti":"1""#, "jti"),
        (r#""nonce":"x""#, r#""nonce":"n""#, "nonce"),
        ("", r#""must":null"#, "must"),
        (r#""plan":"tin""#, r#""plan":"gold""#, "plan"),
    ];
    for fixed in 0..=steps.len() {
        let right = steps[..fixed].iter().map(|step| step.1);
        let wrong = steps[fixed..].iter().map(|step| step.0);
        let claims: Vec<&str> = right.chain(wrong).filter(|claim| !claim.is_empty()).collect();
        let header = if fixed > 6 { r#"{"alg":"HS256","typ":"AT+JWT"}"# } else { HS256 };
        let verdict = judge(&token(header, format!("{{{}}}", claims.join(","))), asked.clone());
        match steps.get(fixed) {
            Some((_, _, subject)) => {
                let error = verdict.expect_err(subject);
                assert_eq!(error.detail().and_then(|detail| detail.subject.as_deref()), Some(*subject), "{error}");
            }
            None => assert!(verdict.is_ok(), "{verdict:?}"),
        }
    }
}

#[test]
fn a_known_header_changes_no_verdict() {
    use crate::support::{NOW, key};
    use portcullis::{crypto::Software, token::Verifier};
    let verifier = Verifier::new(key(), lenient());
    let verdict = |token: &str| verifier.verify_now(token, &Software, NOW).unwrap().map_err(|error| error.code());
    let good = token(HS256, "{}");
    assert!(verdict(&good).is_ok());
    let rest = good.strip_prefix(&b64(HS256)).unwrap();
    assert_eq!(verdict(&b64(HS256)).unwrap_err(), Code::TokenParts);
    assert_eq!(verdict(&format!("{}.", b64(HS256))).unwrap_err(), Code::TokenParts);
    assert_eq!(verdict(&format!("{}A{rest}", b64(HS256))).unwrap_err(), Code::TokenBase64);
    assert_eq!(verdict(&sign_parts(&b64(r#"{"alg":"HS384"}"#), "e30")).unwrap_err(), Code::AlgNotAllowed);
    assert_eq!(verdict(&format!("{good}.")).unwrap_err(), Code::TokenParts);
    assert!(verdict(&token(r#"{"typ":"JWT","alg":"HS256"}"#, "{}")).is_ok());
    assert!(verdict(&good).is_ok());
}

#[test]
fn no_error_shows_the_token_or_the_secret() {
    let good = token(HS256, r#"{"iss":"me"}"#);
    let mut asked = lenient();
    asked.issuer = any_of(&["right"]);
    for bad in [good.clone(), format!("{good}.x"), format!("{good} "), good.replace('.', ".A"), good[1..].to_owned()] {
        let error = judge(&bad, asked.clone()).expect_err("is refused");
        for text in [error.to_string(), format!("{error:?}"), format!("{:?}", error.detail())] {
            for part in good.split('.').chain([std::str::from_utf8(SECRET).unwrap()]) {
                assert!(!text.contains(part), "{text}");
            }
        }
    }
}
