//! All error responses: one table from problem to status, code, message and headers.

use ::http::StatusCode;
use serde_json::json;

use super::Response;
use crate::account::InputError;
use crate::error::{Error, Outside};
use crate::limits::RETRY_AFTER_SECS;
use crate::session::Unavailable;

/// The reason for an error response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The body is not valid JSON.
    NotJson,
    /// The media type of the body is not the one named here.
    WrongMedia(&'static str),
    /// The JSON does not have the expected format; names the field.
    WrongShape(String),
    /// A field is invalid; names the field and the reason.
    Field(InputError),
    /// The body is longer than the limit.
    BodyTooLarge,
    /// The URL is longer than the limit (RFC 9110 section 15.5.15).
    UriTooLong,
    /// The headers together are larger than the limit (RFC 6585 section 5).
    HeadersTooLarge,
    /// Not found.
    NotFound,
    /// The path exists, but not for this method; these are the supported methods.
    MethodNotAllowed(String),
    /// A page of another origin tried to write.
    CrossSite,
    /// The request contains two tokens where one is expected.
    TwoCredentials,
    /// There is no token.
    NoToken,
    /// The access token is invalid.
    Token(Error),
    /// The refresh token is invalid.
    RefreshToken,
    /// The session has ended.
    SessionEnded,
    /// A refresh token was reused after it had been replaced.
    TokenReused,
    /// Unknown account, locked account or wrong password, with identical responses.
    InvalidCredentials,
    /// An account with this email exists.
    EmailTaken,
    /// An administrator tried to remove their own administrator role.
    OwnRole,
    /// The caller does not have permission.
    Forbidden,
    /// An OAuth client did not authenticate (RFC 6749 section 5.2).
    InvalidClient,
    /// An OAuth request is incomplete (RFC 6749 section 5.2).
    InvalidOauthRequest,
    /// Too many attempts by this client or for this account.
    TooManyRequests,
    /// A dependency is unavailable; the text is for the log.
    Unavailable(String),
    /// An internal error; the text is for the log.
    Internal(String),
}

/// The response to a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// The stable code, `error` in the body.
    pub code: &'static str,
    /// The message, `message` in the body.
    pub message: &'static str,
}

impl Problem {
    /// The table.
    pub const fn row(&self) -> Answered {
        let (status, code, message) = match self {
            Self::NotJson => (400, "invalid_json", "The request body is not valid JSON."),
            Self::WrongMedia(_) => (415, "unsupported_media_type", "The body has the wrong media type."),
            Self::WrongShape(_) | Self::Field(_) => {
                (400, "invalid_request", "The request body is incomplete or invalid.")
            }
            Self::BodyTooLarge => (413, "body_too_large", "The body is longer than 65536 bytes."),
            Self::UriTooLong => (414, "uri_too_long", "The address is longer than 16384 bytes."),
            Self::HeadersTooLarge => {
                (431, "headers_too_large", "The method and the headers together are longer than 65536 bytes.")
            }
            Self::NotFound => (404, "not_found", "Not found."),
            Self::MethodNotAllowed(_) => (405, "method_not_allowed", "Method not allowed."),
            Self::CrossSite => (403, "cross_site_request", "This request came from an origin that is not allowed."),
            Self::TwoCredentials => (400, "invalid_request", "The request contains more than one token."),
            Self::NoToken => (
                401,
                "missing_token",
                "Missing token. Send an access token as `Authorization: Bearer …`; to refresh or log out, send the refresh token.",
            ),
            Self::Token(_) | Self::RefreshToken => (401, "invalid_token", "The token is not valid."),
            Self::SessionEnded => (401, "session_ended", "Your session has ended. Please sign in again."),
            Self::TokenReused => {
                (401, "token_reused", "This refresh token was already used, so the session was ended.")
            }
            Self::InvalidCredentials => (401, "invalid_credentials", "Incorrect email or password."),
            Self::EmailTaken => (409, "email_taken", "An account with this email already exists."),
            Self::OwnRole => (409, "own_role", "Keep the role admin: another administrator has to take it from you."),
            Self::Forbidden => (403, "insufficient_scope", "You don't have permission to do this."),
            Self::InvalidClient => (401, "invalid_client", "Missing or invalid client credentials."),
            Self::InvalidOauthRequest => (400, "invalid_request", "The form parameter `token` is missing."),
            Self::TooManyRequests => {
                (429, "too_many_requests", "Too many attempts. Please wait a minute and try again.")
            }
            Self::Unavailable(_) => (503, "unavailable", "The service is temporarily unavailable. Try again shortly."),
            Self::Internal(_) => (500, "internal_error", "Internal server error."),
        };
        Answered { status, code, message }
    }

    /// The complete response.
    pub fn response(&self) -> Response {
        let row = self.row();
        let message = match self {
            Self::WrongShape(what) => format!("Invalid request body: {what}."),
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

    /// The text for the log, if it says more than the response.
    pub fn inner_reason(&self) -> Option<&str> {
        match self {
            Self::Unavailable(reason) | Self::Internal(reason) => Some(reason),
            _ => None,
        }
    }

    /// The challenge of RFC 6750 section 3: without an error code if no token was sent, otherwise with the error and
    /// its description.
    fn challenge(&self) -> Option<String> {
        const BARE: &str = "Bearer realm=\"portcullis\"";
        let with = |error: &str, description: &str| {
            // A quoted-string must not contain these two characters (RFC 6750 section 3).
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
            Self::Forbidden => with("insufficient_scope", "insufficient permissions"),
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

/// A rejected token, or an error in the server's own keys.
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
