//! The setting `OAUTH_CLIENTS`: the clients that may introspect and revoke tokens, as JSON.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

use super::ConfigError;

/// Minimum length of a secret, in characters.
const MIN_SECRET_CHARS: usize = 32;

/// A client of the OAuth endpoints.
#[derive(Clone)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: Zeroizing<String>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The clients in the setting: `{"id": "secret"}` or `[{"id": …, "secret": …}]`. An empty text means no clients.
///
/// # Errors
/// [`ConfigError`] for any other format, two clients with the same id, an empty id, a short secret, and characters
/// outside printable ASCII (RFC 6749 appendix A.1 and A.2). No message contains an id or a secret.
pub(super) fn clients(text: Option<&str>) -> Result<Vec<Client>, ConfigError> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let refused = |problem: &str| {
        let cure = r#"For example {"api": "…"}. Make a secret with: openssl rand -hex 32"#;
        ConfigError::new(format!("OAUTH_CLIENTS {problem}"), cure)
    };
    // serde's message could quote a secret from the text.
    let Ok(Clients(clients)) = serde_json::from_str(text) else {
        return Err(refused("must be a JSON object of secrets by id, or a JSON array of objects with id and secret."));
    };
    for (index, Client { id, secret }) in clients.iter().enumerate() {
        if id.is_empty() || secret.chars().count() < MIN_SECRET_CHARS {
            return Err(refused("must have an id and a secret of 32 characters or more for each client."));
        }
        let is_printable = |text: &str| text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if !is_printable(id) || !is_printable(secret) {
            return Err(refused("must have ids and secrets of printable ASCII characters."));
        }
        if clients[..index].iter().any(|other| other.id == *id) {
            return Err(refused("must name each client once."));
        }
    }
    Ok(clients)
}

/// All clients in the text, including those with the same id.
struct Clients(Vec<Client>);

impl<'de> Deserialize<'de> for Clients {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Either)
    }
}

struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = Clients;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Clients, A::Error> {
        let mut clients = Vec::new();
        while let Some((id, secret)) = map.next_entry::<String, String>()? {
            clients.push(Client { id, secret: secret.into() });
        }
        Ok(Clients(clients))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Clients, A::Error> {
        let mut clients = Vec::new();
        while let Some(Entry { id, secret }) = list.next_element()? {
            clients.push(Client { id, secret: secret.into() });
        }
        Ok(Clients(clients))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    secret: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn ids(text: &str) -> Result<Vec<String>, String> {
        clients(Some(text)).map(|all| all.into_iter().map(|client| client.id).collect()).map_err(|error| error.problem)
    }

    #[test]
    fn clients_are_an_object_or_an_array() {
        assert_eq!(ids(&format!(r#"{{"a": "{SECRET}", "b:c,d": "{SECRET}"}}"#)).unwrap(), ["a", "b:c,d"]);
        assert_eq!(ids(&format!(r#"[{{"id": "a", "secret": "{SECRET}"}}]"#)).unwrap(), ["a"]);
        assert!(ids("{}").unwrap().is_empty() && ids("[]").unwrap().is_empty());
        assert!(clients(None).unwrap().is_empty());
    }

    #[test]
    fn a_secret_that_looks_like_more_clients_is_one_secret() {
        let secret = format!("{SECRET},evil:{SECRET}");
        let all = clients(Some(&format!(r#"{{"api": "{secret}"}}"#))).unwrap();
        assert_eq!(all.len(), 1);
        assert_eq!(*all[0].secret, secret);
    }

    #[test]
    fn everything_else_is_refused_and_not_repeated() {
        for text in [
            format!("api:{SECRET}"),
            format!(r#"["api:{SECRET}"]"#),
            format!(r#""{SECRET}""#),
            format!(r#"{{"api": ["{SECRET}"]}}"#),
            format!(r#"{{"api": "{SECRET}"}} more"#),
            format!(r#"{{"api": "{SECRET}", "api": "{SECRET}"}}"#),
            format!(r#"[{{"id": "api", "secret": "{SECRET}"}}, {{"id": "api", "secret": "{SECRET}!"}}]"#),
            format!(r#"[{{"id": "api", "secret": "{SECRET}", "role": "admin"}}]"#),
            format!(r#"[{{"id": "api", "id": "other", "secret": "{SECRET}"}}]"#),
            format!(r#"[{{"id": "api"}}, {{"secret": "{SECRET}"}}]"#),
            format!(r#"{{"": "{SECRET}"}}"#),
            format!(r#"{{"api\n": "{SECRET}"}}"#),
            format!(r#"{{"api": "{SECRET}\u0000"}}"#),
            r#"{"api": "0123456789abcdef0123456789abcde"}"#.to_owned(),
            r#"{"api": "ääääääääääääääää"}"#.to_owned(),
            "null".to_owned(),
        ] {
            let problem = ids(&text).unwrap_err();
            assert!(
                problem.starts_with("OAUTH_CLIENTS must ") && !problem.contains(&SECRET[..31]),
                "{text}: {problem}"
            );
        }
    }
}
