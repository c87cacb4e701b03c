//! HTTP as the service sees it: complete requests and responses, with the methods and status codes of the `http` crate.
//! This module does not depend on a platform.

use ::http::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_json::{Map, Value};

use crate::json;
use crate::limits::{MAX_BODY_BYTES, MAX_HEADERS_BYTES, MAX_URL_BYTES, MAX_USER_AGENT_CHARS};

pub mod cookie;
pub mod cors;
pub mod csrf;
mod headers;
mod problem;
pub mod route;
pub mod wire;

pub use headers::Headers;
pub use problem::{Answered, Problem};

/// A request with its complete body.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Scheme, host and port of the request: `https://id.example`.
    pub origin: String,
    /// The path, still percent-encoded, starting with `/`.
    pub path: String,
    /// The query, without `?`.
    pub query: String,
    /// The headers.
    pub headers: Headers,
    /// The body. Platforms stop reading one byte after [`MAX_BODY_BYTES`]; a longer body is then rejected here.
    pub body: Vec<u8>,
    /// The size of the request line and headers. Platforms may stop one byte after the limit; the request is then
    /// rejected here.
    pub size: Size,
    /// The client, as the platform knows it.
    pub client: Client,
    /// The id of the request in the log.
    pub id: String,
}

/// The size of a request without its body, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// Of the URL.
    pub url: usize,
    /// Of the method and the headers, one line for each.
    pub headers: usize,
}

/// The client, as the platform (not the client itself) describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Client {
    /// The address.
    pub address: String,
    /// City and country, estimated from the address; empty if unknown.
    pub place: String,
}

/// The rate-limit key of a client: its IPv4 address, or the /64 prefix of its IPv6 address, because one client can use
/// the whole prefix.
pub(crate) fn household(address: &str) -> String {
    match address.parse::<std::net::Ipv6Addr>() {
        Ok(v6) if v6.to_ipv4_mapped().is_none() => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        _ => address.to_owned(),
    }
}

/// A complete response.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of a header, if it exists and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)
    }

    /// Checks the URL and the headers against their limits (RFC 9110 section 15.5.15, RFC 6585 section 5).
    ///
    /// # Errors
    /// [`Problem::UriTooLong`], [`Problem::HeadersTooLarge`].
    pub fn check_size(&self) -> Result<(), Problem> {
        if self.size.url > MAX_URL_BYTES {
            return Err(Problem::UriTooLong);
        }
        if self.size.headers > MAX_HEADERS_BYTES { Err(Problem::HeadersTooLarge) } else { Ok(()) }
    }

    /// The user agent, truncated to the stored length.
    pub fn user_agent(&self) -> String {
        let agent = self.header("user-agent").unwrap_or_default();
        agent.chars().filter(|c| !c.is_control()).take(MAX_USER_AGENT_CHARS).collect()
    }

    /// The body as JSON of a type.
    ///
    /// # Errors
    /// [`Problem::BodyTooLarge`], [`Problem::WrongMedia`], [`Problem::NotJson`], [`Problem::WrongShape`].
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        self.has_body_of("application/json")?;
        let text = std::str::from_utf8(&self.body).map_err(|_| Problem::NotJson)?;
        let body = serde_json::from_str(text).map_err(|error| match error.classify() {
            Category::Data => Problem::WrongShape(shape_of(&error)),
            _ => Problem::NotJson,
        })?;
        // serde also accepts an array for a struct. No body is documented that way.
        if text.trim_ascii_start().starts_with('[') {
            Err(Problem::WrongShape(WRONG_TYPE.to_owned()))
        } else {
            Ok(body)
        }
    }

    /// The same for an optional body.
    ///
    /// # Errors
    /// As [`Request::json`].
    pub fn json_or_default<T: DeserializeOwned + Default>(&self) -> Result<T, Problem> {
        if self.body.iter().all(u8::is_ascii_whitespace) { Ok(T::default()) } else { self.json() }
    }

    /// The form fields with these names, each exactly once (RFC 6749 section 3.2 also requires that). Other fields are
    /// ignored.
    ///
    /// # Errors
    /// [`Problem::BodyTooLarge`], [`Problem::WrongMedia`], [`Problem::WrongShape`].
    pub fn form(&self, names: &[&str]) -> Result<Map<String, Value>, Problem> {
        self.has_body_of("application/x-www-form-urlencoded")?;
        let mut fields = Map::new();
        for (name, value) in form_urlencoded::parse(&self.body).into_owned() {
            if names.contains(&name.as_str()) && fields.insert(name, value.into()).is_some() {
                return Err(Problem::WrongShape("a field is there twice".to_owned()));
            }
        }
        Ok(fields)
    }

    /// Rejects a body that is too long or has another media type. Without a `Content-Type`, the body can have any type
    /// (RFC 9110 section 8.3).
    fn has_body_of(&self, media: &'static str) -> Result<(), Problem> {
        if self.body.len() > MAX_BODY_BYTES {
            return Err(Problem::BodyTooLarge);
        }
        let mut types = self.headers.get_all("content-type");
        let fits = |sent: Option<&str>| {
            let sent = sent.and_then(|sent| sent.split(';').next());
            sent.is_some_and(|sent| sent.trim().eq_ignore_ascii_case(media))
        };
        if types.all(fits) { Ok(()) } else { Err(Problem::WrongMedia(media)) }
    }

    /// The query parameters, percent-decoded, in order.
    pub fn query_pairs(&self) -> impl Iterator<Item = (String, String)> + '_ {
        form_urlencoded::parse(self.query.as_bytes()).into_owned()
    }
}

const WRONG_TYPE: &str = "a field has the wrong type";

/// Names the invalid field, without repeating its value.
fn shape_of(error: &serde_json::Error) -> String {
    let text = error.to_string();
    for start in ["missing field `", "unknown field `", "duplicate field `"] {
        if let Some(name) = text.strip_prefix(start).and_then(|rest| rest.split('`').next()) {
            let name: String = name.chars().take(40).collect();
            return format!("{}{name}", start.replace('`', ""));
        }
    }
    WRONG_TYPE.to_owned()
}

impl Response {
    /// A response without a body.
    pub fn empty(status: StatusCode) -> Self {
        Self { status, headers: Headers::new(), body: Vec::new() }.with("cache-control", "no-store")
    }

    /// A JSON response. Responses of the service about users and tokens must not be cached (RFC 6750 section 5.3).
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        Self { status, headers: Headers::new(), body: json::text(body).into_bytes() }
            .with("content-type", "application/json")
            .with("cache-control", "no-store")
    }

    /// Replaces a header. A value that is not valid in a header is left out.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        if headers::is_text(value) {
            self.headers.remove(name);
            self.headers.add(name, value);
        }
        self
    }

    /// Adds a header with this name.
    #[must_use]
    pub fn with_another(mut self, name: &'static str, value: &str) -> Self {
        if headers::is_text(value) {
            self.headers.add(name, value);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Body {
        text: String,
        #[serde(default)]
        maybe: Option<u32>,
    }

    fn read(body: &str) -> Result<Body, Problem> {
        let request = Request {
            method: Method::POST,
            origin: String::new(),
            path: "/".to_owned(),
            query: String::new(),
            headers: Headers::new(),
            body: body.into(),
            size: Size::default(),
            client: Client::default(),
            id: String::new(),
        };
        request.json()
    }

    #[test]
    fn a_body_of_another_shape_is_refused_without_repeating_what_was_in_it() {
        let cases = [
            ("{}", "missing field text"),
            (r#"{"text": "a", "text": "b"}"#, "duplicate field text"),
            (r#"{"text": 5}"#, WRONG_TYPE),
            (r#"{"text": "a", "maybe": "secret"}"#, WRONG_TYPE),
            (r#"{"text": "a", "maybe": 4294967296}"#, WRONG_TYPE),
            (r#"["a", 5]"#, WRONG_TYPE),
            ("[]", WRONG_TYPE),
            ("null", WRONG_TYPE),
            (r#""secret""#, WRONG_TYPE),
        ];
        for (body, why) in cases {
            assert_eq!(read(body).unwrap_err(), Problem::WrongShape(why.to_owned()), "{body}");
        }
    }

    #[test]
    fn a_body_that_is_not_json_is_refused() {
        let deep = format!(r#"{{"else": {}"#, "[".repeat(1000));
        for body in ["", "{", r#"{"text": "a"}}"#, "\u{feff}{\"text\": \"a\"}", "text=a", &deep] {
            assert_eq!(read(body).unwrap_err(), Problem::NotJson, "{body:.20}");
        }
    }

    #[test]
    fn members_without_a_field_are_ignored() {
        let body = read(r#" {"else": {"text": [1]}, "text": "a\u00e9", "maybe": null}"#).unwrap();
        assert_eq!(body, Body { text: "a\u{e9}".to_owned(), maybe: None });
    }
}
