//! The headers of a message. There are about a dozen, and each is read once or twice, so a list is enough. The map of
//! the crate `http`, with its table of all known names, would be one of the larger parts of the Worker.

/// Headers in order, with names in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// None.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The first value of this name (in lower case), if it is text.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name).next().flatten()
    }

    /// All values of this name, in order; `None` for one that is not text.
    pub fn get_all<'h>(&'h self, name: &str) -> impl Iterator<Item = Option<&'h str>> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| is_text(value).then_some(value.as_str()))
    }

    /// Whether there is a header with this name.
    pub fn contains(&self, name: &str) -> bool {
        self.get_all(name).next().is_some()
    }

    /// All headers whose values are text.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter(|(_, value)| is_text(value)).map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Adds a header, also if the name exists already. A header that HTTP does not allow (RFC 9110 section 5) is left
    /// out.
    pub fn add(&mut self, name: &str, value: &str) {
        if is_token(name) && value.bytes().all(|byte| byte == b'\t' || !byte.is_ascii_control()) {
            self.0.push((name.to_ascii_lowercase(), value.to_owned()));
        }
    }

    /// Removes all headers with this name.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| known != name);
    }
}

/// Characters that every server interprets in the same way: visible ASCII, spaces and tabs.
pub(super) fn is_text(value: &str) -> bool {
    value.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~'))
}

fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::Headers;

    #[test]
    fn names_are_found_in_any_case_and_what_cannot_be_sent_is_left_out() {
        let mut headers = Headers::new();
        for (name, value) in [("A", "1"), ("a", "\u{e9}"), ("b", "x\u{7}"), ("c d", "x"), ("", "x"), ("\u{e4}", "x")] {
            headers.add(name, value);
        }
        assert_eq!(headers.get("a"), Some("1"));
        assert_eq!(headers.get_all("a").collect::<Vec<_>>(), [Some("1"), None]);
        assert_eq!(headers.iter().collect::<Vec<_>>(), [("a", "1")]);
        assert!(!headers.contains("b"));
        headers.remove("a");
        assert_eq!(headers, Headers::new());
    }
}
