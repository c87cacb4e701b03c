//! What pages of other origins may read (the Fetch standard's CORS protocol), for the origins that are named in the settings.

use ::http::{Method, StatusCode};

use super::{Request, Response};

/// The answer to a preflight for a path that has `methods`; `None` when the request is none, or comes from elsewhere.
pub fn preflight(request: &Request, allowed: &[String], methods: &str) -> Option<Response> {
    let asks = request.method == Method::OPTIONS && request.headers.contains("access-control-request-method");
    let origin = origin(request, allowed).filter(|_| asks)?;
    let response = Response::empty(StatusCode::NO_CONTENT)
        .with("access-control-allow-methods", methods)
        .with("access-control-allow-headers", "authorization, content-type")
        .with("access-control-max-age", "600");
    Some(let_read(response, origin))
}

/// The response as a page of the request's origin may read it.
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
