//! The cache of verified tokens answers as the verifier would, or not at all.

use std::cell::Cell;

use portcullis::alg::Alg;
use portcullis::crypto::Software;
use portcullis::error::Code;
use portcullis::key::{Key, KeySet};
use portcullis::time::UnixMillis;
use portcullis::token::{Expectations, TokenCache, Verifier};
use serde_json::json;

use crate::support::{HS256, NOW, any_of, block_on, key, lenient, token};

fn verifier(expectations: Expectations) -> Verifier {
    Verifier::new(key(), expectations)
}

fn later(secs: i64) -> UnixMillis {
    UnixMillis::from_secs(NOW.as_secs() + secs)
}

#[test]
fn a_token_enters_once_and_is_answered_from_then_on() {
    let (cache, verifier) = (TokenCache::default(), verifier(lenient()));
    let token = token(HS256, r#"{"sub":"7"}"#);
    assert!(cache.look_up(&verifier, verifier.keys(), &token, NOW).is_none());
    for _ in 0..3 {
        let verified = cache.verify_now(&verifier, &token, &Software, NOW).unwrap().unwrap();
        assert_eq!(verified.claims().subject(), Some("7"));
    }
    assert_eq!(cache.len(), 1);
    assert!(cache.look_up(&verifier, verifier.keys(), &token, NOW).is_some());
    assert!(block_on(cache.verify(&verifier, &token, &Software, NOW)).is_ok());
    cache.clear();
    assert!(cache.is_empty() && cache.bytes() == 0);
}

#[test]
fn an_entry_never_outlives_its_token() {
    let (cache, verifier) = (TokenCache::default(), verifier(lenient()));
    let token = token(HS256, json!({ "nbf": NOW.as_secs(), "exp": NOW.as_secs() + 10 }).to_string());
    let code = |now| cache.verify_now(&verifier, &token, &Software, now).unwrap().err().map(|error| error.code());
    assert_eq!(code(NOW), None);
    assert_eq!(code(later(9)), None);
    assert_eq!(code(later(10)), Some(Code::TokenExpired));
    assert!(cache.is_empty());
    assert_eq!(code(NOW), None);
    assert_eq!(code(later(-1)), Some(Code::TokenNotYetValid));
}

#[test]
fn an_entry_dies_with_its_key() {
    let cache = TokenCache::default();
    let verifier = Verifier::new(KeySet::default(), lenient());
    let token = token(HS256, "{}");
    let ours = KeySet::from(key());
    let code = |keys: &KeySet| {
        let verdict = block_on(cache.verify_with(&verifier, keys, &token, &Software, NOW));
        verdict.err().map(|error| error.code())
    };
    assert_eq!(code(&ours), None);
    assert!(cache.look_up(&verifier, &ours, &token, NOW).is_some());
    let theirs = KeySet::from(Key::from_secret(Alg::HS256, &[9; 32]).unwrap());
    assert_eq!(code(&theirs), Some(Code::SignatureInvalid));
    assert!(cache.is_empty());
    assert_eq!(code(&KeySet::default()), Some(Code::AlgNotAllowed));
}

#[test]
fn a_verdict_is_only_for_the_verifier_that_gave_it() {
    let cache = TokenCache::default();
    let (lenient, mut strict) = (verifier(lenient()), lenient());
    strict.issuer = any_of(&["someone else"]);
    let strict = verifier(strict);
    let token = token(HS256, r#"{"iss":"me"}"#);
    assert!(cache.verify_now(&lenient, &token, &Software, NOW).unwrap().is_ok());
    assert_eq!(cache.verify_now(&strict, &token, &Software, NOW).unwrap().unwrap_err().code(), Code::ClaimMismatch);
    assert!(cache.look_up(&lenient.clone(), lenient.keys(), &token, NOW).is_some());
}

#[test]
fn cve_2026_35039_two_tokens_never_share_an_entry() {
    let (cache, verifier) = (TokenCache::default(), verifier(lenient()));
    let mine = token(HS256, r#"{"sub":"me"}"#);
    cache.verify_now(&verifier, &mine, &Software, NOW).unwrap().unwrap();
    let (_, signature) = mine.rsplit_once('.').unwrap();
    let (unsigned, _) =
        token(HS256, r#"{"sub":"admin"}"#).rsplit_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    // The same signature, so the same place in the cache, under other claims.
    let forged = format!("{unsigned}.{signature}");
    for _ in 0..2 {
        let verdict = cache.verify_now(&verifier, &forged, &Software, NOW).unwrap();
        assert_eq!(verdict.unwrap_err().code(), Code::SignatureInvalid);
    }
    let verdict = cache.verify_now(&verifier, &mine, &Software, NOW).unwrap().unwrap();
    assert_eq!(verdict.claims().subject(), Some("me"));
    for changed in [&mine[1..], &mine[..mine.len() - 1], &format!("{mine}A"), &mine.to_uppercase()] {
        assert!(cache.look_up(&verifier, verifier.keys(), changed, NOW).is_none());
    }
}

#[test]
fn hostile_tokens_never_enter() {
    let (cache, verifier) = (TokenCache::default(), verifier(lenient()));
    let good = token(HS256, r#"{"sub":"7"}"#);
    cache.verify_now(&verifier, &good, &Software, NOW).unwrap().unwrap();
    let bytes = cache.bytes();
    for n in 0..2000 {
        let bad = format!("{}{n:04}", &good[..good.len() - 4]);
        assert!(cache.verify_now(&verifier, &bad, &Software, NOW).unwrap().is_err());
    }
    assert_eq!((cache.len(), cache.bytes()), (1, bytes));
}

#[test]
fn entries_and_bytes_are_bounded_and_the_least_recently_used_go_first() {
    let verifier = verifier(lenient());
    let numbered = |n: i32| token(HS256, json!({ "n": n }).to_string());
    let cache = TokenCache::new(10, usize::MAX);
    for n in 0..100 {
        cache.verify_now(&verifier, &numbered(n), &Software, NOW).unwrap().unwrap();
        assert!(cache.look_up(&verifier, verifier.keys(), &numbered(0), NOW).is_some(), "{n}");
        assert!(cache.len() <= 10);
    }
    assert!(cache.look_up(&verifier, verifier.keys(), &numbered(99), NOW).is_some());
    assert!(cache.look_up(&verifier, verifier.keys(), &numbered(50), NOW).is_none());

    let small = TokenCache::new(1000, 20_000);
    let most = Cell::new(0);
    for n in 0..200 {
        small.verify_now(&verifier, &numbered(n), &Software, NOW).unwrap().unwrap();
        assert!(small.bytes() <= 20_000);
        most.set(most.get().max(small.len()));
    }
    assert!(most.get() > 5 && small.len() <= most.get());
    let off = TokenCache::new(0, 0);
    off.verify_now(&verifier, &numbered(1), &Software, NOW).unwrap().unwrap();
    assert!(off.is_empty() && off.bytes() == 0);
}
