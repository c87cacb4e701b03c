//! A service over memory, and requests to it.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac;
use http::Method;
use portcullis::account::audit::{Kind, Log};
use portcullis::account::password::{Hasher, SoftwareHasher};
use portcullis::crypto::Software;
use portcullis::http::{Client, Headers, Request, Response};
use portcullis::random::Entropy;
use portcullis::service::{Config, Keys, Limit, Limiter, Ports, Service};
use portcullis::session::{Answer, Event, Sessions, Unavailable};
use portcullis::store::memory::{MemoryAccounts, MemoryLog, MemoryRevocations, MemorySessions};
use portcullis::time::UnixMillis;
use serde_json::{Value, json};

/// Memory never makes one wait.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("memory made one wait"),
    }
}

#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) accounts: MemoryAccounts,
    pub(crate) sessions: Sluggish,
    pub(crate) revocations: MemoryRevocations,
    pub(crate) log: MemoryLog,
    pub(crate) random: Counting,
    pub(crate) limiter: Open,
    pub(crate) hasher: Counted,
    pub(crate) time: Cell<UnixMillis>,
}

/// Sessions that can be told to fail.
#[derive(Default)]
pub(crate) struct Sluggish {
    inner: MemorySessions,
    pub(crate) broken: Cell<bool>,
    /// How many more events get through before it is broken.
    pub(crate) spare: Cell<u32>,
}

impl Sessions for Sluggish {
    async fn tell(&self, user: &str, event: Event, now: UnixMillis) -> Result<Answer, Unavailable> {
        if self.broken.get() && self.spare.get() == 0 {
            return Err(Unavailable("a test said so".into()));
        }
        self.spare.set(self.spare.get().saturating_sub(1));
        self.inner.tell(user, event, now).await
    }
}

/// Repeatable "randomness".
#[derive(Default)]
pub(crate) struct Counting(Cell<u64>);

impl Entropy for Counting {
    fn fill(&self, into: &mut [u8]) {
        self.0.set(self.0.get() + 1);
        into.fill(0);
        into[..8].copy_from_slice(&self.0.get().to_be_bytes());
    }
}

/// Hashes, counted: what an answer costs.
#[derive(Default)]
pub(crate) struct Counted {
    pub(crate) computed: Cell<u32>,
    /// Whether it computes no more for now.
    pub(crate) full: Cell<bool>,
}

impl Counted {
    fn one(&self) -> Result<SoftwareHasher, Unavailable> {
        if self.full.get() {
            return Err(Unavailable("a test said so".into()));
        }
        self.computed.set(self.computed.get() + 1);
        Ok(SoftwareHasher)
    }
}

impl Hasher for Counted {
    async fn argon2id(&self, password: &[u8], salt: &[u8; 16]) -> Result<String, Unavailable> {
        Ok(self.one()?.argon2id(password, salt))
    }

    async fn fits(&self, password: &[u8], hash: &str) -> Result<bool, Unavailable> {
        Ok(self.one()?.fits(password, hash))
    }
}

/// Limits that allow until told otherwise.
#[derive(Default)]
pub(crate) struct Open {
    pub(crate) refuse: Cell<Option<Limit>>,
    pub(crate) seen: RefCell<Vec<String>>,
    /// Hashes counted per client.
    pub(crate) counted: Cell<u32>,
}

impl Limiter for Open {
    async fn allow(&self, limit: Limit, key: &str, cost: u32) -> bool {
        if limit == Limit::Client {
            self.counted.set(self.counted.get() + cost);
        }
        self.seen.borrow_mut().push(key.to_owned());
        self.refuse.get() != Some(limit)
    }
}

impl Ports for Memory {
    type Accounts = MemoryAccounts;
    type Sessions = Sluggish;
    type Revocations = MemoryRevocations;
    type Log = MemoryLog;
    type Engine = Software;
    type Entropy = Counting;
    type Limiter = Open;
    type Hasher = Counted;

    fn accounts(&self) -> &MemoryAccounts {
        &self.accounts
    }
    fn sessions(&self) -> &Sluggish {
        &self.sessions
    }
    fn revocations(&self) -> &MemoryRevocations {
        &self.revocations
    }
    fn log(&self) -> &MemoryLog {
        &self.log
    }
    fn engine(&self) -> &Software {
        &Software
    }
    fn entropy(&self) -> &Counting {
        &self.random
    }
    fn limiter(&self) -> &Open {
        &self.limiter
    }
    fn hasher(&self) -> &Counted {
        &self.hasher
    }
    fn now(&self) -> UnixMillis {
        self.time.get()
    }
}

pub(crate) const PASSWORD: &str = "correct horse battery staple";

pub(crate) fn settings(name: &str) -> Option<String> {
    let value = match name {
        "ISSUER" => "https://id.example",
        "AUDIENCE" => "https://api.example",
        "JWT_SECRET" => "an access secret of a good length, for tests",
        "JWT_REFRESH_SECRET" => "a refresh secret of a good length, for tests",
        "ALLOWED_ORIGINS" => "https://app.example",
        "OAUTH_CLIENTS" => r#"{"api": "0123456789abcdef0123456789abcdef"}"#,
        _ => return None,
    };
    Some(value.to_owned())
}

/// A service, its stores and a clock.
pub(crate) struct World {
    pub(crate) service: Service,
    pub(crate) memory: Memory,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(settings)
    }

    pub(crate) fn with(settings: impl Fn(&str) -> Option<String>) -> Self {
        let config = Config::read(&settings).unwrap();
        let service = Service::new(config, Keys::read(&settings).unwrap()).unwrap();
        let memory = Memory::default();
        memory.time.set(UnixMillis::from_secs(1_800_000_000));
        Self { service, memory }
    }

    pub(crate) fn wait(&self, time: Duration) {
        self.memory.time.set(self.memory.time.get().plus(time));
    }

    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
        let request = Self::request(method, path, headers, body);
        let outcome = now(self.service.handle(&request, &self.memory)).expect("a route of ours");
        now(self.memory.log.record(&outcome.audit)).unwrap();
        outcome.response
    }

    pub(crate) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut sent = Headers::new();
        headers.iter().for_each(|(name, value)| sent.add(name, value));
        Request {
            method: Method::from_bytes(method.as_bytes()).unwrap(),
            origin: "https://id.example".into(),
            path: path.into(),
            query: query.into(),
            headers: sent,
            body: body.into(),
            size: portcullis::http::Size::default(),
            client: Client { address: "192.0.2.7".into(), place: "Lisbon, PT".into() },
            id: "request".into(),
        }
    }

    pub(crate) fn post(&self, path: &str, body: Value) -> Response {
        self.send("POST", path, &[], &body.to_string())
    }

    pub(crate) fn bearer(&self, method: &str, path: &str, token: &str, body: &str) -> Response {
        self.send(method, path, &[("authorization", &format!("Bearer {token}"))], body)
    }

    pub(crate) fn register(&self, email: &str) -> Value {
        let body = json!({ "email": email, "password": PASSWORD, "name": "Ann", "tokenDelivery": "body" });
        let response = self.post("/auth/register", body);
        assert_eq!(response.status, 201, "{}", text(&response));
        body_of(&response)
    }

    pub(crate) fn login(&self, email: &str, password: &str) -> Response {
        self.post("/auth/login", json!({ "email": email, "password": password, "tokenDelivery": "body" }))
    }

    pub(crate) fn refresh(&self, token: &Value) -> Response {
        self.post("/auth/refresh", json!({ "refreshToken": token }))
    }

    /// The session a token belongs to.
    pub(crate) fn sid_of(&self, token: &Value) -> String {
        let payload = URL_SAFE_NO_PAD.decode(string(token).split('.').nth(1).unwrap()).unwrap();
        string(&serde_json::from_slice::<Value>(&payload).unwrap()["sid"]).to_owned()
    }

    /// The refresh token of a generation that its session has not reached.
    pub(crate) fn ahead_of(&self, token: &Value) -> Value {
        let mut parts: Vec<String> = string(token).split('.').map(str::to_owned).collect();
        let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&parts[1]).unwrap()).unwrap();
        claims["gen"] = json!(claims["gen"].as_u64().unwrap() + 1);
        parts[1] = URL_SAFE_NO_PAD.encode(claims.to_string());
        let secret = settings("JWT_REFRESH_SECRET").unwrap();
        let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{}.{}", parts[0], parts[1]).as_bytes());
        parts[2] = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        json!(parts.join("."))
    }

    pub(crate) fn kinds(&self) -> Vec<Kind> {
        let filter = portcullis::account::audit::Filter { rows: 1000, ..Default::default() };
        let mut kinds: Vec<Kind> =
            now(self.memory.log.find(&filter)).unwrap().entries.iter().map(|e| e.event).collect();
        kinds.reverse();
        kinds
    }
}

pub(crate) fn text(response: &Response) -> String {
    String::from_utf8(response.body.clone()).unwrap()
}

pub(crate) fn body_of(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

/// Status and code of a refusal.
pub(crate) fn refusal(response: &Response) -> (u16, String) {
    (response.status.as_u16(), body_of(response)["error"].as_str().unwrap().to_owned())
}

pub(crate) fn string(value: &Value) -> &str {
    value.as_str().unwrap()
}
