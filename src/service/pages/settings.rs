//! How the pages are set up.

use super::Target;
use crate::service::ConfigError;

/// The settings of the account pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What the pages call what one signs in to. From `ACCOUNT_NAME`; the issuer's host unless given.
    pub name: String,
    /// Where a browser goes after signing in when no page sent it here: a path of this site. From `ACCOUNT_HOME`; "my devices" unless
    /// given.
    pub home: String,
    /// The path of a style sheet that comes after ours. From `ACCOUNT_THEME`.
    pub theme: Option<String>,
}

impl Settings {
    /// Reads them; `None` when the pages are off.
    pub(in crate::service) fn read(
        text: impl Fn(&str) -> Option<String>,
        issuer: &str,
    ) -> Result<Option<Self>, ConfigError> {
        match text("ACCOUNT_PAGES").as_deref() {
            None | Some("on") => {}
            Some("off") => return Ok(None),
            Some(_) => return Err(ConfigError::new("ACCOUNT_PAGES must be \"on\" or \"off\".", "")),
        }
        let host = issuer.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
        Ok(Some(Self {
            name: text("ACCOUNT_NAME").unwrap_or_else(|| host.to_owned()),
            home: path("ACCOUNT_HOME", text("ACCOUNT_HOME"), "/app")?.unwrap_or_else(|| "devices".to_owned()),
            theme: path("ACCOUNT_THEME", text("ACCOUNT_THEME"), "/theme.css")?,
        }))
    }
}

fn path(name: &str, text: Option<String>, example: &str) -> Result<Option<String>, ConfigError> {
    match text {
        None => Ok(None),
        Some(path) if Target::parse(&path).is_some() && path.starts_with('/') => Ok(Some(path)),
        Some(_) => {
            let cure = format!("For example {name} = \"{example}\".");
            Err(ConfigError::new(format!("{name} must be a path of this site."), cure))
        }
    }
}
