//! OpenAPI 3.1 description of the routes.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::routes::is_own;
use super::{Ports, Service};
use crate::http::Response;
use crate::json;

#[cfg(test)]
mod written;

/// The description of every route, generated from the route table; values that depend on the settings are inserted on
/// request.
const DESCRIPTION: &str = include_str!("../../schema/openapi.json");

/// The fields for a new password, whose minimum length is a setting.
const PASSWORDS: [(&str, &str); 4] = [
    ("Registration", "password"),
    ("RegisterForm", "password"),
    ("PasswordChange", "newPassword"),
    ("PasswordForm", "newPassword"),
];

impl<P: Ports> Call<'_, P> {
    pub(super) fn openapi(&self) -> Response {
        Response::json(StatusCode::OK, &self.service.openapi())
            .with("cache-control", "public, max-age=300")
            .with("access-control-allow-origin", "*")
    }
}

impl Service {
    /// The description of the routes under these settings, OpenAPI 3.1.
    #[expect(clippy::expect_used, reason = "a file of this crate, which every test of the description reads")]
    pub fn openapi(&self) -> Value {
        let mut description = Value::Object(json::tree(DESCRIPTION).expect("JSON"));
        let mut paths = Map::new();
        if let Value::Object(all) = description["paths"].take() {
            // No other map of values removes a member, and a general removal would add much code.
            for (path, item) in all.into_iter().filter(|(path, _)| is_own(&self.config, path)) {
                paths.insert(path, item);
            }
        }
        description["paths"] = paths.into();
        description["servers"] = json!([{ "url": self.config.issuer }]);
        description["components"]["securitySchemes"]["refreshCookie"]["name"] = self.config.cookie.name().into();
        for (schema, field) in PASSWORDS {
            description["components"]["schemas"][schema]["properties"][field]["minLength"] =
                self.config.min_password_chars.into();
        }
        description
    }
}
