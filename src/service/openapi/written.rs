//! Generates `schema/openapi.json` from the route table and the schemas next to this file.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::PASSWORDS;
use crate::account::audit::Kind;
use crate::account::{clean_name, clean_roles};
use crate::http::Problem;
use crate::limits::{
    DEFAULT_PAGE_ROWS, MAX_CURSOR_DIGITS, MAX_EMAIL_CHARS, MAX_MOMENT_MILLIS, MAX_PAGE_ROWS, MAX_PASSWORD_CHARS,
    MAX_SESSIONS_PER_USER, MAX_USER_AGENT_CHARS, MAX_USER_ID_CHARS, MIN_PASSWORD_CHARS,
};
use crate::service::{Access, Endpoint, PAGES, Page, ROUTES, Route};

/// The published description must match the route table. `PORTCULLIS_WRITE_SCHEMA=1` rewrites it.
#[test]
fn published_description_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/openapi.json");
    let written = lines(&description(), 3);
    if std::env::var_os("PORTCULLIS_WRITE_SCHEMA").is_some() {
        std::fs::write(path, &written).unwrap();
    }
    let published = std::fs::read_to_string(path).unwrap();
    assert_eq!(published, written, "run the tests once with PORTCULLIS_WRITE_SCHEMA=1");
}

fn description() -> Value {
    let mut paths = Map::new();
    for route in ROUTES.iter().chain(&PAGES) {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.to_lowercase()] = operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Portcullis",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Members of a JSON body, fields of a form and parameters that are not described here are ignored. \
                A path answers other methods than its own with 405 and `Allow`.",
        },
        "servers": [],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "headers": headers(),
            "securitySchemes": {
                "accessToken": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
                "refreshCookie": { "type": "apiKey", "in": "cookie", "name": "" },
                "client": { "type": "http", "scheme": "basic" },
            },
        },
    })
}

/// JSON with one line for each member of the outermost objects, that is, for each route or schema: diffs are readable,
/// and it compresses well.
fn lines(value: &Value, levels: usize) -> String {
    let Value::Object(members) = value else { return value.to_string() };
    if levels == 0 {
        return value.to_string();
    }
    let members: Vec<String> =
        members.iter().map(|(name, value)| format!("{}:{}", json!(name), lines(value, levels - 1))).collect();
    format!("{{\n{}\n}}", members.join(",\n"))
}

fn schemas() -> Value {
    let mut schemas: Value = serde_json::from_str(include_str!("schemas.json")).unwrap();
    schemas["AuditEntry"]["properties"]["event"] = event();
    schemas
}

fn event() -> Value {
    json!({ "type": "string", "enum": Kind::ALL.map(Kind::name) })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// Response headers that matter to a client.
fn headers() -> Value {
    let text = |required: bool, what: &str| json!({ "required": required, "description": what, "schema": { "type": "string" } });
    let address = json!({ "type": "string", "format": "uri-reference" });
    json!({
        "Access-Control-Allow-Origin": text(true, "Any page may read this."),
        "Cache-Control": text(true, "Whether and how long the answer may be kept (RFC 9111)."),
        "ETag": text(true, "The version of the list, for `If-None-Match`."),
        "Location": { "required": true, "description": "Where to go on, by `GET`.", "schema": address },
        "Retry-After": {
            "required": true,
            "description": "Seconds to wait (RFC 9110 section 10.2.3).",
            "schema": { "type": "integer", "minimum": 1 },
        },
        "Set-Cookie": text(false, "The refresh cookie, set or taken away; not where `tokenDelivery` is `body`."),
        "WWW-Authenticate": text(true, "The challenge (RFC 6750 section 3, RFC 7617)."),
    })
}

/// The headers of a status of a route.
fn headers_of(route: &Route, status: u16) -> Value {
    use Endpoint::{Jwks, Login, Logout, LogoutAll, Metadata, OpenApi, Refresh, Register, Revocations};
    let mut names = Vec::new();
    // If the service itself has trapped, the surrounding code responds.
    if status != 500 {
        names.push("Cache-Control");
    }
    let is_form = matches!(route.endpoint, Endpoint::Page(_)) && route.method == "POST";
    let of_cookies = is_form || matches!(route.endpoint, Register | Login | Refresh | Logout | LogoutAll);
    match status {
        200 if matches!(route.endpoint, Jwks | Metadata | OpenApi) => names.push("Access-Control-Allow-Origin"),
        200 | 304 if route.endpoint == Revocations => names.push("ETag"),
        303 => names.push("Location"),
        401 => names.push("WWW-Authenticate"),
        429 | 503 => names.push("Retry-After"),
        _ => {}
    }
    if of_cookies && (status < 400 || status == 401) {
        names.push("Set-Cookie");
    }
    let header = |name: &str| (name.to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }));
    let mut headers: Map<String, Value> = names.into_iter().map(header).collect();
    // Not every response with these statuses is about a token.
    if matches!(status, 400 | 403) && !matches!(route.access, Access::Anyone | Access::Client) {
        headers.insert("WWW-Authenticate".to_owned(), json!({ "schema": { "type": "string" } }));
    }
    headers.into()
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
            // A body without required members is optional.
            "required": schemas()[route.takes]["required"].as_array().is_some_and(|names| !names.is_empty()),
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

/// The media type and schema of the success response.
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
        in_path.map(|name| json!({ "name": name, "in": "path", "required": true, "schema": path_schema(route) }));
    let in_query = route.query.iter().map(
        |(name, meaning)| json!({ "name": name, "in": "query", "description": meaning, "schema": query_schema(name) }),
    );
    let in_header = (route.endpoint == Endpoint::Revocations).then(|| {
        let meaning = "`ETag` of the list that the client has (RFC 9110 section 13.1.2)";
        json!({ "name": "If-None-Match", "in": "header", "description": meaning, "schema": { "type": "string" } })
    });
    in_path.chain(in_query).chain(in_header).collect()
}

/// The format of an id.
fn path_schema(route: &Route) -> Value {
    match route.endpoint {
        Endpoint::EndSession => schemas()["Session"]["properties"]["id"].clone(),
        _ => {
            let rest = MAX_USER_ID_CHARS - 1;
            let segment = format!("^[A-Za-z0-9_~!$&'()*+,;=:@-][A-Za-z0-9._~!$&'()*+,;=:@-]{{0,{rest}}}$");
            json!({ "type": "string", "minLength": 1, "maxLength": MAX_USER_ID_CHARS, "pattern": segment })
        }
    }
}

/// The parameters of list handlers (`admin.rs`).
fn query_schema(name: &str) -> Value {
    match name {
        "limit" => json!({ "type": "integer", "minimum": 1, "maximum": MAX_PAGE_ROWS, "default": DEFAULT_PAGE_ROWS }),
        "event" => event(),
        "from" | "to" => json!({ "type": "integer", "format": "int64", "minimum": 0, "maximum": MAX_MOMENT_MILLIS }),
        "cursor" => json!({ "type": "string", "pattern": format!("^[0-9]{{0,{MAX_CURSOR_DIGITS}}}$") }),
        "user" => json!({ "type": "string", "minLength": 1, "maxLength": MAX_USER_ID_CHARS }),
        _ => json!({ "type": "string" }),
    }
}

/// The limits in the description are those that the handlers check.
#[test]
fn every_described_bound_is_the_checked_one() {
    let schemas = schemas();
    let bound = |schema: &str, field: &str, bound: &str| schemas[schema]["properties"][field][bound].as_u64();
    for form in ["Registration", "RegisterForm"] {
        assert_eq!(bound(form, "email", "maxLength"), Some(MAX_EMAIL_CHARS as u64), "{form}");
    }
    for form in ["Registration", "RegisterForm", "Profile"] {
        let longest = bound(form, "name", "maxLength").unwrap() as usize;
        assert!(clean_name(&"a".repeat(longest)).is_ok() && clean_name(&"a".repeat(longest + 1)).is_err(), "{form}");
    }
    let most = bound("RolesChange", "roles", "maxItems").unwrap() as usize;
    let roles = |count: usize| -> Vec<String> { (0..count).map(|role| format!("r{role}")).collect() };
    assert!(clean_roles(&roles(most)).is_ok() && clean_roles(&roles(most + 1)).is_err());
    let longest = schemas["RolesChange"]["properties"]["roles"]["items"]["maxLength"].as_u64().unwrap() as usize;
    assert!(clean_roles(&["a".repeat(longest)]).is_ok() && clean_roles(&["a".repeat(longest + 1)]).is_err());
    for (schema, field, most) in [
        ("Users", "users", MAX_PAGE_ROWS),
        ("AuditPage", "entries", MAX_PAGE_ROWS),
        ("Sessions", "sessions", MAX_SESSIONS_PER_USER),
    ] {
        assert_eq!(bound(schema, field, "maxItems"), Some(most as u64), "{schema}");
    }
    for schema in ["Users", "AuditPage"] {
        let digits = format!("^[0-9]{{1,{MAX_CURSOR_DIGITS}}}$");
        assert_eq!(schemas[schema]["properties"]["next"]["pattern"], digits, "{schema}");
    }
    for schema in ["Session", "AuditEntry"] {
        assert_eq!(bound(schema, "userAgent", "maxLength"), Some(MAX_USER_AGENT_CHARS as u64), "{schema}");
    }
    for (schema, field) in PASSWORDS {
        assert_eq!(bound(schema, field, "minLength"), Some(MIN_PASSWORD_CHARS as u64), "{schema}");
        assert_eq!(bound(schema, field, "maxLength"), Some(MAX_PASSWORD_CHARS as u64), "{schema}");
    }
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

/// The success response, and all problems by status, with their possible codes.
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
        responses
            .insert("303".to_owned(), json!({ "description": "Sign in first.", "headers": headers_of(route, 303) }));
    }
    let mut good = good;
    good["headers"] = headers_of(route, route.status);
    responses.insert(route.status.to_string(), good);
    if route.gives == "Revocations" {
        let nothing = json!({ "description": "Nothing new since the ETag.", "headers": headers_of(route, 304) });
        responses.insert("304".to_owned(), nothing);
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
            // If the service itself has trapped, the surrounding code responds, and it has no HTML pages.
            500 if of_pages => json!({ "text/html": { "schema": { "type": "string" } }, "application/json": json }),
            _ if of_pages => content("Page"),
            _ => json!({ "application/json": json }),
        };
        let mut refusal = json!({ "description": codes.join(", "), "content": content });
        let headers = headers_of(route, status);
        if headers.as_object().is_some_and(|headers| !headers.is_empty()) {
            refusal["headers"] = headers;
        }
        responses.insert(status.to_string(), refusal);
    }
    responses.into()
}

/// Whether a route depends on anything that can be unavailable.
fn asks_a_store(endpoint: Endpoint) -> bool {
    use Page::{ChangePassword, Home, Register, Script, SignIn, Style};
    !matches!(
        endpoint,
        Endpoint::Jwks
            | Endpoint::Metadata
            | Endpoint::Health
            | Endpoint::OpenApi
            | Endpoint::Page(Home | SignIn | Register | ChangePassword | Style | Script)
    )
}

fn problems(route: &Route) -> Vec<Problem> {
    let mut problems = route.problems.to_vec();
    if !route.takes.is_empty() {
        problems.extend([Problem::BodyTooLarge, Problem::WrongMedia("")]);
        if !is_form(route) {
            problems.push(Problem::NotJson);
        }
        problems.push(Problem::WrongShape(String::new()));
    }
    if !matches!(route.method, "GET") {
        problems.push(Problem::CrossSite);
    }
    match route.access {
        // A page redirects users who are not signed in to the sign-in page.
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
    problems.extend([Problem::UriTooLong, Problem::HeadersTooLarge, Problem::Internal(String::new())]);
    if asks_a_store(route.endpoint) {
        problems.push(Problem::Unavailable(String::new()));
    }
    problems
}
