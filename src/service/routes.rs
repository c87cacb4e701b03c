//! The route table: the routes, who may call them, their input and their output. The router, `/openapi.json` and the
//! tests all use it.

use super::Config;
use super::pages::{PAGES, Page};
use crate::account::InputError;
use crate::http::Problem;
use crate::http::route::Pattern;

/// The handler of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is described in its row of ROUTES")]
pub enum Endpoint {
    Register,
    Login,
    Refresh,
    Logout,
    LogoutAll,
    ChangePassword,
    ListSessions,
    EndSession,
    Me,
    UpdateMe,
    ListUsers,
    UpdateUser,
    LogoutUser,
    Audit,
    Jwks,
    Metadata,
    Revocations,
    Introspect,
    Revoke,
    Health,
    OpenApi,
    /// One of [`PAGES`](super::PAGES).
    Page(Page),
}

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone.
    Anyone,
    /// A refresh token, in the cookie or in the body.
    RefreshToken,
    /// An access token or a refresh token.
    EitherToken,
    /// An access token.
    AccessToken,
    /// An access token of a user with the role `admin`.
    Admin,
    /// An OAuth client with its credentials (HTTP Basic).
    Client,
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// The method.
    pub method: &'static str,
    /// The path, parameters in braces.
    pub path: &'static str,
    /// The handler.
    pub endpoint: Endpoint,
    /// Who may ask.
    pub access: Access,
    /// A summary, in one sentence.
    pub summary: &'static str,
    /// The name of the request body's schema; empty if there is no body.
    pub takes: &'static str,
    /// The status of the success response.
    pub status: u16,
    /// The name of the response body's schema; empty if there is no body.
    pub gives: &'static str,
    /// Other responses, in addition to those that its access and its body imply.
    pub problems: &'static [Problem],
    /// Query parameters with their descriptions.
    pub query: &'static [(&'static str, &'static str)],
}

/// A row without body, query and problems of its own.
pub(super) const fn row(
    method: &'static str,
    path: &'static str,
    endpoint: Endpoint,
    access: Access,
    summary: &'static str,
) -> Route {
    Route { method, path, endpoint, access, summary, takes: "", status: 200, gives: "", problems: &[], query: &[] }
}

/// All routes except the account pages.
pub const ROUTES: [Route; 21] = {
    use Access::{AccessToken, Admin, Anyone, Client, EitherToken, RefreshToken};
    use Endpoint as E;
    const FIELD: Problem = Problem::Field(InputError::new("", ""));
    const PAGE: (&str, &str) = ("cursor", "`next` of the page before; empty for the first page");
    const ROWS: (&str, &str) = ("limit", "rows in the page, 1 to 200; 50 unless given");
    [
        Route {
            takes: "Registration",
            status: 201,
            gives: "SignedIn",
            problems: &[FIELD, Problem::EmailTaken, Problem::TooManyRequests],
            ..row("POST", "/auth/register", E::Register, Anyone, "Create an account and sign in.")
        },
        Route {
            takes: "Credentials",
            gives: "SignedIn",
            problems: &[Problem::InvalidCredentials, Problem::TooManyRequests],
            ..row("POST", "/auth/login", E::Login, Anyone, "Sign in.")
        },
        Route {
            takes: "RefreshToken",
            gives: "Refreshed",
            problems: &[Problem::SessionEnded, Problem::TokenReused],
            ..row("POST", "/auth/refresh", E::Refresh, RefreshToken, "Get a new access token, and a new refresh token.")
        },
        Route {
            takes: "Logout",
            status: 204,
            ..row("POST", "/auth/logout", E::Logout, EitherToken, "End this session.")
        },
        Route {
            takes: "Logout",
            status: 204,
            problems: &[Problem::SessionEnded],
            ..row("POST", "/auth/logout-all", E::LogoutAll, EitherToken, "End every session of the user.")
        },
        Route {
            takes: "PasswordChange",
            status: 204,
            problems: &[FIELD, Problem::InvalidCredentials, Problem::TooManyRequests],
            ..row(
                "POST",
                "/auth/password",
                E::ChangePassword,
                AccessToken,
                "Change password and end every other session.",
            )
        },
        Route {
            gives: "Sessions",
            ..row("GET", "/auth/sessions", E::ListSessions, AccessToken, "The user's sessions: my devices.")
        },
        Route {
            status: 204,
            problems: &[Problem::NotFound],
            ..row("DELETE", "/auth/sessions/{id}", E::EndSession, AccessToken, "End one of the user's sessions.")
        },
        Route {
            gives: "Revocations",
            ..row(
                "GET",
                "/auth/revocations",
                E::Revocations,
                Anyone,
                "Revocation list for external verifiers; supports ETag.",
            )
        },
        Route { gives: "User", ..row("GET", "/users/me", E::Me, AccessToken, "The user's profile.") },
        Route {
            takes: "Profile",
            gives: "User",
            problems: &[FIELD],
            ..row("PUT", "/users/me", E::UpdateMe, AccessToken, "Change the profile.")
        },
        Route {
            gives: "Users",
            problems: &[FIELD],
            query: &[PAGE, ROWS],
            ..row("GET", "/users", E::ListUsers, Admin, "Lists users, paginated.")
        },
        Route {
            takes: "RolesChange",
            gives: "User",
            problems: &[FIELD, Problem::NotFound, Problem::OwnRole],
            ..row(
                "PATCH",
                "/users/{id}",
                E::UpdateUser,
                Admin,
                "Set a user's roles. Taking one away ends the user's sessions.",
            )
        },
        Route {
            status: 204,
            problems: &[Problem::NotFound],
            ..row("POST", "/users/{id}/logout", E::LogoutUser, Admin, "End every session of a user.")
        },
        Route {
            gives: "AuditPage",
            problems: &[FIELD],
            query: &[
                ("event", "only this kind"),
                ("user", "only about this user's id"),
                ("from", "not before, in milliseconds since 1970"),
                ("to", "before, in milliseconds since 1970"),
                PAGE,
                ROWS,
            ],
            ..row("GET", "/audit", E::Audit, Admin, "Audit log, newest first, paginated.")
        },
        Route { gives: "Jwks", ..row("GET", "/.well-known/jwks.json", E::Jwks, Anyone, "The public keys (RFC 7517).") },
        Route {
            gives: "Metadata",
            ..row("GET", "/.well-known/openid-configuration", E::Metadata, Anyone, "The issuer's metadata (RFC 8414).")
        },
        Route {
            takes: "TokenForm",
            gives: "Introspection",
            problems: &[Problem::InvalidOauthRequest],
            ..row(
                "POST",
                "/oauth/introspect",
                E::Introspect,
                Client,
                "Whether a token is good, and what it says (RFC 7662).",
            )
        },
        Route {
            takes: "TokenForm",
            problems: &[Problem::InvalidOauthRequest],
            ..row("POST", "/oauth/revoke", E::Revoke, Client, "End the session of a token (RFC 7009).")
        },
        Route { gives: "Health", ..row("GET", "/healthz", E::Health, Anyone, "Liveness.") },
        Route { gives: "Anything", ..row("GET", "/openapi.json", E::OpenApi, Anyone, "This description.") },
    ]
};

/// The routes under these settings.
pub fn routes(config: &Config) -> impl Iterator<Item = &'static Route> {
    let pages: &[Route] = if config.pages.is_some() { &PAGES } else { &[] };
    ROUTES.iter().chain(pages)
}

/// Their paths as a regular expression, with which platforms recognize requests to the service.
pub fn paths(config: &Config) -> String {
    let paths = routes(config).map(|route| {
        let parts = route.path.split('/').map(|part| if part.starts_with('{') { "[^/]+" } else { part });
        parts.collect::<Vec<_>>().join("/").replace('.', "\\.")
    });
    let mut paths: Vec<String> = paths.collect();
    paths.dedup();
    format!("^(?:{})$", paths.join("|"))
}

/// Whether a path is one of these routes, with any method.
pub fn is_own(config: &Config, path: &str) -> bool {
    table(config).iter().any(|pattern| pattern.fits(path).is_some())
}

/// The same in the router's format.
pub(super) fn table(config: &Config) -> &'static [Pattern<Endpoint>] {
    if config.pages.is_some() { &TABLE } else { TABLE.split_at(ROUTES.len()).0 }
}

/// Evaluated at compile time, so that the other columns are only in the binary where they are used.
static TABLE: [Pattern<Endpoint>; ROUTES.len() + PAGES.len()] = {
    let mut table = [pattern(&ROUTES[0]); ROUTES.len() + PAGES.len()];
    let mut at = 0;
    while at < table.len() {
        table[at] = pattern(if at < ROUTES.len() { &ROUTES[at] } else { &PAGES[at - ROUTES.len()] });
        at += 1;
    }
    table
};

const fn pattern(route: &Route) -> Pattern<Endpoint> {
    Pattern::new(route.method, route.path, route.endpoint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::route::{Found, find};
    use ::http::Method;

    #[test]
    fn a_literal_path_has_only_its_own_methods_where_a_pattern_overlaps() {
        let all = || ROUTES.iter().chain(&PAGES);
        let literals = all().filter(|route| !route.path.contains('{'));
        let mut pairs = 0;
        for literal in literals {
            let overlaps = |route: &&Route| route.path.contains('{') && pattern(route).fits(literal.path).is_some();
            for overlapping in all().filter(overlaps) {
                pairs += 1;
                let own: Vec<&str> =
                    all().filter(|route| route.path == literal.path).map(|route| route.method).collect();
                for method in [overlapping.method, "OPTIONS"] {
                    if own.contains(&method) {
                        continue;
                    }
                    let asked = Method::from_bytes(method.as_bytes()).expect("a method of the table");
                    let Found::OtherMethods(allow) = find(&TABLE, &asked, literal.path) else {
                        panic!("{method} {} is served", literal.path);
                    };
                    let named: Vec<&str> = allow.split(", ").filter(|name| *name != "HEAD").collect();
                    assert!(named.iter().all(|name| own.contains(name)), "{}: {allow}", literal.path);
                    assert_eq!(named.len(), own.len(), "{}: {allow}", literal.path);
                }
            }
        }
        assert!(pairs > 0, "no routes overlap, so this test checks nothing");
    }
}
