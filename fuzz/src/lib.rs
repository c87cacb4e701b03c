//! What the newer targets assert, as functions. `tests/fuzz.rs` runs the same functions over generated input.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a target fails by panicking")]

use std::collections::BTreeSet;
use std::time::Duration;

use portcullis::access::config::{PathParameters, RateLimitConfig, Revocation};
use portcullis::access::{Asked, CanonicalPath, Policy, Presented};
use portcullis::alg::Alg;
use portcullis::crypto::Software;
use portcullis::gate::{Gate, Outcome};
use portcullis::http::Headers;
use portcullis::http::cookie::RefreshCookie;
use portcullis::key::Key;
use portcullis::service::Limit;
use portcullis::time::UnixMillis;
use portcullis::token::{Expectations, Expected, Verified, Verifier};
use serde_json::{Map, Value, json};

#[path = "../../tests/service/support.rs"]
#[allow(dead_code, reason = "the service tests need more of it")]
mod support;

use support::{World, now};

/// Any text as the path of a request: what is accepted has one spelling, and a second pass changes nothing.
pub fn path(text: &str) {
    for parameters in [PathParameters::Refuse, PathParameters::Keep] {
        let Ok(path) = CanonicalPath::new(text, parameters) else { continue };
        let again = CanonicalPath::new(path.as_str(), parameters).expect("what was accepted is accepted again");
        assert_eq!(again.as_str(), path.as_str());
        assert_eq!(again.decoded(), path.decoded());
        assert!(path.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
        assert!(!path.as_str().contains("//"));
        let mut segments = path.decoded().split('/');
        assert!(segments.all(|segment| !matches!(segment, "." | "..")));
        assert!(!path.decoded().contains(['\\', '\0']));
    }
}

/// Header names, one a line. The first three are named by the policy as stripped, passed and removed; the rest arrive with a request.
/// No name that reaches the upstream is the same CGI variable as one that the policy takes out or as one of the gate's own.
pub fn header_names(text: &str) {
    let mut lines = text.lines();
    let mut named =
        || lines.next().map_or_else(Vec::new, |line| line.split(' ').filter(|name| !name.is_empty()).collect());
    let (strip, pass, remove): (Vec<&str>, Vec<&str>, Vec<&str>) = (named(), named(), named());
    let policy = json!({
        "defaults": { "strip-headers": strip, "pass-headers": pass },
        "upstreams": { "api": { "url": "https://api.example", "identity": "headers" } },
        "rules": [{ "path": "/*rest", "allow": "anyone", "upstream": "api", "request-headers": { "remove": remove } }],
    });
    let Ok(policy) = Policy::parse("policy.json", &policy.to_string()) else { return };
    let key = Key::from_secret(Alg::HS256, &[7; 32]).unwrap();
    let verifier = Verifier::new(key, Expectations::new(Expected::Unchecked, Expected::Unchecked));
    let gate = Gate::new(policy, verifier, None).unwrap();
    let request = portcullis::gate::Request { method: "GET", path: "/", ..Default::default() };
    let Outcome::Forward(forward) = now(gate.guard(&request, &NoPorts)) else {
        panic!("the rule lets everyone through")
    };
    let out: BTreeSet<String> = strip.iter().chain(&remove).map(|name| variable(name)).collect();
    for name in lines.map(str::to_ascii_lowercase) {
        if forward.filter.passes(&name) {
            let variable = variable(&name);
            assert!(!variable.starts_with("X_PORTCULLIS_"), "{name}");
            assert!(!out.contains(&variable), "{name}");
        }
    }
}

/// The name of the variable that CGI (RFC 3875 section 4.1.18) and PHP make of a header's name, without `HTTP_`.
fn variable(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

/// Any text as a policy file, in TOML or JSON: a refusal points into the text, and what is built decides as what was written.
pub fn policy(text: &str) {
    match Policy::build("policy", text) {
        Err(refused) => {
            assert!(!refused.to_string().is_empty());
            assert!(!refused.findings.is_empty());
            for finding in &refused.findings {
                assert!((1..=text.split('\n').count()).contains(&finding.line), "{finding:?}");
                assert!(finding.column >= 1 && !finding.message.is_empty(), "{finding:?}");
            }
        }
        Ok((written, built)) => {
            let read = Policy::from_built(&built).expect("what was built can be read");
            for path in ["/", "/a", "/users/7", "/users/me", "/admin/x/y"] {
                for method in ["GET", "POST", "OPTIONS"] {
                    let asked = Asked { method, host: "example.com", path };
                    let verdict = |policy: &Policy| {
                        let decision = policy.decide(Presented::Missing, &asked).expect("a plain path");
                        (decision.allowed, decision.status(), decision.rule.map(|rule| rule.name().to_owned()))
                    };
                    assert_eq!(verdict(&written), verdict(&read));
                }
            }
        }
    }
}

/// Any text as a `cookie` header: what is read was sent, and what is written is read back among any other cookies.
pub fn cookies(text: &str) {
    for domain in [None, Some("example.com".to_owned())] {
        let cookie = RefreshCookie::new("refresh", domain);
        let read = |values: &[&str]| {
            let mut headers = Headers::new();
            values.iter().for_each(|value| headers.add("cookie", value));
            cookie.read(&headers)
        };
        if let Some(value) = read(&[text]) {
            assert!(text.contains(&value) && !value.is_empty() && !value.contains(';'));
            let written = cookie.set(&value, Duration::from_secs(60));
            let (pair, attributes) = written.split_once("; ").unwrap();
            assert_eq!(read(&[pair]).as_deref(), Some(value.as_str()));
            assert!(attributes.starts_with("HttpOnly; SameSite=Strict; Secure; Path=/"));
            assert_eq!(read(&[text, pair]).as_deref(), Some(value.as_str()), "the same cookie twice is one");
        }
        assert_eq!(read(&[cookie.clear().split_once("; ").unwrap().0]), None, "a removed cookie");
        let own = format!("{}=a.b.c", cookie.name());
        let others = text.split(';').filter(|pair| pair.split('=').next().unwrap_or_default().trim() != cookie.name());
        let others = others.collect::<Vec<_>>().join(";");
        // Text that no header carries is not sent.
        if others.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~')) {
            assert_eq!(read(&[&format!("{others};{own}")]).as_deref(), Some("a.b.c"));
            assert_eq!(read(&[&format!("{own};{others}")]).as_deref(), Some("a.b.c"));
        }
    }
}

/// Any bytes as the body of a form: never a 5xx, and the same verdict as on the JSON that the form stands for.
pub fn forms(bytes: &[u8]) {
    let world = World::new();
    // Stops before a password is hashed, after everything else is read.
    world.memory.limiter.refuse.set(Some(Limit::Client));
    let basic = "Basic YXBpOjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm";
    for (path, endpoint) in [
        ("/auth/account/sign-in", Some(("/auth/login", &["email", "password"][..]))),
        ("/auth/account/register", Some(("/auth/register", &["email", "password", "name"][..]))),
        ("/auth/account/devices", None),
        ("/auth/account/password", None),
        ("/auth/account/sign-out", None),
        ("/oauth/introspect", None),
        ("/oauth/revoke", None),
    ] {
        let status = send(&world, path, bytes, &[("content-type", FORM), ("authorization", basic)]);
        assert!(status < 500, "{path}: {status}");
        let Some((endpoint, names)) = endpoint else { continue };
        let mut fields = Map::new();
        let mut twice = false;
        for (name, value) in form_urlencoded::parse(bytes).into_owned() {
            twice |= fields.insert(name, value.into()).is_some();
        }
        fields.retain(|name, _| names.contains(&name.as_str()));
        let json = Value::from(fields).to_string();
        let expected = if twice { 400 } else { send(&world, endpoint, json.as_bytes(), &[]) };
        assert_eq!(status, expected, "{path}");
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

fn send(world: &World, path: &str, body: &[u8], headers: &[(&str, &str)]) -> u16 {
    let mut request = World::request("POST", path, headers, "");
    request.body = body.to_vec();
    now(world.service.handle(&request, &world.memory)).expect("a route of ours").response.status.as_u16()
}

/// The gate asks none of these for a rule that lets everyone through.
struct NoPorts;

impl portcullis::gate::Ports for NoPorts {
    type Provider = Software;

    fn provider(&self) -> &Software {
        &Software
    }

    fn now(&self) -> UnixMillis {
        UnixMillis::from_secs(1_800_000_000)
    }

    async fn is_revoked(&self, _: Revocation, _: &Verified) -> portcullis::error::Result<bool> {
        panic!("no token was looked at")
    }

    async fn admits(&self, _: &RateLimitConfig, _: &str) -> bool {
        panic!("the rule has no limit")
    }
}
