//! Redirect targets after a form.

use crate::limits::MAX_RETURN_BYTES;

/// A URL on this site: a path with its query and fragment, or the name of one of the account pages.
///
/// Rejects everything that a browser could interpret as another site: a path that does not start with exactly one
/// slash, or that contains a backslash (browsers treat it as a slash) or a control character (browsers remove tabs and
/// line breaks first).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target(String);

impl Target {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let ours = matches!(text, "devices" | "password");
        let path = text.starts_with('/')
            && !text.starts_with("//")
            && text.len() <= MAX_RETURN_BYTES
            && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        (ours || path).then(|| Self(text.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_stays_on_this_site() {
        for good in ["/", "/app", "/a/b?c=d&e=%2F#f", "/caf%C3%A9", "devices", "password", "/@evil.example", "/a//b"] {
            assert_eq!(Target::parse(good).map(|target| target.0).as_deref(), Some(good));
        }
        let evil = [
            "",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "\\/evil.example",
            "https://evil.example",
            "https:evil.example",
            "https:/evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "/\t/evil.example",
            "/\n/evil.example",
            "/\r/evil.example",
            "\t//evil.example",
            " //evil.example",
            "/a\r\nset-cookie: x=y",
            "/\0",
            "/a b",
            "/caf\u{e9}",
            "/\u{2028}",
            "evil",
            "devices/../..",
            "?next=x",
            "#x",
            "/a\\..\\..\\",
            "@evil.example",
            ".evil.example",
        ];
        for evil in evil {
            assert_eq!(Target::parse(evil), None, "{evil:?}");
        }
        assert_eq!(Target::parse(&format!("/{}", "a".repeat(MAX_RETURN_BYTES))), None);
    }
}
