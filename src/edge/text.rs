//! Text by the host's tables. Most text is ASCII, which needs none.

use js_sys::JsString;

use crate::text::Unicode;

pub(super) const HOST: Unicode = Unicode { nfkc, lower };

/// `String.prototype.normalize`.
fn nfkc(text: &str) -> String {
    if text.is_ascii() { text.to_owned() } else { JsString::from(text).normalize("NFKC").into() }
}

/// `String.prototype.toLowerCase`.
fn lower(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { JsString::from(text).to_lower_case().into() }
}
