//! Requests and responses in the form in which they cross from and to JavaScript.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use wasm_bindgen::JsValue;

use super::{array, bytes};
use crate::http::{Client, Request, Response};
use crate::random::Entropy;

/// A request from its parts: the whole address, and headers one per line as `name:value`. `None` when the method or the address is none.
pub(super) fn request(method: &str, url: &str, headers: &str, body: Vec<u8>, place: String) -> Option<Request> {
    let method = Method::from_bytes(method.as_bytes()).ok()?;
    let after_scheme = url.find("://")? + 3;
    let path_at = url[after_scheme..].find(['/', '?', '#']).map_or(url.len(), |at| after_scheme + at);
    let (origin, rest) = url.split_at(path_at);
    let rest = rest.split('#').next().unwrap_or_default();
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let headers = self::headers(headers);
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let address = text("cf-connecting-ip").unwrap_or_default();
    let id = text("cf-ray").unwrap_or_else(new_id);
    Some(Request {
        method,
        origin: origin.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        client: Client { address, place },
        id,
        headers,
        body,
    })
}

/// A response as `[status, headers, body, audit]`.
pub(super) fn answer(response: &Response, audit: Option<String>) -> JsValue {
    let mut headers = String::new();
    for (name, value) in &response.headers {
        if let Ok(value) = value.to_str() {
            headers.push_str(name.as_str());
            headers.push(':');
            headers.push_str(value);
            headers.push('\n');
        }
    }
    array([
        response.status.as_u16().into(),
        headers.into(),
        bytes(&response.body),
        audit.map_or(JsValue::UNDEFINED, JsValue::from),
    ])
}

fn headers(lines: &str) -> HeaderMap {
    let pairs = lines.lines().filter_map(|line| line.split_once(':'));
    pairs
        .filter_map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            Some((name, HeaderValue::from_bytes(value.trim().as_bytes()).ok()?))
        })
        .fold(HeaderMap::new(), |mut headers, (name, value)| {
            headers.append(name, value);
            headers
        })
}

fn new_id() -> String {
    let mut random = [0; 8];
    super::ports::WorkerEntropy.fill(&mut random);
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}
