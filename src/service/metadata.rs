//! Public endpoints: keys, metadata, the revocation list, health check.

use std::collections::BTreeSet;

use http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::Ports;
use super::call::{Answered, Call};
use crate::http::Response;
use crate::session::{Revocations, Subject};

/// How long the keys may be cached.
const KEYS_CACHE: &str = "public, max-age=300";
/// How long the revocation list may be cached. It adds to the delay of a revocation elsewhere.
const REVOCATIONS_CACHE: &str = "public, max-age=10";

/// What external verifiers need. `sessions` are `sid`s whose tokens are rejected; `users` contains, per `sub`, the
/// `iat` (in seconds) before which tokens are rejected. Entries are kept for the lifetime of access tokens.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RevocationsBody {
    access_token_seconds: i64,
    sessions: BTreeSet<String>,
    users: Map<String, Value>,
}

impl<P: Ports> Call<'_, P> {
    pub(super) fn jwks(&self) -> Response {
        let keys = self.service.tokens.public_jwks(self.now());
        Response::json(StatusCode::OK, &keys).with("cache-control", KEYS_CACHE).with("access-control-allow-origin", "*")
    }

    pub(super) fn metadata(&self) -> Response {
        let issuer = &self.service.config.issuer;
        let algs: BTreeSet<&str> = self.service.tokens.keys().keys().iter().map(|key| key.alg().name()).collect();
        let body = json!({
            "issuer": issuer,
            "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
            "introspection_endpoint": format!("{issuer}/oauth/introspect"),
            "introspection_endpoint_auth_methods_supported": ["client_secret_basic"],
            "revocation_endpoint": format!("{issuer}/oauth/revoke"),
            "revocation_endpoint_auth_methods_supported": ["client_secret_basic"],
            "response_types_supported": [],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": algs,
        });
        Response::json(StatusCode::OK, &body).with("cache-control", KEYS_CACHE).with("access-control-allow-origin", "*")
    }

    pub(super) async fn revocations(&self) -> Answered {
        let lifetime = self.service.config.rules.access_lifetime + self.service.config.leeway;
        let listed = self.ports.revocations().since(self.now().minus(lifetime)).await?;
        let (mut sessions, mut users) = (BTreeSet::new(), Map::new());
        for entry in listed {
            match entry.subject {
                Subject::Session(sid) => {
                    sessions.insert(sid);
                }
                // The latest one is used, in whatever order a store lists them.
                Subject::User(user) => {
                    let at = entry.at.as_secs();
                    if users.get(&user).and_then(Value::as_i64).is_none_or(|known| known < at) {
                        users.insert(user, at.into());
                    }
                }
            }
        }
        let access_token_seconds = self.service.tokens.access_seconds();
        let body = RevocationsBody { access_token_seconds, sessions, users };
        let response = Response::json(StatusCode::OK, &body);
        let digest = format!("{:x}", Sha256::digest(&response.body));
        let etag = format!("\"{}\"", &digest[..24]);
        let known = self.request.header("if-none-match").unwrap_or_default();
        let unchanged = known == "*" || known.split(',').any(|one| one.trim().trim_start_matches("W/") == etag);
        let response = if unchanged { Response::empty(StatusCode::NOT_MODIFIED) } else { response };
        Ok(response.with("etag", &etag).with("cache-control", REVOCATIONS_CACHE))
    }

    pub(super) fn health(&self) -> Response {
        Response::json(StatusCode::OK, &json!({ "status": "ok" }))
    }
}
