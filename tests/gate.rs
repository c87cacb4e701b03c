//! The gate over ports of memory: every way a request can go.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::cell::{Cell, RefCell};

use portcullis::access::Policy;
use portcullis::access::config::{RateLimitConfig, Revocation};
use portcullis::alg::Alg;
use portcullis::crypto::Software;
use portcullis::error::{Code, Result};
use portcullis::gate::{Forward, GATE_TYP, Gate, Outcome, Ports, Refusal, Request, Sender, developer_page};
use portcullis::key::Key;
use portcullis::time::UnixMillis;
use portcullis::token::{Expectations, Expected, Signer, Verified, Verifier};
use serde_json::{Value, json};

const NOW: UnixMillis = UnixMillis::from_secs(1_800_000_000);

#[derive(Default)]
struct Memory {
    revoked: bool,
    list_out_of_reach: bool,
    full: bool,
    asked: Cell<Option<Revocation>>,
    counted: RefCell<Vec<String>>,
}

impl Ports for Memory {
    type Provider = Software;

    fn provider(&self) -> &Software {
        &Software
    }

    fn now(&self) -> UnixMillis {
        NOW
    }

    async fn is_revoked(&self, level: Revocation, _: &Verified) -> Result<bool> {
        self.asked.set(Some(level));
        if self.list_out_of_reach { Err(Code::RevocationUnavailable.into()) } else { Ok(self.revoked) }
    }

    async fn admits(&self, _: &RateLimitConfig, who: &str) -> bool {
        self.counted.borrow_mut().push(who.to_owned());
        !self.full
    }
}

const RULES: &str = r#"
[roles]
manager = { inherits = ["user"] }
user = {}

[upstreams]
app = { url = "https://app.internal" }
api = { service = "API", identity = "token" }
legacy = { service = "LEGACY", identity = "internal-token", timeout-seconds = 5 }

[defaults]
upstream = "app"
strip-headers = ["X-User-Id"]

[[rules]]
path = "/hello"
answer = { body = "hello" }
revocation = "off"

[[rules]]
path = "/public/*rest"
allow = "anyone"

[[rules]]
path = "/maybe"
allow = "optional"
cors = { origins = ["https://app.example"], credentials = true, headers = ["x-trace"], max-age-seconds = 600, expose = ["etag"] }

[[rules]]
path = "/reports/:id"
methods = ["GET", "POST"]
roles = ["manager"]
revocation = "strict"
request-headers = { set = { x-env = "prod" }, remove = ["cookie"] }

[[rules]]
path = "/api/*rest"
allow = "optional"
upstream = "api"

[[rules]]
path = "/legacy/*rest"
upstream = "legacy"

[[rules]]
path = "/limited"
allow = "anyone"
rate-limit = { binding = "LIMIT" }
"#;

fn secret(byte: u8) -> Key {
    Key::from_secret(Alg::HS256, &[byte; 32]).unwrap()
}

fn gate() -> Gate {
    let verifier = Verifier::new(secret(1), Expectations::new(Expected::Unchecked, Expected::Unchecked));
    Gate::new(Policy::parse("portcullis.toml", RULES).unwrap(), verifier, Some(secret(2))).unwrap()
}

fn bearer(claims: &Value) -> String {
    format!("Bearer {}", Signer::new(secret(1), "at+jwt").unwrap().sign_now(claims, &Software).unwrap().unwrap())
}

fn manager() -> String {
    bearer(&json!({ "sub": "anna müller", "sid": "s1", "roles": ["manager", "a,b"], "exp": NOW.as_secs() + 60 }))
}

fn get<'r>(path: &'r str, authorization: Option<&'r str>) -> Request<'r> {
    Request { method: "GET", host: "example.com", path, authorization, client: "192.0.2.1", ..Request::default() }
}

/// Every port here answers at once, so the whole guard does.
fn now<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(done) => done,
        std::task::Poll::Pending => panic!("nothing here waits"),
    }
}

fn refused(gate: &Gate, request: &Request<'_>, ports: &Memory) -> Refusal {
    match now(gate.guard(request, ports)) {
        Outcome::Refuse(refusal) => *refusal,
        other => panic!("{other:?}"),
    }
}

fn forwarded<'g>(gate: &'g Gate, request: &Request<'_>) -> Forward<'g> {
    match now(gate.guard(request, &Memory::default())) {
        Outcome::Forward(forward) => *forward,
        other => panic!("{other:?}"),
    }
}

fn set<'f>(forward: &'f Forward<'_>, name: &str) -> Option<&'f str> {
    forward.set.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_ref())
}

fn proof(token: &str, audience: &str) -> Verified {
    let mut expectations =
        Expectations::new(Expected::AnyOf(vec!["portcullis-gate".into()]), Expected::AnyOf(vec![audience.into()]));
    expectations.typ = Some(GATE_TYP.into());
    Verifier::new(secret(2), expectations).verify_now(token, &Software, NOW).unwrap().unwrap()
}

#[test]
fn refusals_speak_rfc_6750() {
    let gate = gate();
    let ports = Memory::default();
    let missing = refused(&gate, &get("/hello", None), &ports);
    assert_eq!((missing.status, missing.code), (401, "missing_token"));
    assert_eq!(missing.challenge.as_deref(), Some("Bearer realm=\"portcullis\""));
    assert_eq!(refused(&gate, &get("/hello", Some("Basic dTpw")), &ports).code, "missing_token");

    let bad = refused(&gate, &get("/hello", Some("Bearer x.y.z")), &ports);
    assert_eq!((bad.status, bad.code), (401, "invalid_token"));
    assert!(bad.challenge.unwrap().contains("error=\"invalid_token\""));
    assert_eq!(refused(&gate, &get("/maybe", Some("Bearer x.y.z")), &ports).status, 401);

    for twice in ["Bearer a.b.c, Bearer d.e.f", "Bearer", "Bearer a b"] {
        assert_eq!(refused(&gate, &get("/hello", Some(twice)), &ports).status, 400, "{twice}");
    }
    let user = bearer(&json!({ "sub": "1", "roles": ["user"] }));
    let forbidden = refused(&gate, &get("/reports/1", Some(&user)), &ports);
    assert_eq!((forbidden.status, forbidden.code), (403, "insufficient_scope"));
    assert!(forbidden.inner.contains("the role manager"), "{}", forbidden.inner);
    assert!(!forbidden.message.contains("manager"));
    assert_eq!(refused(&gate, &get("/nowhere", Some(&user)), &ports).code, "not_found");
    assert_eq!(refused(&gate, &get("/a%2fb", None), &ports).code, "invalid_path");
    assert_eq!(refused(&gate, &get(&"/a".repeat(9000), None), &ports).status, 414);
}

#[test]
fn only_a_developer_learns_the_rule() {
    let gate = gate();
    let user = bearer(&json!({ "sub": "7", "sid": "s", "roles": ["user"], "exp": NOW.as_secs() + 60 }));
    let outside = get("/reports/<script>", Some(&user));
    let refusal = refused(&gate, &outside, &Memory::default());
    assert_eq!((refusal.status, &refusal.walk, developer_page(&refusal)), (403, &None, None));
    let refusal = refused(&gate, &Request { explains: true, ..outside }, &Memory::default());
    let page = developer_page(&refusal).unwrap();
    for part in ["the role manager", "GET|HEAD|POST /reports/:id", "/reports/&lt;script&gt;", "DENY (403)"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("<script"), "{page}");
    // Without a good token there is nobody to tell.
    for authorization in [None, Some("Bearer x")] {
        let request = Request { explains: true, authorization, ..outside };
        assert_eq!(refused(&gate, &request, &Memory::default()).walk, None);
    }
}

#[test]
fn revocation_is_asked_as_closely_as_the_rule_says() {
    let gate = gate();
    let token = manager();
    let revoked = Memory { revoked: true, ..Memory::default() };
    assert!(matches!(now(gate.guard(&get("/hello", Some(&token)), &revoked)), Outcome::Answer(_)));
    assert_eq!(revoked.asked.get(), None);
    assert_eq!(refused(&gate, &get("/maybe", Some(&token)), &revoked).code, "invalid_token");
    assert_eq!(revoked.asked.get(), Some(Revocation::Cached));
    assert_eq!(refused(&gate, &get("/reports/1", Some(&token)), &revoked).status, 401);
    assert_eq!(revoked.asked.get(), Some(Revocation::Strict));
    let unreachable = Memory { list_out_of_reach: true, ..Memory::default() };
    assert_eq!(refused(&gate, &get("/reports/1", Some(&token)), &unreachable).status, 503);
}

#[test]
fn identity_headers_are_the_gates_own_and_proved() {
    let gate = gate();
    let token = manager();
    let request = Request { query: "?full=1", ..get("/reports/./7", Some(&token)) };
    let forward = forwarded(&gate, &request);
    assert_eq!(forward.target, "/reports/7?full=1");
    assert_eq!(set(&forward, "x-portcullis-sub"), Some("anna%20m%C3%BCller"));
    assert_eq!(set(&forward, "x-portcullis-roles"), Some("manager,a%2Cb"));
    assert_eq!(set(&forward, "x-portcullis-sid"), Some("s1"));
    assert_eq!(set(&forward, "x-env"), Some("prod"));
    for name in ["x-user-id", "cookie", "authorization", "x-http-method-override", "x-portcullis-sub"] {
        assert!(!forward.filter.passes(name), "{name}");
    }
    assert!(forward.filter.passes("accept"));
    let proof = proof(set(&forward, "x-portcullis-proof").unwrap(), "app");
    for (claim, value) in [
        ("htm", json!("GET")),
        ("htu", json!("/reports/7?full=1")),
        ("sub", json!("anna müller")),
        ("roles", json!(["manager", "a,b"])),
        ("exp", json!(NOW.as_secs() + 60)),
    ] {
        assert_eq!(proof.claims().get(claim), Some(&value), "{claim}");
    }
}

/// Names that a proxy in front of an upstream may set, and a stranger may send.
const CLAIMS: [&str; 8] = [
    "forwarded",
    "x-forwarded-for",
    "x-real-ip",
    "true-client-ip",
    "x-forwarded-user",
    "x-forwarded-email",
    "remote-user",
    "client-cert",
];

const PASSING: &str = r#"
[upstreams]
app = { url = "https://app.internal" }

[defaults]
upstream = "app"
pass-headers = ["X-Forwarded-Email", "x.trace"]

[[rules]]
path = "/behind/*rest"
allow = "anyone"
pass-headers = ["X-Forwarded-For", "Remote-User", "x_tenant"]
request-headers = { set = { x-env = "prod" }, remove = ["x.trace"] }

[[rules]]
path = "/*rest"
allow = "anyone"
"#;

fn passing() -> Gate {
    let verifier = Verifier::new(secret(1), Expectations::new(Expected::Unchecked, Expected::Unchecked));
    Gate::new(Policy::parse("portcullis.toml", PASSING).unwrap(), verifier, None).unwrap()
}

#[test]
fn claims_of_a_user_or_an_address_go_on_only_where_the_policy_or_the_rule_passes_them() {
    let gate = gate();
    let forward = forwarded(&gate, &get("/public/x", None));
    for name in CLAIMS {
        assert!(!forward.filter.passes(name), "{name}");
        for mark in ["_", ".", "!"] {
            assert!(!forward.filter.passes(&name.replace('-', mark)), "{name} with {mark}");
        }
    }

    let gate = passing();
    let listed = |path: &str, names: &[&str]| {
        let forward = forwarded(&gate, &get(path, None));
        for name in CLAIMS {
            assert_eq!(forward.filter.passes(name), names.contains(&name), "{path} {name}");
        }
        ["x.trace", "x_tenant", "x-tenant", "remote_user", "x_env", "x_forwarded_host"]
            .map(|name| forward.filter.passes(name))
    };
    assert_eq!(listed("/other", &["x-forwarded-email"]), [true, false, true, false, false, false]);
    let all = ["x-forwarded-email", "x-forwarded-for", "remote-user"];
    assert_eq!(listed("/behind/x", &all), [false, true, true, false, false, false]);
}

#[test]
fn the_upstream_is_told_the_address_that_the_platform_gives() {
    let gate = passing();
    let told = |path: &str, address: &str| {
        let sender = Sender { scheme: "https", host: "api.example:8443", address };
        forwarded(&gate, &get(path, None)).filter.of_sender(&sender)
    };
    let [host, proto] =
        [("x-forwarded-host", "api.example:8443".to_owned()), ("x-forwarded-proto", "https".to_owned())];
    let [client, real] = [("x-forwarded-for", "2001:db8::7".to_owned()), ("x-real-ip", "2001:db8::7".to_owned())];
    assert_eq!(told("/other", "2001:db8::7"), [host.clone(), proto.clone(), client, real.clone()]);
    assert_eq!(told("/behind/x", "2001:db8::7"), [host.clone(), proto.clone(), real], "what is passed is not replaced");
    assert_eq!(told("/other", ""), [host, proto]);
}

#[test]
fn requests_without_a_token_carry_no_identity() {
    let gate = gate();
    for request in [get("/maybe", None), get("/public/x", None), get("/public/x", Some("Bearer x.y.z"))] {
        let forward = forwarded(&gate, &request);
        assert_eq!(set(&forward, "x-portcullis-sub"), None);
        assert_eq!(proof(set(&forward, "x-portcullis-proof").unwrap(), "app").claims().subject(), None);
    }
}

#[test]
fn the_token_itself_or_an_internal_one() {
    let gate = gate();
    let token = manager();
    let own = forwarded(&gate, &get("/api/x", Some(&token)));
    assert!(own.set.is_empty());
    assert!(own.filter.passes("authorization") && !own.filter.passes("x-user-id"));
    assert!(!forwarded(&gate, &get("/api/x", Some("Basic dTpw"))).filter.passes("authorization"));

    let internal = forwarded(&gate, &get("/legacy/x", Some(&token)));
    let minted = set(&internal, "authorization").and_then(|value| value.strip_prefix("Bearer ")).unwrap();
    assert_eq!(proof(minted, "legacy").claims().subject(), Some("anna müller"));
    assert_eq!(internal.upstream.timeout_seconds, 5);

    let verifier = Verifier::new(secret(1), Expectations::new(Expected::Unchecked, Expected::Unchecked));
    assert!(Gate::new(Policy::parse("p", RULES).unwrap(), verifier, None).is_err());
}

#[test]
fn preflights_need_no_credentials() {
    let gate = gate();
    let ports = Memory::default();
    let preflight = |origin, path| Request {
        method: "OPTIONS",
        origin: Some(origin),
        preflight_method: Some("GET"),
        ..get(path, None)
    };
    let Outcome::Answer(answer) = now(gate.guard(&preflight("https://app.example", "/maybe"), &ports)) else {
        panic!()
    };
    let header = |name: &str| answer.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!(header("access-control-allow-origin"), Some("https://app.example"));
    assert_eq!(header("access-control-allow-credentials"), Some("true"));
    assert_eq!(header("access-control-allow-headers"), Some("authorization, content-type, x-trace"));
    assert_eq!(header("access-control-max-age"), Some("600"));
    assert_eq!(refused(&gate, &preflight("https://evil.example", "/maybe"), &ports).status, 403);
    // No rule for origins here: the request is judged like any other OPTIONS.
    assert_eq!(refused(&gate, &preflight("https://app.example", "/hello"), &ports).status, 401);

    let read = Request { origin: Some("https://app.example"), ..get("/maybe", None) };
    let forward = forwarded(&gate, &read);
    assert!(forward.headers.contains(&("access-control-expose-headers".into(), "etag".into())));
    let unread = Request { origin: Some("https://evil.example"), ..get("/maybe", None) };
    assert_eq!(forwarded(&gate, &unread).headers, [("vary".into(), "Origin".into())]);
    let refusal = refused(&gate, &Request { authorization: Some("Bearer x.y.z"), ..read }, &ports);
    assert!(refusal.headers.contains(&("access-control-allow-origin".into(), "https://app.example".into())));
}

#[test]
fn full_rate_limits_refuse() {
    let full = Memory { full: true, ..Memory::default() };
    let request = Request { client: "192.0.2.7", ..get("/limited", None) };
    assert_eq!(refused(&gate(), &request, &full).status, 429);
}

#[test]
fn requests_without_an_address_do_not_share_a_limit() {
    let full = Memory { full: true, ..Memory::default() };
    let request = Request { client: "", ..get("/limited", None) };
    assert!(!matches!(now(gate().guard(&request, &full)), Outcome::Refuse(_)));
    assert!(full.counted.borrow().is_empty());
}

#[test]
fn a_household_is_one_client_to_a_limit() {
    let full = Memory { full: true, ..Memory::default() };
    for client in ["2001:db8:1:2::3", "2001:db8:1:2:ffff::4", "192.0.2.7"] {
        refused(&gate(), &Request { client, ..get("/limited", None) }, &full);
    }
    assert_eq!(*full.counted.borrow(), ["2001:db8:1:2::/64", "2001:db8:1:2::/64", "192.0.2.7"]);
}

#[test]
fn the_upstream_gets_the_spelling_of_the_rule_that_was_asked() {
    let policy = r#"
[upstreams]
app = { service = "APP", identity = "headers" }
[defaults]
upstream = "app"
[[rules]]
path = ["/things/new", "/Café/:Kind/list/*rest"]
allow = "anyone"
[[rules]]
path = "/things/:id"
"#;
    let gate = |text: &str| {
        let verifier = Verifier::new(secret(1), Expectations::new(Expected::Unchecked, Expected::Unchecked));
        Gate::new(Policy::parse("p.toml", text).unwrap(), verifier, None).unwrap()
    };
    let folding = gate(policy);
    for (sent, target) in [
        ("/things/new", "/things/new"),
        ("/things/NEW", "/things/new"),
        ("/THINGS/%4Eew/", "/things/new/"),
        ("/CAF%C3%89/Red/LIST/Some/Where", "/Caf%C3%A9/Red/list/Some/Where"),
    ] {
        assert_eq!(forwarded(&folding, &get(sent, None)).target, target, "{sent}");
    }
    let exact = gate(&format!("paths = {{ case = \"sensitive\" }}\n{policy}"));
    assert_eq!(refused(&exact, &get("/things/NEW", None), &Memory::default()).status, 401, "another thing, by its id");
    assert_eq!(forwarded(&exact, &get("/things/new", None)).target, "/things/new");
}

#[test]
fn methods_that_echo_or_tunnel_are_refused_whatever_the_rules_say() {
    for method in ["TRACE", "CONNECT"] {
        let refusal = refused(&gate(), &Request { method, ..get("/public/x", None) }, &Memory::default());
        assert_eq!((refusal.status, refusal.code), (405, "method_not_allowed"));
        assert!(refusal.headers.iter().any(|(name, _)| name == "allow"));
    }
}
