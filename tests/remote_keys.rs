//! Keys that an issuer publishes: when they are fetched, by whom, and what is believed.
#![cfg(feature = "software")]
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use portcullis::alg::Alg;
use portcullis::crypto::Software;
use portcullis::error::{Code, Result};
use portcullis::key::remote::{Fetch, Found, Issuers, RemoteKeys, RemoteOptions, Reply, Request, Unreachable, Wanted};
use portcullis::key::{Key, KeySet};
use portcullis::time::{Clock, UnixMillis};
use portcullis::token::{Expectations, Expected, Signer, Verifier};
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
    reply: RefCell<Option<Reply>>,
    redirects: RefCell<Vec<(String, String)>>,
    asked: RefCell<Vec<(String, Duration, usize)>>,
}

impl Clock for World {
    fn now(&self) -> UnixMillis {
        UnixMillis::from_millis(1_800_000_000_000 + self.0.millis.get())
    }
}

impl Fetch for World {
    async fn get(&self, request: Request<'_>) -> Result<Reply, Unreachable> {
        self.0.hits.set(self.0.hits.get() + 1);
        self.0.asked.borrow_mut().push((request.url.to_owned(), request.timeout, request.max_bytes));
        let redirect = self.0.redirects.borrow().iter().find(|(from, _)| from == request.url).map(|(_, to)| to.clone());
        if let Some(location) = redirect {
            return Ok(Reply { status: 302, location: Some(location), body: Vec::new() });
        }
        while self.0.shut.get() {
            once_pending().await;
        }
        self.0.reply.borrow().clone().ok_or(Unreachable)
    }

    async fn pause(&self, time: Duration) {
        self.pass(time);
        once_pending().await;
    }
}

impl World {
    fn publishing(keys: &[Value]) -> Self {
        let world = Self::default();
        world.publish(keys);
        world
    }

    fn publish(&self, keys: &[Value]) {
        let body = json!({ "keys": keys }).to_string().into_bytes();
        *self.0.reply.borrow_mut() = Some(Reply { status: 200, location: None, body });
    }

    fn answer(&self, status: u16, body: &[u8]) {
        *self.0.reply.borrow_mut() = Some(Reply { status, location: None, body: body.to_vec() });
    }

    fn unplug(&self) {
        *self.0.reply.borrow_mut() = None;
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

    async fn look(&self, keys: &RemoteKeys, kid: &str) -> Result<Found> {
        keys.keys_for(Wanted { alg: Alg::EdDSA, kid: Some(kid) }, self, self).await
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
    let (url, timeout, max_bytes) = world.0.asked.borrow()[0].clone();
    assert_eq!((url.as_str(), timeout, max_bytes), ("https://id.example/jwks", Duration::from_secs(5), 256 * 1024));
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
    run(pin!(found.refresh.unwrap().run(&world, &world))).unwrap();
    assert_eq!(world.hits(), 2);
    assert_eq!(world.key(&keys, "2"), Ok(new.thumbprint()));
    assert_eq!(world.hits(), 2);
}

#[test]
fn work_left_undone_goes_to_the_next_caller() {
    let key = new_key("1");
    let (world, keys) = (World::publishing(&[public(&key)]), remote());
    world.key(&keys, "1").unwrap();
    world.pass(11 * MINUTE);
    drop(world.find(&keys, "1").unwrap().refresh.expect("to do"));
    world.pass(Duration::from_secs(31));
    assert!(world.find(&keys, "1").unwrap().refresh.is_some());
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
        if let Some(refresh) = found.refresh {
            assert_eq!(run(pin!(refresh.run(&world, &world))).unwrap_err().code(), Code::KeyUnavailable);
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

/// One caller fetches, another waits; the first leaves as `leave` does, and the second gets its answer.
fn waits_out<'w>(world: &'w World, keys: &'w RemoteKeys, leave: fn(Caller<'w>)) {
    world.0.shut.set(true);
    let mut leader: Caller<'w> = Box::pin(world.look(keys, "1"));
    let mut waiter = Box::pin(world.look(keys, "1"));
    assert!(poll(leader.as_mut()).is_pending() && poll(waiter.as_mut()).is_pending());
    leave(leader);
    world.0.shut.set(false);
    assert_eq!(run(waiter.as_mut()).unwrap().keys.keys().len(), 1);
    assert_eq!(world.hits(), 2);
}

type Caller<'w> = Pin<Box<dyn Future<Output = Result<Found>> + 'w>>;

#[test]
fn a_waiter_takes_over_when_the_fetching_request_is_dropped() {
    let (world, keys) = (World::publishing(&[public(&new_key("1"))]), remote());
    waits_out(&world, &keys, drop);
}

#[test]
fn a_waiter_takes_over_when_the_fetching_request_is_never_heard_of_again() {
    let (world, keys) = (World::publishing(&[public(&new_key("1"))]), remote());
    // A Worker whose request ended runs its code no further, and drops nothing.
    waits_out(&world, &keys, std::mem::forget);
    assert!(world.0.millis.get() >= 6_000, "only once the lease had lapsed");
}

#[test]
fn what_a_lapsed_fetch_brings_late_counts_for_nothing() {
    let (late, good) = (new_key("1"), new_key("1"));
    let (world, keys) = (World::publishing(&[public(&good)]), remote());
    let wanted = Wanted { alg: Alg::EdDSA, kid: Some("1") };
    let portcullis::key::remote::Step::Fetch(first) = keys.step(wanted, world.now()) else { panic!("fetches") };
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
fn replies_that_are_no_set_are_failures() {
    let key = new_key("1");
    let crowd = json!({ "keys": vec![json!({ "kty": "x" }); 101] }).to_string();
    let long = format!("{{\"keys\":[],\"x\":\"{}\"}}", "x".repeat(256 * 1024));
    let good = json!({ "keys": [public(&key)] }).to_string();
    for (status, body) in [
        (200, "<html>"),
        (200, "{}"),
        (200, "\u{feff}{\"keys\":[]}"),
        (200, crowd.as_str()),
        (200, long.as_str()),
        (204, good.as_str()),
        (404, good.as_str()),
        (500, good.as_str()),
        (304, good.as_str()),
    ] {
        let world = World::default();
        world.answer(status, body.as_bytes());
        assert_eq!(world.key(&remote(), "1"), Err(Code::KeyUnavailable), "{status} {}", &body[..body.len().min(20)]);
    }
    let world = World::default();
    world.answer(200, b"{\"keys\":[],\"x\":\"\xff\"}");
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
    world.answer(200, b"<html>");
    assert_eq!(world.key(&keys, "2"), Err(Code::KeyNotFound));
    assert_eq!(world.key(&keys, "1"), Ok(key.thumbprint()));
}

#[test]
fn redirects_are_followed_a_little_and_never_off_https() {
    let key = new_key("1");
    let lead = |hops: &[(&str, &str)]| {
        let world = World::publishing(&[public(&key)]);
        let owned = hops.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned()));
        world.0.redirects.borrow_mut().extend(owned);
        world.key(&remote(), "1").map(|_| world.hits())
    };
    let here = "https://id.example/jwks";
    assert_eq!(lead(&[(here, "/keys")]), Ok(2));
    assert_eq!(lead(&[(here, "https://cdn.example/keys")]), Ok(2));
    assert_eq!(lead(&[(here, here)]), Err(Code::KeyUnavailable));
    for off in ["http://id.example/jwks", "file:///etc/passwd", "//cdn.example/keys", "http://localhost/", ""] {
        assert_eq!(lead(&[(here, off)]), Err(Code::KeyUnavailable), "{off}");
    }
}

#[test]
fn addresses_are_https() {
    for refused in ["http://id.example/jwks", "file:///jwks", "id.example", "https://me:pw@id.example/"] {
        let error = RemoteKeys::new(refused, RemoteOptions::default()).unwrap_err();
        assert_eq!(error.code(), Code::OptionInvalid, "{refused}");
    }
}

/// The whole way of a token whose keys are its issuer's.
fn verify(token: &str, issuers: &Issuers, world: &World) -> Result<Option<String>, Code> {
    let names = issuers.names().map(str::to_owned).collect();
    let expectations = Expectations::new(Expected::AnyOf(names), Expected::Unchecked);
    let verifier = Verifier::new(KeySet::default(), expectations);
    let outcome = async {
        let untrusted = verifier.take_apart(token)?;
        let claimed = untrusted.claimed_issuer()?.unwrap_or_default();
        let wanted = Wanted { alg: untrusted.header().alg(), kid: untrusted.header().kid() };
        let found = issuers.keys_of(&claimed)?.keys_for(wanted, world, world).await?;
        verifier.verify_parsed(untrusted, &found.keys, &Software, world.now()).await
    };
    let verified = run(pin!(outcome)).map_err(|error| error.code())?;
    Ok(verified.claims().subject().map(str::to_owned))
}

#[test]
fn cve_2025_59936_a_key_speaks_for_its_own_issuer_alone() {
    let (a, b) = (new_key("same"), new_key("same"));
    let world = World::default();
    let of = |host: &str| RemoteKeys::new(format!("https://{host}/jwks"), RemoteOptions::default()).unwrap();
    let issuers = Issuers::new(vec![("https://a".into(), of("a")), ("https://b".into(), of("b"))]).unwrap();
    let token = |key: &Key, issuer: &str, subject: &str| {
        let claims = json!({ "iss": issuer, "sub": subject, "exp": world.now().as_secs() + 60 });
        Signer::new(key.clone(), "JWT").unwrap().sign_now(&claims, &Software).unwrap().unwrap()
    };
    world.publish(&[public(&a)]);
    assert_eq!(verify(&token(&a, "https://a", "1"), &issuers, &world), Ok(Some("1".into())));
    world.publish(&[public(&b)]);
    assert_eq!(verify(&token(&b, "https://b", "2"), &issuers, &world), Ok(Some("2".into())));
    assert_eq!(verify(&token(&a, "https://b", "3"), &issuers, &world), Err(Code::SignatureInvalid));
    assert_eq!(verify(&token(&b, "https://a", "4"), &issuers, &world), Err(Code::SignatureInvalid));
    for stranger in ["https://c", "https://a/", "https://A", "", "https://a:same"] {
        assert_eq!(verify(&token(&a, stranger, "5"), &issuers, &world), Err(Code::KeyNotFound), "{stranger}");
    }
    assert_eq!(world.hits(), 2, "strangers cause no fetch");
    assert!(Issuers::new(vec![("https://a".into(), of("a")), ("https://a".into(), of("b"))]).is_err());
}
