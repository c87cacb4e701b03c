//! The examples of the RFCs: each token verifies under its key, and where the algorithm always gives the same signature,
//! signing gives the very token.

use portcullis::alg::Alg;
use portcullis::crypto::Software;
use portcullis::error::Code;
use portcullis::key::Key;
use portcullis::token::jws;
use serde_json::Value;

use crate::support::{b64, unb64};

const FILES: [&str; 3] = [
    include_str!("../vectors/jws/rfc7515.json"),
    include_str!("../vectors/jws/rfc7520.json"),
    include_str!("../vectors/jws/rfc8037.json"),
];

struct Case {
    name: String,
    key: Key,
    token: String,
    deterministic: bool,
}

fn cases() -> Vec<Case> {
    let read = |file: &str| {
        let file: Value = serde_json::from_str(file).unwrap();
        let source = file["source"].as_str().unwrap().to_owned();
        let cases = file["cases"].as_array().unwrap().iter().map(|case| Case {
            name: format!("{source}: {}", case["name"].as_str().unwrap()),
            key: Key::from_jwk(&case["key"].to_string(), case["alg"].as_str().and_then(Alg::from_name)).unwrap(),
            token: case["token"].as_str().unwrap().to_owned(),
            deterministic: case["deterministic"].as_bool().unwrap(),
        });
        cases.collect::<Vec<_>>()
    };
    FILES.iter().flat_map(|file| read(file)).collect()
}

#[test]
fn every_example_verifies() {
    for Case { name, key, token, .. } in cases() {
        let alg = key.alg();
        let content =
            jws::Verifier::new(key).verify_now(&token, &Software).unwrap().unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(content.header().alg(), alg, "{name}");
        assert_eq!(b64(content.payload()), token.split('.').nth(1).unwrap(), "{name}");
    }
    assert_eq!(cases().len(), 9);
}

#[test]
fn every_example_fails_when_a_bit_of_it_is_flipped() {
    for Case { name, key, token, .. } in cases() {
        let verifier = jws::Verifier::new(key);
        let parts: Vec<&str> = token.split('.').collect();
        let mut payload = unb64(parts[1]);
        payload[0] ^= 1;
        let changed = format!("{}.{}.{}", parts[0], b64(payload), parts[2]);
        assert_eq!(
            verifier.verify_now(&changed, &Software).unwrap().unwrap_err().code(),
            Code::SignatureInvalid,
            "{name}"
        );
        for at in [0, unb64(parts[2]).len() - 1] {
            let mut signature = unb64(parts[2]);
            signature[at] ^= 1;
            let changed = format!("{}.{}.{}", parts[0], parts[1], b64(signature));
            assert_eq!(
                verifier.verify_now(&changed, &Software).unwrap().unwrap_err().code(),
                Code::SignatureInvalid,
                "{name}"
            );
        }
    }
}

#[test]
fn deterministic_examples_come_out_the_same_when_signed_again() {
    for Case { name, key, token, deterministic } in cases() {
        let (input, signature) = token.rsplit_once('.').unwrap();
        let made = portcullis::crypto::sign_now(&Software, &key, input.as_bytes()).unwrap().unwrap();
        assert_eq!(b64(made) == signature, deterministic, "{name}");
    }
}
