//! Signing keys on their way from next over active to retired, as clients and verifiers see it.

use std::time::Duration;

use portcullis::alg::Alg;
use portcullis::key::Key;
use portcullis::key::rotation::{Rotation, State};
use portcullis::limits::ROTATION_SLACK;
use portcullis::service::Keys;
use portcullis::time::UnixMillis;
use serde_json::{Value, json};

use crate::support::{Counting, World, body_of, refusal, settings, string};

const NOW: i64 = 1_800_000_000;

/// Three private keys, the same each time.
fn keys() -> [Value; 3] {
    let entropy = Counting::default();
    ["a", "b", "c"].map(|kid| {
        let key = Key::generate(Alg::ES256, &entropy).unwrap().with_kid(kid);
        serde_json::from_str(key.to_private_jwk().as_str()).unwrap()
    })
}

fn marked(key: &Value, state: &str) -> Value {
    let mut key = key.clone();
    key["state"] = json!(state);
    if state == "retired" {
        key["retired_at"] = json!(NOW);
    }
    key
}

/// The keys a, b, c in the states that are said, "" for a key that is not there.
fn set(states: [&str; 3]) -> String {
    let keys = keys();
    let there = keys.iter().zip(states).filter(|(_, state)| !state.is_empty());
    json!({ "keys": there.map(|(key, state)| marked(key, state)).collect::<Vec<_>>() }).to_string()
}

fn with_keys(jwks: &str) -> impl Fn(&str) -> Option<String> {
    move |name| match name {
        "JWT_KEYS" => Some(jwks.to_owned()),
        "JWT_SECRET" | "JWT_REFRESH_SECRET" => None,
        _ => settings(name),
    }
}

/// The world after a deployment with other keys: the stores stay.
fn deploy(world: World, jwks: &str) -> World {
    World { memory: world.memory, ..World::with(with_keys(jwks)) }
}

fn published(world: &World) -> Vec<String> {
    let body = body_of(&world.send("GET", "/.well-known/jwks.json", &[], ""));
    let keys = body["keys"].as_array().unwrap();
    for key in keys {
        assert!(key.get("d").is_none() && key.get("state").is_none() && key.get("retired_at").is_none(), "{key}");
    }
    keys.iter().map(|key| string(&key["kid"]).to_owned()).collect()
}

fn kid_of(token: &Value) -> String {
    portcullis::token::Untrusted::parse(string(token)).unwrap().header().kid().unwrap().to_owned()
}

fn me(world: &World, body: &Value) -> u16 {
    world.bearer("GET", "/users/me", string(&body["accessToken"]), "").status.as_u16()
}

#[test]
fn only_the_active_key_signs_and_all_are_published() {
    let world = World::with(with_keys(&set(["retired", "active", "next"])));
    let body = world.register("ann@example.com");
    assert_eq!((kid_of(&body["accessToken"]).as_str(), kid_of(&body["refreshToken"]).as_str()), ("b", "b"));
    assert_eq!(published(&world), ["b", "a", "c"]);
}

#[test]
fn no_token_is_refused_while_old_and_new_deployments_serve_side_by_side() {
    let before = World::with(with_keys(&set(["active", "next", ""])));
    let old = before.register("ann@example.com");
    let after = deploy(before, &set(["retired", "active", "next"]));
    assert_eq!(me(&after, &old), 200);
    let new = body_of(&after.refresh(&old["refreshToken"]));
    assert_eq!(kid_of(&new["accessToken"]), "b");
    // A place that still runs the old deployment knows the key that came next there.
    let before = deploy(after, &set(["active", "next", ""]));
    assert_eq!(me(&before, &new), 200);
    assert_eq!(before.refresh(&new["refreshToken"]).status, 200);
}

#[test]
fn a_retired_key_is_trusted_until_what_it_signed_has_expired() {
    let before = World::with(with_keys(&set(["active", "next", ""])));
    let old = before.register("ann@example.com");
    let world = deploy(before, &set(["retired", "active", ""]));

    // Access tokens live 15 minutes, and 5 seconds are forgiven.
    world.wait(ROTATION_SLACK + Duration::from_secs(904));
    assert_eq!(published(&world), ["b", "a"]);
    world.wait(Duration::from_secs(1));
    assert_eq!(published(&world), ["b"]);
    assert_eq!(refusal(&world.bearer("GET", "/users/me", string(&old["accessToken"]), "")).0, 401);

    // What a thief of the old key makes later is refused, whatever it says of its dates.
    let forged = |kid: usize| {
        let key = Key::from_jwk(&keys()[kid].to_string(), Some(Alg::ES256)).unwrap();
        let claims = json!({
            "iss": "https://id.example", "aud": "https://api.example", "sub": "7", "sid": "s", "iat": NOW,
            "exp": NOW + 10_000_000,
        });
        let signer = portcullis::token::Signer::new(key, "at+jwt").unwrap();
        signer.sign_now(&claims, &portcullis::crypto::Software).unwrap().unwrap()
    };
    let refused = |token: &str| body_of(&world.bearer("GET", "/users/me", token, ""))["message"].to_string();
    assert!(refused(&forged(0)).contains("no key here fits"), "{}", refused(&forged(0)));
    assert!(!refused(&forged(1)).contains("no key here fits"));

    // Refresh tokens live a week.
    world.wait(Duration::from_secs(5 * 24 * 3600));
    assert_eq!(world.refresh(&old["refreshToken"]).status, 200);
}

#[test]
fn a_set_without_states_is_read_as_ever() {
    let [a, b, _] = keys();
    let rotation = Rotation::from_jwks(&json!({ "keys": [a, b] }).to_string(), &[Alg::ES256]).unwrap();
    let states: Vec<_> = rotation.states().map(|(key, state)| (key.kid().unwrap(), state)).collect();
    assert_eq!(states, [("a", State::Active), ("b", State::Retired(None))]);
    let far = UnixMillis::from_secs(NOW * 2);
    assert_eq!(rotation.verifying(Duration::ZERO).trusted_at(far).keys().len(), 2);
}

#[test]
fn what_is_wrong_with_the_states_is_a_sentence() {
    let [a, b, c] = keys();
    let mut unsaid = marked(&a, "retired");
    unsaid["retired_at"] = json!("yesterday");
    let mut early = marked(&a, "active");
    early["retired_at"] = json!(NOW);
    for (keys, sentence) in [
        (
            vec![marked(&a, "next"), marked(&b, "retired")],
            "no key is active, so none would sign; exactly one has to be",
        ),
        (vec![marked(&a, "active"), marked(&b, "active")], "the keys a and b are both active; exactly one signs"),
        (
            vec![marked(&a, "next"), marked(&b, "next"), marked(&c, "active")],
            "the keys a and b are both next; only one can follow",
        ),
        (
            vec![marked(&a, "active"), b.clone()],
            "the key b has no state while others have one: \"next\", \"active\" or \"retired\"",
        ),
        (vec![marked(&a, "old")], "the state of the key a is none; there are \"next\", \"active\" and \"retired\""),
        (
            vec![unsaid, marked(&b, "active")],
            "retired_at of the key a does not fit: a retired key, and no other, says since when, in seconds since 1970",
        ),
        (
            vec![early],
            "retired_at of the key a does not fit: a retired key, and no other, says since when, in seconds since 1970",
        ),
        (
            vec![marked(&a, "active"), marked(&a, "next")],
            "more than one key fits the token's header (kid: expected each kid once, found a kid twice)",
        ),
    ] {
        let read = Keys::read(with_keys(&json!({ "keys": keys }).to_string())).unwrap_err().to_string();
        assert!(read.starts_with(&format!("JWT_KEYS: {sentence}. Make a good set with: ")), "{read}");
    }
}
