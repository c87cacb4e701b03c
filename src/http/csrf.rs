//! Cross-site request forgery: detected with `Origin` and Fetch Metadata, which pages cannot forge.

use ::http::Method;

use super::{Problem, Request};

/// Rejects a write from a page whose origin is neither this one nor one of the `allowed` ones.
///
/// A browser sends `Origin` with every write, and also `Sec-Fetch-Site`. If both are missing, the client is not a
/// browser, so no page made it send its cookies.
///
/// # Errors
/// [`Problem::CrossSite`].
pub fn check(request: &Request, allowed: &[String]) -> Result<(), Problem> {
    if matches!(request.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let ours = |origin: &str| origin == request.origin || allowed.iter().any(|known| known == origin);
    let origins: Vec<&str> = request.headers.get_all("origin").map(|origin| origin.unwrap_or("null")).collect();
    let same = match (origins.as_slice(), request.header("sec-fetch-site")) {
        ([], None | Some("same-origin" | "none")) => true,
        ([], Some(_)) => false,
        (origins, _) => origins.iter().all(|origin| ours(origin)),
    };
    if same { Ok(()) } else { Err(Problem::CrossSite) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Client, Headers};

    fn verdict(headers: &[(&'static str, &str)]) -> bool {
        judge(Method::POST, headers)
    }

    fn judge(method: Method, headers: &[(&'static str, &str)]) -> bool {
        let mut sent = Headers::new();
        headers.iter().for_each(|(name, value)| sent.add(name, value));
        let request = Request {
            method,
            origin: "https://id.example".into(),
            path: "/auth/refresh".into(),
            query: String::new(),
            headers: sent,
            body: Vec::new(),
            size: crate::http::Size::default(),
            client: Client::default(),
            id: String::new(),
        };
        check(&request, &["https://app.example".into()]).is_ok()
    }

    #[test]
    fn the_vectors_that_the_adapters_share_are_judged_alike() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/vectors/cross-site.json")).unwrap();
        for case in vectors["cases"].as_array().unwrap() {
            let mut headers: Vec<(&'static str, &str)> = Vec::new();
            headers
                .extend(case["origins"].as_array().unwrap().iter().map(|origin| ("origin", origin.as_str().unwrap())));
            headers.extend(case["fetchSite"].as_str().map(|site| ("sec-fetch-site", site)));
            let method = case["method"].as_str().unwrap().parse().unwrap();
            assert_eq!(judge(method, &headers), case["allowed"].as_bool().unwrap(), "{case}");
        }
    }

    #[test]
    fn only_our_own_pages_and_those_named_may_write() {
        assert!(verdict(&[]), "not a browser");
        assert!(verdict(&[("sec-fetch-site", "same-origin")]));
        assert!(verdict(&[("origin", "https://id.example"), ("sec-fetch-site", "same-origin")]));
        assert!(verdict(&[("origin", "https://app.example"), ("sec-fetch-site", "same-site")]));
        for site in ["cross-site", "same-site", "nonsense"] {
            assert!(!verdict(&[("sec-fetch-site", site)]), "{site}");
        }
        for origin in [
            "https://evil.example",
            "https://\u{e9}vil.example",
            "null",
            "http://id.example",
            "https://id.example:8443",
            "",
        ] {
            assert!(!verdict(&[("origin", origin)]), "{origin}");
            assert!(!verdict(&[("origin", origin), ("sec-fetch-site", "same-origin")]), "{origin}");
        }
        assert!(!verdict(&[("origin", "https://id.example"), ("origin", "https://evil.example")]));
    }
}
