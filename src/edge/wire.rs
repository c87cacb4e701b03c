//! Converts requests from the entry and responses to the entry.

use wasm_bindgen::prelude::*;

use crate::http::{Client, Request, Response, wire};
use crate::random::Entropy;

/// A request from its parts, as in [`wire::request`]. `None` if the method or the URL is invalid.
pub(super) fn request(method: &str, url: &str, headers: &str, body: Vec<u8>, place: String) -> Option<Request> {
    let mut request = wire::request(method, url, headers, body)?;
    let text = |name: &str| request.header(name).map(str::to_owned);
    let address = text("cf-connecting-ip").unwrap_or_default();
    request.id = text("cf-ray").unwrap_or_else(new_id);
    request.client = Client { address, place };
    Some(request)
}

#[wasm_bindgen]
extern "C" {
    /// The callback that receives the response: `serve` in `entry.mjs`.
    pub type Asker;

    /// Receives the response: headers one per line, `audit` for [`record`](super::record).
    #[wasm_bindgen(method)]
    fn answer(this: &Asker, status: u16, headers: &str, body: &str, audit: Option<String>);
}

/// Hands over a response. Every body of the service is text, which is cheaper to pass to the platform than bytes.
pub(super) fn answer(asker: &Asker, response: &Response, audit: Option<String>) {
    let body = String::from_utf8_lossy(&response.body);
    asker.answer(response.status.as_u16(), &wire::header_lines(&response.headers), &body, audit);
}

fn new_id() -> String {
    let mut random = [0; 8];
    super::ports::WorkerEntropy.fill(&mut random);
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}
