//! Any text as a JWK: never a panic; what is accepted can be exported and read back as the same key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis::key::Key;

fuzz_target!(|text: &str| {
    let Ok(key) = Key::from_jwk(text, None) else { return };
    let again = Key::from_jwk(&key.to_private_jwk(), Some(key.alg())).expect("what is exported can be read");
    assert_eq!(again.alg(), key.alg());
    assert_eq!(again.thumbprint(), key.thumbprint());
    if let Ok(public) = key.to_public_jwk() {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(public.get(private).is_none(), "a private member in a public key");
        }
    }
});
