//! Where keys may be fetched from: https, and plain http to this very machine when a developer says so.

use crate::error::{Code, Error, Result};

/// Checks a configured address.
pub(super) fn check(url: &str, loopback: bool) -> Result<()> {
    let refuse = |actual| Error::new(Code::OptionInvalid).about("url").expected("an https address").actual(actual);
    if !url.is_ascii() || url.bytes().any(|byte| byte <= b' ' || byte == b'\\') {
        return Err(refuse("characters that an address cannot have"));
    }
    let (scheme, rest) = url.split_once("://").ok_or_else(|| refuse("no scheme"))?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() || authority.contains('@') {
        return Err(refuse("no host, or a user in front of it"));
    }
    match scheme.to_ascii_lowercase().as_str() {
        "https" => Ok(()),
        "http" if loopback && is_loopback(authority) => Ok(()),
        "http" => Err(refuse("http, which anybody on the way can rewrite")),
        _ => Err(refuse("another scheme")),
    }
}

/// Where a redirect leads; never off https.
pub(super) fn redirected(from: &str, location: &str, loopback: bool) -> Result<String> {
    let unavailable = || Error::new(Code::KeyUnavailable).about("redirect").expected("an https address");
    let target = match location.strip_prefix('/') {
        Some(path) if !path.starts_with('/') => {
            let scheme_end = from.find("://").map_or(0, |at| at + 3);
            let origin_end = from[scheme_end..].find(['/', '?', '#']).map_or(from.len(), |at| scheme_end + at);
            format!("{}{location}", &from[..origin_end])
        }
        _ => location.to_owned(),
    };
    check(&target, loopback).map_err(|_| unavailable())?;
    let downgrade = from.starts_with("https:") && !target.to_ascii_lowercase().starts_with("https:");
    if downgrade { Err(unavailable()) } else { Ok(target) }
}

fn is_loopback(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    matches!(host, "localhost" | "127.0.0.1" | "::1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_by_choice_this_machine() {
        assert!(check("https://id.example/jwks", false).is_ok());
        assert!(check("http://localhost:8787/jwks", true).is_ok());
        assert!(check("http://[::1]:80/jwks", true).is_ok());
        for refused in [
            "http://localhost/jwks",
            "http://id.example/jwks",
            "file:///etc/passwd",
            "https://user@id.example/jwks",
            "https:///jwks",
            "id.example/jwks",
            "https://id.example/a b",
            "data:application/json,{}",
        ] {
            assert!(check(refused, false).is_err(), "{refused}");
        }
        assert!(check("http://localhost.evil.example/jwks", true).is_err());
        assert!(check("http://127.0.0.1@evil.example/jwks", true).is_err());
    }

    #[test]
    fn redirects_stay_on_https() {
        let to = |location| redirected("https://id.example/a/jwks?v=1", location, true);
        assert_eq!(to("/keys").unwrap(), "https://id.example/keys");
        assert_eq!(to("https://cdn.example/keys").unwrap(), "https://cdn.example/keys");
        for refused in ["http://id.example/keys", "http://localhost/keys", "//evil.example/keys", "keys", "ftp://x/y"] {
            assert!(to(refused).is_err(), "{refused}");
        }
    }
}
