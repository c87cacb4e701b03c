//! The table of verdicts: every token in it gets the same code here as in Node, in workerd and in a browser, where
//! `tests/*/verdicts.test.mjs` read the same file.

use std::collections::BTreeMap;
use std::time::Duration;

use portcullis::alg::Alg;
use portcullis::crypto::Software;
use portcullis::key::{Key, KeySet};
use portcullis::time::UnixMillis;
use portcullis::token::{Expectations, Expected, Verifier};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Table {
    now: i64,
    verifiers: BTreeMap<String, Options>,
    tokens: Vec<Entry>,
    keys: Vec<Import>,
}

#[derive(Deserialize)]
struct Import {
    name: String,
    jwk: Value,
    code: Option<String>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    verifier: String,
    token: String,
    code: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Options {
    jwks: Value,
    #[serde(default)]
    algorithms: Vec<String>,
    issuer: Option<Vec<String>>,
    audience: Option<Vec<String>>,
    subject: Option<Vec<String>>,
    typ: Option<String>,
    leeway: Option<u64>,
    max_age: Option<u64>,
    #[serde(default)]
    required_claims: Vec<String>,
}

impl Options {
    fn verifier(self) -> Verifier {
        let expected = |values: Option<Vec<String>>| values.map_or(Expected::Unchecked, Expected::AnyOf);
        let algorithms: Vec<Alg> = self.algorithms.iter().map(|name| Alg::from_name(name).unwrap()).collect();
        let keys = KeySet::from_jwks_for(&self.jwks.to_string(), &algorithms).unwrap();
        let mut asked = Expectations::new(expected(self.issuer), expected(self.audience));
        asked.algorithms = (!algorithms.is_empty()).then_some(algorithms);
        asked.subject = expected(self.subject);
        asked.typ = self.typ;
        asked.leeway = self.leeway.map_or(asked.leeway, Duration::from_secs);
        asked.max_age = self.max_age.map(Duration::from_secs);
        asked.required_claims = self.required_claims;
        Verifier::new(keys, asked)
    }
}

#[test]
fn the_table_of_verdicts_holds() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/verdicts.json");
    let table: Table = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let now = UnixMillis::from_secs(table.now);
    let verifiers: BTreeMap<String, Verifier> =
        table.verifiers.into_iter().map(|(name, options)| (name, options.verifier())).collect();
    let mut wrong = Vec::new();
    for Entry { name, verifier, token, code } in table.tokens {
        let verdict = verifiers[&verifier].verify_now(&token, &Software, now).expect("never makes one wait");
        let got = verdict.err().map(|error| error.code().row().code);
        if got != code.as_deref() {
            wrong.push(format!("{name}: {got:?}, not {code:?}"));
        }
    }
    for Import { name, jwk, code } in table.keys {
        let got = Key::from_jwk(&jwk.to_string(), None).err().map(|error| error.code().row().code);
        if got != code.as_deref() {
            wrong.push(format!("{name}: {got:?}, not {code:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
