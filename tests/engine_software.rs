//! The engine suite on the pure-Rust engine.
#![cfg(feature = "software")]
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

#[path = "support/engine_suite.rs"]
mod engine_suite;
mod support;
#[path = "support/vectors.rs"]
#[allow(dead_code, unreachable_pub, clippy::expect_used, reason = "shared with the example that writes them out")]
mod vectors;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis::alg::{Alg, TABLE};
use portcullis::crypto::{self, SignatureProvider, Software};
use portcullis::error::{Code, Result};
use portcullis::key::Key;

#[test]
fn wycheproof() {
    engine_suite::vectors_are_judged_right(&Software);
}

#[test]
fn round_trips_and_misshapen_signatures() {
    let algorithms: Vec<_> = TABLE.iter().map(|row| row.alg).collect();
    engine_suite::signatures_round_trip(&Software, &algorithms);
}

#[test]
fn cve_2022_23539_algorithms_do_not_mix() {
    engine_suite::algorithms_do_not_mix(&Software);
}

/// Notes that it was asked, and signs nothing.
#[derive(Default)]
struct Host(std::cell::Cell<u32>);

impl SignatureProvider for Host {
    fn check_now(&self, _key: &Key, _message: &[u8], _signature: &[u8]) -> Option<bool> {
        self.0.set(self.0.get() + 1);
        None
    }

    async fn check(&self, _key: &Key, _message: &[u8], _signature: &[u8]) -> Result<bool> {
        Ok(false)
    }

    fn sign_now(&self, _key: &Key, _message: &[u8]) -> Option<Result<Vec<u8>>> {
        self.0.set(self.0.get() + 1);
        Some(Err(Code::SigningFailed.into()))
    }

    async fn sign(&self, key: &Key, message: &[u8]) -> Result<Vec<u8>> {
        self.sign_now(key, message).unwrap_or(Err(Code::SigningFailed.into()))
    }
}

#[test]
fn rustsec_2023_0071_rsa_signing_is_the_hosts_where_there_is_one() {
    let host = Host::default();
    let key = Key::from_pem(&support::key_file("rsa.pkcs8.pem"), Some(Alg::RS256)).expect("a key");
    let answer = crypto::sign_now(&host, &key, b"message").expect("at once");
    assert_eq!(answer.expect_err("no falling back to software").code(), Code::SigningFailed);
    assert_eq!(host.0.get(), 1);
}

#[test]
fn a_signature_of_another_length_is_refused_before_any_engine_is_asked() {
    let host = Host::default();
    for (file, alg, length) in
        [("ed25519.spki.pem", Alg::EdDSA, 64), ("p521.spki.pem", Alg::ES512, 132), ("rsa.spki.pem", Alg::PS256, 256)]
    {
        let key = Key::from_pem(&support::key_file(file), Some(alg)).expect("a key");
        assert_eq!(key.signature_bytes(), length);
        for wrong in [0, 1, length - 1, length + 1, 2 * length] {
            let answer = crypto::prove_now(&host, &key, b"message", &vec![1; wrong]).expect("at once");
            assert_eq!(answer.expect_err("refused").code(), Code::SignatureInvalid, "{alg} {wrong}");
        }
        assert_eq!(host.0.take(), 0, "{alg}");
        assert!(crypto::prove_now(&host, &key, b"message", &vec![1; length]).is_none());
        assert_eq!(host.0.take(), 1, "{alg}");
    }
}

#[test]
fn numbers_out_of_range_in_a_signature_are_refused_before_any_engine_is_asked() {
    let host = Host::default();
    let asked = |file: &str, alg, signature: &[u8]| {
        let key = Key::from_pem(&support::key_file(file), Some(alg)).expect("a key");
        let _ = crypto::prove_now(&host, &key, b"message", signature);
        host.0.take() == 1
    };
    for alg in [Alg::RS256, Alg::RS384, Alg::RS512, Alg::PS256, Alg::PS384, Alg::PS512] {
        let jwk = Key::from_pem(&support::key_file("rsa.spki.pem"), Some(alg)).expect("a key").to_public_jwk();
        let mut n = URL_SAFE_NO_PAD.decode(jwk.expect("public")["n"].as_str().expect("text")).expect("base64url");
        assert!(!asked("rsa.spki.pem", alg, &n), "{alg}: s = n");
        assert!(!asked("rsa.spki.pem", alg, &[0xff; 256]), "{alg}: s > n");
        *n.last_mut().expect("a byte") -= 1;
        assert!(asked("rsa.spki.pem", alg, &n), "{alg}: s = n - 1");
    }
    for (file, alg, field) in [
        ("p256.spki.pem", Alg::ES256, 32),
        ("p384.spki.pem", Alg::ES384, 48),
        ("p521.spki.pem", Alg::ES512, 66),
        ("secp256k1.spki.pem", Alg::ES256K, 32),
    ] {
        let [zero, most] = [vec![0; field], vec![0xff; field]];
        let one: Vec<u8> = [&zero[1..], &[1]].concat();
        for (r, s) in [(&zero, &one), (&one, &zero), (&most, &one), (&one, &most)] {
            assert!(!asked(file, alg, &[r.as_slice(), s].concat()), "{alg}");
        }
        assert!(asked(file, alg, &[one.as_slice(), &one].concat()), "{alg}");
    }
    let order = [
        &[0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14][..],
        &[0; 15],
        &[0x10],
    ];
    let order = order.concat();
    let sound = [0x66; 32];
    assert!(asked("ed25519.spki.pem", Alg::EdDSA, &[sound, [0; 32]].concat()));
    assert!(!asked("ed25519.spki.pem", Alg::EdDSA, &[&sound[..], &order].concat()), "S = L");
    for small in [[0; 32], [0xff; 32]] {
        assert!(!asked("ed25519.spki.pem", Alg::EdDSA, &[small, [0; 32]].concat()), "R");
    }
}
