//! The keys of the service: a private JWKS, or two secrets.

use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::ConfigError;
use crate::alg::Alg;
use crate::key::Key;
use crate::key::rotation::Rotation;

/// The keys of the service.
#[derive(Debug, Clone)]
pub struct Keys {
    /// For access tokens.
    pub access: Rotation,
    /// For refresh tokens: HMAC, so that the token of a generation can be reconstructed, byte for byte.
    pub refresh: Rotation,
}

impl Keys {
    /// Reads the keys with `read`: `JWT_KEYS`, a JWKS of private keys with their states ([`crate::key::rotation`]); or
    /// `JWT_SECRET` and `JWT_REFRESH_SECRET`. `JWT_REFRESH_SECRET` can also be set together with `JWT_KEYS`; if it is
    /// not, a key for refresh tokens is derived from each private key.
    ///
    /// # Errors
    /// [`ConfigError`] if one is missing, short, guessable or unreadable, or if both secrets are the same.
    pub fn read(read: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let text = |name: &str| read(name).map(Zeroizing::new).filter(|value| !value.trim().is_empty());
        match text("JWT_KEYS") {
            Some(jwks) => Self::from_jwks(&jwks, text("JWT_REFRESH_SECRET")),
            None => Self::from_secrets(text("JWT_SECRET"), text("JWT_REFRESH_SECRET")),
        }
    }

    fn from_secrets(
        access: Option<Zeroizing<String>>,
        refresh: Option<Zeroizing<String>>,
    ) -> Result<Self, ConfigError> {
        let access = secret("JWT_SECRET", access)?;
        let refresh = secret("JWT_REFRESH_SECRET", refresh)?;
        if access == refresh {
            let problem = "JWT_SECRET and JWT_REFRESH_SECRET must be different.";
            return Err(ConfigError::new(problem, how("JWT_REFRESH_SECRET")));
        }
        Ok(Self { access: hmac("JWT_SECRET", &access)?.into(), refresh: hmac("JWT_REFRESH_SECRET", &refresh)?.into() })
    }

    fn from_jwks(jwks: &str, refresh: Option<Zeroizing<String>>) -> Result<Self, ConfigError> {
        let access = Rotation::from_jwks(jwks, &[Alg::RS256, Alg::ES256])
            .map_err(|wrong| ConfigError::new(format!("JWT_KEYS: {wrong}."), KEYS_HOW))?;
        if access.keys().iter().any(|key| !key.can_sign() || key.is_symmetric()) {
            return Err(ConfigError::new("JWT_KEYS must hold private RSA, EC or Ed25519 keys.", KEYS_HOW));
        }
        let refresh = match refresh {
            Some(given) => hmac("JWT_REFRESH_SECRET", &secret("JWT_REFRESH_SECRET", Some(given))?)?.into(),
            None => access.derive(derived_refresh_key)?,
        };
        Ok(Self { access, refresh })
    }
}

const KEYS_HOW: &str =
    "Make a good set with: npx portcullis keys new --out keys.json && npx wrangler secret put JWT_KEYS < keys.json";

/// A secret that only the owner of a private key can compute, and that reveals nothing about the key.
fn derived_refresh_key(key: &Key) -> Result<Key, ConfigError> {
    let broken = |_| ConfigError::new("JWT_KEYS: a key for refresh tokens could not be derived from them.", "");
    let mut mac = Hmac::<Sha256>::new_from_slice(key.to_host_jwk().as_bytes()).map_err(broken)?;
    mac.update(b"portcullis refresh tokens 1");
    let derived = Zeroizing::new(mac.finalize().into_bytes().to_vec());
    let derived =
        Key::from_secret(Alg::HS256, &derived).map_err(|error| ConfigError::new(format!("JWT_KEYS: {error}."), ""))?;
    Ok(derived.with_kid(key.kid().unwrap_or_default()))
}

fn secret(name: &str, text: Option<Zeroizing<String>>) -> Result<Zeroizing<String>, ConfigError> {
    let text = text.ok_or_else(|| ConfigError::new(format!("{name} is missing."), how(name)))?;
    if text.len() < 32 {
        let problem = format!("{name} has {} bytes; at least 32 are needed.", text.len());
        return Err(ConfigError::new(problem, how(name)));
    }
    let first_ones = text.char_indices().filter(|(at, character)| !text[..*at].contains(*character));
    if first_ones.take(8).count() < 8 {
        let problem = format!("{name} repeats a few characters and is easily guessed.");
        return Err(ConfigError::new(problem, how(name)));
    }
    Ok(text)
}

fn how(name: &str) -> String {
    format!(
        "Make a good one with: openssl rand -base64 48 | npx wrangler secret put {name} (locally: echo \"{name}=$(openssl rand -base64 48)\" >> .dev.vars)"
    )
}

fn hmac(name: &str, secret: &str) -> Result<Key, ConfigError> {
    Key::from_secret(Alg::HS256, secret.as_bytes()).map_err(|error| ConfigError::new(format!("{name}: {error}."), ""))
}
