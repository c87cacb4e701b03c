//! The format in which requests and responses are passed between JavaScript and Rust: strings and bytes, headers one
//! per line.

use ::http::Method;

use super::{Client, Headers, Request, Size};

/// A request from its parts: the complete URL, and headers one per line as `name:value`. The platform adds the client
/// and the request id. `None` if the method or the URL is invalid.
pub fn request(method: &str, url: &str, headers: &str, body: Vec<u8>) -> Option<Request> {
    let size = Size { url: url.len(), headers: method.len() + headers.len() };
    let method = Method::from_bytes(method.as_bytes()).ok()?;
    let after_scheme = url.find("://")? + 3;
    let path_at = url[after_scheme..].find(['/', '?', '#']).map_or(url.len(), |at| after_scheme + at);
    let (origin, rest) = url.split_at(path_at);
    let rest = rest.split('#').next().unwrap_or_default();
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    Some(Request {
        method,
        origin: origin.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: self::headers(headers),
        body,
        size,
        client: Client::default(),
        id: String::new(),
    })
}

/// Headers one per line, as `name:value`. A value that is not text is left out.
pub fn header_lines(headers: &Headers) -> String {
    let mut lines = String::new();
    for (name, value) in headers.iter() {
        lines.push_str(name);
        lines.push(':');
        lines.push_str(value);
        lines.push('\n');
    }
    lines
}

fn headers(lines: &str) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in lines.lines().filter_map(|line| line.split_once(':')) {
        headers.add(name, value.trim());
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let parts = |url| request("GET", url, "", Vec::new()).map(|asked| (asked.origin, asked.path, asked.query));
        let some = |a: &str, b: &str, c: &str| Some((a.to_owned(), b.to_owned(), c.to_owned()));
        assert_eq!(parts("https://id.example:8443/a/b?c=d?#e"), some("https://id.example:8443", "/a/b", "c=d?"));
        assert_eq!(parts("http://id.example?x"), some("http://id.example", "", "x"));
        assert_eq!(parts("nonsense"), None);
        assert!(request("G T", "http://a/", "", Vec::new()).is_none());
    }

    #[test]
    fn headers_go_both_ways_and_nonsense_is_left_out() {
        let asked = request("GET", "http://a/", "A: b:c\nA:d\nno header\n\u{e4}:x\n", Vec::new()).unwrap();
        assert_eq!(header_lines(&asked.headers), "a:b:c\na:d\n");
    }
}
