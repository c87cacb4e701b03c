//! The gate's exports to JavaScript. A request that needs no waiting crosses the boundary once, synchronously, as one
//! string; one that has to wait continues as a promise. JavaScript streams the bodies, so they never enter the module.
//!
//! [`ask`] returns a number:
//!
//! | number | what JavaScript does |
//! |---|---|
//! | `n >= 0` | sends the fixed response of the rule with that index, as [`open`] listed it |
//! | [`SAID`] | executes the outcome that [`said`] returns |
//! | [`WAIT`] | awaits [`wait`], then executes its outcome |
//! | [`SHUT`] | calls [`open`] and asks again, because this instance is new |
//! | [`OWN`] | passes the request to [`super::handle`], because it is for one of the Worker's own routes |

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use js_sys::Promise;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use super::bindings::{can, find, text};
use super::deadline::within;
use super::engine::WebCrypto;
use super::limiter;
use super::revocations::KvRevocations;
use super::sessions::ObjectSessions;
use crate::access::config::{AnswerConfig, RateLimitConfig, Revocation};
use crate::access::{Policy, Rule};
use crate::alg::Alg;
use crate::error::{Code, Error, Result};
use crate::gate::{
    Forward, Gate, HeaderFilter, Headers, Outcome, PAGE_POLICY, Ports, Refusal, Request, Sender, developer_page,
};
use crate::json;
use crate::key::Key;
use crate::limits::RETRY_AFTER_SECS;
use crate::service::{Config, Service, is_own};
use crate::session::{Answer, Event, Revocations, Sessions, Subject};
use crate::time::UnixMillis;
use crate::token::Verified;

const JSON: &str = "application/json";

/// The outcome of the last call can be read.
const SAID: i32 = -1;
/// The outcome has to be awaited.
const WAIT: i32 = -2;
/// The gate is not initialized.
const SHUT: i32 = -3;
/// The request is not for the gate.
const OWN: i32 = -4;

type Waiting = Pin<Box<dyn Future<Output = Said>>>;

/// The gate and its dependencies. A missing binding only matters to rules that need it.
struct Standing {
    gate: Gate,
    env: JsValue,
    engine: WebCrypto,
    revocations: Option<KvRevocations>,
    sessions: Option<ObjectSessions>,
    /// Whether denied requests get an explanation: only on a developer's machine.
    explains: bool,
}

thread_local! {
    static STANDING: RefCell<Option<Rc<Standing>>> = const { RefCell::new(None) };
    static SPOKEN: RefCell<String> = const { RefCell::new(String::new()) };
    static WAITING: RefCell<Option<Waiting>> = const { RefCell::new(None) };
}

/// Loads a policy that `cargo xtask build` wrote, and checks that the settings contain everything it refers to. It is
/// called when the Worker loads, so a deployment that cannot work fails, and the previous one keeps serving. Returns
/// the warnings.
///
/// # Errors
/// If this version's build did not write the policy; otherwise the first thing that the policy refers to and the
/// settings lack.
#[wasm_bindgen(js_name = checkPolicy)]
pub fn check_policy(env: &JsValue, policy: &str) -> Result<String, JsError> {
    let (gate, _) = gate(env, policy)?;
    let file = gate.policy().file();
    if let Some(missing) = missing_binding(env, gate.policy()) {
        return Err(JsError::new(&format!("{file}: {missing}")));
    }
    let warnings: Vec<String> = gate.policy().warnings().iter().map(|warning| format!("{file}:{warning}")).collect();
    Ok(warnings.join("\n"))
}

/// Initializes the gate and describes it: `{answers: [[index, {status, contentType, body}]], readsMore, cookie}`;
/// `cookie` is the name of the refresh cookie, which must not reach an upstream.
///
/// # Errors
/// If the policy or a setting is invalid.
#[wasm_bindgen(js_name = gateOpen)]
pub fn open(env: &JsValue, policy: &str) -> Result<String, JsError> {
    let (gate, config) = gate(env, policy)?;
    let description = describe(gate.policy(), config.cookie.name());
    let explains = text(env, "LOCAL").is_some_and(|value| value == "true");
    let cache = super::REVOCATIONS.with(Rc::clone);
    let revocations = find(env, "REVOCATIONS").ok().map(|list| KvRevocations::new(list, cache));
    let sessions = find(env, "USER_SESSIONS").ok().map(ObjectSessions::new);
    STANDING.replace(Some(Rc::new(Standing {
        gate,
        env: env.clone(),
        engine: WebCrypto::default(),
        revocations,
        sessions,
        explains,
    })));
    Ok(description)
}

/// Decides about a request: method, url, authorization, client, origin and preflight method, one per line; missing
/// values are empty. The lines after the first three are omitted unless [`open`] returned `readsMore`. No URL and no
/// header value contains a line break, so none can be read as another line.
#[wasm_bindgen(js_name = gateAsk)]
pub fn ask(request: String, now: f64) -> i32 {
    let (_, lines) = first_line(&request);
    let own = |config: &Rc<Config>| is_own(config, target(first_line(lines).0).1);
    if super::SETTINGS.with_borrow(|settings| settings.as_ref().is_some_and(own)) {
        return OWN;
    }
    let Some(standing) = STANDING.with_borrow(Option::clone) else { return SHUT };
    let mut guarding = Box::pin(guard(standing, request, UnixMillis::from_millis(now as i64)));
    match guarding.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Said::Fixed(rule)) => rule,
        Poll::Ready(Said::Json(outcome)) => {
            SPOKEN.replace(outcome);
            SAID
        }
        Poll::Pending => {
            WAITING.replace(Some(guarding));
            WAIT
        }
    }
}

/// The outcome of the last call.
#[wasm_bindgen(js_name = gateSaid)]
pub fn said() -> String {
    SPOKEN.take()
}

/// Which headers of a request are not forwarded, and which are set instead: `{remove: [name], set: [[name, value]]}`.
/// From the outcome it takes `rule` and `keepsAuthorization`; from the request the URL, the client and the names of all
/// headers, one per line. `undefined` if this instance is new: call [`open`], then ask again.
#[wasm_bindgen(js_name = gateHeaders)]
pub fn headers(rule: usize, keeps_authorization: bool, sent: &str) -> Option<String> {
    let standing = STANDING.with_borrow(Option::clone)?;
    let policy = standing.gate.policy();
    let filter = HeaderFilter::new(policy, policy.rules().get(rule)?, keeps_authorization);
    let (url, rest) = first_line(sent);
    let (address, names) = first_line(rest);
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    let sender = Sender { scheme, host: target(url).0, address };
    let removed: Vec<&str> = names.lines().filter(|name| !filter.passes(name)).collect();
    Some(json::text(&json!({ "remove": removed, "set": filter.of_sender(&sender) })))
}

/// A promise of the outcome that the last call is waiting for. Call it immediately, because the next request replaces
/// it.
#[wasm_bindgen(js_name = gateWait)]
pub fn wait() -> Promise {
    let waiting = WAITING.take();
    future_to_promise(async move {
        let waiting = waiting.ok_or_else(|| JsValue::from_str("nothing to wait for"))?;
        Ok(JsValue::from_str(&waiting.await.into_json()))
    })
}

fn gate(env: &JsValue, policy: &str) -> Result<(Gate, Config), JsError> {
    let told = |error: &dyn std::fmt::Display| JsError::new(&error.to_string());
    let policy = Policy::from_built(policy).map_err(|refused| told(&refused))?;
    let (config, keys) = super::settings(env)?;
    let service = Service::new(config, keys).map_err(|error| told(&error))?;
    let gate = Gate::new(policy, service.tokens().access_verifier().clone(), gate_key(env)?);
    Ok((gate.map_err(|error| told(&error))?, service.config().clone()))
}

fn gate_key(env: &JsValue) -> Result<Option<Key>, JsError> {
    const CURE: &str = "Make a good one with: openssl rand -base64 48 | npx wrangler secret put GATE_KEY";
    let Some(secret) = text(env, "GATE_KEY") else { return Ok(None) };
    if ["JWT_SECRET", "JWT_REFRESH_SECRET"].iter().any(|name| text(env, name).as_ref() == Some(&secret)) {
        let problem = "GATE_KEY is also a secret that tokens are signed with, and upstreams know it.";
        return Err(JsError::new(&format!("{problem} {CURE}")));
    }
    let key = Key::from_secret(Alg::HS256, secret.as_bytes());
    key.map(Some).map_err(|error| JsError::new(&format!("GATE_KEY: {error}. {CURE}")))
}

/// A dependency of a rule that is missing. This is checked when the Worker loads. At a request, the result would be a
/// limit that limits nobody, or a 500.
fn missing_binding(env: &JsValue, policy: &Policy) -> Option<String> {
    policy.rules().iter().find_map(|rule| {
        let limit = rule.rate_limit().map(|limit| (limit.binding.as_str(), "limit", "[[ratelimits]]"));
        let upstream = rule.upstream().and_then(|name| policy.upstream(name));
        let service = upstream.and_then(|it| it.service.as_deref()).map(|name| (name, "fetch", "[[services]]"));
        let variable = upstream.and_then(|it| it.url.as_deref()?.strip_prefix('$'));
        let variable = variable.filter(|name| text(env, name).is_none()).map(|name| (name, "[vars]"));
        let bindings = [limit, service].into_iter().flatten();
        let (name, place) = bindings
            .filter(|(name, verb, _)| !can(env, name, verb))
            .map(|(name, _, place)| (name, place))
            .chain(variable)
            .next()?;
        Some(format!("the rule {rule} needs {name}, which is not set. Name it under {place} in wrangler.toml."))
    })
}

fn describe(policy: &Policy, cookie: &str) -> String {
    let rules = policy.rules().iter().enumerate();
    let answers: Vec<Value> =
        rules.filter_map(|(index, rule)| rule.answer().map(|answer| json!([index, answer_json(answer)]))).collect();
    let reads_more = policy.rules().iter().any(|rule| rule.cors().is_some() || rule.rate_limit().is_some());
    json::text(&json!({ "answers": answers, "readsMore": reads_more, "cookie": cookie }))
}

/// An encoded outcome.
enum Said {
    /// The fixed response of the rule with this index.
    Fixed(i32),
    /// Everything else, as JSON.
    Json(String),
}

impl Said {
    fn into_json(self) -> String {
        match self {
            Self::Fixed(rule) => json::text(&json!({ "fixed": rule })),
            Self::Json(json) => json,
        }
    }
}

async fn guard(standing: Rc<Standing>, text: String, now: UnixMillis) -> Said {
    let mut request = read(&text);
    request.explains = standing.explains && is_this_machine(request.host);
    let gate = &standing.gate;
    match gate.guard(&request, &EdgePorts { standing: &standing, now }).await {
        Outcome::Answer(answer) => match answer.rule {
            Some(rule) if answer.headers.is_empty() && request.method != "HEAD" => Said::Fixed(index_of(gate, rule)),
            _ => Said::Json(respond(204, answer.body, &answer.headers)),
        },
        Outcome::Refuse(refusal) => Said::Json(refuse(&refusal)),
        Outcome::Forward(order) => Said::Json(forward(gate, &order)),
    }
}

/// The index of a rule in the gate's own policy.
fn index_of(gate: &Gate, rule: &Rule) -> i32 {
    let index = gate.policy().rules().iter().position(|one| std::ptr::eq(one, rule));
    index.and_then(|index| i32::try_from(index).ok()).unwrap_or(0)
}

fn read(text: &str) -> Request<'_> {
    let (method, rest) = first_line(text);
    let (url, rest) = first_line(rest);
    let (authorization, rest) = first_line(rest);
    let (client, rest) = first_line(rest);
    let (origin, preflight) = first_line(rest);
    let some = |line: &'_ str| -> bool { !line.is_empty() };
    let (host, path, query) = target(url);
    Request {
        method,
        host,
        path,
        query,
        authorization: Some(authorization).filter(|line| some(line)),
        origin: Some(origin).filter(|line| some(line)),
        preflight_method: Some(preflight).filter(|line| some(line)),
        client,
        explains: false,
    }
}

/// The first line, and the following lines.
fn first_line(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or((text, ""))
}

/// Host, path, and query with its `?`, of a URL in the form that the host provides.
fn target(url: &str) -> (&str, &str, &str) {
    let rest = ["https://", "http://"].iter().find_map(|scheme| url.strip_prefix(scheme)).unwrap_or(url);
    let (host, target) = split_before(rest, |byte| matches!(byte, b'/' | b'?'));
    let (path, query) = split_before(target, |byte| byte == b'?');
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    (host, if path.is_empty() { "/" } else { path }, query)
}

/// The text before the first of some ASCII characters, and the rest.
fn split_before(text: &str, is_one: impl Fn(u8) -> bool) -> (&str, &str) {
    text.split_at(text.bytes().position(is_one).unwrap_or(text.len()))
}

fn respond(status: u16, body: Option<&AnswerConfig>, headers: &Headers) -> String {
    let mut headers: Vec<(String, String)> =
        headers.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
    if let Some(body) = body {
        headers.push(("content-type".into(), body.content_type.clone()));
    }
    let (status, text) = body.map_or((status, None), |body| (body.status, Some(&body.body)));
    json::text(&json!({ "respond": { "status": status, "headers": headers, "body": text } }))
}

/// `localhost` and loopback addresses, with or without a port.
fn is_this_machine(host: &str) -> bool {
    let with_port = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    matches!(with_port.map_or(host, |(name, _)| name), "localhost" | "127.0.0.1" | "[::1]")
}

fn refuse(refusal: &Refusal) -> String {
    let mut headers: Vec<(String, String)> =
        refusal.headers.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
    headers.push(("cache-control".into(), "no-store".into()));
    if let Some(challenge) = &refusal.challenge {
        headers.push(("www-authenticate".into(), challenge.clone()));
    }
    match refusal.status {
        429 => headers.push(("retry-after".into(), "60".into())),
        503 => headers.push(("retry-after".into(), RETRY_AFTER_SECS.to_string())),
        _ => {}
    }
    let mut body = json!({ "error": refusal.code, "message": refusal.message });
    if refusal.walk.is_some() {
        body["explanation"] = json!(refusal.inner);
    }
    let answer = |content_type: &str, body: String| {
        let mut headers = headers.clone();
        headers.push(("content-type".into(), content_type.into()));
        if content_type != JSON {
            headers.push(("content-security-policy".into(), PAGE_POLICY.into()));
            headers.push(("x-content-type-options".into(), "nosniff".into()));
        }
        json!({ "status": refusal.status, "headers": headers, "body": body })
    };
    let page = developer_page(refusal).map(|page| answer("text/html;charset=utf-8", page));
    let log = (refusal.status >= 500).then_some(&refusal.inner);
    json::text(&json!({ "respond": answer(JSON, json::text(&body)), "page": page, "log": log }))
}

fn forward(gate: &Gate, order: &Forward<'_>) -> String {
    let headers: Vec<(&str, &str)> =
        order.headers.iter().map(|(name, value)| (name.as_ref(), value.as_str())).collect();
    json::text(&json!({ "forward": {
        "name": order.name,
        "service": order.upstream.service,
        "url": order.upstream.url,
        "timeoutSeconds": order.upstream.timeout_seconds,
        "target": order.target,
        "rule": index_of(gate, order.rule),
        "keepsAuthorization": order.filter.keeps_authorization(),
        "set": order.set,
        "response": { "set": order.response.set, "remove": order.response.remove },
        "headers": headers,
    } }))
}

fn answer_json(answer: &AnswerConfig) -> Value {
    json!({ "status": answer.status, "contentType": answer.content_type, "body": answer.body })
}

struct EdgePorts<'s> {
    standing: &'s Standing,
    now: UnixMillis,
}

impl Ports for EdgePorts<'_> {
    type Provider = WebCrypto;

    fn provider(&self) -> &WebCrypto {
        &self.standing.engine
    }

    fn now(&self) -> UnixMillis {
        self.now
    }

    async fn is_revoked(&self, level: Revocation, token: &Verified) -> Result<bool> {
        let claims = token.claims();
        let text = |name| claims.get_str(name).ok_or_else(|| Error::new(Code::ClaimMissing).about(name));
        let (sub, sid) = (text("sub")?, text("sid")?);
        let issued_at = claims.date("iat")?.ok_or_else(|| Error::new(Code::ClaimMissing).about("iat"))?;
        match level {
            Revocation::Off => Ok(false),
            Revocation::Cached => self.is_listed(sub, sid, issued_at).await,
            Revocation::Strict => self.is_ended(sub, sid).await,
        }
    }

    async fn admits(&self, limit: &RateLimitConfig, who: &str) -> bool {
        let answer = within("rate limit", || limiter::ask(&find(&self.standing.env, &limit.binding)?, who)).await;
        limiter::allows(&answer)
    }
}

impl EdgePorts<'_> {
    /// Checks the list, through the cache of this isolate.
    async fn is_listed(&self, sub: &str, sid: &str, issued_at: UnixMillis) -> Result<bool> {
        let list = self.standing.revocations.as_ref().ok_or(Code::RevocationUnavailable)?;
        for subject in [Subject::Session(sid.to_owned()), Subject::User(sub.to_owned())] {
            let at = list.revoked_at(&subject, self.now).await.map_err(|_| Code::RevocationUnavailable)?;
            if at.is_some_and(|at| subject.concerns(at, issued_at)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Checks the user's own record: a session that is not open there has ended.
    async fn is_ended(&self, sub: &str, sid: &str) -> Result<bool> {
        let sessions = self.standing.sessions.as_ref().ok_or(Code::RevocationUnavailable)?;
        match sessions.tell(sub, Event::Check { sid: sid.to_owned() }, self.now).await {
            Ok(Answer::Live { .. }) => Ok(false),
            Ok(Answer::NoSession) => Ok(true),
            _ => Err(Code::RevocationUnavailable.into()),
        }
    }
}
