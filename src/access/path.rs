//! Path normalization, done once. The rules are matched against the result, and the upstream receives exactly the same
//! bytes, so the gate and the upstream cannot interpret one request in two ways.
//!
//! | Request contains | Result |
//! |---|---|
//! | `//` | one slash |
//! | `/./`, `/../`, also as `%2e` | resolved (RFC 3986 section 5.2.4); above the root: rejected |
//! | `%41` and other unnecessary encodings | decoded |
//! | `%2f`, `%5c`, `\`, `%00`, control characters | rejected, because servers interpret them differently |
//! | what decodes to `%` before two hex digits, such as `%252e` and `%25%32e` | rejected: decoding again would give another path |
//! | incomplete `%` encodings, bytes that are not UTF-8 (including overlong forms) | rejected |
//! | `;`, `%3b` | rejected, unless `parameters = "keep"`; `.;` and `..;` always, because servers remove what follows the `;` |
//! | upper case | literals match in either case and are forwarded as the rule spells them, unless `case = "sensitive"`; unchanged elsewhere |
//! | trailing slash | kept, but the rules ignore it |

use std::borrow::Cow;
use std::fmt;

use super::config::PathParameters;
use crate::limits::MAX_PATH_BYTES;

/// A normalized path, as the rules match it and the upstream receives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanonicalPath<'r> {
    encoded: Cow<'r, str>,
    decoded: Option<String>,
}

/// Why a path is rejected, as an error of the client: 400 (414 if it is too long).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadPath {
    /// Does not start with a slash.
    NotAbsolute,
    /// Longer than [`MAX_PATH_BYTES`].
    TooLong,
    /// A `%` without two hex digits.
    BrokenEncoding,
    /// Decodes to bytes that are not UTF-8.
    NotUtf8,
    /// An encoded slash or backslash, or a backslash.
    EncodedSlash,
    /// A control character, including NUL.
    ControlCharacter,
    /// A percent sign that a second decoding would read as another encoding.
    DoubleEncoding,
    /// `;`.
    Parameters,
    /// `..` above the root.
    AboveRoot,
}

impl<'r> CanonicalPath<'r> {
    /// Normalizes the path of a request target, without query and fragment.
    ///
    /// # Errors
    /// [`BadPath`] for an ambiguous path.
    pub fn new(raw: &'r str, parameters: PathParameters) -> Result<Self, BadPath> {
        if raw.len() > MAX_PATH_BYTES {
            return Err(BadPath::TooLong);
        }
        if !raw.starts_with('/') {
            return Err(BadPath::NotAbsolute);
        }
        if is_plain(raw) {
            return Ok(Self { encoded: Cow::Borrowed(raw), decoded: None });
        }
        Self::encoded(resolve(&decode(raw, parameters)?)?)
    }

    /// The encoded form can be longer than the input, and the upstream may have the same limit.
    fn encoded(decoded: String) -> Result<Self, BadPath> {
        let encoded = encode(&decoded);
        if encoded.len() > MAX_PATH_BYTES {
            return Err(BadPath::TooLong);
        }
        Ok(Self { encoded: Cow::Owned(encoded), decoded: Some(decoded) })
    }

    /// The path to forward: percent-encoded only where necessary.
    pub fn as_str(&self) -> &str {
        &self.encoded
    }

    /// The decoded path.
    pub fn decoded(&self) -> &str {
        self.decoded.as_deref().unwrap_or(&self.encoded)
    }

    /// The same path with other spellings of some segments: for each segment from the first on, `spellings` returns a
    /// replacement or `None`.
    ///
    /// # Errors
    /// [`BadPath::TooLong`] if the result is too long.
    pub(crate) fn spelled<'s>(self, spellings: impl Iterator<Item = Option<&'s str>>) -> Result<Self, BadPath> {
        let spellings = spellings.chain(std::iter::repeat(None));
        let segments: Vec<&str> =
            self.inner().split('/').zip(spellings).map(|(sent, spelling)| spelling.unwrap_or(sent)).collect();
        let inner = segments.join("/");
        if inner == self.inner() {
            return Ok(self);
        }
        let slash = if self.decoded().ends_with('/') { "/" } else { "" };
        Self::encoded(format!("/{inner}{slash}"))
    }

    /// The decoded path without its first and last slash, as the matcher reads it.
    pub(crate) fn inner(&self) -> &str {
        let inner = &self.decoded()[1..];
        inner.strip_suffix('/').unwrap_or(inner)
    }
}

impl BadPath {
    /// The HTTP status: 414 for a path that is too long, 400 for everything else.
    pub const fn status(self) -> u16 {
        if matches!(self, Self::TooLong) { 414 } else { 400 }
    }
}

/// Whether normalization would change nothing, checked in one pass: only characters that need no encoding, no empty
/// segment, and no segment that starts with a dot.
fn is_plain(raw: &str) -> bool {
    let mut after_slash = false;
    for byte in raw.bytes() {
        let fine = match byte {
            b'/' | b'.' => !after_slash,
            _ => stands_for_itself(byte) && byte != b';',
        };
        if !fine {
            return false;
        }
        after_slash = byte == b'/';
    }
    true
}

fn decode(raw: &str, parameters: PathParameters) -> Result<String, BadPath> {
    let raw = raw.as_bytes();
    let mut bytes = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(&byte) = raw.get(at) {
        if byte == b'%' {
            let decoded = hex_pair(raw, at + 1).ok_or(BadPath::BrokenEncoding)?;
            match decoded {
                b'/' | b'\\' => return Err(BadPath::EncodedSlash),
                _ => bytes.push(decoded),
            }
            at += 3;
        } else {
            bytes.push(byte);
            at += 1;
        }
    }
    if has_encoding(&bytes) {
        return Err(BadPath::DoubleEncoding);
    }
    let text = String::from_utf8(bytes).map_err(|_| BadPath::NotUtf8)?;
    for c in text.chars() {
        match c {
            '\\' => return Err(BadPath::EncodedSlash),
            ';' if parameters == PathParameters::Refuse => return Err(BadPath::Parameters),
            _ if c.is_control() => return Err(BadPath::ControlCharacter),
            _ => {}
        }
    }
    Ok(text)
}

/// Whether decoded bytes can be decoded again. This checks the result, because the `%` and both digits can each have
/// been encoded.
fn has_encoding(decoded: &[u8]) -> bool {
    decoded.iter().enumerate().any(|(at, &byte)| byte == b'%' && hex_pair(decoded, at + 1).is_some())
}

fn hex_pair(bytes: &[u8], at: usize) -> Option<u8> {
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    Some((digit(at)? * 16 + digit(at + 1)?) as u8)
}

/// Removes empty and dot segments; keeps a trailing slash.
fn resolve(decoded: &str) -> Result<String, BadPath> {
    let mut segments = Vec::new();
    let mut slash_at_end = false;
    for segment in decoded.split('/').skip(1) {
        slash_at_end = matches!(segment, "" | "." | "..");
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop().ok_or(BadPath::AboveRoot)?;
            }
            segment if is_dots_with_parameters(segment) => return Err(BadPath::Parameters),
            segment => segments.push(segment),
        }
    }
    let mut path = String::with_capacity(decoded.len());
    for segment in &segments {
        path.push('/');
        path.push_str(segment);
    }
    if slash_at_end || segments.is_empty() {
        path.push('/');
    }
    Ok(path)
}

/// `.;x` and `..;x`: servers that remove path parameters resolve them as dot segments afterwards.
fn is_dots_with_parameters(segment: &str) -> bool {
    segment.split_once(';').is_some_and(|(name, _)| matches!(name, "." | ".."))
}

fn encode(decoded: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(decoded.len() + 8);
    for byte in decoded.bytes() {
        if byte == b'/' || stands_for_itself(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(char::from(DIGITS[usize::from(byte >> 4)]));
            encoded.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
    encoded
}

/// `pchar` without percent-encodings (RFC 3986 section 3.3).
const fn stands_for_itself(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
                | b':'
                | b'@'
        )
}

impl fmt::Display for BadPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAbsolute => "the path does not start with a slash",
            Self::TooLong => "the path is longer than the limit",
            Self::BrokenEncoding => "the path has a % without two hex digits after it",
            Self::NotUtf8 => "the path does not decode to UTF-8",
            Self::EncodedSlash => "the path has a backslash, or an encoded slash or backslash",
            Self::ControlCharacter => "the path has a control character",
            Self::DoubleEncoding => "the path is percent-encoded twice",
            Self::Parameters => "the path has a semicolon",
            Self::AboveRoot => "the path leads above the root",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{BadPath, CanonicalPath};
    use crate::access::config::PathParameters;

    fn canonical(raw: &str) -> Result<String, BadPath> {
        CanonicalPath::new(raw, PathParameters::Refuse).map(|path| path.as_str().to_owned())
    }

    #[test]
    fn one_meaning_one_spelling() {
        for (raw, expected) in [
            ("/", "/"),
            ("/a/b", "/a/b"),
            ("/a/b/", "/a/b/"),
            ("//a", "/a"),
            ("/a//b///c", "/a/b/c"),
            ("///", "/"),
            ("/a/./b", "/a/b"),
            ("/a/.", "/a/"),
            ("/a/../b", "/b"),
            ("/a/b/..", "/a/"),
            ("/a/..", "/"),
            ("/a/%2e%2e/b", "/b"),
            ("/a/.%2E/b", "/b"),
            ("/a/%2e/b", "/a/b"),
            ("/a//../b", "/b"),
            ("/%61dmin", "/admin"),
            ("/%7euser", "/~user"),
            ("/caf%c3%a9", "/caf%C3%A9"),
            ("/café", "/caf%C3%A9"),
            ("/a%20b", "/a%20b"),
            ("/a%3fb", "/a%3Fb"),
            ("/a%23b", "/a%23b"),
            ("/100%25", "/100%25"),
            ("/.well-known/jwks.json", "/.well-known/jwks.json"),
            ("/...", "/..."),
            ("/a..b", "/a..b"),
            ("/a:b@c", "/a:b@c"),
            ("/a|b", "/a%7Cb"),
        ] {
            assert_eq!(canonical(raw).as_deref(), Ok(expected), "{raw}");
        }
    }

    #[test]
    fn canonical_is_a_fixed_point() {
        for raw in ["/a/../b", "/caf%c3%a9", "/a%20b", "/100%25", "/a%3fb/", "/%7euser", "//"] {
            let once = canonical(raw).unwrap();
            assert_eq!(canonical(&once).as_deref(), Ok(once.as_str()));
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(5000))]

        /// Every accepted path is accepted again unchanged, and does not decode to anything that can be decoded
        /// further.
        #[test]
        fn any_accepted_path_is_a_fixed_point(pieces in proptest::collection::vec(piece(), 0..12), keep: bool) {
            let parameters = if keep { PathParameters::Keep } else { PathParameters::Refuse };
            let raw = format!("/{}", pieces.concat());
            if let Ok(path) = CanonicalPath::new(&raw, parameters) {
                let again = CanonicalPath::new(path.as_str(), parameters);
                proptest::prop_assert_eq!(again.as_ref().map(CanonicalPath::as_str), Ok(path.as_str()));
                proptest::prop_assert_eq!(again.as_ref().map(CanonicalPath::decoded), Ok(path.decoded()));
                proptest::prop_assert!(!super::has_encoding(path.decoded().as_bytes()), "{}", path.decoded());
            }
        }
    }

    /// Parts of hostile paths: double encodings, dots, slashes, parameters, and letters of every width.
    fn piece() -> impl proptest::strategy::Strategy<Value = String> {
        use proptest::strategy::Strategy as _;
        let pieces: Vec<String> =
            "/ . .. ; % %% 2 5 e E f a %2 %25 %32 %35 %65 %45 %2e %2f %5c %3b %c3%a9 %252e %25%32e admin é"
                .split(' ')
                .map(str::to_owned)
                .collect();
        proptest::prop_oneof![
            4 => proptest::sample::select(pieces),
            1 => proptest::prelude::any::<char>().prop_map(|c| c.to_string()),
        ]
    }

    #[test]
    fn an_encoding_inside_an_encoding_is_refused_at_any_depth() {
        let mut dot = String::from("%2e");
        for _ in 0..4 {
            // Each `%` alone, and each byte of the input.
            for nested in [dot.replace('%', "%25"), dot.bytes().map(|byte| format!("%{byte:02x}")).collect()] {
                for raw in [format!("/public/{nested}{nested}/admin"), format!("/{nested}"), format!("/a{nested}b")] {
                    assert_eq!(canonical(&raw), Err(BadPath::DoubleEncoding), "{raw}");
                }
            }
            dot = dot.replace('%', "%25");
        }
        for raw in ["/%25%32e", "/%25%32%65", "/%252%65", "/%%32%65", "/public/%25%32e%25%32e%25%32fadmin/secret.txt"] {
            assert!(canonical(raw).is_err(), "{raw}");
        }
        assert_eq!(canonical("/100%25%20off").as_deref(), Ok("/100%25%20off"), "a percent sign that encodes nothing");
    }

    #[test]
    fn what_servers_disagree_on_is_refused() {
        for (raw, expected) in [
            ("", BadPath::NotAbsolute),
            ("a", BadPath::NotAbsolute),
            ("*", BadPath::NotAbsolute),
            ("/a%2fb", BadPath::EncodedSlash),
            ("/a%2Fb", BadPath::EncodedSlash),
            ("/a%5cb", BadPath::EncodedSlash),
            ("/a\\b", BadPath::EncodedSlash),
            ("/..%2fadmin", BadPath::EncodedSlash),
            ("/a%00", BadPath::ControlCharacter),
            ("/a\0", BadPath::ControlCharacter),
            ("/a%0d%0ab", BadPath::ControlCharacter),
            ("/a%7f", BadPath::ControlCharacter),
            ("/a%c2%85", BadPath::ControlCharacter),
            ("/%", BadPath::BrokenEncoding),
            ("/%2", BadPath::BrokenEncoding),
            ("/%zz", BadPath::BrokenEncoding),
            ("/%u002e", BadPath::BrokenEncoding),
            ("/%c0%ae%c0%ae/a", BadPath::NotUtf8),
            ("/%c0%af", BadPath::NotUtf8),
            ("/%e0%80%af", BadPath::NotUtf8),
            ("/%f8%80%80%80%af", BadPath::NotUtf8),
            ("/%ff", BadPath::NotUtf8),
            ("/%ed%a0%80", BadPath::NotUtf8),
            ("/%252e%252e/a", BadPath::DoubleEncoding),
            ("/%252f", BadPath::DoubleEncoding),
            ("/admin;x=1", BadPath::Parameters),
            ("/admin%3bx", BadPath::Parameters),
            ("/a/..;/b", BadPath::Parameters),
            ("/..", BadPath::AboveRoot),
            ("/a/../../b", BadPath::AboveRoot),
            ("/%2e%2e/a", BadPath::AboveRoot),
        ] {
            assert_eq!(canonical(raw), Err(expected), "{raw}");
        }
        assert_eq!(canonical(&format!("/{}", "a".repeat(9000))), Err(BadPath::TooLong));
        assert_eq!(canonical(&format!("/{}", "|".repeat(3000))), Err(BadPath::TooLong), "once it is encoded");
    }

    #[test]
    fn semicolons_may_be_kept() {
        let keep = |raw| CanonicalPath::new(raw, PathParameters::Keep).map(|path| path.as_str().to_owned());
        assert_eq!(keep("/a;b").as_deref(), Ok("/a;b"));
        assert_eq!(keep("/a%3bb").as_deref(), Ok("/a;b"));
        for dots in ["/a/..;/b", "/a/..;x=1/b", "/a/.;/b", "/a/%2e%2e%3bx/b"] {
            assert_eq!(keep(dots), Err(BadPath::Parameters), "{dots}");
        }
    }
}
