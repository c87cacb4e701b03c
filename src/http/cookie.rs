//! The refresh cookie (RFC 6265bis). Its name prefix makes browsers enforce its attributes.

use std::time::Duration;

use super::Headers;

/// The attributes of the refresh cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshCookie {
    name: String,
    domain: Option<String>,
}

impl RefreshCookie {
    /// A cookie with this base name. Without a domain it is a `__Host-` cookie: for this host only, path `/`. With a
    /// domain it is a `__Secure-` cookie: shared by the hosts of the domain, and only sent to `/auth`.
    pub fn new(base_name: &str, domain: Option<String>) -> Self {
        let prefix = if domain.is_some() { "__Secure-" } else { "__Host-" };
        Self { name: format!("{prefix}{base_name}"), domain }
    }

    /// The complete name, including the prefix.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value of the cookie in a request; `None` if it is missing or empty. If there are several with this name (a
    /// browser sends several only if someone planted one), none is used.
    pub fn read(&self, headers: &Headers) -> Option<String> {
        let mut values = headers
            .get_all("cookie")
            .flatten()
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.split_once('='))
            .filter(|(name, _)| name.trim() == self.name)
            .map(|(_, value)| value.trim().to_owned());
        let first = values.next().filter(|value| !value.is_empty())?;
        if values.all(|other| other == first) { Some(first) } else { None }
    }

    /// A `Set-Cookie` value that keeps `token` for `life`.
    pub fn set(&self, token: &str, life: Duration) -> String {
        self.build(token, life.as_secs())
    }

    /// A `Set-Cookie` value that removes it.
    pub fn clear(&self) -> String {
        self.build("", 0)
    }

    /// The value is a token of this service, and name and domain are validated settings, so no part can end the value.
    fn build(&self, value: &str, seconds: u64) -> String {
        let name = &self.name;
        let place = match &self.domain {
            None => "Path=/".to_owned(),
            Some(domain) => format!("Path=/auth; Domain={domain}"),
        };
        format!("{name}={value}; HttpOnly; SameSite=Strict; Secure; {place}; Max-Age={seconds}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookie: &str) -> Headers {
        let mut headers = Headers::new();
        headers.add("Cookie", cookie);
        headers
    }

    #[test]
    fn a_host_cookie_has_what_its_prefix_promises() {
        let cookie = RefreshCookie::new("refresh", None).set("t", Duration::from_secs(60));
        for part in ["__Host-refresh=t", "HttpOnly", "SameSite=Strict", "Secure", "Path=/", "Max-Age=60"] {
            assert!(cookie.split("; ").any(|found| found == part), "{part} in {cookie}");
        }
        assert!(!cookie.contains("Domain"));
    }

    #[test]
    fn a_domain_cookie_is_secure_and_kept_to_auth() {
        let cookie = RefreshCookie::new("refresh", Some("example.com".into())).clear();
        for part in ["__Secure-refresh=", "Domain=example.com", "Path=/auth", "Max-Age=0"] {
            assert!(cookie.split("; ").any(|found| found == part), "{part} in {cookie}");
        }
    }

    #[test]
    fn two_different_cookies_of_the_name_are_none() {
        let cookie = RefreshCookie::new("refresh", None);
        assert_eq!(cookie.read(&headers("a=b; __Host-refresh=x; c=d")).as_deref(), Some("x"));
        assert_eq!(cookie.read(&headers("__Host-refresh=x; __Host-refresh=y")), None);
        assert_eq!(cookie.read(&headers("refresh=x")), None);
    }
}
