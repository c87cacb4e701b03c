//! Maps method and path to a route.

use std::collections::BTreeSet;

use ::http::Method;

/// A row of a route table. `E` names the handler.
#[derive(Debug, Clone, Copy)]
pub struct Pattern<E> {
    /// The method.
    pub method: &'static str,
    /// The handler.
    pub endpoint: E,
    /// The path before the braces, or the complete path.
    before: &'static str,
    /// The path after the braces, if there are any.
    after: Option<&'static str>,
}

impl<E> Pattern<E> {
    /// A row. One segment of the path can be a parameter in braces: it matches any single segment.
    pub const fn new(method: &'static str, path: &'static str, endpoint: E) -> Self {
        let (before, braces) = path.split_at(place(path, b'{'));
        let (_, end) = braces.split_at(place(braces, b'}'));
        let after = if end.is_empty() { None } else { Some(end.split_at(1).1) };
        if let Some(after) = after {
            assert!(place(after, b'{') == after.len(), "a path has one name in braces at most");
        }
        Self { method, endpoint, before, after }
    }

    /// `Some` if the path matches, with the value of the parameter. The gate checks every row for every request.
    pub(crate) fn fits<'p>(&self, path: &'p str) -> Option<Option<&'p str>> {
        let rest = path.strip_prefix(self.before)?;
        let Some(after) = self.after else { return rest.is_empty().then_some(None) };
        let value = rest.strip_suffix(after)?;
        (!value.is_empty() && !value.contains('/')).then_some(Some(value))
    }
}

/// The result for a method and a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<'r, E> {
    /// This route, with the value of the parameter (still percent-encoded; ids need no encoding).
    Endpoint(&'r E, Option<String>),
    /// The path exists, but not for this method. Lists the supported methods, for `Allow`.
    OtherMethods(String),
    /// The path does not exist.
    Nothing,
}

/// Finds the route of a request. `HEAD` is handled like `GET` (RFC 9110 section 9.3.2). A row without a parameter takes
/// precedence over rows with one, for every method of its path: `Allow` must not list a method that only a row with a
/// parameter supports.
pub fn find<'r, E>(table: &'r [Pattern<E>], method: &Method, path: &str) -> Found<'r, E> {
    let asked = if *method == Method::HEAD { "GET" } else { method.as_str() };
    let literal = table.iter().any(|pattern| pattern.fits(path) == Some(None));
    let mut methods = BTreeSet::new();
    for pattern in table.iter().filter(|pattern| !literal || pattern.after.is_none()) {
        let Some(value) = pattern.fits(path) else { continue };
        if pattern.method == asked {
            return Found::Endpoint(&pattern.endpoint, value.map(str::to_owned));
        }
        methods.insert(pattern.method);
        if pattern.method == "GET" {
            methods.insert("HEAD");
        }
    }
    if methods.is_empty() {
        return Found::Nothing;
    }
    Found::OtherMethods(methods.into_iter().collect::<Vec<_>>().join(", "))
}

/// The index of the first occurrence of a character in a text; the length if there is none.
const fn place(text: &str, wanted: u8) -> usize {
    let mut at = 0;
    while at < text.len() && text.as_bytes()[at] != wanted {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Vec<Pattern<u8>> {
        vec![
            Pattern::new("GET", "/users", 1),
            Pattern::new("GET", "/users/me", 2),
            Pattern::new("PUT", "/users/me", 3),
            Pattern::new("PATCH", "/users/{id}", 4),
            Pattern::new("POST", "/users/{id}/logout", 5),
        ]
    }

    #[test]
    fn finds_by_whole_segments_and_names_other_methods() {
        let table = table();
        assert_eq!(find(&table, &Method::HEAD, "/users"), Found::Endpoint(&1, None));
        assert_eq!(find(&table, &Method::POST, "/users/7/logout"), Found::Endpoint(&5, Some("7".into())));
        assert_eq!(find(&table, &Method::PATCH, "/users/7"), Found::Endpoint(&4, Some("7".into())));
        assert_eq!(find(&table, &Method::DELETE, "/users/me"), Found::OtherMethods("GET, HEAD, PUT".into()));
        assert_eq!(find(&table, &Method::PATCH, "/users/me"), Found::OtherMethods("GET, HEAD, PUT".into()));
        for path in [
            "/users/",
            "/users/7/",
            "/Users",
            "//users",
            "/users//logout",
            "/users/7/8/logout",
            "/users/7/logout/x",
            "",
            "/",
        ] {
            assert_eq!(find(&table, &Method::GET, path), Found::Nothing, "{path}");
        }
    }
}
