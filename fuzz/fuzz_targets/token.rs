//! Any text as a token: never a panic; what is taken apart was spelled in the one canonical way; what is verified was signed.
#![no_main]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use portcullis::alg::Alg;
use portcullis::crypto::Software;
use portcullis::key::Key;
use portcullis::time::UnixMillis;
use portcullis::token::{Expectations, Expected, Untrusted, Verifier, jws};

fuzz_target!(|text: &str| {
    let key = Key::from_secret(Alg::HS256, &[7; 32]).unwrap();
    if let Ok(untrusted) = Untrusted::parse(text) {
        let header = URL_SAFE_NO_PAD.encode(untrusted.header().json());
        assert_eq!(text.split('.').next(), Some(header.as_str()));
        assert_eq!(text.split('.').count(), 3);
        let _ = untrusted.claimed_issuer();
    }
    let verifier = Verifier::new(key.clone(), Expectations::new(Expected::Unchecked, Expected::Unchecked));
    let verdict = verifier.verify_now(text, &Software, UnixMillis::from_secs(1_800_000_000)).unwrap();
    if let Err(error) = &verdict {
        assert!(!error.to_string().is_empty());
    }
    let content = jws::Verifier::new(key.clone()).verify_now(text, &Software).unwrap();
    assert!(content.is_ok() || verdict.is_err(), "a JWT is a JWS");
    if let Ok(content) = content {
        let mut members = content.header().members().clone();
        members.remove("alg");
        if let Ok(signer) = jws::Signer::new(key, Some(&members)) {
            assert!(signer.sign_now(content.payload(), &Software).unwrap().is_ok());
        }
    }
});
