//! Any text as PEM, for any kind of key: never a panic; what is accepted has a thumbprint and an export.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis::alg::Alg;
use portcullis::key::Key;

fuzz_target!(|text: &str| {
    for alg in [None, Some(Alg::RS256), Some(Alg::PS512), Some(Alg::HS256)] {
        let Ok(key) = Key::from_pem(text, alg) else { continue };
        assert!(!key.thumbprint().is_empty());
        assert!(key.to_public_jwk().is_ok());
    }
    assert!(!text.contains("-----BEGIN") || Key::from_secret(Alg::HS256, text.as_bytes()).is_err(), "PEM as a secret");
});
