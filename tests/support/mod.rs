//! What the integration tests share.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part")]
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use portcullis::random::Entropy;

/// The machine's entropy.
pub struct Os;

impl Entropy for Os {
    fn fill(&self, into: &mut [u8]) {
        getrandom::fill(into).expect("the machine has entropy");
    }
}

/// A key file of `tests/vectors/keys`, made with openssl.
pub fn key_file(name: &str) -> String {
    let path = format!("{}/tests/vectors/keys/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect(name)
}

/// A private JWK of `tests/vectors/keys/keys.jwk.json`, the same keys as in the files, exported by node:crypto.
pub fn key_jwk(name: &str) -> serde_json::Value {
    serde_json::from_str::<serde_json::Value>(&key_file("keys.jwk.json")).expect("JSON")[name].clone()
}
