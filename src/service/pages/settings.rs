//! The settings of the account pages.

use super::Target;
use crate::service::ConfigError;

/// The settings of the account pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The application name shown on the pages. From `ACCOUNT_NAME`; default: the issuer's host.
    pub name: String,
    /// Where a browser goes after signing in if no page sent it: a path of this site. From `ACCOUNT_HOME`; default: the
    /// devices page.
    pub home: String,
    /// The path of a style sheet that is loaded after the built-in one. From `ACCOUNT_THEME`.
    pub theme: Option<String>,
}

impl Settings {
    /// Reads the settings; `None` if the pages are disabled.
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
