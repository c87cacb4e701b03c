//! The engine suite on the pure-Rust engine.
#![cfg(feature = "software")]

#[path = "support/engine_suite.rs"]
mod engine_suite;
mod support;
#[path = "support/vectors.rs"]
#[allow(dead_code, unreachable_pub, clippy::expect_used, reason = "shared with the example that writes them out")]
mod vectors;

use portcullis::alg::TABLE;
use portcullis::crypto::Software;

#[test]
fn wycheproof() {
    engine_suite::vectors_are_judged_right(&Software, &[]);
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
