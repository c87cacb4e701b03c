//! The shapes of bodies, by name.

use serde_json::{Value, json};

use crate::account::audit::Kind;

/// A reference to a schema.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// Every schema.
pub(super) fn all() -> Value {
    let text = || json!({ "type": "string" });
    let number = || json!({ "type": "integer" });
    let texts = || json!({ "type": "array", "items": { "type": "string" } });
    let many = |name: &str| json!({ "type": "array", "items": reference(name) });
    let cursor = || json!({ "type": ["string", "null"] });
    let delivery = || json!({ "enum": ["cookie", "body"], "default": "cookie" });
    let email = || json!({ "type": "string", "maxLength": 254 });
    let password = || json!({ "type": "string", "minLength": 8, "maxLength": 128 });
    let name = || json!({ "type": "string", "minLength": 1, "maxLength": 100 });
    let kinds = json!({ "enum": Kind::ALL.map(Kind::name) });
    json!({
        "Error": object(&["error", "message"], json!({ "error": text(), "message": text() })),
        "Registration": object(
            &["email", "password", "name"],
            json!({ "email": email(), "password": password(), "name": name(), "tokenDelivery": delivery() }),
        ),
        "Credentials": object(
            &["email", "password"],
            json!({ "email": text(), "password": text(), "tokenDelivery": delivery() }),
        ),
        "RefreshToken": object(&[], json!({ "refreshToken": { "type": ["string", "null"] } })),
        "PasswordChange": object(
            &["currentPassword", "newPassword"],
            json!({ "currentPassword": text(), "newPassword": password() }),
        ),
        "Profile": object(&["name"], json!({ "name": name() })),
        "RolesChange": object(&["roles"], json!({ "roles": texts() })),
        "TokenForm": object(&["token"], json!({ "token": text(), "token_type_hint": text() })),
        "SignInForm": object(&["email", "password"], json!({ "email": text(), "password": text(), "next": text() })),
        "RegisterForm": object(
            &["email", "password", "name"],
            json!({ "email": email(), "password": password(), "name": name(), "next": text() }),
        ),
        "DevicesForm": object(&["session"], json!({ "session": text() })),
        "PasswordForm": object(
            &["currentPassword", "newPassword"],
            json!({ "currentPassword": text(), "newPassword": password() }),
        ),
        "SignOutForm": object(&[], json!({ "everywhere": { "const": "yes" } })),
        "User": object(
            &["id", "email", "name", "roles", "createdAt"],
            json!({ "id": text(), "email": text(), "name": text(), "roles": texts(), "createdAt": number() }),
        ),
        "Users": object(&["users", "next"], json!({ "users": many("User"), "next": cursor() })),
        "SignedIn": object(
            &["user", "accessToken", "tokenType", "expiresIn"],
            json!({
                "user": reference("User"), "accessToken": text(), "tokenType": { "const": "Bearer" },
                "expiresIn": number(), "refreshToken": text(),
            }),
        ),
        "Refreshed": object(
            &["accessToken", "tokenType", "expiresIn"],
            json!({
                "accessToken": text(), "tokenType": { "const": "Bearer" }, "expiresIn": number(), "refreshToken": text(),
            }),
        ),
        "Session": object(
            &["id", "createdAt", "lastUsedAt", "expiresAt", "userAgent", "place", "current"],
            json!({
                "id": text(), "createdAt": number(), "lastUsedAt": number(), "expiresAt": number(),
                "userAgent": text(), "place": text(), "current": { "type": "boolean" },
            }),
        ),
        "Sessions": object(&["sessions"], json!({ "sessions": many("Session") })),
        "Revocations": object(
            &["accessTokenSeconds", "sessions", "users"],
            json!({
                "accessTokenSeconds": number(), "sessions": texts(),
                "users": { "type": "object", "additionalProperties": number() },
            }),
        ),
        "AuditEntry": object(
            &["at", "event", "user", "actor", "session", "client", "userAgent", "detail", "request"],
            json!({
                "at": number(), "event": kinds, "user": text(), "actor": text(), "session": text(), "client": text(),
                "userAgent": text(), "detail": text(), "request": text(),
            }),
        ),
        "AuditPage": object(&["entries", "next"], json!({ "entries": many("AuditEntry"), "next": cursor() })),
        "Jwks": object(&["keys"], json!({ "keys": { "type": "array", "items": { "type": "object" } } })),
        "Metadata": object(
            &["issuer", "jwks_uri", "response_types_supported", "subject_types_supported"],
            json!({
                "issuer": text(), "jwks_uri": text(), "introspection_endpoint": text(),
                "introspection_endpoint_auth_methods_supported": texts(), "revocation_endpoint": text(),
                "revocation_endpoint_auth_methods_supported": texts(), "response_types_supported": texts(),
                "subject_types_supported": texts(), "id_token_signing_alg_values_supported": texts(),
            }),
        ),
        "Introspection": object(
            &["active"],
            json!({
                "active": { "type": "boolean" }, "token_type": text(), "iss": text(), "sub": text(), "aud": text(),
                "exp": number(), "iat": number(), "jti": text(), "client_id": text(), "sid": text(), "roles": texts(),
            }),
        ),
        "Health": object(&["status"], json!({ "status": { "const": "ok" } })),
        "Anything": { "type": "object" },
    })
}

fn object(required: &[&str], properties: Value) -> Value {
    json!({ "type": "object", "required": required, "properties": properties })
}
