//! Settings: read once and validated completely. An error says what to do.

use std::fmt;
use std::time::Duration;

use super::PageSettings;
use super::clients::{Client, clients};
use crate::http::cookie::RefreshCookie;
use crate::limits::{AUDIT_RETENTION, DEFAULT_LEEWAY, MIN_PASSWORD_CHARS};
use crate::session::Rules;

/// The settings of the service.
#[derive(Debug, Clone)]
pub struct Config {
    /// `iss` of issued tokens, and the base URL of the service. From `ISSUER`.
    pub issuer: String,
    /// `aud` of access tokens. From `AUDIENCE`.
    pub audience: String,
    /// Lifetimes and grace period. From `ACCESS_TOKEN_SECONDS`, `SESSION_SECONDS`, `REFRESH_GRACE_SECONDS`.
    pub rules: Rules,
    /// Allowed clock skew. From `LEEWAY_SECONDS`.
    pub leeway: Duration,
    /// The refresh cookie. From `COOKIE_NAME` and `COOKIE_DOMAIN`.
    pub cookie: RefreshCookie,
    /// Other origins that may call this service from a browser. From `ALLOWED_ORIGINS`: a JSON array, or separated by
    /// commas.
    pub allowed_origins: Vec<String>,
    /// Minimum length of a new password. From `MIN_PASSWORD_CHARS`.
    pub min_password_chars: usize,
    /// How long audit entries are kept. From `AUDIT_RETENTION_DAYS`.
    pub audit_retention: Duration,
    /// The account pages, unless they are disabled. From `ACCOUNT_PAGES`, `ACCOUNT_NAME`, `ACCOUNT_HOME` and
    /// `ACCOUNT_THEME`.
    pub pages: Option<PageSettings>,
    /// The clients that may introspect and revoke tokens. From `OAUTH_CLIENTS`: JSON, secrets by id or an array of
    /// `{id, secret}`.
    pub clients: Vec<Client>,
}

/// A missing, weak or invalid setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// A message that names the setting and the problem.
    pub problem: String,
    /// How to create a valid one for the Worker; empty if the problem already says so.
    pub cure: String,
}

impl ConfigError {
    pub(super) fn new(problem: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { problem: problem.into(), cure: cure.into() }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)?;
        if self.cure.is_empty() { Ok(()) } else { write!(f, " {}", self.cure) }
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads the settings with `read`, which returns the text of a variable.
    ///
    /// # Errors
    /// [`ConfigError`] for the first missing or invalid setting.
    pub fn read(read: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let text = |name: &str| read(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let required = |name: &str, example: &str| {
            text(name).ok_or_else(|| {
                let cure = format!("Set it under [vars] in wrangler.toml, for example {name} = \"{example}\".");
                ConfigError::new(format!("{name} is missing."), cure)
            })
        };
        let seconds =
            |name: &str, default: Duration| number(name, text(name), default.as_secs()).map(Duration::from_secs);
        let standard = Rules::default();
        let rules = Rules {
            grace: seconds("REFRESH_GRACE_SECONDS", standard.grace)?,
            session_lifetime: seconds("SESSION_SECONDS", standard.session_lifetime)?,
            access_lifetime: seconds("ACCESS_TOKEN_SECONDS", standard.access_lifetime)?,
        };
        let leeway = seconds("LEEWAY_SECONDS", DEFAULT_LEEWAY)?;
        check_lifetimes(&rules, leeway)?;
        let issuer = required("ISSUER", "https://id.example.com")?;
        check_url("ISSUER", &issuer)?;
        let cookie_name = text("COOKIE_NAME").unwrap_or_else(|| "refresh".to_owned());
        check_cookie_name(&cookie_name)?;
        let retention_days =
            number("AUDIT_RETENTION_DAYS", text("AUDIT_RETENTION_DAYS"), AUDIT_RETENTION.as_secs() / 86_400)?;
        Ok(Self {
            issuer: issuer.trim_end_matches('/').to_owned(),
            audience: required("AUDIENCE", "https://api.example.com")?,
            rules,
            leeway,
            cookie: RefreshCookie::new(&cookie_name, cookie_domain(text("COOKIE_DOMAIN"))?),
            allowed_origins: origins(text("ALLOWED_ORIGINS"))?,
            min_password_chars: shortest_password(text("MIN_PASSWORD_CHARS"))?,
            audit_retention: Duration::from_secs(retention_days.saturating_mul(86_400)),
            pages: PageSettings::read(text, &issuer)?,
            clients: clients(text("OAUTH_CLIENTS").as_deref())?,
        })
    }
}

fn number(name: &str, text: Option<String>, default: u64) -> Result<u64, ConfigError> {
    match text {
        None => Ok(default),
        Some(text) => text.parse::<u64>().ok().filter(|value| *value <= 10_000_000_000).ok_or_else(|| {
            ConfigError::new(format!("{name} must be a whole number."), format!("For example {name} = \"{default}\"."))
        }),
    }
}

fn check_lifetimes(rules: &Rules, leeway: Duration) -> Result<(), ConfigError> {
    if rules.access_lifetime.is_zero() || rules.session_lifetime < rules.access_lifetime {
        return Err(ConfigError::new(
            "ACCESS_TOKEN_SECONDS must be at least 1, and SESSION_SECONDS at least as long.",
            "",
        ));
    }
    if rules.grace.as_secs() > 300 {
        return Err(ConfigError::new(
            "REFRESH_GRACE_SECONDS must be at most 300; within the grace period a stolen token cannot be told apart from a concurrent tab.",
            "",
        ));
    }
    if leeway.as_secs() > 300 {
        let problem = "LEEWAY_SECONDS must be at most 300, because every token stays valid that long after it expires.";
        return Err(ConfigError::new(problem, ""));
    }
    Ok(())
}

fn cookie_domain(text: Option<String>) -> Result<Option<String>, ConfigError> {
    let is_host = |text: &String| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    match text {
        Some(text) if !is_host(&text) => {
            let problem = "COOKIE_DOMAIN must be a domain without scheme, port or path, for example example.com.";
            Err(ConfigError::new(problem, ""))
        }
        text => Ok(text),
    }
}

fn check_url(name: &str, url: &str) -> Result<(), ConfigError> {
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let good = host.is_some_and(|host| !host.is_empty() && !url.contains(['?', '#', ' ', '"']));
    if good {
        Ok(())
    } else {
        let problem = format!("{name} must be an http(s) address without query, for example https://id.example.com.");
        Err(ConfigError::new(problem, ""))
    }
}

fn check_cookie_name(name: &str) -> Result<(), ConfigError> {
    if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
        Ok(())
    } else {
        Err(ConfigError::new("COOKIE_NAME may hold letters, digits, - and _ (its __Host- or __Secure- is added).", ""))
    }
}

fn origins(text: Option<String>) -> Result<Vec<String>, ConfigError> {
    let refused = || ConfigError::new("ALLOWED_ORIGINS lists origins: scheme, host and port, no path.", "");
    let text = text.unwrap_or_default();
    let listed: Vec<String> = if text.starts_with('[') {
        serde_json::from_str(&text).map_err(|_| refused())?
    } else {
        text.split(',').map(|origin| origin.trim().to_owned()).filter(|origin| !origin.is_empty()).collect()
    };
    for origin in &listed {
        check_url("ALLOWED_ORIGINS", origin)?;
        if origin.matches('/').count() != 2 || origin.contains(',') {
            return Err(refused());
        }
    }
    Ok(listed)
}

fn shortest_password(text: Option<String>) -> Result<usize, ConfigError> {
    let shortest = number("MIN_PASSWORD_CHARS", text, MIN_PASSWORD_CHARS as u64)?;
    usize::try_from(shortest).ok().filter(|chars| (MIN_PASSWORD_CHARS..=64).contains(chars)).ok_or_else(|| {
        ConfigError::new(
            "MIN_PASSWORD_CHARS must be between 8 and 64. NIST recommends 15 when there is no second factor.",
            "",
        )
    })
}
