//! Allowed key URLs: https, and plain http to this machine if a developer enables it.

use crate::error::{Code, Error, Result};

/// Validates a configured URL.
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
}
