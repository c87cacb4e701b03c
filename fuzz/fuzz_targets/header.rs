//! Any bytes as a header: never a panic; what is accepted is an object whose members mean one thing.
#![no_main]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use portcullis::token::Untrusted;

fuzz_target!(|bytes: &[u8]| {
    let token = format!("{}.e30.AA", URL_SAFE_NO_PAD.encode(bytes));
    let Ok(untrusted) = Untrusted::parse(&token) else { return };
    let header = untrusted.header();
    assert_eq!(header.json().as_bytes(), bytes);
    assert_eq!(header.get("alg").and_then(|alg| alg.as_str()), Some(header.alg().name()));
    assert_eq!(header.get("kid").and_then(|kid| kid.as_str()), header.kid());
    assert_eq!(header.get("typ").and_then(|typ| typ.as_str()), header.typ());
    assert!(header.get("b64").is_none() && header.get("crit").is_none());
});
