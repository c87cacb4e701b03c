//! Mistakes that others made where people sign in, each named after the advisory.

use portcullis::service::{Access, ROUTES};
use serde_json::json;

use crate::support::{PASSWORD, World, body_of, refusal, string};

/// Session fixation: what the browser brought along before signing in is not what it is signed in with after.
#[test]
fn cve_2022_25896_signing_in_makes_a_session_of_its_own() {
    let world = World::new();
    let planted = world.register("mallory@example.com");
    let cookie = format!("__Host-refresh={}", string(&planted["refreshToken"]));
    world.register("ann@example.com");
    let body = json!({ "email": "ann@example.com", "password": PASSWORD, "tokenDelivery": "body" }).to_string();
    let headers = [("cookie", cookie.as_str()), ("origin", "https://id.example")];
    let signed_in = body_of(&world.send("POST", "/auth/login", &headers, &body));
    assert_ne!(signed_in["refreshToken"], planted["refreshToken"]);
    let me = |body: &serde_json::Value| world.bearer("GET", "/users/me", string(&body["accessToken"]), "");
    assert_eq!(body_of(&me(&signed_in))["email"], "ann@example.com");
    let list = body_of(&world.bearer("GET", "/auth/sessions", string(&signed_in["accessToken"]), ""));
    assert_eq!(list["sessions"].as_array().unwrap().len(), 2, "one by registering, one by signing in: {list}");
    // Whoever planted the cookie gets nothing of hers by it: that session is over.
    assert_eq!(refusal(&world.refresh(&planted["refreshToken"])), (401, "session_ended".into()));
}

/// A privileged call without a session: every route that is for somebody asks who it is before anything else.
#[test]
fn cve_2025_61928_what_is_for_somebody_is_never_for_anybody() {
    let world = World::new();
    let user = world.register("ann@example.com");
    for route in ROUTES.iter().filter(|route| matches!(route.access, Access::AccessToken | Access::Admin)) {
        let path = route.path.replace("{id}", string(&user["user"]["id"]));
        let nobody = world.send(route.method, &path, &[], "{}");
        assert_eq!(nobody.status, 401, "{} {path}", route.method);
        if matches!(route.access, Access::Admin) {
            let plain = world.bearer(route.method, &path, string(&user["accessToken"]), "{}");
            assert_eq!(refusal(&plain).0, 403, "{} {path}", route.method);
        }
    }
}
