//! Errors by stage, with stable codes, and the only place that decides what a client may learn.
//!
//! An [`Error`] never contains a token, a key or a secret: only the name of a claim or option, and short descriptions
//! of the expected and the actual value.

use std::fmt;

/// The stage at which a token (or an input) was rejected, in the order of the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// The caller's options, before any token is read.
    Option,
    /// Length, characters, parts, base64url.
    Format,
    /// The JOSE header and its members.
    Header,
    /// The allow-list of algorithms.
    Algorithm,
    /// Key lookup and import.
    Key,
    /// The signature itself.
    Signature,
    /// The claims set, which is only evaluated after the signature is verified.
    Claims,
    /// The revocation list.
    Revocation,
    /// Roles and route rules.
    Access,
}

impl Stage {
    /// The name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Option => "option",
            Self::Format => "format",
            Self::Header => "header",
            Self::Algorithm => "algorithm",
            Self::Key => "key",
            Self::Signature => "signature",
            Self::Claims => "claims",
            Self::Revocation => "revocation",
            Self::Access => "access",
        }
    }
}

/// A stable, documented code. To add one, add its row to [`Code::row`]; that is the only mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each variant's meaning is its sentence in Code::row")]
pub enum Code {
    OptionInvalid,
    TokenMissing,
    TokenTooLong,
    TokenCharacters,
    TokenParts,
    TokenBase64,
    HeaderInvalid,
    HeaderCrit,
    HeaderTyp,
    AlgNotAllowed,
    KeyInvalid,
    KeyWeak,
    KeyIncomplete,
    KeyWrongKind,
    KeyNotFound,
    KeyAmbiguous,
    KeyUnavailable,
    SignatureMissing,
    SignatureInvalid,
    SigningFailed,
    ClaimsInvalid,
    ClaimMissing,
    ClaimType,
    ClaimMismatch,
    TokenExpired,
    TokenNotYetValid,
    TokenIssuedInFuture,
    TokenTooOld,
    TokenRevoked,
    RevocationUnavailable,
    AccessDenied,
}

/// The meaning of a code, internally and for clients.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The stable code, `ERR_…`.
    pub code: &'static str,
    /// The stage at which it occurs.
    pub stage: Stage,
    /// An actionable message, without details.
    pub sentence: &'static str,
    /// What a client may learn.
    pub outside: Outside,
}

/// What an HTTP client learns (RFC 6750 section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    /// 401 and a challenge without an error code: the request had no credentials.
    Unauthenticated,
    /// 401 `invalid_token`, with the message as `error_description`.
    InvalidToken,
    /// 403 `insufficient_scope`.
    InsufficientScope,
    /// 500 without details: the server's configuration is wrong, not the request.
    Internal,
    /// 503: a dependency is unavailable; the client should retry.
    Unavailable,
}

impl Code {
    /// The only table from codes to their meaning.
    pub const fn row(self) -> Row {
        use Outside::{InsufficientScope, Internal, InvalidToken, Unauthenticated, Unavailable};
        use Stage::{Access, Algorithm, Claims, Format, Header, Key, Option, Revocation, Signature};
        let (code, stage, sentence, outside) = match self {
            Self::OptionInvalid => ("ERR_OPTION_INVALID", Option, "an option has an invalid value", Internal),
            Self::TokenMissing => ("ERR_TOKEN_MISSING", Format, "no token provided", Unauthenticated),
            Self::TokenTooLong => ("ERR_TOKEN_TOO_LONG", Format, "the token is longer than the limit", InvalidToken),
            Self::TokenCharacters => (
                "ERR_TOKEN_CHARACTERS",
                Format,
                "the token contains a character other than A-Z a-z 0-9 - _ .",
                InvalidToken,
            ),
            Self::TokenParts => {
                ("ERR_TOKEN_PARTS", Format, "a signed token must have three parts separated by dots", InvalidToken)
            }
            Self::TokenBase64 => {
                ("ERR_TOKEN_BASE64", Format, "a part of the token is not canonical base64url", InvalidToken)
            }
            Self::HeaderInvalid => {
                ("ERR_HEADER_INVALID", Header, "the token's header is not a valid JSON object", InvalidToken)
            }
            Self::HeaderCrit => (
                "ERR_HEADER_CRIT",
                Header,
                "the token requires an extension (`crit`) that is not supported",
                InvalidToken,
            ),
            Self::HeaderTyp => ("ERR_HEADER_TYP", Claims, "the token has the wrong type (`typ`)", InvalidToken),
            Self::AlgNotAllowed => {
                ("ERR_ALG_NOT_ALLOWED", Algorithm, "the token's algorithm is not allowed", InvalidToken)
            }
            Self::KeyInvalid => ("ERR_KEY_INVALID", Key, "the key cannot be read", Internal),
            Self::KeyWeak => ("ERR_KEY_WEAK", Key, "the key is too weak", Internal),
            Self::KeyIncomplete => (
                "ERR_KEY_INCOMPLETE",
                Key,
                "the private key does not include its public key, and this build cannot derive it",
                Internal,
            ),
            Self::KeyWrongKind => {
                ("ERR_KEY_WRONG_KIND", Key, "this type of key cannot be used with this algorithm", Internal)
            }
            Self::KeyNotFound => ("ERR_KEY_NOT_FOUND", Key, "no key here fits the token's header", InvalidToken),
            Self::KeyAmbiguous => ("ERR_KEY_AMBIGUOUS", Key, "more than one key fits the token's header", InvalidToken),
            Self::KeyUnavailable => ("ERR_KEY_UNAVAILABLE", Key, "the keys could not be fetched", Unavailable),
            Self::SignatureMissing => ("ERR_SIGNATURE_MISSING", Signature, "the token is not signed", InvalidToken),
            Self::SignatureInvalid => ("ERR_SIGNATURE_INVALID", Signature, "invalid signature", InvalidToken),
            Self::SigningFailed => ("ERR_SIGNING_FAILED", Signature, "the token could not be signed", Internal),
            Self::ClaimsInvalid => {
                ("ERR_CLAIMS_INVALID", Claims, "the token's payload is not a valid JSON object", InvalidToken)
            }
            Self::ClaimMissing => ("ERR_CLAIM_MISSING", Claims, "a required claim is missing", InvalidToken),
            Self::ClaimType => ("ERR_CLAIM_TYPE", Claims, "a claim has the wrong JSON type", InvalidToken),
            Self::ClaimMismatch => ("ERR_CLAIM_MISMATCH", Claims, "a claim has an unexpected value", InvalidToken),
            Self::TokenExpired => ("ERR_TOKEN_EXPIRED", Claims, "the token has expired", InvalidToken),
            Self::TokenNotYetValid => ("ERR_TOKEN_NOT_YET_VALID", Claims, "the token is not valid yet", InvalidToken),
            Self::TokenIssuedInFuture => {
                ("ERR_TOKEN_ISSUED_IN_FUTURE", Claims, "the token was issued in the future (`iat`)", InvalidToken)
            }
            Self::TokenTooOld => ("ERR_TOKEN_TOO_OLD", Claims, "the token is older than the maximum age", InvalidToken),
            Self::TokenRevoked => ("ERR_TOKEN_REVOKED", Revocation, "the token has been revoked", InvalidToken),
            Self::RevocationUnavailable => (
                "ERR_REVOCATION_UNAVAILABLE",
                Revocation,
                "the revocation status cannot be checked right now",
                Unavailable,
            ),
            Self::AccessDenied => ("ERR_ACCESS_DENIED", Access, "insufficient permissions", InsufficientScope),
        };
        Row { code, stage, sentence, outside }
    }

    /// The stable code, `ERR_…`.
    pub const fn as_str(self) -> &'static str {
        self.row().code
    }
}

/// Why a token or an input was rejected.
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    code: Code,
    detail: Option<Box<Detail>>,
}

/// The details of an [`Error`]: the claim, header member or option, the expected and the actual value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Detail {
    /// The claim, header member or option at fault.
    pub subject: Option<String>,
    /// The accepted values.
    pub expected: Option<String>,
    /// The actual value; never a token, never key material.
    pub actual: Option<String>,
}

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error without details.
    pub const fn new(code: Code) -> Self {
        Self { code, detail: None }
    }

    /// Sets the claim, header member or option at fault.
    #[must_use]
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.detail_mut().subject = Some(subject.into());
        self
    }

    /// Sets the accepted values.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.detail_mut().expected = Some(expected.into());
        self
    }

    /// Sets the actual value. It must not be token text or key material.
    #[must_use]
    pub fn actual(mut self, actual: impl Into<String>) -> Self {
        self.detail_mut().actual = Some(actual.into());
        self
    }

    /// The code.
    pub const fn code(&self) -> Code {
        self.code
    }

    /// The stage at which it occurred.
    pub const fn stage(&self) -> Stage {
        self.code.row().stage
    }

    /// What a client may learn.
    pub const fn outside(&self) -> Outside {
        self.code.row().outside
    }

    /// The details, if there are any.
    pub fn detail(&self) -> Option<&Detail> {
        self.detail.as_deref()
    }

    fn detail_mut(&mut self) -> &mut Detail {
        self.detail.get_or_insert_default()
    }
}

/// The message, followed by the details: `the token's algorithm is not allowed (alg: expected HS256, found RS256)`.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.row().sentence)?;
        let Some(detail) = self.detail() else { return Ok(()) };
        let mut parts = Vec::new();
        if let Some(expected) = &detail.expected {
            parts.push(format!("expected {expected}"));
        }
        if let Some(actual) = &detail.actual {
            parts.push(format!("found {actual}"));
        }
        match (&detail.subject, parts.is_empty()) {
            (Some(subject), true) => write!(f, " ({subject})"),
            (Some(subject), false) => write!(f, " ({subject}: {})", parts.join(", ")),
            (None, true) => Ok(()),
            (None, false) => write!(f, " ({})", parts.join(", ")),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {self}", self.code.as_str())
    }
}

impl std::error::Error for Error {}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}
