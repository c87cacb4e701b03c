//! A test for each published flaw of others that could have been ours, named after it, and for each class of attack on tokens.
//! Flaws in reading keys have theirs beside the key tests.

use portcullis::alg::Alg;
use portcullis::crypto::Software;
use portcullis::error::Code;
use portcullis::key::{Key, KeySet};
use portcullis::token::{Expectations, Untrusted, Verifier};
use serde_json::{Value, json};

use crate::support::{
    HS256, NOW, any_of, b64, claims_refusal, judge, key, lenient, refusal, sign_parts, sign_parts_with, token, unb64,
};

/// The key of an RFC 7515 example, its public half, and the example's token.
fn example(name: &str) -> (Key, Key, String) {
    let file: Value = serde_json::from_str(include_str!("../vectors/jws/rfc7515.json")).unwrap();
    let case = file["cases"].as_array().unwrap().iter().find(|case| case["name"] == name).unwrap().clone();
    let key = Key::from_jwk(&case["key"].to_string(), case["alg"].as_str().and_then(Alg::from_name)).unwrap();
    let public = key.public().unwrap();
    (key, public, case["token"].as_str().unwrap().to_owned())
}

fn refusal_by(keys: impl Into<KeySet>, token: &str) -> Code {
    let verdict = Verifier::new(keys, lenient()).verify_now(token, &Software, NOW).unwrap();
    verdict.expect_err("is refused").code()
}

#[test]
fn cve_2015_9235_and_cve_2016_10555_a_public_key_never_becomes_a_secret() {
    let (_, public, _) = example("A.2");
    let jwk = public.to_public_jwk().unwrap();
    let modulus = unb64(jwk["n"].as_str().unwrap());
    for secret in [jwk.to_string().into_bytes(), modulus] {
        let forged = sign_parts_with(&secret, &b64(HS256), &b64("{}"));
        assert_eq!(refusal_by(public.clone(), &forged), Code::AlgNotAllowed);
        let mut asked = lenient();
        asked.algorithms = Some(vec![Alg::RS256, Alg::HS256]);
        let verdict = Verifier::new(public.clone(), asked).verify_now(&forged, &Software, NOW).unwrap();
        assert_eq!(verdict.unwrap_err().code(), Code::KeyNotFound);
    }
}

#[test]
fn cve_2018_0114_a_key_in_the_header_is_never_trusted() {
    let attacker = [9; 32];
    let jwk = json!({ "kty": "oct", "k": b64(attacker), "alg": "HS256" });
    for header in [
        json!({ "alg": "HS256", "jwk": jwk }),
        json!({ "alg": "HS256", "jku": "https://attacker.example/jwks.json" }),
        json!({ "alg": "HS256", "x5c": ["AAAA"], "x5u": "https://attacker.example/x.pem" }),
    ] {
        let forged = sign_parts_with(&attacker, &b64(header.to_string()), &b64("{}"));
        assert_eq!(refusal(&forged, lenient()), Code::SignatureInvalid, "{header}");
        // Ignored, not obeyed: under the right key such a token is as good as without.
        assert!(judge(&token(header.to_string(), "{}"), lenient()).is_ok());
    }
}

#[test]
fn cve_2020_28042_an_empty_signature_is_refused() {
    assert_eq!(refusal(&format!("{}.{}.", b64(HS256), b64("{}")), lenient()), Code::SignatureMissing);
    let (_, public, token) = example("A.3");
    let unsigned = token.rsplit_once('.').unwrap().0;
    assert_eq!(refusal_by(public, &format!("{unsigned}.")), Code::SignatureMissing);
}

#[test]
fn cve_2020_15084_algorithms_are_always_restricted() {
    let (_, public, _) = example("A.3");
    for alg in ["HS256", "RS256", "ES384", "EdDSA"] {
        let token = sign_parts(&b64(json!({ "alg": alg }).to_string()), &b64("{}"));
        assert_eq!(refusal_by(public.clone(), &token), Code::AlgNotAllowed, "{alg}");
    }
    let mut asked = lenient();
    asked.algorithms = Some(vec![]);
    assert_eq!(refusal(&token(HS256, "{}"), asked), Code::AlgNotAllowed);
}

// Without the software engine there is nobody here to ask about a signature of the right length.
#[cfg(feature = "software")]
#[test]
fn cve_2022_21449_a_signature_of_zeros_is_refused() {
    for (name, len) in [("A.3", 64), ("A.4", 132)] {
        let (_, public, token) = example(name);
        let (input, signature) = token.rsplit_once('.').unwrap();
        let signature = unb64(signature);
        let half = len / 2;
        let r_zero = [vec![0; half], signature[half..].to_vec()].concat();
        let s_zero = [signature[..half].to_vec(), vec![0; half]].concat();
        for bad in [vec![0; len], r_zero, s_zero, vec![0xff; len]] {
            assert_eq!(refusal_by(public.clone(), &format!("{input}.{}", b64(bad))), Code::SignatureInvalid, "{name}");
        }
    }
}

#[test]
fn cve_2022_23539_to_23541_a_key_serves_its_own_algorithm_only() {
    let (rsa, rsa_public, _) = example("A.2");
    assert_eq!(refusal_by(rsa_public.clone(), &token(HS256, "{}")), Code::AlgNotAllowed);
    assert_eq!(
        refusal_by(rsa_public.clone(), &format!("{}.{}.", b64(r#"{"alg":"none"}"#), b64("{}"))),
        Code::AlgNotAllowed
    );
    let pss = sign_parts(&b64(r#"{"alg":"PS256"}"#), &b64("{}"));
    assert_eq!(refusal_by(rsa_public, &pss), Code::AlgNotAllowed);
    assert_eq!(rsa.alg(), Alg::RS256);
}

#[test]
fn cve_2022_39227_and_ghsa_jc38_x7x8_2xc8_json_and_compact_never_mix() {
    let good = token(HS256, r#"{"sub":"me"}"#);
    let parts: Vec<&str> = good.split('.').collect();
    let flattened =
        json!({ "protected": parts[0], "payload": parts[1], "signature": parts[2], "header": { "alg": "HS256" } });
    let unprotected = json!({ "payload": parts[1], "signature": parts[2], "header": { "alg": "HS256" } });
    for bad in
        [flattened.to_string(), unprotected.to_string(), format!("{{\" {good}\":1}}"), format!("{good}{flattened}")]
    {
        assert_eq!(refusal(&bad, lenient()), Code::TokenCharacters, "{bad}");
    }
}

#[test]
fn cve_2026_35042_and_cve_2026_32597_unknown_crit_is_refused() {
    for name in ["x", "exp", "http://example.invalid/ext", ""] {
        let header = json!({ "alg": "HS256", "crit": [name], name: true }).to_string();
        assert_eq!(refusal(&token(header, "{}"), lenient()), Code::HeaderCrit, "{name}");
    }
}

#[test]
fn cve_2025_30144_and_cve_2024_53861_an_issuer_is_equal_or_wrong() {
    let mut asked = lenient();
    asked.issuer = any_of(&["https://trusted.example"]);
    for (claims, code) in [
        (json!({ "iss": ["https://attacker.example", "https://trusted.example"] }), Code::ClaimType),
        (json!({ "iss": "https://trusted.example.attacker.example" }), Code::ClaimMismatch),
        (json!({ "iss": "https://trusted" }), Code::ClaimMismatch),
        (json!({ "iss": "" }), Code::ClaimMismatch),
        (json!({ "iss": { "0": "https://trusted.example" } }), Code::ClaimType),
    ] {
        assert_eq!(refusal(&token(HS256, claims.to_string()), asked.clone()), code, "{claims}");
    }
}

#[test]
fn cve_2024_51744_a_wrong_signature_wins_over_an_expired_token() {
    let expired = token(HS256, r#"{"exp":1}"#);
    assert_eq!(refusal(&expired, lenient()), Code::TokenExpired);
    let forged = sign_parts_with(&[9; 32], &b64(HS256), &b64(r#"{"exp":1}"#));
    assert_eq!(refusal(&forged, lenient()), Code::SignatureInvalid);
    let not_json = sign_parts_with(&[9; 32], &b64(HS256), &b64("not JSON"));
    assert_eq!(refusal(&not_json, lenient()), Code::SignatureInvalid);
}

/// Nothing is kept per dot: the parts of a text of dots are counted, not collected. An unlimited length makes it plain.
#[test]
fn cve_2025_30204_many_dots_are_counted_not_collected() {
    let dots = ".".repeat(10_000_000);
    assert_eq!(refusal(&dots, lenient()), Code::TokenTooLong);
    let mut asked = lenient();
    asked.max_token_bytes = usize::MAX;
    assert_eq!(refusal(&dots, asked.clone()), Code::TokenParts);
    assert_eq!(refusal(&format!("{}{dots}", token(HS256, "{}")), asked), Code::TokenParts);
}

#[test]
fn cve_2025_65945_the_key_comes_from_the_verifier_never_from_the_token() {
    let (one, two) = (Key::from_secret(Alg::HS256, &[1; 32]).unwrap(), Key::from_secret(Alg::HS256, &[2; 32]).unwrap());
    let keys = KeySet::new(vec![one.with_kid("one"), two.with_kid("two")]).unwrap();
    let signed = |secret: &[u8], kid: &str| {
        sign_parts_with(secret, &b64(json!({ "alg": "HS256", "kid": kid }).to_string()), "e30")
    };
    assert!(
        Verifier::new(keys.clone(), lenient()).verify_now(&signed(&[1; 32], "one"), &Software, NOW).unwrap().is_ok()
    );
    assert_eq!(refusal_by(keys.clone(), &signed(&[1; 32], "two")), Code::SignatureInvalid);
    assert_eq!(refusal_by(keys, &signed(b"three", "three")), Code::KeyNotFound);
}

#[test]
fn cve_2025_62610_the_audience_has_to_be_asked_for_or_waived_in_words() {
    let mut asked = Expectations::new(any_of(&["me"]), any_of(&["this service"]));
    asked.leeway = std::time::Duration::ZERO;
    assert_eq!(refusal(&token(HS256, r#"{"iss":"me","aud":"another service"}"#), asked.clone()), Code::ClaimMismatch);
    assert_eq!(refusal(&token(HS256, r#"{"iss":"me"}"#), asked), Code::ClaimMissing);
}

#[test]
fn cve_2026_22817_and_22818_nothing_falls_back_to_hs256_or_to_the_header_s_word() {
    let (_, public, _) = example("A.2");
    assert_eq!(refusal_by(public, &token(HS256, "{}")), Code::AlgNotAllowed);
    assert_eq!(refusal(&token("{}", "{}"), lenient()), Code::HeaderInvalid);
}

#[test]
fn cve_2026_25537_a_date_of_another_type_is_refused_not_absent() {
    for claims in [r#"{"exp":"1"}"#, r#"{"nbf":"99999999999"}"#, r#"{"exp":null}"#, r#"{"exp":{}}"#, r#"{"exp":"abc"}"#]
    {
        assert_eq!(claims_refusal(claims), Code::ClaimType, "{claims}");
    }
    assert_eq!(claims_refusal(r#"{"exp":0}"#), Code::TokenExpired);
}

#[test]
fn cve_2021_29443_cve_2022_36083_cve_2024_28176_cve_2024_33664_encrypted_tokens_are_not_opened() {
    let jwe = format!(
        "{}.AAAA.AAAA.AAAA.AAAA",
        b64(r#"{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2000000000,"zip":"DEF"}"#)
    );
    assert_eq!(refusal(&jwe, lenient()), Code::TokenParts);
    // `zip` is a JWE member; in a JWS nothing is inflated for it.
    assert!(judge(&token(r#"{"alg":"HS256","zip":"DEF"}"#, "{}"), lenient()).is_ok());
}

#[test]
fn alg_is_matched_to_the_letter() {
    for alg in
        ["none", "None", "nOnE", "NONE", "hs256", "Hs256", "HS256 ", " HS256", "HS\u{200b}256", "HS-256", "SHA256", ""]
    {
        let token = token(json!({ "alg": alg }).to_string(), "{}");
        assert_eq!(refusal(&token, lenient()), Code::AlgNotAllowed, "{alg:?}");
    }
}

#[test]
fn a_kid_is_a_name_to_compare_and_nothing_else() {
    let named = key().with_kid("ours");
    for kid in [
        "../../../dev/null",
        "x' UNION SELECT 'secret'--",
        "__proto__",
        "constructor",
        "ours\0",
        "OURS",
        "",
        "|ls",
        "file:///x",
    ] {
        let token = token(json!({ "alg": "HS256", "kid": kid }).to_string(), "{}");
        assert_eq!(refusal_by(named.clone(), &token), Code::KeyNotFound, "{kid}");
    }
    assert_eq!(refusal(&token(r#"{"alg":"HS256","kid":{"ours":1}}"#, "{}"), lenient()), Code::HeaderInvalid);
}

#[test]
fn ecdsa_signatures_have_one_length_and_no_der() {
    let (_, public, token) = example("A.3");
    let (input, signature) = token.rsplit_once('.').unwrap();
    let raw = unb64(signature);
    let der = [&[0x30, 69, 2, 32][..], &raw[..32], &[2, 33, 0], &raw[32..]].concat();
    let longer = [&raw[..], &[0]].concat();
    let padded = [&[0][..], &raw[..32], &[0], &raw[32..]].concat();
    for bad in [der, longer, padded, raw[..63].to_vec(), raw[..32].to_vec(), vec![1]] {
        assert_eq!(refusal_by(public.clone(), &format!("{input}.{}", b64(bad))), Code::SignatureInvalid);
    }
    let es384 = format!("{}.{}.{signature}", b64(r#"{"alg":"ES384"}"#), input.split_once('.').unwrap().1);
    assert_eq!(refusal_by(public, &es384), Code::AlgNotAllowed);
}

#[test]
fn types_of_token_are_not_confused() {
    let mut access = lenient();
    access.typ = Some("at+jwt".into());
    for typ in ["rt+jwt", "JWT", "id+jwt", "application/rt+jwt", "at+jwt;x=1"] {
        let token = token(json!({ "alg": "HS256", "typ": typ }).to_string(), "{}");
        assert_eq!(refusal(&token, access.clone()), Code::HeaderTyp, "{typ}");
    }
    assert_eq!(refusal(&token(HS256, "{}"), access), Code::HeaderTyp);
}

#[test]
fn ghsa_cjw9_ghj4_fwxf_claims_are_compared_never_matched_by_pattern() {
    let mut asked = lenient();
    asked.issuer = any_of(&["(a+)+$", ".*"]);
    let token = token(HS256, json!({ "iss": "a".repeat(4000) + "!" }).to_string());
    assert_eq!(refusal(&token, asked), Code::ClaimMismatch);
}

#[test]
fn the_claimed_issuer_can_be_read_to_choose_keys_and_decides_nothing() {
    let forged = sign_parts_with(&[9; 32], &b64(HS256), &b64(r#"{"iss":"https://trusted.example","sub":"admin"}"#));
    let untrusted = Untrusted::parse(&forged).unwrap();
    assert_eq!(untrusted.claimed_issuer().unwrap().as_deref(), Some("https://trusted.example"));
    let verifier = Verifier::new(KeySet::default(), lenient());
    let verdict = verifier.verify_parsed_now(untrusted, &KeySet::from(key()), &Software, NOW).unwrap();
    assert_eq!(verdict.unwrap_err().code(), Code::SignatureInvalid);
}

#[test]
fn a_tag_of_another_length_is_not_a_tag() {
    let good = token(HS256, "{}");
    let (input, tag) = good.rsplit_once('.').unwrap();
    let tag = unb64(tag);
    for bad in
        [&tag[..31], &tag[..16], &tag[..1], &[&tag[..], &[0]].concat(), &[&tag[..], &tag[..]].concat(), &vec![0; 2000]]
    {
        let code = refusal(&format!("{input}.{}", b64(bad)), lenient());
        assert_eq!(code, Code::SignatureInvalid, "{} bytes", bad.len());
    }
}
