//! Any bytes as claims under a good signature: never a panic; what was noted in the one pass is what the tree says.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis::alg::Alg;
use portcullis::crypto::Software;
use portcullis::key::Key;
use portcullis::time::UnixMillis;
use portcullis::token::{Expectations, Expected, Signer, Verifier, jws};
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let key = Key::from_secret(Alg::HS256, &[7; 32]).unwrap();
    let token = jws::Signer::new(key.clone(), None).unwrap().sign_now(bytes, &Software).unwrap().unwrap();
    let mut asked = Expectations::new(Expected::Unchecked, Expected::Unchecked);
    asked.max_token_bytes = usize::MAX;
    let verifier = Verifier::new(key.clone(), asked);
    let Ok(verified) = verifier.verify_now(&token, &Software, UnixMillis::from_secs(1_800_000_000)).unwrap() else {
        return;
    };
    let claims = verified.claims();
    assert_eq!(claims.json().as_bytes(), bytes);
    assert_eq!(claims.names().count(), claims.members().len());
    for name in claims.names() {
        match &claims.members()[name] {
            Value::String(text) => assert_eq!(claims.get_str(name), Some(text.as_str())),
            Value::Number(secs) => {
                let date = UnixMillis::from_numeric_date(secs.as_f64().unwrap());
                assert_eq!(claims.date(name).unwrap(), Some(date));
            }
            Value::Array(items) => {
                let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                assert_eq!(claims.get_strings(name), texts);
            }
            _ => assert!(claims.get_str(name).is_none()),
        }
    }
    let text = claims.json();
    assert!(Signer::new(key, "JWT").unwrap().sign_json_now(text, &Software).unwrap().is_ok());
});
