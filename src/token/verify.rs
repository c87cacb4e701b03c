//! The verdict. The order of the checks is the contract: format, header, allow-list, key, signature, and only then claims, so
//! that a forged token never learns whether it had also expired.

use std::time::Duration;

use super::{Claims, Header, Untrusted};
use crate::alg::Alg;
use crate::crypto::{self, Proof, SignatureProvider};
use crate::error::{Code, Error, Result};
use crate::key::{Key, KeySet};
use crate::limits::DEFAULT_LEEWAY;
use crate::time::UnixMillis;

/// A token that passed. Only this module makes one.
#[derive(Debug, Clone)]
pub struct Verified {
    header: Header,
    claims: Claims,
}

/// What a verifier asks of a claim. Leaving a check out has to be spelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Not looked at.
    Unchecked,
    /// Must be one of these (for `aud`: must contain one of these).
    AnyOf(Vec<String>),
}

/// What a verifier asks of a token.
#[derive(Debug, Clone)]
pub struct Expectations {
    /// Algorithms accepted; `None` accepts those the keys are for.
    pub algorithms: Option<Vec<Alg>>,
    /// `iss`.
    pub issuer: Expected,
    /// `aud`.
    pub audience: Expected,
    /// `typ`, compared without case and with `application/` optional (RFC 7515 section 4.1.9).
    pub typ: Option<String>,
    /// `sub`.
    pub subject: Expected,
    /// Clock difference forgiven.
    pub leeway: Duration,
    /// Oldest acceptable age by `iat`.
    pub max_age: Option<Duration>,
    /// Claims that must be there.
    pub required_claims: Vec<String>,
}

/// Verifies tokens against a set of keys and expectations. Build once, use often.
#[derive(Debug, Clone)]
pub struct Verifier {
    keys: KeySet,
    expectations: Expectations,
}

impl Expectations {
    /// Asks for an issuer and an audience, accepts no clock difference beyond the default leeway.
    pub fn new(issuer: Expected, audience: Expected) -> Self {
        Self {
            algorithms: None,
            issuer,
            audience,
            typ: None,
            subject: Expected::Unchecked,
            leeway: DEFAULT_LEEWAY,
            max_age: None,
            required_claims: Vec::new(),
        }
    }
}

impl Verified {
    /// The header, now vouched for by the signature.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The claims.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }
}

impl Verifier {
    /// A verifier.
    pub fn new(keys: impl Into<KeySet>, expectations: Expectations) -> Self {
        Self { keys: keys.into(), expectations }
    }

    /// The verdict on a token at the moment `now`, if the provider can check signatures without waiting; `None` if not.
    pub fn verify_now(
        &self,
        token: &str,
        provider: &impl SignatureProvider,
        now: UnixMillis,
    ) -> Option<Result<Verified>> {
        let (untrusted, key) = match self.admit(token) {
            Ok(admitted) => admitted,
            Err(error) => return Some(Err(error)),
        };
        let proof = crypto::prove_now(provider, key, untrusted.signing_input(), untrusted.signature())?;
        Some(proof.and_then(|proof| self.judge(untrusted, proof, now)))
    }

    /// The verdict on a token at the moment `now`.
    ///
    /// # Errors
    /// The first check that fails, in the order of [`crate::error::Stage`].
    pub async fn verify(&self, token: &str, provider: &impl SignatureProvider, now: UnixMillis) -> Result<Verified> {
        let (untrusted, key) = self.admit(token)?;
        let proof = crypto::prove(provider, key, untrusted.signing_input(), untrusted.signature()).await?;
        self.judge(untrusted, proof, now)
    }

    fn admit<'t>(&self, token: &'t str) -> Result<(Untrusted<'t>, &Key)> {
        let untrusted = Untrusted::parse(token)?;
        let alg = untrusted.header().alg();
        let allowed = match &self.expectations.algorithms {
            Some(list) => list.contains(&alg),
            None => self.keys.keys().iter().any(|key| key.alg().serves(alg)),
        };
        if !allowed {
            return Err(Error::new(Code::AlgNotAllowed).about("alg").actual(alg.name()));
        }
        let key = self.keys.select(alg, untrusted.header().kid())?;
        Ok((untrusted, key))
    }

    fn judge(&self, untrusted: Untrusted<'_>, _proof: Proof, now: UnixMillis) -> Result<Verified> {
        let claims = Claims::parse(untrusted.decode_payload()?)?;
        let verified = Verified { header: untrusted.into_header(), claims };
        self.check_times(&verified.claims, now)?;
        self.check_typ(&verified.header)?;
        check_one_of(&verified.claims, "iss", &self.expectations.issuer)?;
        check_audience(&verified.claims, &self.expectations.audience)?;
        check_one_of(&verified.claims, "sub", &self.expectations.subject)?;
        for name in &self.expectations.required_claims {
            if verified.claims.get(name).is_none() {
                return Err(Error::new(Code::ClaimMissing).about(name));
            }
        }
        Ok(verified)
    }

    fn check_times(&self, claims: &Claims, now: UnixMillis) -> Result<()> {
        let leeway = self.expectations.leeway;
        if claims.date("exp")?.is_some_and(|exp| now >= exp.plus(leeway)) {
            return Err(Error::new(Code::TokenExpired).about("exp"));
        }
        if claims.date("nbf")?.is_some_and(|nbf| nbf > now.plus(leeway)) {
            return Err(Error::new(Code::TokenNotYetValid).about("nbf"));
        }
        let issued_at = claims.date("iat")?;
        if issued_at.is_some_and(|iat| iat > now.plus(leeway)) {
            return Err(Error::new(Code::TokenIssuedInFuture).about("iat"));
        }
        let Some(max_age) = self.expectations.max_age else { return Ok(()) };
        let issued_at = issued_at.ok_or_else(|| Error::new(Code::ClaimMissing).about("iat"))?;
        if now > issued_at.plus(max_age).plus(leeway) {
            return Err(Error::new(Code::TokenTooOld).about("iat"));
        }
        Ok(())
    }

    fn check_typ(&self, header: &Header) -> Result<()> {
        let Some(expected) = &self.expectations.typ else { return Ok(()) };
        let essence = |typ: &str| typ.to_ascii_lowercase().trim_start_matches("application/").to_owned();
        match header.typ() {
            Some(actual) if essence(actual) == essence(expected) => Ok(()),
            _ => Err(Error::new(Code::HeaderTyp).about("typ").expected(expected)),
        }
    }
}

fn check_one_of(claims: &Claims, name: &str, expected: &Expected) -> Result<()> {
    let Expected::AnyOf(accepted) = expected else { return Ok(()) };
    let mismatch = |code| Error::new(code).about(name).expected(accepted.join(" or "));
    match claims.get(name) {
        None => Err(mismatch(Code::ClaimMissing)),
        Some(value) => match value.as_str() {
            Some(actual) if accepted.iter().any(|one| one == actual) => Ok(()),
            Some(_) => Err(mismatch(Code::ClaimMismatch)),
            None => Err(mismatch(Code::ClaimType)),
        },
    }
}

fn check_audience(claims: &Claims, expected: &Expected) -> Result<()> {
    let Expected::AnyOf(accepted) = expected else { return Ok(()) };
    let mismatch = |code| Error::new(code).about("aud").expected(accepted.join(" or "));
    if claims.get("aud").is_none() {
        return Err(mismatch(Code::ClaimMissing));
    }
    let meant_for = claims.get_strings("aud");
    if meant_for.iter().any(|one| accepted.iter().any(|ours| ours == one)) {
        Ok(())
    } else {
        Err(mismatch(Code::ClaimMismatch))
    }
}
