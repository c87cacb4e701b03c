//! Text by the host's tables.

use js_sys::JsString;

/// `String.prototype.normalize`. Most text is ASCII, which is normal as it stands.
pub(super) fn nfkc(text: &str) -> String {
    if text.is_ascii() { text.to_owned() } else { JsString::from(text).normalize("NFKC").into() }
}
