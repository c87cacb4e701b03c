//! Finds the token in a pasted text: a header line, a cookie, a URL, a curl command, a JSON response, a log line, with
//! quotes or line breaks inside, or base64-encoded again. Every step reads the text a fixed number of times.

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::{alphabet, engine::general_purpose};
use percent_encoding::percent_decode_str;

use super::report::Wrapping;
use crate::json;

/// Maximum number of layers that are removed.
const MAX_LAYERS: usize = 5;

/// A token, or the remaining text if there is none, and the layers around it.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) token: String,
    pub(super) wrappings: Vec<Wrapping>,
}

/// A layer that was removed.
struct Layer {
    inner: String,
    wrapping: Wrapping,
}

/// Removes one layer after the other.
pub(super) fn find(text: &str) -> Found {
    let mut found = Found { token: text.to_owned(), wrappings: Vec::new() };
    for _ in 0..MAX_LAYERS {
        let Some(Layer { inner, wrapping }) = unwrap(&found.token) else { break };
        if !found.wrappings.contains(&wrapping) {
            found.wrappings.push(wrapping);
        }
        found.token = inner;
    }
    found
}

fn unwrap(text: &str) -> Option<Layer> {
    let trimmed = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\0');
    if trimmed.len() < text.len() {
        return layer(trimmed, "whitespace", "It was surrounded by spaces or line breaks.");
    }
    if text.is_empty() || is_token_shaped(text) {
        return None;
    }
    quotes(text)
        .or_else(|| bearer(text))
        .or_else(|| json_answer(text))
        .or_else(|| line_breaks(text))
        .or_else(|| run_inside(text))
        .or_else(|| percent(text))
        .or_else(|| base64(text))
}

fn layer(inner: impl Into<String>, name: &'static str, sentence: &'static str) -> Option<Layer> {
    Some(Layer { inner: inner.into(), wrapping: Wrapping { name, sentence } })
}

/// Starts like a token and contains no character that would end one.
fn is_token_shaped(text: &str) -> bool {
    begins_token(text) && text.bytes().all(is_token_byte)
}

/// The characters of tokens, and of incorrectly encoded ones.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'=' | b'+' | b'/')
}

/// Base64url of `{"`, or of `{` and white space.
pub(super) fn begins_token(text: &str) -> bool {
    ["eyJ", "eyA", "ewo", "ewk", "ew0"].iter().any(|begin| text.starts_with(begin))
}

fn quotes(text: &str) -> Option<Layer> {
    let pairs = [('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('‘', '’'), ('<', '>')];
    let (open, close) = pairs.into_iter().find(|(open, _)| text.starts_with(*open))?;
    let inner = text.strip_prefix(open)?;
    let inner = inner.strip_suffix(close).unwrap_or(inner);
    layer(inner, "quotes", "It stood in quotes.")
}

fn bearer(text: &str) -> Option<Layer> {
    let rest = strip_prefix_ignoring_case(text, "authorization:").map_or(text, str::trim_start);
    for scheme in ["bearer", "jwt", "token"] {
        if let Some(token) = strip_prefix_ignoring_case(rest, scheme).filter(|rest| rest.starts_with([' ', '\t', ':']))
        {
            let token = token.trim_start_matches([' ', '\t', ':']);
            return layer(token, "bearer", "Found after “Bearer”, as in an Authorization header.");
        }
    }
    (rest.len() < text.len()).then(|| layer(rest, "bearer", "It stood in an Authorization header.")).flatten()
}

fn strip_prefix_ignoring_case<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// A JSON response with a token in it.
fn json_answer(text: &str) -> Option<Layer> {
    const NAMES: [&str; 9] = [
        "access_token",
        "accessToken",
        "id_token",
        "idToken",
        "refresh_token",
        "refreshToken",
        "token",
        "jwt",
        "assertion",
    ];
    if !text.starts_with('{') {
        return None;
    }
    let object = json::tree(text)?;
    let token = NAMES.iter().find_map(|name| object.get(*name)?.as_str())?;
    layer(token, "json", "It stood in a JSON answer.")
}

/// A token that contains line breaks, spaces, quotes or shell backslashes, with no other text around it.
fn line_breaks(text: &str) -> Option<Layer> {
    let is_noise = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\' | '\u{200b}' | '\u{feff}' | '>' | '|');
    if !begins_token(text) || !text.chars().all(|c| is_noise(c) || c.is_ascii() && is_token_byte(c as u8)) {
        return None;
    }
    let inner: String = text.chars().filter(|c| !is_noise(*c)).collect();
    let sentence = "It contained line breaks, spaces, quotes or backslashes, probably from an email or a terminal.";
    (inner.bytes().filter(|byte| *byte == b'.').count() >= 2).then(|| layer(inner, "line-breaks", sentence)).flatten()
}

/// A token inside a longer text.
fn run_inside(text: &str) -> Option<Layer> {
    let runs = text.split(|c: char| !c.is_ascii() || !is_token_byte(c as u8));
    let best = runs.filter_map(token_in_run).max_by_key(|run| (run.matches('.').count().min(2), run.len()))?;
    if best.len() == text.len() || !best.contains('.') {
        return None;
    }
    let at = best.as_ptr() as usize - text.as_ptr() as usize;
    let before = text[..at].to_ascii_lowercase();
    let (name, sentence) = around(&before);
    layer(best, name, sentence)
}

/// The token may be preceded by the name of a cookie or a parameter, or by the path of a URL, and followed by a full
/// stop.
fn token_in_run(run: &str) -> Option<&str> {
    let begin = std::iter::once(0).chain(run.match_indices(['=', '/']).map(|(at, _)| at + 1));
    let begin = begin.take(64).find(|at| begins_token(&run[*at..]))?;
    let run = &run[begin..];
    let dots = run.bytes().filter(|byte| *byte == b'.').count();
    Some(if dots > 2 { run.trim_end_matches('.') } else { run })
}

fn around(before: &str) -> (&'static str, &'static str) {
    let word_before = before.trim_end().trim_end_matches([':', '=', '"', '\'']).trim_end();
    if before.starts_with("curl ") || before.contains("\ncurl ") || before.contains("$ curl ") {
        ("curl", "Found in a curl command.")
    } else if word_before.ends_with("bearer") {
        ("bearer", "Found after “Bearer”, as in an Authorization header.")
    } else if before.contains("cookie:") || before.contains("__host-") || before.contains("__secure-") {
        ("cookie", "It stood in a cookie.")
    } else if before.contains("://") && !before[before.rfind("://").unwrap_or(0)..].contains(char::is_whitespace) {
        ("url", "Found in a URL. URLs end up in logs and browser history; send tokens in a header.")
    } else if before.ends_with('=') && !before.contains(char::is_whitespace) {
        ("cookie", "It stood behind a name and “=”, as in a cookie or a form.")
    } else {
        ("text", "It stood in a longer text.")
    }
}

fn percent(text: &str) -> Option<Layer> {
    if !text.contains('%') {
        return None;
    }
    let inner = percent_decode_str(text).decode_utf8().ok()?;
    if inner.len() == text.len() {
        return None;
    }
    layer(inner, "percent-encoding", "It was percent-encoded, as in a URL.")
}

/// A complete token that was base64-encoded again, once or twice.
fn base64(text: &str) -> Option<Layer> {
    let decode = |text: &str| String::from_utf8(decode_leniently(text)?).ok();
    let inner = decode(text)?;
    let holds_token = |text: &str| {
        begins_token(text) && text.contains('.') || text.starts_with("Bearer ") || text.starts_with("\"ey")
    };
    let is_one = holds_token(&inner) || decode(&inner).is_some_and(|innermost| holds_token(&innermost));
    is_one.then(|| layer(inner, "base64", "The whole token was base64-encoded a second time.")).flatten()
}

/// Base64 in either alphabet, with or without padding, including non-canonical trailing bits.
pub(super) fn decode_leniently(text: &str) -> Option<Vec<u8>> {
    const CONFIG: GeneralPurposeConfig = general_purpose::NO_PAD
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    const ENGINE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);
    let text = text.trim_end_matches('=');
    if text.bytes().any(|byte| matches!(byte, b'+' | b'/')) {
        return ENGINE.decode(text.replace('+', "-").replace('/', "_")).ok();
    }
    ENGINE.decode(text).ok()
}
