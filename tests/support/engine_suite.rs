//! The behaviour of a signature engine, for mounting on each.

#![allow(dead_code, unreachable_pub, reason = "an engine may mount a part")]
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use portcullis::alg::{Alg, Family, TABLE};
use portcullis::crypto::{self, SignatureProvider};
use portcullis::error::Code;
use portcullis::key::Key;

use super::support::{Os, key_file};
use super::vectors;

/// Judges every vector.
pub fn vectors_are_judged_right(engine: &impl SignatureProvider) {
    let mut wrong = Vec::new();
    let cases = vectors::all();
    // Cases of one key stand together; an 8192-bit one is not read anew for each.
    let mut last: Option<(&vectors::Case, Key)> = None;
    for case in &cases {
        let key = match last.take() {
            Some((before, key)) if before.key == case.key && before.alg == case.alg => key,
            _ => case.key(),
        };
        let answer = crypto::prove_now(engine, &key, &case.message, &case.signature);
        last = Some((case, key));
        let Some(answer) = answer else { panic!("{} {} makes one wait", case.source, case.id) };
        if case.valid != answer.is_ok() {
            wrong.push(format!("{} {} ({}): {answer:?}", case.source, case.id, case.comment));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Signs and checks under every algorithm; every changed byte, length and key is noticed.
pub fn signatures_round_trip(engine: &impl SignatureProvider, algorithms: &[Alg]) {
    for &alg in algorithms {
        let key = test_key(alg);
        let message = b"eyJhbGciOiJub25lIn0.e30";
        let signature = crypto::sign_now(engine, &key, message).expect("at once").expect("signs");
        if let Some(bytes) = alg.row().signature_bytes {
            assert_eq!(signature.len(), bytes, "{alg}");
        }
        let public = key.public().unwrap_or_else(|| key.clone());
        let says = |message: &[u8], signature: &[u8]| {
            let answer = crypto::prove_now(engine, &public, message, signature).expect("at once");
            answer.map(|_| ()).map_err(|error| error.code())
        };
        assert_eq!(says(message, &signature), Ok(()), "{alg}");
        assert_eq!(says(b"another", &signature), Err(Code::SignatureInvalid), "{alg}");
        assert_eq!(says(b"", &signature), Err(Code::SignatureInvalid), "{alg}");
        for wrong in misshapen(&signature) {
            assert_eq!(says(message, &wrong), Err(Code::SignatureInvalid), "{alg} {} bytes", wrong.len());
        }
        let refused = crypto::sign_now(engine, &public, message);
        if key.public().is_some() {
            assert_eq!(refused.expect("at once").unwrap_err().code(), Code::KeyWrongKind, "{alg}");
        }
    }
}

/// A key of one algorithm never passes what another made, though the numbers be the same.
pub fn algorithms_do_not_mix(engine: &impl SignatureProvider) {
    let rsa: Vec<Alg> = TABLE.iter().map(|row| row.alg).filter(|alg| is_rsa(*alg)).collect();
    for &made in &rsa {
        let signature = crypto::sign_now(engine, &test_key(made), b"m").expect("at once").expect("signs");
        for &checked in rsa.iter().filter(|&&checked| checked != made) {
            let answer = crypto::prove_now(engine, &test_key(checked), b"m", &signature).expect("at once");
            assert!(answer.is_err(), "{made} passed as {checked}");
        }
    }
}

fn is_rsa(alg: Alg) -> bool {
    matches!(alg.family(), Family::RsaPkcs1 | Family::RsaPss)
}

fn test_key(alg: Alg) -> Key {
    if is_rsa(alg) {
        Key::from_pem(&key_file("rsa.pkcs8.pem"), Some(alg)).expect("a key")
    } else {
        Key::generate(alg, &Os).expect("a key")
    }
}

/// Cut, grown, emptied, zeroed, filled, swapped and bent; zeroed r and s are CVE-2022-21449.
fn misshapen(signature: &[u8]) -> Vec<Vec<u8>> {
    let length = signature.len();
    let mut bent = vec![
        Vec::new(),
        signature[..length - 1].to_vec(),
        signature[1..].to_vec(),
        [signature, &[0]].concat(),
        [&[0], signature].concat(),
        vec![0; length],
        vec![0xff; length],
        [&signature[length / 2..], &signature[..length / 2]].concat(),
        [&vec![0; length / 2], &signature[length / 2..]].concat(),
        [&signature[..length / 2], &vec![0; length - length / 2]].concat(),
    ];
    for at in [0, length / 2, length - 1] {
        let mut flipped = signature.to_vec();
        flipped[at] ^= 1;
        bent.push(flipped);
    }
    bent
}
