//! Compact JWS over any bytes, and what a signer will sign.

use portcullis::alg::Alg;
use portcullis::crypto::Software;
use portcullis::error::Code;
use portcullis::token::{Signer, jws};
use serde_json::{Map, Value, json};

use crate::support::{HS256, b64, block_on, judge, key, lenient, sign_parts, token, unb64};

fn members(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[test]
fn any_bytes_come_back() {
    let (signer, verifier) = (jws::Signer::new(key(), None).unwrap(), jws::Verifier::new(key()));
    for bytes in [&b""[..], b"text", &[0, 255, 128], "{\"a\":1,\"a\":2}".as_bytes(), &[7; 4000]] {
        let token = signer.sign_now(bytes, &Software).unwrap().unwrap();
        assert_eq!(token, block_on(signer.sign(bytes, &Software)).unwrap());
        let content = verifier.verify_now(&token, &Software).unwrap().unwrap();
        assert_eq!(content.payload(), bytes);
        assert_eq!(content.header().alg(), Alg::HS256);
        assert_eq!(block_on(verifier.verify(&token, &Software)).unwrap().into_parts().1, bytes);
    }
}

#[test]
fn form_header_algorithm_and_signature_are_judged_as_for_a_jwt() {
    let verifier = jws::Verifier::new(key());
    let refusal = |token: &str| verifier.verify_now(token, &Software).unwrap().unwrap_err().code();
    assert_eq!(refusal(""), Code::TokenMissing);
    assert_eq!(refusal("a b"), Code::TokenCharacters);
    assert_eq!(refusal("a.b"), Code::TokenParts);
    assert_eq!(refusal(&sign_parts(&b64(HS256), "e31")), Code::TokenBase64);
    assert_eq!(refusal(&token(r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#, "x")), Code::HeaderCrit);
    assert_eq!(refusal(&token(r#"{"alg":"none"}"#, "x")), Code::AlgNotAllowed);
    assert_eq!(refusal(&token(r#"{"alg":"HS512"}"#, "x")), Code::AlgNotAllowed);
    assert_eq!(refusal(&format!("{}.AAAA.", b64(HS256))), Code::SignatureMissing);
    assert_eq!(refusal(&format!("{}.AAAA.AAAA", b64(HS256))), Code::SignatureInvalid);
    let none_allowed = verifier.clone().algorithms(vec![]);
    assert_eq!(
        none_allowed.verify_now(&token(HS256, "x"), &Software).unwrap().unwrap_err().code(),
        Code::AlgNotAllowed
    );
    let short = verifier.clone().max_token_bytes(10);
    assert_eq!(short.verify_now(&token(HS256, "x"), &Software).unwrap().unwrap_err().code(), Code::TokenTooLong);
    let knowing = verifier.understanding(vec!["mine".into()]);
    let critical = token(r#"{"alg":"HS256","crit":["mine"],"mine":1}"#, "x");
    assert!(knowing.verify_now(&critical, &Software).unwrap().is_ok());
}

#[test]
fn a_header_carries_the_key_s_alg_and_kid_and_the_caller_s_members() {
    let more = members(json!({ "typ": "at+jwt", "x-ours": "a\"b" }));
    let signer = jws::Signer::new(key().with_kid("k\"1"), Some(&more)).unwrap();
    let token = signer.sign_now(b"x", &Software).unwrap().unwrap();
    let header = String::from_utf8(unb64(token.split('.').next().unwrap())).unwrap();
    assert_eq!(header, r#"{"alg":"HS256","typ":"at+jwt","x-ours":"a\"b","kid":"k\"1"}"#);
    let named = jws::Signer::new(key(), Some(&members(json!({ "kid": "mine" })))).unwrap();
    let token = named.sign_now(b"x", &Software).unwrap().unwrap();
    let content = jws::Verifier::new(key()).verify_now(&token, &Software).unwrap().unwrap();
    assert_eq!(content.header().kid(), Some("mine"));
    for bad in [
        json!({ "alg": "none" }),
        json!({ "crit": ["x"], "x": 1 }),
        json!({ "b64": false }),
        json!({ "jwk": {} }),
        json!({ "jku": "https://example.com" }),
        json!({ "x5c": [] }),
        json!({ "typ": 1 }),
        json!({ "kid": "not the key's" }),
    ] {
        let error = jws::Signer::new(key().with_kid("the key's"), Some(&members(bad.clone()))).unwrap_err();
        assert_eq!(error.code(), Code::OptionInvalid, "{bad}");
    }
}

#[test]
fn nothing_is_signed_that_would_be_refused() {
    let signer = Signer::new(key(), "JWT").unwrap();
    let code = |json: &str| signer.sign_json_now(json, &Software).unwrap().err().map(|error| error.code());
    assert_eq!(code(r#"{"exp":1,"any":["thing"]}"#), None);
    for bad in ["", "[]", "null", "{", r#"{"a":1,"a":1}"#, r#"{"a":"\ud800"}"#, "{\"a\":1e999}"] {
        assert_eq!(code(bad), Some(Code::ClaimsInvalid), "{bad}");
    }
    for bad in [r#"{"exp":"1"}"#, r#"{"nbf":null}"#, r#"{"iat":[]}"#] {
        assert_eq!(code(bad), Some(Code::ClaimType), "{bad}");
    }
    let value = |value: Value| signer.sign_now(&value, &Software).unwrap().err().map(|error| error.code());
    assert_eq!(value(json!({})), None);
    assert_eq!(value(json!([1])), Some(Code::ClaimsInvalid));
    assert_eq!(value(json!({ "exp": "soon" })), Some(Code::ClaimType));
}

#[test]
fn json_is_signed_as_it_stands() {
    let signer = Signer::new(key(), "JWT").unwrap();
    let text = "{ \"b\" : 1, \"a\":\"\\u0041\" }";
    let token = signer.sign_json_now(text, &Software).unwrap().unwrap();
    assert_eq!(judge(&token, lenient()).unwrap().claims().json(), text);
    assert_eq!(token, block_on(signer.sign_json(text, &Software)).unwrap());
}
