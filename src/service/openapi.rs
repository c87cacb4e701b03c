//! OpenAPI 3.1 of the routes.

use http::StatusCode;
use serde_json::{Value, json};

use super::call::Call;
use super::routes::is_own;
use super::{Ports, Service};
use crate::http::Response;
use crate::json;

#[cfg(test)]
mod written;

/// The description of every route, made from the route table; what depends on the settings is put in when it is asked for.
const DESCRIPTION: &str = include_str!("../../schema/openapi.json");

impl<P: Ports> Call<'_, P> {
    pub(super) fn openapi(&self) -> Response {
        Response::json(StatusCode::OK, &self.service.openapi())
            .with("cache-control", "public, max-age=300")
            .with("access-control-allow-origin", "*")
    }
}

impl Service {
    /// The description of the routes there are with these settings, OpenAPI 3.1.
    #[expect(clippy::expect_used, reason = "a file of this crate, which every test of the description reads")]
    pub fn openapi(&self) -> Value {
        let mut description = Value::Object(json::tree(DESCRIPTION).expect("JSON"));
        if let Some(paths) = description["paths"].as_object_mut() {
            paths.retain(|path, _| is_own(&self.config, path));
        }
        description["servers"] = json!([{ "url": self.config.issuer }]);
        description["components"]["securitySchemes"]["refreshCookie"]["name"] = self.config.cookie.name().into();
        description
    }
}
