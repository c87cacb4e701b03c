//! Requests and responses on their way in from and out to the entry.

use wasm_bindgen::prelude::*;

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

#[wasm_bindgen]
extern "C" {
    /// Who waits for the answer: `serve` in `entry.mjs`.
    pub type Asker;

    /// Takes the answer: headers one per line, `audit` for [`record`](super::record).
    #[wasm_bindgen(method)]
    fn answer(this: &Asker, status: u16, headers: &str, body: &str, audit: Option<String>);
}

/// Hands a response over. Every body the service makes is text, which the platform takes for less than bytes.
pub(super) fn answer(asker: &Asker, response: &Response, audit: Option<String>) {
    let body = String::from_utf8_lossy(&response.body);
    asker.answer(response.status.as_u16(), &wire::header_lines(&response.headers), &body, audit);
}

fn new_id() -> String {
    let mut random = [0; 8];
    super::ports::WorkerEntropy.fill(&mut random);
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}
