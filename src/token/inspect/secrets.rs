//! Detects secrets among claims: by name or by format.

use serde_json::Value;

/// Words in names of secrets, compared without case, `-` and `_`.
const NAMES: [&str; 16] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "clientsecret",
    "apikey",
    "privatekey",
    "secretkey",
    "accesskey",
    "creditcard",
    "cardnumber",
    "cvv",
    "ssn",
    "pin",
    "mfasecret",
];

/// Prefixes of well-known kinds of secrets.
const BEGINNINGS: [&str; 10] =
    ["-----BEGIN", "sk_live_", "rk_live_", "ghp_", "gho_", "github_pat_", "xoxb-", "xoxp-", "AKIA", "$2b$"];

/// Shared secrets from tutorials and documentation that have been used in production.
pub(super) const WELL_KNOWN: [&str; 14] = [
    "secret",
    "password",
    "your-256-bit-secret",
    "your-384-bit-secret",
    "your-512-bit-secret",
    "a-string-secret-at-least-256-bits-long",
    "shhhhh",
    "changeme",
    "jwt-secret",
    "mysecret",
    "my-secret",
    "supersecret",
    "secretkey",
    "123456",
];

/// The path of the first member that is a secret, as `a.b`.
pub(super) fn find(value: &Value) -> Option<String> {
    walk(value, &|name, value| {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        let text = value.as_str().unwrap_or_default();
        NAMES.contains(&plain.as_str()) && !value.is_boolean() && !value.is_null()
            || BEGINNINGS.iter().any(|begin| text.starts_with(begin))
    })
}

/// The path of the first member with personal data beyond a user id.
pub(super) fn find_personal(value: &Value) -> Option<String> {
    const NAMES: [&str; 6] = ["email", "phone_number", "birthdate", "address", "phone", "date_of_birth"];
    walk(value, &|name, value| {
        let is_mail =
            |text: &str| text.split_once('@').is_some_and(|(who, host)| !who.is_empty() && host.contains('.'));
        NAMES.contains(&name)
            || value.as_str().is_some_and(|text| text.len() < 255 && !text.contains(['/', ' ']) && is_mail(text))
    })
}

/// The first member, at any depth, for which `is` returns true.
fn walk(value: &Value, is: &dyn Fn(&str, &Value) -> bool) -> Option<String> {
    match value {
        Value::Object(members) => members.iter().find_map(|(name, value)| {
            if is(name, value) {
                return Some(name.clone());
            }
            walk(value, is).map(|rest| format!("{name}.{rest}"))
        }),
        Value::Array(items) => items.iter().find_map(|item| walk(item, is)),
        _ => None,
    }
}
