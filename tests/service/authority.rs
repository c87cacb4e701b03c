//! Whoever writes or administers is judged by the live session and the roles of this moment, not by what a token says.

use portcullis::account::{Accounts, SetRolesError};
use portcullis::limits::LOCKOUT_FAILURES;
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
    now(world.memory.accounts.set_roles(&id, &["admin".to_owned(), "user".to_owned()], None)).unwrap();
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
        let bob = world.register("bob@example.com");
        now(world.memory.accounts.set_roles(string(&bob["user"]["id"]), &["admin".to_owned()], None)).unwrap();
        now(world.memory.accounts.set_roles(&id, &["user".to_owned()], None)).unwrap();
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

#[test]
fn of_two_administrators_who_demote_each_other_one_stays() {
    let world = World::new();
    let (ann_id, ann) = administrator(&world);
    let bob = world.register("bob@example.com");
    let bob_id = string(&bob["user"]["id"]).to_owned();
    now(world.memory.accounts.set_roles(&bob_id, &["admin".to_owned()], None)).unwrap();
    let set = |by: &str, id: &str| world.bearer("PATCH", &format!("/users/{id}"), by, "{\"roles\":[\"user\"]}");
    assert_eq!(set(&ann, &bob_id).status, 200);
    // Bob's request had passed every check when Ann's was stored.
    let late = now(world.memory.accounts.set_roles(&ann_id, &["user".to_owned()], Some(&bob_id)));
    assert_eq!(late, Err(SetRolesError::NotAdministrator));
    assert_eq!(world.bearer("GET", "/users", &ann, "").status, 200);
}

#[test]
fn strangers_cannot_lock_the_owner_out_of_changing_the_password() {
    let world = World::new();
    let ann = world.register("ann@example.com");
    for _ in 0..LOCKOUT_FAILURES {
        assert_eq!(world.login("ann@example.com", "a wrong password").status, 401);
    }
    assert_eq!(world.login("ann@example.com", PASSWORD).status, 401, "locked for those who sign in");
    let change = |current: &str, new: &str| {
        let body = json!({ "currentPassword": current, "newPassword": new }).to_string();
        world.bearer("POST", "/auth/password", string(&ann["accessToken"]), &body).status.as_u16()
    };
    assert_eq!(change(PASSWORD, "another long password"), 204);
    // A stolen access token does not help to guess the password either.
    for _ in 0..LOCKOUT_FAILURES {
        assert_eq!(change("a wrong password", "a third long password"), 401);
    }
    assert_eq!(change("another long password", "a third long password"), 401, "locked for the owner's session");
}

#[test]
fn a_late_log_out_ends_the_session_it_names_and_no_other() {
    for path in ["/auth/logout", "/auth/logout-all"] {
        let world = World::new();
        let (ann, bob) = (world.register("ann@example.com"), world.register("bob@example.com"));
        let named = json!({ "session": world.sid_of(&ann["accessToken"]) }).to_string();
        // Bob has signed in on the same browser since: the cookie is his.
        let cookie = format!("__Host-refresh={}", string(&bob["refreshToken"]));
        let answer = world.send("POST", path, &[("cookie", &cookie)], &named);
        assert_eq!(answer.status, 204, "{path}");
        assert!(!answer.headers.contains("set-cookie"), "{path}: the cookie of another session stays");
        assert_eq!(world.refresh(&bob["refreshToken"]).status, 200, "{path}");
        let cookie = format!("__Host-refresh={}", string(&ann["refreshToken"]));
        let answer = world.send("POST", path, &[("cookie", &cookie)], &named);
        assert_eq!((answer.status.as_u16(), answer.headers.contains("set-cookie")), (204, true), "{path}");
        assert_eq!(refusal(&world.refresh(&ann["refreshToken"])), (401, "session_ended".into()), "{path}");
    }
}
