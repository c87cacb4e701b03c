//! CORS (Fetch standard) for the origins in the settings.

use ::http::{Method, StatusCode};

use super::{Request, Response};

/// The response to a preflight request for a path with these `methods`; `None` if it is not a preflight request, or its
/// origin is not allowed.
pub fn preflight(request: &Request, allowed: &[String], methods: &str) -> Option<Response> {
    let asks = request.method == Method::OPTIONS && request.headers.contains("access-control-request-method");
    let origin = origin(request, allowed).filter(|_| asks)?;
    let response = Response::empty(StatusCode::NO_CONTENT)
        .with("access-control-allow-methods", methods)
        .with("access-control-allow-headers", "authorization, content-type")
        .with("access-control-max-age", "600");
    Some(let_read(response, origin))
}

/// Adds the CORS headers for the origin of the request.
pub fn share(request: &Request, allowed: &[String], response: Response) -> Response {
    match origin(request, allowed) {
        Some(origin) => let_read(response, origin),
        None => response,
    }
}

fn origin<'r>(request: &'r Request, allowed: &[String]) -> Option<&'r str> {
    request.header("origin").filter(|origin| allowed.iter().any(|known| known == origin))
}

fn let_read(response: Response, origin: &str) -> Response {
    response
        .with("access-control-allow-origin", origin)
        .with("access-control-allow-credentials", "true")
        .with("access-control-expose-headers", "www-authenticate, retry-after, x-request-id")
        .with("vary", "origin")
}
