//! From method and path to a route.

use ::http::Method;

/// A row of a route table. `E` names what serves it.
#[derive(Debug, Clone)]
pub struct Pattern<E> {
    /// The method.
    pub method: Method,
    /// The path; a segment in braces takes any one segment.
    pub path: &'static str,
    /// What serves it.
    pub endpoint: E,
}

/// What a method and a path come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<'r, E> {
    /// This, with the value of the braces (percent-encoding kept; ids have none).
    Endpoint(&'r E, Option<String>),
    /// The path is known, not for this method. The methods it has, for `Allow`.
    OtherMethods(String),
    /// Nothing of ours.
    Nothing,
}

/// Looks a request up. A `HEAD` is served as its `GET` (RFC 9110 section 9.3.2).
pub fn find<'r, E>(table: &'r [Pattern<E>], method: &Method, path: &str) -> Found<'r, E> {
    let asked = if *method == Method::HEAD { &Method::GET } else { method };
    let mut methods: Vec<&str> = Vec::new();
    for pattern in table {
        let Some(value) = fits(pattern.path, path) else { continue };
        if pattern.method == *asked {
            return Found::Endpoint(&pattern.endpoint, value.map(str::to_owned));
        }
        methods.push(pattern.method.as_str());
        if pattern.method == Method::GET {
            methods.push("HEAD");
        }
    }
    if methods.is_empty() {
        return Found::Nothing;
    }
    methods.sort_unstable();
    methods.dedup();
    Found::OtherMethods(methods.join(", "))
}

/// `Some` when the path fits; inside, what stood in place of the braces.
pub(crate) fn fits<'p>(pattern: &str, path: &'p str) -> Option<Option<&'p str>> {
    let mut value = None;
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(value),
            (Some(wanted), Some(given)) if wanted.starts_with('{') && !given.is_empty() => value = Some(given),
            (Some(wanted), Some(given)) if wanted == given => {}
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Vec<Pattern<u8>> {
        let row = |method, path, endpoint| Pattern { method, path, endpoint };
        vec![
            row(Method::GET, "/users", 1),
            row(Method::GET, "/users/me", 2),
            row(Method::PUT, "/users/me", 3),
            row(Method::PATCH, "/users/{id}", 4),
            row(Method::POST, "/users/{id}/logout", 5),
        ]
    }

    #[test]
    fn finds_by_whole_segments_and_names_other_methods() {
        let table = table();
        assert_eq!(find(&table, &Method::HEAD, "/users"), Found::Endpoint(&1, None));
        assert_eq!(find(&table, &Method::POST, "/users/7/logout"), Found::Endpoint(&5, Some("7".into())));
        assert_eq!(find(&table, &Method::PATCH, "/users/7"), Found::Endpoint(&4, Some("7".into())));
        assert_eq!(find(&table, &Method::DELETE, "/users/me"), Found::OtherMethods("GET, HEAD, PATCH, PUT".into()));
        for path in ["/users/", "/users/7/", "/Users", "//users", "/users/7/logout/x", "", "/"] {
            assert_eq!(find(&table, &Method::GET, path), Found::Nothing, "{path}");
        }
    }
}
