//! Keys come in from every format, compute under the pure-Rust engine, and go out again.
#![cfg(feature = "software")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use portcullis::alg::{Alg, Family, TABLE};
use portcullis::crypto::{self, Software};
use portcullis::error::Code;
use portcullis::key::{Key, KeySet};
use serde_json::{Value, json};
use support::{Os, key_file, key_jwk};

/// The name under which the test keys for `alg` are filed.
fn file_stem(alg: Alg) -> &'static str {
    match alg {
        Alg::ES256 => "p256",
        Alg::ES384 => "p384",
        Alg::ES512 => "p521",
        Alg::ES256K => "secp256k1",
        Alg::EdDSA | Alg::Ed25519 => "ed25519",
        _ => "rsa",
    }
}

fn asymmetric() -> impl Iterator<Item = Alg> {
    TABLE.iter().filter(|row| row.family != Family::Hmac).map(|row| row.alg)
}

fn signs_for(private: &Key, public: &Key) -> bool {
    let message = b"a message";
    let signature = crypto::sign_now(&Software, private, message).unwrap().unwrap();
    let good = crypto::prove_now(&Software, public, message, &signature).unwrap();
    let bad = crypto::prove_now(&Software, public, b"another message", &signature).unwrap();
    good.is_ok() && bad.is_err_and(|error| error.code() == Code::SignatureInvalid)
}

#[test]
fn every_pem_form_gives_the_same_key_as_the_jwk() {
    for alg in asymmetric() {
        let stem = file_stem(alg);
        let from_jwk = Key::from_jwk(&key_jwk(stem).to_string(), Some(alg)).unwrap();
        let private = Key::from_pem(&key_file(&format!("{stem}.pkcs8.pem")), Some(alg)).unwrap();
        let public = Key::from_pem(&key_file(&format!("{stem}.spki.pem")), Some(alg)).unwrap();
        assert_eq!(private.thumbprint(), from_jwk.thumbprint(), "{alg}");
        assert_eq!(public.thumbprint(), from_jwk.thumbprint(), "{alg}");
        assert!(private.can_sign() && !public.can_sign(), "{alg}");
        assert!(signs_for(&private, &public), "{alg}");
        assert!(signs_for(&from_jwk, &private.public().unwrap()), "{alg}");
    }
}

#[test]
fn traditional_files_and_certificates_are_read() {
    let thumbprint = |file: &str, alg| Key::from_pem(&key_file(file), Some(alg)).unwrap().thumbprint();
    let rsa = thumbprint("rsa.spki.pem", Alg::RS256);
    for file in ["rsa.pkcs1.pem", "rsa.public.pkcs1.pem", "rsa.cert.pem"] {
        assert_eq!(thumbprint(file, Alg::RS256), rsa, "{file}");
    }
    for (stem, alg) in [("p256", Alg::ES256), ("p384", Alg::ES384), ("p521", Alg::ES512), ("secp256k1", Alg::ES256K)] {
        let public = thumbprint(&format!("{stem}.spki.pem"), alg);
        assert_eq!(thumbprint(&format!("{stem}.sec1.pem"), alg), public, "{stem}");
    }
    assert_eq!(thumbprint("p256.cert.pem", Alg::ES256), thumbprint("p256.spki.pem", Alg::ES256));
    assert_eq!(thumbprint("ed25519.cert.pem", Alg::EdDSA), thumbprint("ed25519.spki.pem", Alg::EdDSA));
}

#[test]
fn pem_survives_the_hands_it_passes_through() {
    let pem = key_file("p256.spki.pem");
    let expected = Key::from_pem(&pem, None).unwrap().thumbprint();
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    for variant in [
        pem.replace('\n', "\r\n"),
        pem.lines().map(|line| format!("    {line}  \n")).collect(),
        format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----"),
        format!("\u{feff}subject=CN = somebody\n\n{pem}\n"),
    ] {
        assert_eq!(Key::from_pem(&variant, None).unwrap().thumbprint(), expected);
    }
}

#[test]
fn generated_keys_work_and_survive_export() {
    // One RSA algorithm stands for the six: their keys are alike, and take seconds to find.
    let slow = |alg: Alg| matches!(alg.family(), Family::RsaPkcs1 | Family::RsaPss) && alg != Alg::PS256;
    for row in TABLE.iter().filter(|row| !slow(row.alg)) {
        let key = Key::generate(row.alg, &Os).unwrap().with_kid("made \"here\"");
        let again = Key::from_jwk(&key.to_private_jwk(), None).unwrap();
        assert_eq!(again.thumbprint(), key.thumbprint(), "{}", row.name);
        assert_eq!(again.kid(), Some("made \"here\""));
        assert_eq!(again.alg(), row.alg);
        assert!(signs_for(&again, &key), "{}", row.name);
        assert!(signs_for(&Key::from_jwk(&key.to_host_jwk(), Some(row.alg)).unwrap(), &key), "{}", row.name);
    }
}

#[test]
fn an_rsa_key_is_as_large_as_it_was_asked_for() {
    let key = Key::generate_rsa(Alg::RS256, 2304, &Os).unwrap();
    assert_eq!(key.signature_bytes(), 2304 / 8);
    assert!(signs_for(&key, &key));
    for bits in [0, 1024, 2047, 8193, usize::MAX] {
        assert_eq!(Key::generate_rsa(Alg::RS256, bits, &Os).unwrap_err().code(), Code::OptionInvalid, "{bits}");
    }
    assert_eq!(Key::generate_rsa(Alg::ES256, 2048, &Os).unwrap_err().code(), Code::KeyWrongKind);
}

#[test]
fn a_public_jwk_holds_the_public_half_and_nothing_else() {
    for alg in asymmetric() {
        let key = Key::from_jwk(&key_jwk(file_stem(alg)).to_string(), Some(alg)).unwrap().with_kid("k1");
        let public = key.to_public_jwk().unwrap();
        let mut members: Vec<&str> = public.as_object().unwrap().keys().map(String::as_str).collect();
        members.sort_unstable();
        let expected: &[&str] = match alg.family() {
            Family::Ed25519 => &["alg", "crv", "kid", "kty", "use", "x"],
            Family::Ecdsa(_) => &["alg", "crv", "kid", "kty", "use", "x", "y"],
            _ => &["alg", "e", "kid", "kty", "n", "use"],
        };
        assert_eq!(members, expected, "{alg}");
        assert!(signs_for(&key, &Key::from_jwk(&public.to_string(), None).unwrap()), "{alg}");
    }
    let secret = Key::generate(Alg::HS256, &Os).unwrap();
    assert_eq!(secret.to_public_jwk().unwrap_err().code(), Code::KeyWrongKind);
    let set = KeySet::new(vec![secret, Key::generate(Alg::EdDSA, &Os).unwrap()]).unwrap();
    let published = set.to_public_jwks().to_string();
    assert!(!published.contains("\"k\"") && !published.contains("\"d\""), "{published}");
}

#[test]
fn rfc_7638_section_3_1_thumbprint() {
    let jwk = json!({
        "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs\
              tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn\
              1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"
    });
    let key = Key::from_jwk(&jwk.to_string(), None).unwrap();
    assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

#[test]
fn rfc_8037_appendix_a_key_thumbprint_and_signature() {
    let jwk = json!({
        "kty": "OKP", "crv": "Ed25519",
        "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    });
    let key = Key::from_jwk(&jwk.to_string(), None).unwrap();
    assert_eq!(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    let signature =
        crypto::sign_now(&Software, &key, b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc").unwrap();
    let expected = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    assert_eq!(base64(&signature.unwrap()), expected);
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

#[test]
fn the_algorithm_is_said_once_and_agrees() {
    let rsa = key_jwk("rsa").to_string();
    assert_eq!(Key::from_jwk(&rsa, None).unwrap_err().code(), Code::OptionInvalid);
    assert_eq!(Key::from_jwk(&rsa, Some(Alg::ES256)).unwrap_err().code(), Code::KeyWrongKind);
    assert_eq!(Key::from_jwk(&rsa, Some(Alg::HS256)).unwrap_err().code(), Code::KeyWrongKind);
    assert_eq!(Key::from_jwk(&with(key_jwk("rsa"), "alg", "PS256"), None).unwrap().alg(), Alg::PS256);
    let named = with(key_jwk("rsa"), "alg", "PS256");
    assert_eq!(Key::from_jwk(&named, Some(Alg::RS256)).unwrap_err().code(), Code::KeyWrongKind);
    let named = with(key_jwk("ed25519"), "alg", "EdDSA");
    assert_eq!(Key::from_jwk(&named, Some(Alg::Ed25519)).unwrap().alg(), Alg::Ed25519);
    let pss = key_file("rsa-pss.spki.pem");
    assert_eq!(Key::from_pem(&pss, Some(Alg::RS256)).unwrap_err().code(), Code::KeyWrongKind);
    assert_eq!(Key::from_pem(&pss, Some(Alg::PS512)).unwrap_err().code(), Code::KeyWrongKind);
    assert!(Key::from_pem(&pss, Some(Alg::PS256)).is_ok());
}

fn with(mut jwk: Value, member: &str, value: impl Into<Value>) -> String {
    jwk[member] = value.into();
    jwk.to_string()
}
