//! Explains a token to a person: creates a [`Report`] about any pasted text.
//!
//! A report is for reading only. It is plain data, it never becomes a [`Verified`](super::Verified), and no function of
//! this crate accepts it as a verdict: reports on valid and on forged tokens have the same type.
//!
//! ```
//! use portcullis::{crypto::Software, time::UnixMillis, token::inspect};
//!
//! let options = inspect::Options::at(UnixMillis::from_secs(1_800_000_000));
//! let pasted = "Authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiI3In0.";
//! let report = inspect::inspect_now(pasted, &options, &Software);
//! assert_eq!(report.summary, "This is a signed token (JWT), but its algorithm is not allowed.");
//! assert_eq!(report.warnings[0].name, "alg-none");
//! ```

use serde_json::Value;

use super::untrusted::Untrusted;
use super::{Expectations, verify};
use crate::crypto::{self, SignatureProvider};
use crate::error::{Code, Error, Result};
use crate::key::KeySet;
use crate::limits::MAX_INSPECTED_BYTES;
use crate::time::UnixMillis;

mod checks;
mod decode;
mod find;
mod report;
mod secrets;
mod warnings;
mod words;

pub use report::{Finding, Kind, Moment, Part, PartName, Report, Verdict, Wrapping};

/// The context of the inspection.
#[derive(Debug, Clone)]
pub struct Options {
    /// The time at which dates are checked.
    pub now: UnixMillis,
    /// Keys to verify the signature with. Without keys, the report says that the signature is not verified.
    pub keys: Option<KeySet>,
    /// The expectations of the server. Without them, only general checks are made.
    pub expectations: Option<Expectations>,
}

impl Options {
    /// No keys and no expectations, at the time `now`.
    pub fn at(now: UnixMillis) -> Self {
        Self { now, keys: None, expectations: None }
    }
}

/// The result of the signature check.
#[derive(Debug)]
enum Signature {
    /// There was no key to check it with.
    NoKeys,
    /// The provider can only answer asynchronously.
    MustWait,
    Checked(Result<()>),
}

/// Explains a text. If the provider can only answer asynchronously, the report says that the signature was not checked;
/// [`inspect`] waits for the answer.
pub fn inspect_now(text: &str, options: &Options, provider: &impl SignatureProvider) -> Report {
    explain(text, options, |untrusted| {
        let Some(keys) = &options.keys else { return Signature::NoKeys };
        let key = match verify::admit(untrusted, keys, allowed(options)) {
            Ok(key) => key,
            Err(error) => return Signature::Checked(Err(error)),
        };
        match crypto::prove_now(provider, key, untrusted.signing_input(), untrusted.signature()) {
            Some(proof) => Signature::Checked(proof.map(|_| ())),
            None => Signature::MustWait,
        }
    })
}

/// Explains a text, and waits for the provider if necessary.
pub async fn inspect(text: &str, options: &Options, provider: &impl SignatureProvider) -> Report {
    let found = find::find(text);
    let signature = match (&options.keys, Untrusted::parse_within(&found.token, MAX_INSPECTED_BYTES)) {
        (Some(keys), Ok(untrusted)) => match verify::admit(&untrusted, keys, allowed(options)) {
            Ok(key) => {
                let proof = crypto::prove(provider, key, untrusted.signing_input(), untrusted.signature()).await;
                Signature::Checked(proof.map(|_| ()))
            }
            Err(error) => Signature::Checked(Err(error)),
        },
        _ => Signature::NoKeys,
    };
    explain(text, options, |_| signature)
}

fn allowed(options: &Options) -> Option<&[crate::alg::Alg]> {
    options.expectations.as_ref().and_then(|asked| asked.algorithms.as_deref())
}

fn explain(text: &str, options: &Options, check: impl FnOnce(&Untrusted<'_>) -> Signature) -> Report {
    if text.len() > MAX_INSPECTED_BYTES {
        return report::bare(Kind::TooLong);
    }
    let found = find::find(text);
    let decoded = decode::decode(&found);
    let mut report = report::of(found, &decoded, options.now);
    if !decoded.is_compact_jws() {
        report.advice = report.advice();
        return report;
    }
    let token = report.token.clone().unwrap_or_default();
    let untrusted = Untrusted::parse_within(&token, MAX_INSPECTED_BYTES);
    let signature = match &untrusted {
        Ok(untrusted) => check(untrusted),
        Err(_) => Signature::NoKeys,
    };
    let judged = Judged { token: &token, refusal: untrusted.as_ref().err(), signature, decoded: &decoded, options };
    report.checks = checks::all(&judged);
    report.warnings = warnings::all(&judged, &report.wrappings);
    report.summary = words::summary(&report);
    report.advice = report.advice();
    report
}

/// The input of the checks and warnings.
struct Judged<'r> {
    token: &'r str,
    /// Why the token could not be parsed.
    refusal: Option<&'r Error>,
    signature: Signature,
    decoded: &'r decode::Decoded,
    options: &'r Options,
}

impl Judged<'_> {
    fn header(&self, name: &str) -> Option<&Value> {
        self.decoded.header.as_ref()?.get(name)
    }

    fn claim(&self, name: &str) -> Option<&Value> {
        self.decoded.claims.as_ref()?.get(name)
    }

    fn fault(&self) -> Option<Code> {
        self.refusal.map(Error::code)
    }
}
