//! Requests and responses on their way in from and out to the entry.

use wasm_bindgen::JsValue;

use super::{array, bytes};
use crate::http::{Client, Request, Response, wire};
use crate::random::Entropy;

/// A request from its parts, as [`wire::request`] takes them. `None` when the method or the address is none.
pub(super) fn request(method: &str, url: &str, headers: &str, body: Vec<u8>, place: String) -> Option<Request> {
    let mut request = wire::request(method, url, headers, body)?;
    let text = |name: &str| request.header(name).map(str::to_owned);
    let address = text("cf-connecting-ip").unwrap_or_default();
    request.id = text("cf-ray").unwrap_or_else(new_id);
    request.client = Client { address, place };
    Some(request)
}

/// A response as `[status, headers, body, audit]`.
pub(super) fn answer(response: &Response, audit: Option<String>) -> JsValue {
    array([
        response.status.as_u16().into(),
        wire::header_lines(&response.headers).into(),
        bytes(&response.body),
        audit.map_or(JsValue::UNDEFINED, JsValue::from),
    ])
}

fn new_id() -> String {
    let mut random = [0; 8];
    super::ports::WorkerEntropy.fill(&mut random);
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}
