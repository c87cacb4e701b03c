//! Whoever writes or administers is judged by the live session and the roles of this moment, not by what a token says.

use portcullis::account::Accounts;
use portcullis::service::{Access, Endpoint, ROUTES, Route};
use portcullis::session::{Event, Sessions};
use serde_json::json;

use crate::support::{PASSWORD, World, body_of, now, refusal, string};

/// The routes that ask for an access token and do more than show the caller's own profile.
fn guarded() -> impl Iterator<Item = &'static Route> {
    let asks = |route: &&Route| matches!(route.access, Access::AccessToken | Access::Admin);
    ROUTES.iter().filter(asks).filter(|route| route.endpoint != Endpoint::Me)
}

fn body(route: &Route) -> String {
    match route.takes {
        "PasswordChange" => json!({ "currentPassword": PASSWORD, "newPassword": "another long password" }).to_string(),
        "Profile" => json!({ "name": "Mallory" }).to_string(),
        "RolesChange" => json!({ "roles": ["admin"] }).to_string(),
        "" => String::new(),
        other => panic!("{} takes {other}: give this test a good body for it", route.path),
    }
}

/// An administrator's id and access token.
fn administrator(world: &World) -> (String, String) {
    let ann = world.register("ann@example.com");
    let id = string(&ann["user"]["id"]).to_owned();
    now(world.memory.accounts.set_roles(&id, &["admin".to_owned(), "user".to_owned()])).unwrap();
    let signed_in = body_of(&world.login("ann@example.com", PASSWORD));
    (id, string(&signed_in["accessToken"]).to_owned())
}

#[test]
fn an_ended_session_does_nothing_although_its_token_is_still_good_elsewhere() {
    assert!(guarded().count() >= 8);
    for route in guarded() {
        let world = World::new();
        let (id, token) = administrator(&world);
        // Another isolate ended the session: neither this isolate's memory nor the revocation list has heard of it.
        let sid = world.sid_of(&json!(token));
        now(world.memory.sessions.tell(&id, Event::End { sid }, world.memory.time.get())).unwrap();
        assert_eq!(
            world.bearer("GET", "/users/me", &token, "").status,
            200,
            "the token is good until the list says so"
        );
        let answer = world.bearer(route.method, &route.path.replace("{id}", &id), &token, &body(route));
        assert_eq!(refusal(&answer), (401, "invalid_token".into()), "{} {}", route.method, route.path);
    }
}

#[test]
fn a_demoted_administrator_administers_nothing_although_the_token_says_admin() {
    for route in guarded().filter(|route| route.access == Access::Admin) {
        let world = World::new();
        let (id, token) = administrator(&world);
        now(world.memory.accounts.set_roles(&id, &["user".to_owned()])).unwrap();
        let answer = world.bearer(route.method, &route.path.replace("{id}", &id), &token, &body(route));
        assert_eq!(refusal(&answer), (403, "insufficient_scope".into()), "{} {}", route.method, route.path);
        let account = now(world.memory.accounts.by_id(&id)).unwrap().unwrap();
        assert_eq!(account.user.roles.names, ["user"], "the role was not taken back");
    }
}

#[test]
fn authority_that_cannot_be_asked_for_is_a_503() {
    for route in guarded() {
        let world = World::new();
        let (id, token) = administrator(&world);
        world.memory.sessions.broken.set(true);
        let answer = world.bearer(route.method, &route.path.replace("{id}", &id), &token, &body(route));
        assert_eq!(refusal(&answer), (503, "unavailable".into()), "{} {}", route.method, route.path);
        assert!(answer.headers.contains("retry-after"));
    }
}
