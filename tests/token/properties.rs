//! What holds for every token: any claims come back as they went in, and any change of one bit is found.

use portcullis::crypto::Software;
use portcullis::token::{Signer, Untrusted, Verifier, inspect, jws};
use proptest::prelude::*;
use serde_json::{Map, Value};

use crate::support::{NOW, b64, key, lenient, unb64};

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        number().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

#[cfg(feature = "exact-floats")]
fn number() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("JSON has none of these", |number| number.is_finite())
}

/// A build without the tables for more promises no more than 15 digits.
#[cfg(not(feature = "exact-floats"))]
fn number() -> impl Strategy<Value = f64> {
    (-999_999_999_999_999..=999_999_999_999_999_i64, 0..=15)
        .prop_map(|(digits, places)| digits as f64 / 10_f64.powi(places))
}

/// Any claims that no date check refuses.
fn claims() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::btree_map(any::<String>(), json(), 0..20).prop_map(|map| {
        let dates = ["exp", "nbf", "iat"];
        map.into_iter().filter(|(name, _)| !dates.contains(&name.as_str())).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_claims_come_back_as_they_went_in(claims in claims()) {
        let token = Signer::new(key(), "JWT").unwrap().sign_now(&claims, &Software).unwrap().unwrap();
        let mut asked = lenient();
        asked.max_token_bytes = usize::MAX;
        let verified = Verifier::new(key(), asked).verify_now(&token, &Software, NOW).unwrap().unwrap();
        prop_assert_eq!(verified.claims().members(), &claims);
        for (name, value) in &claims {
            prop_assert_eq!(verified.claims().get_str(name), value.as_str());
        }
    }

    #[test]
    fn any_bytes_come_back_as_they_went_in(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let token = jws::Signer::new(key(), None).unwrap().sign_now(&bytes, &Software).unwrap().unwrap();
        let content = jws::Verifier::new(key()).verify_now(&token, &Software).unwrap().unwrap();
        prop_assert_eq!(content.payload(), &bytes[..]);
    }

    #[test]
    fn any_bit_flipped_in_any_part_is_found(claims in claims(), part in 0..3usize, at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let token = Signer::new(key(), "JWT").unwrap().sign_now(&claims, &Software).unwrap().unwrap();
        let mut parts: Vec<Vec<u8>> = token.split('.').map(unb64).collect();
        let length = parts[part].len();
        parts[part][at.index(length)] ^= 1 << bit;
        let changed = parts.iter().map(b64).collect::<Vec<_>>().join(".");
        prop_assert_ne!(&changed, &token);
        let mut asked = lenient();
        asked.max_token_bytes = usize::MAX;
        prop_assert!(Verifier::new(key(), asked).verify_now(&changed, &Software, NOW).unwrap().is_err());
    }

    #[test]
    fn any_character_changed_anywhere_is_found(at in any::<prop::sample::Index>(), to in any::<char>()) {
        let token = Signer::new(key(), "JWT").unwrap().sign_json_now(r#"{"sub":"7"}"#, &Software).unwrap().unwrap();
        let at = at.index(token.len());
        let changed: String = token.char_indices().map(|(index, old)| if index == at { to } else { old }).collect();
        prop_assume!(changed != token);
        prop_assert!(Verifier::new(key(), lenient()).verify_now(&changed, &Software, NOW).unwrap().is_err());
    }

    #[test]
    fn any_text_is_answered(text in any::<String>(), dotted in "[A-Za-z0-9_.=+/ -]{0,200}") {
        for text in [text, dotted] {
            let _ = Untrusted::parse(&text);
            let report = inspect::inspect_now(&text, &inspect::Options::at(NOW), &Software);
            prop_assert!(report.summary.ends_with('.'));
        }
    }
}
