//! Everything that can be answered instead of what was asked for: one table from problem to status, code, words and headers.

use ::http::StatusCode;
use serde_json::json;

use super::Response;
use crate::account::InputError;
use crate::error::{Error, Outside};
use crate::limits::RETRY_AFTER_SECS;
use crate::session::Unavailable;

/// What went wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The body is no JSON.
    NotJson,
    /// The body is of another media type than the one named here.
    WrongMedia(&'static str),
    /// The body is JSON of another shape; says which field.
    WrongShape(String),
    /// A field cannot be accepted; says which and why.
    Field(InputError),
    /// The body is longer than the limit.
    BodyTooLarge,
    /// The address is longer than the limit (RFC 9110 section 15.5.15).
    UriTooLong,
    /// The headers together are longer than the limit (RFC 6585 section 5).
    HeadersTooLarge,
    /// There is nothing here.
    NotFound,
    /// There is something here, but not for this method; these are the ones it has.
    MethodNotAllowed(String),
    /// A page of another site tried to write.
    CrossSite,
    /// Two tokens were given where one is meant.
    TwoCredentials,
    /// No token was given.
    NoToken,
    /// The access token was refused.
    Token(Error),
    /// A refresh token was refused.
    RefreshToken,
    /// The session is over.
    SessionEnded,
    /// A refresh token came back after it had been replaced.
    TokenReused,
    /// Unknown account, locked account or wrong password: not told apart.
    InvalidCredentials,
    /// The address has an account.
    EmailTaken,
    /// An administrator would lose that role by their own hand.
    OwnRole,
    /// The holder of the token may not do this.
    Forbidden,
    /// The client of an OAuth endpoint did not authenticate itself (RFC 6749 section 5.2).
    InvalidClient,
    /// The OAuth request lacks something (RFC 6749 section 5.2).
    InvalidOauthRequest,
    /// Too many tries from there, or on that account.
    TooManyRequests,
    /// Something needed is out of reach; for the log.
    Unavailable(String),
    /// Our own fault; for the log.
    Internal(String),
}

/// How a problem is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// The stable code, `error` in the body.
    pub code: &'static str,
    /// The sentence, `message` in the body.
    pub message: &'static str,
}

impl Problem {
    /// The table.
    pub const fn row(&self) -> Answered {
        let (status, code, message) = match self {
            Self::NotJson => (400, "invalid_json", "The body is not JSON."),
            Self::WrongMedia(_) => (415, "unsupported_media_type", "The body has the wrong media type."),
            Self::WrongShape(_) | Self::Field(_) => {
                (400, "invalid_request", "The body lacks something or has it wrong.")
            }
            Self::BodyTooLarge => (413, "body_too_large", "The body is longer than 65536 bytes."),
            Self::UriTooLong => (414, "uri_too_long", "The address is longer than 16384 bytes."),
            Self::HeadersTooLarge => {
                (431, "headers_too_large", "The method and the headers together are longer than 65536 bytes.")
            }
            Self::NotFound => (404, "not_found", "There is nothing here."),
            Self::MethodNotAllowed(_) => (405, "method_not_allowed", "This method does not work here."),
            Self::CrossSite => (403, "cross_site_request", "A page of another site may not do this."),
            Self::TwoCredentials => (400, "invalid_request", "More than one token was given."),
            Self::NoToken => (
                401,
                "missing_token",
                "A token is needed: an access token in `Authorization: Bearer`; to refresh or log out, the refresh token.",
            ),
            Self::Token(_) | Self::RefreshToken => (401, "invalid_token", "The token is not valid."),
            Self::SessionEnded => (401, "session_ended", "The session has ended; sign in again."),
            Self::TokenReused => {
                (401, "token_reused", "The token had been replaced already; the session has been ended.")
            }
            Self::InvalidCredentials => (401, "invalid_credentials", "The e-mail address or the password is wrong."),
            Self::EmailTaken => (409, "email_taken", "There is an account with this e-mail address."),
            Self::OwnRole => (409, "own_role", "Keep the role admin: another administrator has to take it from you."),
            Self::Forbidden => (403, "insufficient_scope", "The account may not do this."),
            Self::InvalidClient => (401, "invalid_client", "The client's credentials are missing or wrong."),
            Self::InvalidOauthRequest => (400, "invalid_request", "The form lacks the parameter token."),
            Self::TooManyRequests => (429, "too_many_requests", "Too many tries; wait a minute."),
            Self::Unavailable(_) => (503, "unavailable", "Something is out of reach; try again."),
            Self::Internal(_) => (500, "internal_error", "Something went wrong here."),
        };
        Answered { status, code, message }
    }

    /// The whole answer.
    pub fn response(&self) -> Response {
        let row = self.row();
        let message = match self {
            Self::WrongShape(what) => format!("The body has the wrong shape: {what}."),
            Self::WrongMedia(media) => format!("The body must be sent with `Content-Type: {media}`."),
            Self::Field(wrong) => format!("The field {} must {}.", wrong.field, wrong.must),
            Self::Token(error) => format!("{error}."),
            _ => row.message.to_owned(),
        };
        let status = StatusCode::from_u16(row.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let response = Response::json(status, &json!({ "error": row.code, "message": message }));
        match self {
            Self::MethodNotAllowed(methods) => response.with("allow", methods),
            Self::TooManyRequests => response.with("retry-after", "60"),
            Self::Unavailable(_) => response.with("retry-after", &RETRY_AFTER_SECS.to_string()),
            Self::InvalidClient => response.with("www-authenticate", "Basic realm=\"portcullis\""),
            _ => match self.challenge() {
                Some(challenge) => response.with("www-authenticate", &challenge),
                None => response,
            },
        }
    }

    /// What to write into the log, where that is more than the answer says.
    pub fn inner_reason(&self) -> Option<&str> {
        match self {
            Self::Unavailable(reason) | Self::Internal(reason) => Some(reason),
            _ => None,
        }
    }

    /// The words of RFC 6750 section 3: a bare challenge where no token was given, an error and its description where one was.
    fn challenge(&self) -> Option<String> {
        const BARE: &str = "Bearer realm=\"portcullis\"";
        let with = |error: &str, description: &str| {
            // A quoted-string may not hold these two (RFC 6750 section 3).
            let description = description.replace(['"', '\\'], "'");
            Some(format!("{BARE}, error=\"{error}\", error_description=\"{description}\""))
        };
        match self {
            Self::NoToken | Self::InvalidCredentials => Some(BARE.to_owned()),
            Self::Token(error) => with("invalid_token", error.code().row().sentence),
            Self::RefreshToken => with("invalid_token", "the refresh token is not valid"),
            Self::SessionEnded => with("invalid_token", "the session has ended"),
            Self::TokenReused => with("invalid_token", "the refresh token had been replaced already"),
            Self::TwoCredentials => with("invalid_request", "more than one token was given"),
            Self::Forbidden => with("insufficient_scope", "the token's holder may not do this"),
            _ => None,
        }
    }
}

impl From<InputError> for Problem {
    fn from(wrong: InputError) -> Self {
        Self::Field(wrong)
    }
}

impl From<Unavailable> for Problem {
    fn from(cause: Unavailable) -> Self {
        Self::Unavailable(cause.0)
    }
}

/// A token refused, or our own keys at fault.
impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error.outside() {
            Outside::Unauthenticated => Self::NoToken,
            Outside::InvalidToken => Self::Token(error),
            Outside::InsufficientScope => Self::Forbidden,
            Outside::Internal => Self::Internal(format!("{error:?}")),
            Outside::Unavailable => Self::Unavailable(format!("{error:?}")),
        }
    }
}
