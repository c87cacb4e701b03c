//! What one verification costs beyond its HMAC. `cargo bench --bench token`; prints nanoseconds per call, best of several rounds.
#![allow(missing_docs, clippy::expect_used, reason = "a measurement, not a library")]

use std::hint::black_box;
use std::time::Instant;

use hmac::{Hmac, Mac};
use portcullis::alg::Alg;
use portcullis::crypto::Software;
use portcullis::key::Key;
use portcullis::time::UnixMillis;
use portcullis::token::{Expectations, Expected, Signer, Verifier};
use serde_json::json;
use sha2::Sha256;

const CALLS: u32 = 20_000;
const ROUNDS: u32 = 15;

fn main() {
    let now = UnixMillis::from_secs(1_800_000_000);
    let secret = [7u8; 32];
    let key = Key::from_secret(Alg::HS256, &secret).expect("a good key");
    let claims = json!({
        "iss": "https://id.example.com", "aud": "https://api.example.com", "sub": "248289761001",
        "iat": now.as_secs() - 10, "exp": now.as_secs() + 900, "sid": "3b9d2f0c5e", "roles": ["user", "editor"],
    });
    let signer = Signer::new(key.clone(), "at+jwt").expect("a signing key");
    let token = signer.sign_now(&claims, &Software).expect("at once").expect("signs");
    let expectations = Expectations::new(
        Expected::AnyOf(vec!["https://id.example.com".into()]),
        Expected::AnyOf(vec!["https://api.example.com".into()]),
    );
    let verifier = Verifier::new(key, expectations);
    println!("token of {} bytes", token.len());

    let signed = token.rsplit_once('.').expect("three parts").0;
    let state = Hmac::<Sha256>::new_from_slice(&secret).expect("any length");
    let hmac = time("the HMAC alone", || {
        let mut state = state.clone();
        state.update(signed.as_bytes());
        state.finalize().into_bytes()
    });
    let verify = time("verify", || verifier.verify_now(&token, &Software, now).expect("at once").expect("good"));
    let sign = time("sign", || signer.sign_now(&claims, &Software).expect("at once").expect("signs"));
    println!("beyond the HMAC: verify {:.0} ns, sign {:.0} ns", verify - hmac, sign - hmac);
}

/// Nanoseconds per call, the best round.
fn time<T>(what: &str, mut call: impl FnMut() -> T) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..CALLS {
            black_box(call());
        }
        best = best.min(start.elapsed().as_nanos() as f64 / f64::from(CALLS));
    }
    println!("{what:>24}: {best:7.0} ns");
    best
}
