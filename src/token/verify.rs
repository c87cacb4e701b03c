//! Token verification. The order of the checks is part of the contract: format, header, allowed algorithms, key,
//! signature, and only then the claims, so the sender of a forged token never learns whether it has also expired.

use std::sync::atomic::{AtomicU32, Ordering};

use super::header::HeaderMemo;
use super::{Claims, Expectations, Header, Untrusted};
use crate::crypto::{self, Proof, SignatureProvider};
use crate::error::{Code, Error, Result};
use crate::key::{Key, KeySet};
use crate::time::UnixMillis;

/// A validated token. Only this module creates it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Verified {
    header: Header,
    claims: Claims,
    key_serial: u32,
    valid_from: UnixMillis,
    valid_until: UnixMillis,
}

/// Verifies tokens with a set of keys and expectations. Create it once and reuse it.
#[derive(Debug, Clone)]
pub struct Verifier {
    serial: u32,
    keys: KeySet,
    expectations: Expectations,
    memo: HeaderMemo,
}

impl Verified {
    /// The header, which the signature covers.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The claims.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The first time at which the token's dates are valid, including leeway.
    pub fn valid_from(&self) -> UnixMillis {
        self.valid_from
    }

    /// The first time at which they are no longer valid, including leeway and maximum age.
    pub fn valid_until(&self) -> UnixMillis {
        self.valid_until
    }

    /// Whether the dates are valid at the time `now`. The other checks do not depend on time.
    pub fn is_valid_at(&self, now: UnixMillis) -> bool {
        self.valid_from <= now && now < self.valid_until
    }

    /// The [`Key::serial`] of the key that signed it.
    pub fn key_serial(&self) -> u32 {
        self.key_serial
    }
}

impl Verifier {
    /// A verifier.
    pub fn new(keys: impl Into<KeySet>, expectations: Expectations) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let serial = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { serial, keys: keys.into(), expectations, memo: HeaderMemo::default() }
    }

    /// Its trusted keys.
    pub fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// What it asks.
    pub fn expectations(&self) -> &Expectations {
        &self.expectations
    }

    /// A number that identifies this verifier and its clones, which all give the same verdicts.
    pub fn serial(&self) -> u32 {
        self.serial
    }

    /// The verdict on a token at the time `now`, if the provider can check signatures synchronously; `None` otherwise.
    pub fn verify_now(
        &self,
        token: &str,
        provider: &impl SignatureProvider,
        now: UnixMillis,
    ) -> Option<Result<Verified>> {
        match self.take_apart(token) {
            Ok(untrusted) => self.verify_parsed_now(untrusted, &self.keys, provider, now),
            Err(error) => Some(Err(error)),
        }
    }

    /// The verdict on a token at the time `now`.
    ///
    /// # Errors
    /// The first failing check, in the order of [`crate::error::Stage`].
    pub async fn verify(&self, token: &str, provider: &impl SignatureProvider, now: UnixMillis) -> Result<Verified> {
        self.verify_parsed(self.take_apart(token)?, &self.keys, provider, now).await
    }

    /// Parses a token with this verifier's length limit. This is the first half of [`Verifier::verify`], for callers
    /// that need the header or the claimed issuer before they know which keys to trust.
    ///
    /// # Errors
    /// The errors of [`Untrusted::parse`].
    pub fn take_apart<'t>(&self, token: &'t str) -> Result<Untrusted<'t>> {
        let asked = &self.expectations;
        Untrusted::parse_with(token, asked.max_token_bytes, &asked.understood_extensions, self.memo.recall())
    }

    /// The second half of [`Verifier::verify_now`], with keys found in the meantime.
    pub fn verify_parsed_now(
        &self,
        untrusted: Untrusted<'_>,
        keys: &KeySet,
        provider: &impl SignatureProvider,
        now: UnixMillis,
    ) -> Option<Result<Verified>> {
        let key = match self.admit(&untrusted, keys, now) {
            Ok(key) => key,
            Err(error) => return Some(Err(error)),
        };
        let proof = crypto::prove_now(provider, key, untrusted.signing_input(), untrusted.signature())?;
        Some(proof.and_then(|proof| self.judge(untrusted, key, proof, now)))
    }

    /// The second half of [`Verifier::verify`], with keys found in the meantime.
    ///
    /// # Errors
    /// As [`Verifier::verify`], from stage `Header` on.
    pub async fn verify_parsed(
        &self,
        untrusted: Untrusted<'_>,
        keys: &KeySet,
        provider: &impl SignatureProvider,
        now: UnixMillis,
    ) -> Result<Verified> {
        let key = self.admit(&untrusted, keys, now)?;
        let proof = crypto::prove(provider, key, untrusted.signing_input(), untrusted.signature()).await?;
        self.judge(untrusted, key, proof, now)
    }

    /// Everything before the signature: extensions, allowed algorithms, key.
    fn admit<'k>(&self, untrusted: &Untrusted<'_>, keys: &'k KeySet, now: UnixMillis) -> Result<&'k Key> {
        untrusted.header().check_critical(&self.expectations.understood_extensions)?;
        let key = admit(untrusted, keys, self.expectations.algorithms.as_deref())?;
        if key.is_trusted_at(now) { Ok(key) } else { Err(Error::new(Code::KeyNotFound).about("kid")) }
    }

    /// Everything after the signature, in the documented order of errors.
    fn judge(&self, untrusted: Untrusted<'_>, key: &Key, _proof: Proof, now: UnixMillis) -> Result<Verified> {
        self.memo.keep(untrusted.header());
        let (header, payload) = untrusted.into_parts();
        let claims = Claims::parse(payload)?;
        let asked = &self.expectations;
        let window = asked.judge_dates(&claims, now)?;
        asked.judge_parties(&claims)?;
        match &asked.typ {
            Some(typ) => header.check_typ(typ)?,
            None => header.refuse_refresh_token()?,
        }
        asked.judge_rest(&claims)?;
        let valid_from = window.from;
        let valid_until = key.end().map_or(window.until, |end| window.until.min(end));
        Ok(Verified { header, claims, key_serial: key.serial(), valid_from, valid_until })
    }
}

/// The allowed algorithms, then the key, then whether there is a signature.
pub(super) fn admit<'k>(
    untrusted: &Untrusted<'_>,
    keys: &'k KeySet,
    algorithms: Option<&[crate::alg::Alg]>,
) -> Result<&'k Key> {
    let alg = untrusted.header().alg();
    let allowed = match algorithms {
        Some(list) => list.contains(&alg),
        None => keys.keys().iter().any(|key| key.alg().serves(alg)),
    };
    if !allowed {
        let error = Error::new(Code::AlgNotAllowed).about("alg").actual(alg.name());
        return Err(match algorithms {
            Some(list) => error.expected(list.iter().map(|alg| alg.name()).collect::<Vec<_>>().join(" or ")),
            None => error.expected("an algorithm that a key is for"),
        });
    }
    let key = keys.select(alg, untrusted.header().kid())?;
    if untrusted.signature().is_empty() {
        return Err(Code::SignatureMissing.into());
    }
    Ok(key)
}
