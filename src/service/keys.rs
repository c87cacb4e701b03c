//! The keys of the service: a private JWKS, or the two secrets of the classic guides.

use super::ConfigError;
use crate::alg::Alg;
use crate::key::{Key, KeySet};

/// The keys of the service.
#[derive(Debug, Clone)]
pub struct Keys {
    /// For access tokens: the first signs, all verify.
    pub access: KeySet,
    /// For refresh tokens: HMAC, so that the token of a generation can be made again, byte for byte. The first signs, all verify.
    pub refresh: KeySet,
}

impl Keys {
    /// Reads `JWT_SECRET` and `JWT_REFRESH_SECRET` through `read`.
    ///
    /// # Errors
    /// [`ConfigError`] when one is missing, short, easily guessed, or both are the same.
    pub fn read(read: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let text = |name: &str| read(name).filter(|value| !value.is_empty());
        let access = secret("JWT_SECRET", text("JWT_SECRET"))?;
        let refresh = secret("JWT_REFRESH_SECRET", text("JWT_REFRESH_SECRET"))?;
        if access == refresh {
            return Err(ConfigError(format!(
                "JWT_SECRET and JWT_REFRESH_SECRET are the same. {}",
                how("JWT_REFRESH_SECRET")
            )));
        }
        Ok(Self { access: hmac("JWT_SECRET", &access)?.into(), refresh: hmac("JWT_REFRESH_SECRET", &refresh)?.into() })
    }
}

fn secret(name: &str, text: Option<String>) -> Result<zeroize::Zeroizing<String>, ConfigError> {
    let text = text.ok_or_else(|| ConfigError(format!("{name} is missing. {}", how(name))))?;
    if text.len() < 32 {
        return Err(ConfigError(format!("{name} has {} bytes; at least 32 are needed. {}", text.len(), how(name))));
    }
    let mut characters: Vec<char> = text.chars().collect();
    characters.sort_unstable();
    characters.dedup();
    if characters.len() < 8 {
        return Err(ConfigError(format!("{name} repeats a few characters and is easily guessed. {}", how(name))));
    }
    Ok(text.into())
}

fn how(name: &str) -> String {
    format!(
        "Make a good one with: openssl rand -base64 48 | npx wrangler secret put {name} (locally: echo \"{name}=$(openssl rand -base64 48)\" >> .dev.vars)"
    )
}

fn hmac(name: &str, secret: &str) -> Result<Key, ConfigError> {
    Key::from_secret(Alg::HS256, secret.as_bytes()).map_err(|error| ConfigError(format!("{name}: {error}")))
}
