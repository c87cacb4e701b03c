//! Validates and normalizes what users type.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::limits::{MAX_EMAIL_CHARS, MAX_NAME_CHARS, MAX_ROLES};
use crate::text::nfkc;

/// An email address: as typed (trimmed), and in the form that is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    typed: String,
    key: String,
}

/// A field that is rejected, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputError {
    /// The field of the request.
    pub field: &'static str,
    /// The requirement, as the end of a sentence.
    pub must: Cow<'static, str>,
}

impl InputError {
    /// With a constant text.
    pub const fn new(field: &'static str, must: &'static str) -> Self {
        Self { field, must: Cow::Borrowed(must) }
    }
}

impl Email {
    /// Parses an email address. Checks only its format (something, `@`, a domain or a host name); whether mail arrives
    /// there cannot be known here.
    ///
    /// # Errors
    /// [`InputError`] if it does not have this format.
    pub fn parse(typed: &str) -> Result<Self, InputError> {
        const WRONG: InputError = InputError::new("email", "be an email address");
        let sent = typed;
        let typed = sent.trim();
        let (local, domain) = typed.rsplit_once('@').ok_or(WRONG)?;
        let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';' | '"');
        // The length is that of the text as sent, because a schema cannot describe the trimmed text.
        let bad =
            sent.chars().count() > MAX_EMAIL_CHARS || local.is_empty() || domain.is_empty() || typed.contains(odd);
        if bad || domain.starts_with('.') || domain.ends_with('.') || domain.contains("..") || local.contains('@') {
            return Err(WRONG);
        }
        // NFKC first, because it can produce upper-case letters from compatibility forms.
        let key = nfkc(typed).to_lowercase();
        Ok(Self { typed: typed.to_owned(), key })
    }

    /// As typed, trimmed.
    pub fn as_str(&self) -> &str {
        &self.typed
    }

    /// The normalized form: NFKC, lower case. Two emails with the same key belong to the same account.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// A display name: trimmed, not empty, without control characters.
///
/// # Errors
/// [`InputError`] if it is not valid.
pub fn clean_name(typed: &str) -> Result<String, InputError> {
    let name = typed.trim();
    // Length and characters are checked in the text as sent, because a schema cannot describe the trimmed text.
    if name.is_empty() || typed.chars().count() > MAX_NAME_CHARS || typed.chars().any(char::is_control) {
        return Err(InputError::new("name", "have 1 to 100 characters, none of them control characters"));
    }
    Ok(name.to_owned())
}

/// A list of roles: names made of letters, digits and `-_.:`, without duplicates, sorted.
///
/// # Errors
/// [`InputError`] if one is not valid.
pub fn clean_roles(roles: &[String]) -> Result<Vec<String>, InputError> {
    let fits = |role: &String| {
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
        !role.is_empty() && role.len() <= 64 && role.chars().all(known)
    };
    if roles.len() > MAX_ROLES || !roles.iter().all(fits) {
        return Err(InputError::new("roles", "be at most 32 names of 1 to 64 letters, digits or any of - _ . :"));
    }
    let roles: BTreeSet<&String> = roles.iter().collect();
    Ok(roles.into_iter().cloned().collect())
}
