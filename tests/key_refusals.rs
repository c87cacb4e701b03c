//! Keys that must not come in, and what must not come out. Tests are named after the advisories whose class they close.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use portcullis::alg::Alg;
use portcullis::crypto::Software;
use portcullis::error::{Code, Error};
use portcullis::key::{HostKey, Key, KeySet};
use portcullis::time::UnixMillis;
use portcullis::token::{Expectations, Expected, Signer, Verifier};
use serde_json::{Value, json};
use support::{key_file, key_jwk};

fn secret_refusal(secret: impl AsRef<[u8]>) -> Code {
    Key::from_secret(Alg::HS256, secret.as_ref()).unwrap_err().code()
}

fn refused_as_secret(text: &str) {
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for variant in [
        text.as_bytes().to_vec(),
        format!("\n\t  {text}").into_bytes(),
        format!("\u{feff}{text}").into_bytes(),
        format!("key: {text}").into_bytes(),
        utf16,
    ] {
        assert_eq!(secret_refusal(&variant), Code::KeyWeak, "{text}");
        assert_eq!(Key::from_weak_secret(Alg::HS256, &variant).unwrap_err().code(), Code::KeyWeak, "{text}");
        let jwk = json!({ "kty": "oct", "alg": "HS256", "k": URL_SAFE_NO_PAD.encode(&variant) });
        assert_eq!(Key::from_jwk(&jwk.to_string(), None).unwrap_err().code(), Code::KeyWeak, "{text}");
    }
}

#[test]
fn cve_2015_9235_and_cve_2016_10555_a_public_key_is_no_secret() {
    for file in ["rsa.spki.pem", "p256.spki.pem", "ed25519.spki.pem", "rsa.cert.pem", "rsa.pkcs8.pem"] {
        refused_as_secret(&key_file(file));
    }
}

#[test]
fn cve_2016_5431_a_public_key_without_its_armour_is_no_secret() {
    for file in ["rsa.spki.pem", "p256.spki.pem", "rsa.public.pkcs1.pem", "rsa.cert.pem", "p256.sec1.pem"] {
        let body = without_armour(file);
        assert_eq!(secret_refusal(&body), Code::KeyWeak, "{file}");
        assert_eq!(secret_refusal(STANDARD.decode(&body).unwrap()), Code::KeyWeak, "{file}");
    }
}

#[test]
fn a_private_key_without_its_armour_is_no_secret_either() {
    for file in ["rsa.pkcs8.pem", "rsa.pkcs1.pem", "p256.pkcs8.pem", "p521.sec1.pem", "ed25519.pkcs8.pem"] {
        assert_eq!(secret_refusal(STANDARD.decode(without_armour(file)).unwrap()), Code::KeyWeak, "{file}");
    }
}

/// The base64 of a key file's last part.
fn without_armour(file: &str) -> String {
    let pem = key_file(file);
    pem.rsplit("-----BEGIN ").next().unwrap().lines().filter(|line| !line.contains('-')).collect()
}

#[test]
fn an_rsa_jwk_without_its_primes_says_what_is_missing_and_what_to_do() {
    let mut jwk = key_jwk("rsa");
    for member in ["p", "q", "dp", "dq", "qi"] {
        jwk.as_object_mut().unwrap().remove(member);
    }
    let error = Key::from_jwk(&jwk.to_string(), Some(Alg::RS256)).unwrap_err();
    assert_eq!(error.code(), Code::KeyInvalid);
    let sentence = error.to_string();
    assert!(sentence.contains("primes") && sentence.contains("export the key again"), "{sentence}");
    assert!(!sentence.contains(jwk["d"].as_str().unwrap()));
}

#[test]
fn cve_2023_48223_the_pkcs1_armour_is_known_too() {
    refused_as_secret(&key_file("rsa.public.pkcs1.pem"));
}

#[test]
fn cve_2022_29217_and_cve_2024_33663_ssh_and_ecdsa_keys_are_no_secrets() {
    refused_as_secret("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7 user@host");
    refused_as_secret("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJ user@host");
    refused_as_secret("ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAI user@host");
    refused_as_secret("command=\"true\" ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7");
    refused_as_secret("---- BEGIN SSH2 PUBLIC KEY ----\nAAAAB3NzaC1yc2EAAAADAQABAAABAQC7");
    refused_as_secret("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA");
    refused_as_secret(&key_file("p256.sec1.pem"));
}

#[test]
fn cve_2026_34950_leading_text_and_raw_jwks_are_no_way_past() {
    let jwk = key_jwk("rsa");
    refused_as_secret(&jwk.to_string());
    refused_as_secret(&json!({ "keys": [jwk] }).to_string());
    refused_as_secret(r#"{"\u006bty":"RSA","n":"AQAB","e":"AQAB","padding":"to be long enough"}"#);
    refused_as_secret(&format!("[{}]", key_jwk("p256")));
}

/// The same bytes or text, as it comes out of settings, shells and files.
fn disguises(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let encoded = STANDARD.encode(bytes);
    let url = URL_SAFE_NO_PAD.encode(bytes);
    let wrapped: String =
        encoded.as_bytes().chunks(64).map(|line| format!("{}\n", String::from_utf8_lossy(line))).collect();
    let utf16 = |text: &str, order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    vec![
        ("as it is", bytes.to_vec()),
        ("a line break after", [bytes, b"\n"].concat()),
        ("white space around", [b" \r\n", bytes, b"\t\n"].concat()),
        ("base64", encoded.clone().into_bytes()),
        ("base64 without padding", encoded.trim_end_matches('=').into()),
        ("base64 in lines", wrapped.into_bytes()),
        ("base64url", url.clone().into_bytes()),
        ("base64url, quoted", format!("\"{url}\"\n").into_bytes()),
        ("base64 of base64", STANDARD.encode(&encoded).into_bytes()),
        ("base64 in UTF-16", utf16(&encoded, u16::to_le_bytes)),
        ("hex", hex.clone().into_bytes()),
        ("upper-case hex", hex.to_uppercase().into_bytes()),
        ("hex after 0x", format!("0x{hex}").into_bytes()),
        ("hex in quotes", format!("'{hex}'").into_bytes()),
        ("hex of base64", encoded.bytes().map(|byte| format!("{byte:02x}")).collect::<String>().into_bytes()),
    ]
}

fn text_disguises(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let utf16 = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let json = json!(text).to_string();
    let mut all = disguises(text.as_bytes());
    all.extend([
        ("UTF-16LE", utf16(u16::to_le_bytes)),
        ("UTF-16LE with a mark", [&[0xff, 0xfe], &utf16(u16::to_le_bytes)[..]].concat()),
        ("UTF-16BE", utf16(u16::to_be_bytes)),
        ("UTF-16BE with a mark", [&[0xfe, 0xff], &utf16(u16::to_be_bytes)[..]].concat()),
        ("UTF-8 with a mark", format!("\u{feff}{text}").into_bytes()),
        ("single quotes", format!("'{text}'").into_bytes()),
        ("a JSON string", json.clone().into_bytes()),
        ("a JSON string in a JSON string", json!(json).to_string().into_bytes()),
        ("literal line breaks", text.replace('\n', "\\n").into_bytes()),
    ]);
    all
}

#[test]
fn the_text_of_a_key_is_no_secret_in_any_disguise() {
    let mut passed = Vec::new();
    let mut judge = |what: &str, disguised: Vec<(&'static str, Vec<u8>)>| {
        for (how, secret) in disguised {
            if Key::from_weak_secret(Alg::HS256, &secret).map_err(|error| error.code()).err() != Some(Code::KeyWeak) {
                passed.push(format!("{what}, {how}"));
            }
        }
    };
    for file in [
        "rsa.spki.pem",
        "rsa.public.pkcs1.pem",
        "rsa.pkcs8.pem",
        "p256.spki.pem",
        "p256.sec1.pem",
        "ed25519.spki.pem",
        "rsa.cert.pem",
    ] {
        judge(file, text_disguises(&key_file(file)));
        judge(&format!("DER of {file}"), disguises(&STANDARD.decode(without_armour(file)).unwrap()));
    }
    for stem in ["rsa", "p256", "ed25519"] {
        judge(&format!("JWK {stem}"), text_disguises(&key_jwk(stem).to_string()));
        judge(&format!("JWKS {stem}"), text_disguises(&json!({ "keys": [key_jwk(stem)] }).to_string()));
    }
    let blob = STANDARD.encode([&b"\0\0\0\x07ssh-rsa\0\0\0\x03\x01\0\x01\0\0\x01\x01"[..], &[0xa5; 257]].concat());
    judge("SSH line", text_disguises(&format!("ssh-rsa {blob} user@host")));
    judge("SSH without its name", text_disguises(&blob));
    judge("SSH blob", disguises(&STANDARD.decode(&blob).unwrap()));
    assert!(passed.is_empty(), "{} passed:\n{}", passed.len(), passed.join("\n"));
}

#[test]
fn random_secrets_are_no_key_in_any_spelling() {
    for seed in 0..=255_u8 {
        let secret: Vec<u8> =
            (0..64_u8).map(|at| seed.wrapping_mul(167).wrapping_add(at.wrapping_mul(91)) ^ at.rotate_left(3)).collect();
        for (how, spelled) in disguises(&secret) {
            assert!(Key::from_secret(Alg::HS256, &spelled).is_ok(), "{seed}, {how}");
        }
    }
    for text in [
        "correct horse battery staple, and 7 words more",
        "{not json} but long enough for HS256 {}",
        r"C:\new\table\and some more text to be long",
    ] {
        assert!(Key::from_secret(Alg::HS256, text.as_bytes()).is_ok(), "{text}");
    }
}

#[test]
fn cve_2019_20933_cve_2020_28637_and_ghsa_gmvf_9v4p_v8jc_an_empty_secret_is_no_secret() {
    for alg in [Alg::HS256, Alg::HS384, Alg::HS512] {
        assert_eq!(Key::from_secret(alg, b"").unwrap_err().code(), Code::KeyWeak);
        assert_eq!(Key::from_weak_secret(alg, b"").unwrap_err().code(), Code::KeyWeak);
        let jwk = json!({ "kty": "oct", "alg": alg.name(), "k": "" });
        assert_eq!(Key::from_jwk(&jwk.to_string(), None).unwrap_err().code(), Code::KeyWeak);
    }
}

#[test]
fn a_secret_is_as_long_as_its_hash_unless_weakness_is_asked_for_by_name() {
    for (alg, least) in [(Alg::HS256, 32), (Alg::HS384, 48), (Alg::HS512, 64)] {
        assert_eq!(Key::from_secret(alg, &vec![7; least - 1]).unwrap_err().code(), Code::KeyWeak);
        assert!(Key::from_secret(alg, &vec![7; least]).is_ok());
        assert!(Key::from_weak_secret(alg, b"secret").is_ok());
    }
    assert_eq!(Key::from_weak_secret(Alg::RS256, b"secret").unwrap_err().code(), Code::KeyWrongKind);
}

#[test]
fn cve_2022_23539_a_key_of_the_wrong_kind_is_refused_for_the_algorithm() {
    let rejects = |stem: &str, alg| Key::from_jwk(&key_jwk(stem).to_string(), Some(alg)).unwrap_err().code();
    assert_eq!(rejects("rsa", Alg::ES256), Code::KeyWrongKind);
    assert_eq!(rejects("p256", Alg::RS256), Code::KeyWrongKind);
    assert_eq!(rejects("p256", Alg::ES384), Code::KeyWrongKind);
    assert_eq!(rejects("secp256k1", Alg::ES256), Code::KeyWrongKind);
    assert_eq!(rejects("ed25519", Alg::HS256), Code::KeyWrongKind);
    for file in ["x25519.pkcs8.pem", "rsa.encrypted.pem"] {
        assert_eq!(Key::from_pem(&key_file(file), None).unwrap_err().code(), Code::KeyWrongKind, "{file}");
    }
}

#[test]
fn cve_2022_23541_a_token_cannot_turn_an_rsa_key_into_a_secret() {
    let public = key_file("rsa.spki.pem");
    let verifier = Verifier::new(Key::from_pem(&public, Some(Alg::RS256)).unwrap(), anybody());
    // The forger signs with HMAC under the public key's text, which this crate refuses to do for him.
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let forged =
        format!("{header}.{}.{}", URL_SAFE_NO_PAD.encode(r#"{"sub":"admin"}"#), URL_SAFE_NO_PAD.encode([7; 32]));
    let error = verifier.verify_now(&forged, &Software, UnixMillis::from_secs(0)).unwrap().unwrap_err();
    assert_eq!(error.code(), Code::AlgNotAllowed);
}

fn anybody() -> Expectations {
    Expectations::new(Expected::Unchecked, Expected::Unchecked)
}

#[test]
fn rsa_keys_have_a_sound_size_and_exponent() {
    let changed = |member: &str, bytes: &[u8]| {
        let mut jwk = key_jwk("rsa");
        jwk[member] = URL_SAFE_NO_PAD.encode(bytes).into();
        for private in ["d", "p", "q", "dp", "dq", "qi"] {
            jwk.as_object_mut().unwrap().remove(private);
        }
        Key::from_jwk(&jwk.to_string(), Some(Alg::RS256)).map(|_| ()).map_err(|error| error.code())
    };
    let modulus = |bytes: usize, last: u8| {
        let mut n = vec![0xc5; bytes];
        n[bytes - 1] = last;
        n
    };
    assert_eq!(changed("n", &modulus(256, 0xc5)), Ok(()));
    assert_eq!(changed("n", &modulus(1024, 0xc5)), Ok(()));
    for weak in [modulus(255, 1), modulus(128, 1), modulus(1025, 1), modulus(256, 2), vec![], vec![0; 256]] {
        assert_eq!(changed("n", &weak), Err(Code::KeyWeak), "{} bytes", weak.len());
    }
    assert_eq!(changed("e", &[3]), Ok(()));
    assert_eq!(changed("e", &[17]), Ok(()));
    assert_eq!(changed("e", &[0, 1, 0, 1]), Ok(()));
    for weak in [
        &[5][..],
        &[1, 0, 3],
        &[1, 0xff, 0xff, 0xff, 0xff],
        &[],
        &[0],
        &[1],
        &[2],
        &[1, 0, 0],
        &[2, 0, 0, 0, 1],
        &[0xff; 9],
        &[0xff; 256],
    ] {
        assert_eq!(changed("e", weak), Err(Code::KeyWeak), "{weak:?}");
    }
    let small = Key::from_pem(&key_file("rsa-1024.pkcs8.pem"), Some(Alg::RS256)).unwrap_err();
    assert_eq!(small.code(), Code::KeyWeak);
}

#[test]
fn points_off_the_curve_are_refused_in_every_build() {
    for stem in ["p256", "p384", "p521", "secp256k1"] {
        let mut jwk = key_jwk(stem);
        jwk.as_object_mut().unwrap().remove("d");
        jwk["y"] = jwk["x"].clone();
        assert_eq!(Key::from_jwk(&jwk.to_string(), None).unwrap_err().code(), Code::KeyInvalid, "{stem}");
        let mut short = key_jwk(stem);
        short["x"] = "AQ".into();
        assert_eq!(Key::from_jwk(&short.to_string(), None).unwrap_err().code(), Code::KeyInvalid, "{stem}");
    }
    let identity =
        json!({ "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode([&[1][..], &[0; 31]].concat()) });
    assert_eq!(Key::from_jwk(&identity.to_string(), None).unwrap_err().code(), Code::KeyWeak);
}

#[test]
#[cfg(feature = "software")]
fn a_private_half_belongs_to_its_public_half() {
    for stem in ["p256", "p384", "p521", "secp256k1", "ed25519"] {
        let mut jwk = key_jwk(stem);
        let mut d = URL_SAFE_NO_PAD.decode(jwk["d"].as_str().unwrap()).unwrap();
        *d.last_mut().unwrap() ^= 1;
        jwk["d"] = URL_SAFE_NO_PAD.encode(&d).into();
        assert_eq!(Key::from_jwk(&jwk.to_string(), None).unwrap_err().code(), Code::KeyInvalid, "{stem}");
        jwk["d"] = URL_SAFE_NO_PAD.encode(vec![0; d.len()]).into();
        assert_eq!(Key::from_jwk(&jwk.to_string(), None).unwrap_err().code(), Code::KeyInvalid, "{stem}");
    }
    for member in ["d", "p", "q", "dp", "dq", "qi"] {
        let mut jwk = key_jwk("rsa");
        let mut number = URL_SAFE_NO_PAD.decode(jwk[member].as_str().unwrap()).unwrap();
        number[20] ^= 1;
        jwk[member] = URL_SAFE_NO_PAD.encode(&number).into();
        let error = Key::from_jwk(&jwk.to_string(), Some(Alg::RS256)).unwrap_err();
        assert_eq!(error.code(), Code::KeyInvalid, "{member}");
    }
}

#[test]
fn private_numbers_are_no_longer_than_the_modulus() {
    for member in ["d", "p", "q", "dp", "dq", "qi"] {
        let mut jwk = key_jwk("rsa");
        jwk[member] = URL_SAFE_NO_PAD.encode([0xff; 257]).into();
        let error = Key::from_jwk(&jwk.to_string(), Some(Alg::RS256)).unwrap_err();
        assert_eq!(error.code(), Code::KeyInvalid, "{member}");
    }
}

#[test]
fn use_and_key_ops_are_honoured() {
    let secret = |member: &str, value: Value| {
        let mut jwk = json!({ "kty": "oct", "alg": "HS256", "k": URL_SAFE_NO_PAD.encode([9; 32]) });
        jwk[member] = value;
        Key::from_jwk(&jwk.to_string(), None)
    };
    assert_eq!(secret("use", json!("enc")).unwrap_err().code(), Code::KeyWrongKind);
    assert_eq!(secret("key_ops", json!(["encrypt"])).unwrap_err().code(), Code::KeyWrongKind);
    for malformed in [json!("sign"), json!([1]), json!(["sign", "sign"])] {
        assert_eq!(secret("key_ops", malformed).unwrap_err().code(), Code::KeyInvalid);
    }
    let verify_only = secret("key_ops", json!(["verify"])).unwrap();
    assert!(!verify_only.can_sign() && verify_only.can_verify());
    assert_eq!(Signer::new(verify_only, "JWT").unwrap_err().code(), Code::KeyWrongKind);
    let sign_only = secret("key_ops", json!(["sign"])).unwrap();
    assert!(sign_only.can_sign() && !sign_only.can_verify());
    assert_eq!(KeySet::from(sign_only).select(Alg::HS256, None).unwrap_err().code(), Code::KeyNotFound);
    let mut public = key_jwk("p256");
    public.as_object_mut().unwrap().remove("d");
    public["key_ops"] = json!(["sign"]);
    assert_eq!(Key::from_jwk(&public.to_string(), None).unwrap_err().code(), Code::KeyWrongKind);
    public["key_ops"] = json!(["verify", "deriveKey"]);
    public["use"] = json!("sig");
    assert_eq!(Key::from_jwk(&public.to_string(), None).unwrap_err().code(), Code::KeyInvalid);
    assert_eq!(secret("alg", json!("RSA-OAEP")).unwrap_err().code(), Code::KeyWrongKind);
    assert_eq!(secret("alg", json!("none")).unwrap_err().code(), Code::KeyWrongKind);
    assert_eq!(secret("kid", json!(7)).unwrap_err().code(), Code::KeyInvalid);
}

#[test]
fn nothing_private_stands_in_debug_or_errors() {
    let mut jwk = key_jwk("p256");
    let d = jwk["d"].as_str().unwrap().to_owned();
    let key = Key::from_jwk(&jwk.to_string(), None).unwrap();
    assert!(!format!("{key:?} {:?}", KeySet::from(key.clone())).contains(&d[..8]));
    jwk["x"] = jwk["y"].clone();
    let error = Key::from_jwk(&jwk.to_string(), None).unwrap_err();
    assert!(!format!("{error} {error:?}").contains(&d[..8]));
    let pem = key_file("p256.pkcs8.pem").replace("MIGH", "MIGI");
    let error = Key::from_pem(&pem, None).unwrap_err();
    assert!(!format!("{error} {error:?}").contains(&pem[30..40]));
    for (text, code) in
        [("", Code::KeyInvalid), ("{}", Code::KeyInvalid), ("[]", Code::KeyInvalid), ("{\"kty\":", Code::KeyInvalid)]
    {
        assert_eq!(Key::from_jwk(text, Some(Alg::ES256)).unwrap_err().code(), code);
    }
}

#[test]
fn pem_files_hold_one_key_and_end_where_they_say() {
    let pem = key_file("p256.spki.pem");
    for broken in [
        String::new(),
        "no key".into(),
        pem.replace("-----END PUBLIC KEY-----", ""),
        pem.replace("END PUBLIC", "END PRIVATE"),
        format!("{pem}{pem}"),
        pem.replacen('M', "!", 1),
        pem.replace("-----BEGIN PUBLIC KEY-----\n", "-----BEGIN PUBLIC KEY-----\nAAAA"),
    ] {
        assert_eq!(Key::from_pem(&broken, None).unwrap_err().code(), Code::KeyInvalid, "{broken}");
    }
    let mislabelled = pem.replace("PUBLIC KEY", "RSA PUBLIC KEY");
    assert_eq!(Key::from_pem(&mislabelled, None).unwrap_err().code(), Code::KeyInvalid);
}

fn secret_key(byte: u8, kid: Option<&str>) -> Key {
    let key = Key::from_secret(Alg::HS256, &[byte; 32]).unwrap();
    kid.map_or(key.clone(), |kid| key.with_kid(kid))
}

#[test]
fn a_set_chooses_by_name_and_never_guesses() {
    let set = KeySet::new(vec![secret_key(1, Some("a")), secret_key(2, Some("b")), secret_key(3, None)]).unwrap();
    let select = |kid| set.select(Alg::HS256, kid).map(Key::thumbprint).map_err(|error| error.code());
    assert_eq!(select(Some("b")), Ok(secret_key(2, None).thumbprint()));
    assert_eq!(select(None), Err(Code::KeyAmbiguous));
    for unknown in ["c", "A", "", "__proto__", "a\0", "../a"] {
        assert_eq!(select(Some(unknown)), Err(Code::KeyNotFound), "{unknown:?}");
    }
    assert_eq!(set.select(Alg::HS512, Some("a")).unwrap_err().code(), Code::KeyNotFound);
    let unnamed = KeySet::from(secret_key(1, None));
    assert!(unnamed.select(Alg::HS256, Some("whatever")).is_ok());
    let twice = KeySet::new(vec![secret_key(1, Some("a")), secret_key(2, Some("a"))]);
    assert_eq!(twice.unwrap_err().code(), Code::KeyAmbiguous);
}

fn set_of(keys: &[Value]) -> Result<KeySet, Code> {
    KeySet::from_jwks(&json!({ "keys": keys }).to_string()).map_err(|error| error.code())
}

fn public_jwk(stem: &str, kid: &str) -> Value {
    let key = Key::from_jwk(&key_jwk(stem).to_string(), (stem == "rsa").then_some(Alg::RS256)).unwrap();
    key.with_kid(kid).to_public_jwk().unwrap()
}

#[test]
fn a_document_is_read_as_a_whole_or_not_at_all() {
    let secret = json!({ "kty": "oct", "alg": "HS256", "kid": "s", "k": URL_SAFE_NO_PAD.encode([9; 32]) });
    let encryption = json!({ "kty": "RSA", "use": "enc", "n": "AQAB", "e": "AQAB" });
    let future = json!({ "kty": "AKP", "alg": "ML-DSA-44", "pub": "AQAB" });
    let set = set_of(&[public_jwk("rsa", "1"), encryption.clone(), public_jwk("ed25519", "2"), future]).unwrap();
    assert_eq!(set.keys().iter().filter_map(Key::kid).collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(set_of(&[public_jwk("rsa", "1"), public_jwk("p256", "1")]).unwrap_err(), Code::KeyAmbiguous);
    assert_eq!(set_of(&[secret.clone(), public_jwk("rsa", "1")]).unwrap_err(), Code::KeyInvalid);
    assert!(set_of(&[secret]).is_ok());
    assert_eq!(set_of(&[encryption]).unwrap_err(), Code::KeyInvalid);
    assert_eq!(set_of(&[]).unwrap_err(), Code::KeyInvalid);
    let mut weak = public_jwk("rsa", "1");
    weak["e"] = "AQ".into();
    assert_eq!(set_of(&[public_jwk("p256", "2"), weak]).unwrap_err(), Code::KeyWeak);
    let unnamed = |stem: &str| {
        let mut jwk = public_jwk(stem, "k");
        jwk.as_object_mut().unwrap().remove("alg");
        jwk
    };
    assert_eq!(set_of(&[unnamed("rsa")]).unwrap().keys()[0].alg(), Alg::RS256);
    let chosen = KeySet::from_jwks_for(&json!({ "keys": [unnamed("rsa")] }).to_string(), &[Alg::ES256, Alg::PS384]);
    assert_eq!(chosen.unwrap().keys()[0].alg(), Alg::PS384);
    for text in ["{\"keys\":[1]}", "{\"keys\":{}}", "{}", "[]", "{\"keys\":[],\"keys\":[]}"] {
        assert_eq!(KeySet::from_jwks(text).unwrap_err().code(), Code::KeyInvalid, "{text}");
    }
    assert_eq!(set_of(&vec![json!({ "kty": "x" }); 101]).unwrap_err(), Code::KeyInvalid);
}

#[test]
fn a_key_the_host_keeps_has_bounds_like_others_and_nothing_to_show() {
    let key = |alg, bits, exponent: &[u8], signs, verifies| {
        Key::hosted(HostKey { alg, bits, exponent: exponent.to_vec(), signs, verifies })
    };
    let refusal = |key: Result<Key, Error>| key.unwrap_err().code();
    assert_eq!(refusal(key(Alg::HS512, 256, &[], true, true)), Code::KeyWeak);
    assert_eq!(refusal(key(Alg::RS256, 1024, &[1, 0, 1], true, false)), Code::KeyWeak);
    assert_eq!(refusal(key(Alg::PS256, 16_384, &[1, 0, 1], true, false)), Code::KeyWeak);
    assert_eq!(refusal(key(Alg::RS256, 2048, &[1], false, true)), Code::KeyWeak);
    assert_eq!(refusal(key(Alg::ES256, 0, &[], false, false)), Code::KeyWrongKind);

    let kept = key(Alg::HS256, 256, &[], true, false).unwrap();
    assert!(kept.is_hosted() && kept.can_sign() && !kept.can_verify() && kept.public().is_none());
    assert_eq!(kept.to_public_jwk().unwrap_err().code(), Code::KeyWrongKind);
    assert_eq!(kept.with_numbers().unwrap_err().code(), Code::KeyWrongKind);
    // Only its host can use it: the engine of our own neither signs nor takes any signature for good.
    let signer = Signer::new(kept, "JWT").unwrap();
    assert!(signer.sign_json_now("{}", &Software).is_none_or(|signed| signed.is_err()));
}
