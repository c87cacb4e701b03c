//! How long a decision takes, with ten rules and with a thousand: `cargo bench --bench policy`. Prints nanoseconds, lets nothing pass
//! or fail.

#![allow(clippy::unwrap_used, missing_docs, reason = "a bench, not part of the library")]

use std::hint::black_box;
use std::time::Instant;

use portcullis::access::{Asked, Policy, Presented};
use portcullis::alg::Alg;
use portcullis::crypto::Software;
use portcullis::key::Key;
use portcullis::time::UnixMillis;
use portcullis::token::{Expectations, Expected, Signer, Verified, Verifier};
use serde_json::json;

const ROUNDS: u32 = 200_000;

fn main() {
    let holder = holder();
    for count in [10, 100, 1000] {
        let policy = policy(count);
        for (what, path) in [
            ("first rule", "/api/v1/resource0/7/details".to_owned()),
            ("last rule", format!("/api/v1/resource{}/7/details", count - 1)),
            ("no rule", "/api/v1/nothing/7/details".to_owned()),
            ("needs normalising", format!("/api//v1/./resource{}/%37/Details", count - 1)),
        ] {
            let asked = Asked { method: "GET", host: "api.example.com", path: &path };
            println!("{count:>5} rules, {what:<18} {:>5} ns", nanoseconds(&policy, &holder, &asked));
        }
    }
}

/// The fastest of a few runs: what the machine can do when nothing else runs on it.
fn nanoseconds(policy: &Policy, holder: &Verified, asked: &Asked<'_>) -> u128 {
    let run = || {
        let start = Instant::now();
        for _ in 0..ROUNDS {
            let _ = black_box(policy.decide(Presented::from(black_box(holder)), black_box(asked)));
        }
        start.elapsed().as_nanos() / u128::from(ROUNDS)
    };
    (0..5).map(|_| run()).min().unwrap()
}

fn policy(count: usize) -> Policy {
    let rules: Vec<_> = (0..count)
        .map(|at| json!({ "path": format!("/api/v1/resource{at}/:id/details"), "methods": ["GET"], "roles": ["user"] }))
        .collect();
    let roles = json!({ "admin": { "inherits": "manager" }, "manager": { "inherits": "user" }, "user": {} });
    Policy::parse("bench", &json!({ "roles": roles, "rules": rules }).to_string()).unwrap()
}

fn holder() -> Verified {
    let key = Key::from_secret(Alg::HS256, &[7; 32]).unwrap();
    let claims = json!({ "sub": "7", "sid": "s", "roles": ["manager"] });
    let token = Signer::new(key.clone(), "at+jwt").unwrap().sign_now(&claims, &Software).unwrap().unwrap();
    let expectations = Expectations::new(Expected::Unchecked, Expected::Unchecked);
    Verifier::new(key, expectations).verify_now(&token, &Software, UnixMillis::from_secs(0)).unwrap().unwrap()
}
