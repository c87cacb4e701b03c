//! Any text as a set of keys: never a panic; no two keys of a set answer to one name; what is published holds no secrets.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis::key::KeySet;

fuzz_target!(|text: &str| {
    let Ok(set) = KeySet::from_jwks(text) else { return };
    for key in set.keys() {
        if let Ok(chosen) = set.select(key.alg(), key.kid()) {
            assert!(chosen.alg().serves(key.alg()));
        }
    }
    for published in set.to_public_jwks()["keys"].as_array().expect("a list") {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(published.get(private).is_none(), "a private member in a public set");
        }
    }
});
