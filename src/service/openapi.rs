//! OpenAPI 3.1 of everything in the route table.

use std::collections::BTreeMap;

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::routes::{Access, Endpoint, Route, routes};
use super::{Ports, Service};
use crate::account::audit::Kind;
use crate::http::{Problem, Response};

/// The shapes of bodies, by name.
const SCHEMAS: &str = include_str!("openapi/schemas.json");

impl<P: Ports> Call<'_, P> {
    pub(super) fn openapi(&self) -> Response {
        Response::json(StatusCode::OK, &self.service.openapi())
            .with("cache-control", "public, max-age=300")
            .with("access-control-allow-origin", "*")
    }
}

impl Service {
    /// The description of the routes, OpenAPI 3.1.
    pub fn openapi(&self) -> Value {
        let mut paths = Map::new();
        for route in routes(&self.config) {
            let path = paths.entry(route.path).or_insert_with(|| json!({}));
            path[route.method.to_lowercase()] = operation(route);
        }
        json!({
            "openapi": "3.1.0",
            "info": { "title": "Portcullis", "version": env!("CARGO_PKG_VERSION") },
            "servers": [{ "url": self.config.issuer }],
            "paths": paths,
            "components": {
                "schemas": schemas(),
                "securitySchemes": {
                    "accessToken": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
                    "refreshCookie": { "type": "apiKey", "in": "cookie", "name": self.config.cookie.name() },
                    "client": { "type": "http", "scheme": "basic" },
                },
            },
        })
    }
}

#[expect(clippy::expect_used, reason = "a file of this crate, which every test of the description reads")]
fn schemas() -> Value {
    let mut schemas: Value = serde_json::from_str(SCHEMAS).expect("JSON");
    schemas["AuditEntry"]["properties"]["event"] = json!({ "enum": Kind::ALL.map(Kind::name) });
    schemas
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn operation(route: &Route) -> Value {
    let mut operation = json!({
        "operationId": operation_id(route.endpoint),
        "summary": route.summary,
        "responses": responses(route),
        "security": security(route.access),
    });
    let parameters = parameters(route);
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if !route.takes.is_empty() {
        let media = if is_form(route) { "application/x-www-form-urlencoded" } else { "application/json" };
        operation["requestBody"] = json!({
            "required": route.takes != "RefreshToken",
            "content": { media: { "schema": reference(route.takes) } },
        });
    }
    operation
}

fn operation_id(endpoint: Endpoint) -> String {
    match endpoint {
        Endpoint::Page(page) => format!("{page:?}"),
        endpoint => format!("{endpoint:?}"),
    }
}

fn is_form(route: &Route) -> bool {
    route.takes.ends_with("Form")
}

/// What the good answer is written in, and its schema.
fn content(gives: &str) -> Value {
    let (media, schema) = match gives {
        "Page" => ("text/html", json!({ "type": "string" })),
        "Style" => ("text/css", json!({ "type": "string" })),
        "Script" => ("text/javascript", json!({ "type": "string" })),
        name => ("application/json", reference(name)),
    };
    json!({ media: { "schema": schema } })
}

fn parameters(route: &Route) -> Vec<Value> {
    let in_path = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path =
        in_path.map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
    let in_query = route.query.iter().map(|(name, meaning)| {
        json!({ "name": name, "in": "query", "description": meaning, "schema": { "type": "string" } })
    });
    in_path.chain(in_query).collect()
}

fn security(access: Access) -> Value {
    match access {
        Access::Anyone => json!([]),
        Access::RefreshToken => json!([{ "refreshCookie": [] }, {}]),
        Access::EitherToken => json!([{ "accessToken": [] }, { "refreshCookie": [] }, {}]),
        Access::AccessToken | Access::Admin => json!([{ "accessToken": [] }]),
        Access::Client => json!([{ "client": [] }]),
    }
}

/// The good answer, and every problem by its status with the codes it may have.
fn responses(route: &Route) -> Value {
    let mut responses = Map::new();
    let good = match (route.gives, route.status) {
        ("", _) => json!({ "description": "Done." }),
        (_, 303) => json!({ "description": "Go on there." }),
        (gives, _) => json!({ "description": "Done.", "content": content(gives) }),
    };
    let is_page = route.gives == "Page";
    let of_pages = matches!(route.endpoint, Endpoint::Page(_));
    if is_page && route.access == Access::RefreshToken {
        responses.insert("303".to_owned(), json!({ "description": "Sign in first." }));
    }
    responses.insert(route.status.to_string(), good);
    if route.gives == "Revocations" {
        responses.insert("304".to_owned(), json!({ "description": "Nothing new since the ETag." }));
    }
    let mut codes: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    for problem in problems(route) {
        let row = problem.row();
        let known = codes.entry(row.status).or_default();
        if !known.contains(&row.code) {
            known.push(row.code);
        }
    }
    for (status, codes) in codes {
        let json = json!({ "schema": {
            "allOf": [reference("Error"), { "properties": { "error": { "enum": codes } } }],
        } });
        let content = match status {
            // Where the service itself is lost, what is around it answers, and that knows no pages.
            500 if of_pages => json!({ "text/html": { "schema": { "type": "string" } }, "application/json": json }),
            _ if of_pages => content("Page"),
            _ => json!({ "application/json": json }),
        };
        responses.insert(status.to_string(), json!({ "description": codes.join(", "), "content": content }));
    }
    responses.into()
}

/// Whether a route needs anything that can be out of reach.
const fn asks_a_store(endpoint: Endpoint) -> bool {
    match endpoint {
        Endpoint::Jwks | Endpoint::Metadata | Endpoint::Health | Endpoint::OpenApi => false,
        Endpoint::Page(page) => page.asks_a_store(),
        _ => true,
    }
}

fn problems(route: &Route) -> Vec<Problem> {
    let mut problems = route.problems.to_vec();
    if !route.takes.is_empty() {
        problems.push(Problem::BodyTooLarge);
        if !is_form(route) {
            problems.push(Problem::NotJson);
        }
        problems.push(Problem::WrongShape(String::new()));
    }
    if !matches!(route.method, "GET") {
        problems.push(Problem::CrossSite);
    }
    match route.access {
        // A page sends whoever is not signed in to sign in.
        Access::RefreshToken if route.gives == "Page" => {}
        Access::Anyone => {}
        Access::Client => problems.push(Problem::InvalidClient),
        Access::RefreshToken | Access::EitherToken | Access::AccessToken => {
            problems.extend([Problem::NoToken, Problem::RefreshToken, Problem::TwoCredentials]);
        }
        Access::Admin => {
            problems.extend([Problem::NoToken, Problem::RefreshToken, Problem::TwoCredentials, Problem::Forbidden]);
        }
    }
    problems.push(Problem::Internal(String::new()));
    if asks_a_store(route.endpoint) {
        problems.push(Problem::Unavailable(String::new()));
    }
    problems
}
