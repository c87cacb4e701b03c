//! Keys that an issuer publishes: when they are fetched, by whom, and what is believed.
#![cfg(feature = "software")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use portcullis::alg::Alg;
use portcullis::error::{Code, Error, Result};
use portcullis::key::remote::{RemoteKeys, RemoteOptions, Step, Ticket, Wanted};
use portcullis::key::{Key, KeySet};
use portcullis::time::UnixMillis;
use serde_json::{Value, json};
use support::{Os, key_jwk};

/// An issuer, its network and the time, all in one hand.
#[derive(Clone, Default)]
struct World(Rc<Inner>);

#[derive(Default)]
struct Inner {
    millis: Cell<i64>,
    hits: Cell<u32>,
    /// While shut, requests hang.
    shut: Cell<bool>,
    /// The document that a fetch brings, where the issuer can be reached.
    document: RefCell<Option<Vec<u8>>>,
    /// What a log was told.
    told: RefCell<Vec<String>>,
}

/// What a caller gets, and perhaps the right to fetch beside the answer.
struct Found {
    keys: Arc<KeySet>,
    refresh: Option<Ticket>,
}

impl World {
    fn now(&self) -> UnixMillis {
        UnixMillis::from_millis(1_800_000_000_000 + self.0.millis.get())
    }

    /// A host that does what each step says.
    async fn look(&self, keys: &RemoteKeys, kid: &str) -> Result<Found> {
        loop {
            match keys.step(Wanted { alg: Alg::EdDSA, kid: Some(kid) }, self.now()) {
                Step::Use(keys) => return Ok(Found { keys, refresh: None }),
                Step::UseAndRefresh(keys, ticket) => return Ok(Found { keys, refresh: Some(ticket) }),
                Step::Fetch(ticket) => self.fetch(keys, ticket).await.unwrap_or_default(),
                Step::Wait => {
                    self.pass(Duration::from_millis(25));
                    once_pending().await;
                }
                Step::Unavailable => return Err(Error::new(Code::KeyUnavailable)),
            }
        }
    }

    async fn fetch(&self, keys: &RemoteKeys, ticket: Ticket) -> Result<()> {
        self.0.hits.set(self.0.hits.get() + 1);
        while self.0.shut.get() {
            once_pending().await;
        }
        let document = self.0.document.borrow().clone();
        self.0.told.borrow_mut().extend(keys.settle(ticket, document.as_deref(), self.now())?);
        Ok(())
    }

    fn publishing(keys: &[Value]) -> Self {
        let world = Self::default();
        world.publish(keys);
        world
    }

    fn publish(&self, keys: &[Value]) {
        self.answer(json!({ "keys": keys }).to_string().as_bytes());
    }

    fn answer(&self, body: &[u8]) {
        *self.0.document.borrow_mut() = Some(body.to_vec());
    }

    fn unplug(&self) {
        *self.0.document.borrow_mut() = None;
    }

    fn pass(&self, time: Duration) {
        self.0.millis.set(self.0.millis.get() + i64::try_from(time.as_millis()).unwrap());
    }

    fn hits(&self) -> u32 {
        self.0.hits.get()
    }

    fn find(&self, keys: &RemoteKeys, kid: &str) -> Result<Found> {
        run(pin!(self.look(keys, kid)))
    }

    /// What a verifier would see: the key's thumbprint or a code.
    fn key(&self, keys: &RemoteKeys, kid: &str) -> Result<String, Code> {
        let found = self.find(keys, kid).map_err(|error| error.code())?;
        found.keys.select(Alg::EdDSA, Some(kid)).map(Key::thumbprint).map_err(|error| error.code())
    }
}

async fn once_pending() {
    let mut seen = false;
    std::future::poll_fn(|_| if std::mem::replace(&mut seen, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn run<F: Future>(mut future: Pin<&mut F>) -> F::Output {
    for _ in 0..10_000 {
        if let Poll::Ready(output) = poll(future.as_mut()) {
            return output;
        }
    }
    panic!("waits for ever");
}

fn new_key(kid: &str) -> Key {
    Key::generate(Alg::EdDSA, &Os).unwrap().with_kid(kid)
}

fn public(key: &Key) -> Value {
    key.to_public_jwk().unwrap()
}

fn remote() -> RemoteKeys {
    RemoteKeys::new("https://id.example/jwks", RemoteOptions::default()).unwrap()
}

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn one_fetch_serves_ten_minutes() {
    let key = new_key("1");
    let (world, keys) = (World::publishing(&[public(&key)]), remote());
    for _ in 0..10 {
        assert_eq!(world.key(&keys, "1"), Ok(key.thumbprint()));
        world.pass(Duration::from_secs(59));
    }
    assert_eq!(world.hits(), 1);
}

#[test]
fn an_old_set_is_used_while_one_caller_fetches_it_again() {
    let (old, new) = (new_key("1"), new_key("2"));
    let (world, keys) = (World::publishing(&[public(&old)]), remote());
    world.key(&keys, "1").unwrap();
    world.pass(11 * MINUTE);
    world.publish(&[public(&old), public(&new)]);
    let found = world.find(&keys, "1").unwrap();
    assert_eq!(world.hits(), 1, "the answer did not wait");
    assert!(world.find(&keys, "1").unwrap().refresh.is_none(), "nobody else is asked to");
    run(pin!(world.fetch(&keys, found.refresh.unwrap()))).unwrap();
    assert_eq!(world.hits(), 2);
    assert_eq!(world.key(&keys, "2"), Ok(new.thumbprint()));
    assert_eq!(world.hits(), 2);
}

#[test]
fn an_issuer_out_of_reach_is_forgiven_for_an_hour() {
    let key = new_key("1");
    let (world, keys) = (World::publishing(&[public(&key)]), remote());
    world.key(&keys, "1").unwrap();
    world.unplug();
    for _ in 0..69 {
        world.pass(MINUTE);
        let found = world.find(&keys, "1").unwrap();
        if let Some(ticket) = found.refresh {
            assert_eq!(run(pin!(world.fetch(&keys, ticket))).unwrap_err().code(), Code::KeyUnavailable);
        }
    }
    world.pass(2 * MINUTE);
    assert_eq!(world.key(&keys, "1"), Err(Code::KeyUnavailable));
}

#[test]
fn a_new_key_is_fetched_when_a_token_names_it() {
    let (old, new) = (new_key("1"), new_key("2"));
    let (world, keys) = (World::publishing(&[public(&old)]), remote());
    let before = world.find(&keys, "1").unwrap().keys.keys()[0].serial();
    world.pass(MINUTE);
    world.publish(&[public(&new), public(&old)]);
    assert_eq!(world.key(&keys, "2"), Ok(new.thumbprint()));
    assert_eq!(world.hits(), 2);
    let after = world.find(&keys, "1").unwrap().keys.keys()[1].serial();
    assert_eq!(after, before, "a key that stayed is the same key to the host");
}

#[test]
fn a_flood_of_made_up_names_costs_two_fetches_a_minute() {
    let key = new_key("1");
    let (world, keys) = (World::publishing(&[public(&key)]), remote());
    for made_up in 0..6_000 {
        assert_eq!(world.key(&keys, &format!("made up {made_up}")), Err(Code::KeyNotFound));
        world.pass(Duration::from_millis(10));
    }
    assert_eq!(world.hits(), 2);
    assert_eq!(world.key(&keys, "1"), Ok(key.thumbprint()));
}

#[test]
fn an_absent_name_is_remembered_for_a_while_and_no_longer() {
    let (key, late) = (new_key("1"), new_key("late"));
    let (world, keys) = (World::publishing(&[public(&key)]), remote());
    assert_eq!(world.key(&keys, "late"), Err(Code::KeyNotFound));
    world.pass(MINUTE);
    assert_eq!(world.key(&keys, "late"), Err(Code::KeyNotFound));
    assert_eq!(world.hits(), 1, "known to be absent");
    world.publish(&[public(&key), public(&late)]);
    world.pass(MINUTE);
    assert_eq!(world.key(&keys, "late"), Ok(late.thumbprint()));
}

#[test]
fn failures_cool_down_too() {
    let key = new_key("1");
    let (world, keys) = (World::default(), remote());
    for _ in 0..100 {
        assert_eq!(world.key(&keys, "1"), Err(Code::KeyUnavailable));
    }
    assert_eq!(world.hits(), 1);
    world.publish(&[public(&key)]);
    world.pass(Duration::from_secs(29));
    assert_eq!(world.key(&keys, "1"), Err(Code::KeyUnavailable));
    world.pass(Duration::from_secs(1));
    assert_eq!(world.key(&keys, "1"), Ok(key.thumbprint()));
}

#[test]
fn callers_at_once_share_one_fetch() {
    let key = new_key("1");
    let (world, keys) = (World::publishing(&[public(&key)]), remote());
    world.0.shut.set(true);
    let mut callers: Vec<_> = (0..5).map(|_| Box::pin(world.look(&keys, "1"))).collect();
    for _ in 0..10 {
        assert!(callers.iter_mut().all(|caller| poll(caller.as_mut()).is_pending()));
    }
    world.0.shut.set(false);
    for caller in &mut callers {
        assert_eq!(run(caller.as_mut()).unwrap().keys.keys().len(), 1);
    }
    assert_eq!(world.hits(), 1);
}

#[test]
fn a_waiter_takes_over_when_the_fetching_request_is_never_heard_of_again() {
    let (world, keys) = (World::publishing(&[public(&new_key("1"))]), remote());
    world.0.shut.set(true);
    let mut leader = Box::pin(world.look(&keys, "1"));
    let mut waiter = Box::pin(world.look(&keys, "1"));
    assert!(poll(leader.as_mut()).is_pending() && poll(waiter.as_mut()).is_pending());
    drop(leader);
    world.0.shut.set(false);
    assert_eq!(run(waiter.as_mut()).unwrap().keys.keys().len(), 1);
    assert_eq!(world.hits(), 2);
    assert!(world.0.millis.get() >= 6_000, "only once the ticket had lapsed");
}

#[test]
fn what_a_lapsed_fetch_brings_late_counts_for_nothing() {
    let (late, good) = (new_key("1"), new_key("1"));
    let (world, keys) = (World::publishing(&[public(&good)]), remote());
    let wanted = Wanted { alg: Alg::EdDSA, kid: Some("1") };
    let Step::Fetch(first) = keys.step(wanted, world.now()) else { panic!("fetches") };
    world.pass(Duration::from_secs(6));
    assert_eq!(world.key(&keys, "1"), Ok(good.thumbprint()));
    let document = json!({ "keys": [public(&late)] }).to_string();
    keys.settle(first, Some(document.as_bytes()), world.now()).unwrap();
    assert_eq!(world.key(&keys, "1"), Ok(good.thumbprint()));
}

#[test]
fn clients_who_hang_up_cannot_make_us_hammer_the_issuer() {
    let key = new_key("1");
    let (world, keys) = (World::publishing(&[public(&key)]), remote());
    world.key(&keys, "1").unwrap();
    world.pass(MINUTE);
    world.0.shut.set(true);
    for made_up in 0..50 {
        let name = format!("made up {made_up}");
        let mut caller = Box::pin(world.look(&keys, &name));
        let _ = poll(caller.as_mut());
    }
    assert_eq!(world.hits(), 2);
}

#[test]
fn only_good_public_keys_are_taken_from_a_published_set() {
    let key = new_key("1");
    let secret =
        json!({ "kty": "oct", "alg": "HS256", "kid": "s", "k": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8" });
    let mut private = key_jwk("p256");
    private["kid"] = "private".into();
    let weak = json!({ "kty": "RSA", "alg": "RS256", "kid": "w", "n": "AQAB", "e": "AQAB" });
    let world = World::publishing(&[secret, weak, private, json!({ "kty": "unheard of" }), public(&key)]);
    let found = world.find(&remote(), "1").unwrap();
    let names: Vec<_> = found.keys.keys().iter().filter_map(Key::kid).collect();
    assert_eq!(names, ["private", "1"]);
    assert!(found.keys.keys().iter().all(|key| !key.can_sign()));
}

#[test]
fn documents_that_are_no_set_are_failures() {
    let crowd = json!({ "keys": vec![json!({ "kty": "x" }); 101] }).to_string();
    let long = format!("{{\"keys\":[],\"x\":\"{}\"}}", "x".repeat(256 * 1024));
    for body in ["", "<html>", "{}", "\u{feff}{\"keys\":[]}", &crowd, &long] {
        let world = World::default();
        world.answer(body.as_bytes());
        assert_eq!(world.key(&remote(), "1"), Err(Code::KeyUnavailable), "{}", &body[..body.len().min(20)]);
    }
    let world = World::default();
    world.answer(b"{\"keys\":[],\"x\":\"\xff\"}");
    assert_eq!(world.key(&remote(), "1"), Err(Code::KeyUnavailable));
}

#[test]
fn one_odd_entry_of_a_published_set_takes_no_other_key_down() {
    let good = new_key("good");
    let weak = json!({ "kty": "RSA", "alg": "RS256", "kid": "w", "n": "AQAB", "e": "AQAB" });
    let mut other_use = public(&new_key("enc"));
    other_use["use"] = "enc".into();
    let mut named_by_number = public(&new_key("7"));
    named_by_number["kid"] = 7.into();
    for odd in [
        json!(null),
        json!(7),
        json!("text"),
        json!([public(&new_key("nested"))]),
        json!({}),
        json!({ "kty": 7 }),
        json!({ "kty": "AKP", "alg": "ML-DSA-44", "pub": "AQAB" }),
        json!({ "kty": "EC", "crv": "P-192", "x": "AQAB", "y": "AQAB" }),
        json!({ "kty": "RSA", "alg": "RSA-OAEP", "n": "AQAB", "e": "AQAB" }),
        weak,
        other_use,
        named_by_number,
    ] {
        let world = World::publishing(&[odd.clone(), public(&good), odd.clone()]);
        assert_eq!(world.key(&remote(), "good"), Ok(good.thumbprint()), "{odd}");
    }
}

#[test]
fn what_a_published_set_holds_and_nobody_can_use_is_said() {
    let (one, two) = (new_key("1"), new_key("1"));
    let weak = json!({ "kty": "RSA", "alg": "RS256", "kid": "w", "n": "AQAB", "e": "AQAB" });
    let other_use = json!({ "kty": "RSA", "use": "enc", "n": "AQAB", "e": "AQAB" });
    let secret = json!({ "kty": "oct", "alg": "HS256", "k": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8" });
    let entries =
        [json!(7), weak, other_use, json!({ "kty": "AKP" }), secret, public(&one), public(&one), public(&two)];
    let world = World::publishing(&entries);
    world.key(&remote(), "2").unwrap_err();
    let told = world.0.told.borrow();
    let about: Vec<_> = told.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(about, ["keys[0]", "keys[1]", "keys[4]", "keys[7]"], "{told:?}");
    assert!(!told.iter().any(|line| line.contains("AAECAw")), "{told:?}");
}

#[test]
fn a_repeated_kid_of_a_published_set_refuses_only_the_tokens_that_name_it() {
    let (good, one, two) = (new_key("good"), new_key("1"), new_key("1"));
    let world = World::publishing(&[public(&one), public(&good), public(&one)]);
    let keys = remote();
    assert_eq!(world.key(&keys, "1"), Ok(one.thumbprint()), "identical entries are one key");
    assert_eq!(world.find(&keys, "1").unwrap().keys.keys().len(), 2);

    let world = World::publishing(&[public(&one), public(&good), public(&two)]);
    let keys = remote();
    assert_eq!(world.key(&keys, "1"), Err(Code::KeyAmbiguous), "neither is preferred");
    assert_eq!(world.key(&keys, "good"), Ok(good.thumbprint()));

    // A set made again of such keys, as the npm package does, is taken too; with a key of our own in it, it is not.
    let found = world.find(&keys, "good").unwrap().keys;
    assert!(KeySet::new(found.keys().to_vec()).is_ok());
    let mixed = [found.keys(), &[new_key("good")]].concat();
    assert_eq!(KeySet::new(mixed).unwrap_err().code(), Code::KeyAmbiguous);
}

#[test]
fn a_bad_reply_leaves_the_keys_held() {
    let key = new_key("1");
    let (world, keys) = (World::publishing(&[public(&key)]), remote());
    world.key(&keys, "1").unwrap();
    world.pass(MINUTE);
    world.answer(b"<html>");
    assert_eq!(world.key(&keys, "2"), Err(Code::KeyNotFound));
    assert_eq!(world.key(&keys, "1"), Ok(key.thumbprint()));
}

#[test]
fn addresses_are_https() {
    for refused in ["http://id.example/jwks", "file:///jwks", "id.example", "https://me:pw@id.example/"] {
        let error = RemoteKeys::new(refused, RemoteOptions::default()).unwrap_err();
        assert_eq!(error.code(), Code::OptionInvalid, "{refused}");
    }
}
