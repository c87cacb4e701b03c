//! The two tokens of a session: the access token for resource servers, and the refresh token for this service.

use serde::Serialize;

use super::call::Caller;
use super::{Config, ConfigError, Keys};
use crate::crypto::SignatureProvider;
use crate::error::{Code, Error, Result};
use crate::key::KeySet;
use crate::key::rotation::Rotation;
use crate::session::Session;
use crate::time::UnixMillis;
use crate::token::{Expectations, Expected, Signer, Verifier};

/// Creates and verifies tokens. Built once.
#[derive(Debug)]
pub struct Tokens {
    issuer: String,
    audience: String,
    access_seconds: i64,
    access_signer: Signer,
    access_verifier: Verifier,
    refresh_signer: Signer,
    refresh_verifier: Verifier,
    keys: KeySet,
}

/// The claims of a valid refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Presented {
    pub(super) user: String,
    pub(super) session: String,
    pub(super) generation: u64,
    pub(super) expires_at: UnixMillis,
}

/// RFC 9068 section 2.2, and the session id.
#[derive(Serialize)]
struct AccessClaims<'c> {
    iss: &'c str,
    sub: &'c str,
    aud: &'c str,
    exp: i64,
    iat: i64,
    jti: &'c str,
    client_id: &'static str,
    sid: &'c str,
    roles: &'c [String],
}

/// All values come from the session's row, so that the token of a generation can be reconstructed, byte for byte.
#[derive(Serialize)]
struct RefreshClaims<'c> {
    iss: &'c str,
    aud: &'c str,
    sub: &'c str,
    sid: &'c str,
    r#gen: u64,
    iat: i64,
    exp: i64,
}

impl Tokens {
    pub(super) fn new(config: &Config, keys: Keys) -> Result<Self, ConfigError> {
        let signer = |keys: &Rotation, typ| {
            Signer::new(keys.active().clone(), typ)
                .map_err(|error| ConfigError::new(format!("The active key cannot sign: {error}."), ""))
        };
        let any_of = |one: &str| Expected::AnyOf(vec![one.to_owned()]);
        let mut access = Expectations::new(any_of(&config.issuer), any_of(&config.audience));
        access.typ = Some("at+jwt".to_owned());
        access.leeway = config.leeway;
        access.required_claims = ["exp", "iat", "sub", "sid"].map(str::to_owned).to_vec();
        let mut refresh = Expectations::new(any_of(&config.issuer), any_of(&config.issuer));
        refresh.typ = Some("rt+jwt".to_owned());
        refresh.leeway = config.leeway;
        // The session's own state determines the current token. If a clock was set back, `iat` is in the future, and
        // that must not sign anyone out.
        refresh.ignored_dates.issued_in_future = true;
        refresh.required_claims = ["exp", "iat", "sub", "sid", "gen"].map(str::to_owned).to_vec();
        let access_keys = keys.access.verifying(config.rules.access_lifetime + config.leeway);
        let refresh_keys = keys.refresh.verifying(config.rules.session_lifetime + config.leeway);
        Ok(Self {
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            access_seconds: i64::try_from(config.rules.access_lifetime.as_secs()).unwrap_or(i64::MAX),
            access_signer: signer(&keys.access, "at+jwt")?,
            access_verifier: Verifier::new(access_keys.clone(), access),
            refresh_signer: signer(&keys.refresh, "rt+jwt")?,
            refresh_verifier: Verifier::new(refresh_keys, refresh),
            keys: access_keys,
        })
    }

    /// The verifier of access tokens, with issuer, audience, type and keys.
    pub fn access_verifier(&self) -> &Verifier {
        &self.access_verifier
    }

    /// The keys that verify access tokens; the first one signs.
    pub fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// Lifetime of an access token in seconds.
    pub fn access_seconds(&self) -> i64 {
        self.access_seconds
    }

    /// The public keys as a JWKS (RFC 7517 section 5): the active key, the next one, and retired ones as long as tokens
    /// signed by them may be in use. Secrets have no public key.
    pub(super) fn public_jwks(&self, now: UnixMillis) -> serde_json::Value {
        self.keys.trusted_at(now).to_public_jwks()
    }

    /// An access token, and its lifetime in seconds.
    pub(super) async fn access(
        &self,
        user: &str,
        session: &Session,
        roles: &[String],
        jti: &str,
        engine: &impl SignatureProvider,
        now: UnixMillis,
    ) -> Result<(String, i64)> {
        // It does not outlive its session.
        let exp = (now.as_secs() + self.access_seconds).min(session.expires_at.as_secs());
        let claims = AccessClaims {
            iss: &self.issuer,
            sub: user,
            aud: &self.audience,
            exp,
            iat: now.as_secs(),
            jti,
            client_id: "portcullis",
            sid: &session.sid,
            roles,
        };
        let token = self.access_signer.sign(&claims, engine).await?;
        Ok((token, exp - now.as_secs()))
    }

    pub(super) async fn refresh(
        &self,
        user: &str,
        session: &Session,
        engine: &impl SignatureProvider,
    ) -> Result<String> {
        let claims = RefreshClaims {
            iss: &self.issuer,
            aud: &self.issuer,
            sub: user,
            sid: &session.sid,
            r#gen: session.generation,
            iat: session.rotated_at.as_secs(),
            exp: session.expires_at.as_secs(),
        };
        self.refresh_signer.sign(&claims, engine).await
    }

    pub(super) async fn verify_access(
        &self,
        token: &str,
        engine: &impl SignatureProvider,
        now: UnixMillis,
    ) -> Result<(Caller, UnixMillis)> {
        let verified = self.access_verifier.verify(token, engine, now).await?;
        let claims = verified.claims();
        let text =
            |name| claims.get_str(name).map(str::to_owned).ok_or_else(|| Error::new(Code::ClaimType).about(name));
        let roles = claims.get_strings("roles").into_iter().map(str::to_owned).collect();
        let issued_at = claims.date("iat")?.ok_or_else(|| Error::new(Code::ClaimMissing).about("iat"))?;
        Ok((Caller { user: text("sub")?, session: text("sid")?, roles }, issued_at))
    }

    pub(super) async fn verify_refresh(
        &self,
        token: &str,
        engine: &impl SignatureProvider,
        now: UnixMillis,
    ) -> Result<Presented> {
        let verified = self.refresh_verifier.verify(token, engine, now).await?;
        let claims = verified.claims();
        let text =
            |name| claims.get_str(name).map(str::to_owned).ok_or_else(|| Error::new(Code::ClaimType).about(name));
        let generation = claims.get("gen").and_then(serde_json::Value::as_u64);
        let expires_at = claims.date("exp")?.ok_or_else(|| Error::new(Code::ClaimMissing).about("exp"))?;
        Ok(Presented {
            user: text("sub")?,
            session: text("sid")?,
            generation: generation.ok_or_else(|| Error::new(Code::ClaimType).about("gen"))?,
            expires_at,
        })
    }
}
