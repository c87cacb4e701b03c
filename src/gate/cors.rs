//! The CORS protocol (Fetch standard) at the gate. Preflight requests are answered here, without credentials; other
//! responses get the headers that let scripts of allowed origins read them.

use super::Request;
use super::outcome::{Answer, Headers, Outcome, Refusal};
use crate::access::config::CorsConfig;
use crate::access::{Asked, Policy, Rule};

/// Request headers that every cross-origin client of an API needs.
const ALWAYS_ALLOWED: [&str; 2] = ["authorization", "content-type"];

/// The response to a preflight request, if the rule for the announced request has a CORS setting.
pub(super) fn preflight<'p>(policy: &'p Policy, request: &Request<'_>) -> Option<Outcome<'p>> {
    if request.method != "OPTIONS" {
        return None;
    }
    let (origin, method) = (request.origin?, request.preflight_method?);
    let announced = Asked { method, host: request.host, path: request.path };
    let rule = policy.route(&announced).ok()?.rule()?;
    let cors = rule.cors()?;
    let Some(allowed) = allowed_origin(cors, origin) else { return Some(Refusal::origin().into()) };
    let mut headers = origin_headers(cors, allowed);
    let names = ALWAYS_ALLOWED.into_iter().chain(cors.headers.iter().map(String::as_str));
    headers.push(("access-control-allow-methods".into(), method.to_owned()));
    headers.push(("access-control-allow-headers".into(), names.collect::<Vec<_>>().join(", ")));
    if let Some(seconds) = cors.max_age_seconds {
        headers.push(("access-control-max-age".into(), seconds.to_string()));
    }
    Some(Outcome::Answer(Answer { rule: None, body: None, headers }))
}

/// The headers for a response to any other request.
pub(super) fn response_headers(rule: Option<&Rule>, request: &Request<'_>) -> Headers {
    let Some(cors) = rule.and_then(Rule::cors) else { return Vec::new() };
    let Some(allowed) = request.origin.and_then(|origin| allowed_origin(cors, origin)) else {
        // Caches must know that the response depends on the origin.
        return vec![("vary".into(), "Origin".into())];
    };
    let mut headers = origin_headers(cors, allowed);
    if !cors.expose.is_empty() {
        headers.push(("access-control-expose-headers".into(), cors.expose.0.join(", ")));
    }
    headers
}

fn allowed_origin<'o>(cors: &CorsConfig, origin: &'o str) -> Option<&'o str> {
    let any = cors.origins.iter().any(|one| one == "*");
    if any { Some("*") } else { cors.origins.iter().any(|one| one == origin).then_some(origin) }
}

fn origin_headers(cors: &CorsConfig, allowed: &str) -> Headers {
    let mut headers: Headers = vec![("access-control-allow-origin".into(), allowed.to_owned())];
    if allowed != "*" {
        headers.push(("vary".into(), "Origin".into()));
    }
    if cors.credentials {
        headers.push(("access-control-allow-credentials".into(), "true".into()));
    }
    headers
}
