//! Passwords as a client sees them: changed, made new, refused; and what of all that is on record.

use std::time::Duration;

use portcullis::account::Accounts;
use portcullis::account::audit::{Kind, Log};
use portcullis::limits::{CHANGE_DEADLINE, LOCKOUT_FAILURES, PASSWORD_CHANGE_GRACE, REFRESH_GRACE};
use portcullis::session::{Event, Sessions};
use serde_json::json;

use crate::support::{PASSWORD, World, body_of, now, refusal, settings, string};

const WRONG: &str = "wrong password, long enough";

#[test]
fn changing_the_password_keeps_this_session_alone() {
    let world = World::new();
    let one = world.register("ann@example.com");
    let two = body_of(&world.login("ann@example.com", PASSWORD));
    let change = |current: &str, new: &str| {
        let body = json!({ "currentPassword": current, "newPassword": new }).to_string();
        world.bearer("POST", "/auth/password", string(&two["accessToken"]), &body)
    };
    assert_eq!(refusal(&change(WRONG, "another long password")), (401, "invalid_credentials".into()));
    assert_eq!(refusal(&change(PASSWORD, "short")), (400, "invalid_request".into()));
    assert_eq!(change(PASSWORD, "another long password").status, 204);
    assert_eq!(refusal(&world.refresh(&one["refreshToken"])), (401, "session_ended".into()));
    assert_eq!(world.refresh(&two["refreshToken"]).status, 200);
    assert_eq!(world.login("ann@example.com", PASSWORD).status, 401);
    assert_eq!(world.login("ann@example.com", "another long password").status, 200);
}

#[test]
fn a_password_change_that_fails_half_way_leaves_no_other_session_to_a_thief() {
    let world = World::new();
    let thief = world.register("ann@example.com");
    let owner = body_of(&world.login("ann@example.com", PASSWORD));
    let body = json!({ "currentPassword": PASSWORD, "newPassword": "another long password" }).to_string();
    world.memory.sessions.spare.set(2);
    world.memory.sessions.broken.set(true);
    assert_eq!(refusal(&world.bearer("POST", "/auth/password", string(&owner["accessToken"]), &body)).0, 503);
    world.memory.sessions.broken.set(false);
    // Nobody asks again.
    assert_eq!(refusal(&world.refresh(&thief["refreshToken"])), (401, "session_ended".into()));
    assert_eq!(world.bearer("GET", "/users/me", string(&thief["accessToken"]), "").status, 401);
    assert_eq!(world.refresh(&owner["refreshToken"]).status, 200);
    assert!(world.kinds().contains(&Kind::SessionsEnded) && world.kinds().contains(&Kind::PasswordChanged));
}

#[test]
fn a_password_change_the_sessions_cannot_be_asked_about_changes_nothing() {
    let world = World::new();
    let one = world.register("ann@example.com");
    let body = json!({ "currentPassword": PASSWORD, "newPassword": "another long password" }).to_string();
    world.memory.sessions.broken.set(true);
    assert_eq!(refusal(&world.bearer("POST", "/auth/password", string(&one["accessToken"]), &body)).0, 503);
    world.memory.sessions.broken.set(false);
    assert_eq!(world.login("ann@example.com", "another long password").status, 401);
    assert_eq!(world.login("ann@example.com", PASSWORD).status, 200);
    assert_eq!(world.refresh(&one["refreshToken"]).status, 200);
}

#[test]
fn an_ended_session_changes_no_password_and_ends_no_other() {
    let world = World::new();
    let one = world.register("ann@example.com");
    let two = body_of(&world.login("ann@example.com", PASSWORD));
    // Where nobody has heard of its end but the sessions themselves, its access token is still good.
    let id = string(&one["user"]["id"]).to_owned();
    let sid = world.sid_of(&one["accessToken"]);
    now(world.memory.sessions.tell(&id, Event::End { sid }, world.memory.time.get())).unwrap();
    let body = json!({ "currentPassword": PASSWORD, "newPassword": "another long password" }).to_string();
    let answer = world.bearer("POST", "/auth/password", string(&one["accessToken"]), &body);
    assert_eq!(refusal(&answer), (401, "invalid_token".into()));
    assert_eq!(world.refresh(&two["refreshToken"]).status, 200);
    assert_eq!(world.login("ann@example.com", PASSWORD).status, 200);
}

#[test]
fn a_demotion_that_fails_half_way_ends_every_session_even_if_nobody_asks_again() {
    // The administrator's own session is asked first, so one more call gets through than in the change itself.
    for spare in [0, 1, 2] {
        let world = World::new();
        let (ann, bob) = (world.register("ann@example.com"), world.register("bob@example.com"));
        now(world.memory.accounts.set_roles(string(&ann["user"]["id"]), &["admin".to_owned()], None)).unwrap();
        let admin = body_of(&world.login("ann@example.com", PASSWORD));
        let path = format!("/users/{}", string(&bob["user"]["id"]));
        world.memory.sessions.spare.set(spare);
        world.memory.sessions.broken.set(true);
        assert_eq!(refusal(&world.bearer("PATCH", &path, string(&admin["accessToken"]), "{\"roles\":[]}")).0, 503);
        world.memory.sessions.broken.set(false);
        let roles = now(world.memory.accounts.by_id(string(&bob["user"]["id"]))).unwrap().unwrap().user.roles.names;
        let (refreshed, read) = (
            world.refresh(&bob["refreshToken"]).status,
            world.bearer("GET", "/users/me", string(&bob["accessToken"]), "").status,
        );
        // Either nothing has happened, or the role is gone and so is every session.
        match spare {
            0 | 1 => assert_eq!((roles, refreshed.as_u16(), read.as_u16()), (vec!["user".to_owned()], 200, 200)),
            _ => assert_eq!((roles, refreshed.as_u16(), read.as_u16()), (vec![], 401, 401)),
        }
    }
}

#[test]
fn a_password_change_the_sessions_did_not_hear_of_is_finished_by_asking_again() {
    let world = World::new();
    let one = world.register("ann@example.com");
    let two = body_of(&world.login("ann@example.com", PASSWORD));
    let change = |new: &str| {
        let body = json!({ "currentPassword": PASSWORD, "newPassword": new }).to_string();
        world.bearer("POST", "/auth/password", string(&two["accessToken"]), &body)
    };
    // The guess gets through, the end of the other sessions does not.
    world.memory.sessions.spare.set(2);
    world.memory.sessions.broken.set(true);
    assert_eq!(refusal(&change("another long password")), (503, "unavailable".into()));
    world.memory.sessions.broken.set(false);
    assert_eq!(refusal(&change("a third long password")), (401, "invalid_credentials".into()), "not another change");
    assert_eq!(change("another long password").status, 204, "the same once more");
    assert_eq!(refusal(&world.refresh(&one["refreshToken"])), (401, "session_ended".into()));
    assert_eq!(world.bearer("GET", "/users/me", string(&one["accessToken"]), "").status, 401);
    assert_eq!(world.refresh(&two["refreshToken"]).status, 200);
    assert_eq!(world.login("ann@example.com", PASSWORD).status, 401);
    assert_eq!(world.login("ann@example.com", "another long password").status, 200);
    assert_eq!(change("another long password").status, 204, "the answer may have got lost");
    let three = body_of(&world.login("ann@example.com", "another long password"));
    world.wait(CHANGE_DEADLINE + Duration::from_secs(1));
    assert_eq!(world.refresh(&three["refreshToken"]).status, 200, "the change is over");
    world.wait(PASSWORD_CHANGE_GRACE + Duration::from_secs(1));
    assert_eq!(refusal(&change("another long password")), (401, "invalid_credentials".into()), "much later");
    assert_eq!(world.kinds().iter().filter(|kind| **kind == Kind::PasswordChanged).count(), 1);
}

#[test]
fn a_change_of_roles_is_on_record_also_when_the_sessions_did_not_hear_of_it() {
    let world = World::new();
    let (ann, bob) = (world.register("ann@example.com"), world.register("bob@example.com"));
    now(world.memory.accounts.set_roles(string(&ann["user"]["id"]), &["admin".to_owned()], None)).unwrap();
    let admin = body_of(&world.login("ann@example.com", PASSWORD));
    let take = || {
        let path = format!("/users/{}", string(&bob["user"]["id"]));
        world.bearer("PATCH", &path, string(&admin["accessToken"]), &json!({ "roles": [] }).to_string())
    };
    world.memory.sessions.spare.set(2);
    world.memory.sessions.broken.set(true);
    assert_eq!(refusal(&take()), (503, "unavailable".into()));
    world.memory.sessions.broken.set(false);
    assert_eq!(take().status, 200);
    assert_eq!(refusal(&world.refresh(&bob["refreshToken"])), (401, "session_ended".into()));
    assert_eq!(world.kinds().iter().filter(|kind| **kind == Kind::RolesChanged).count(), 1);
}

#[test]
fn every_kind_of_thing_that_happens_is_on_record_and_no_secret_is() {
    let world = World::new();
    let ann = world.register("ann@example.com");
    let (id, first) = (string(&ann["user"]["id"]).to_owned(), string(&ann["refreshToken"]).to_owned());
    let old = bcrypt::hash(PASSWORD, 4).unwrap();
    let email = portcullis::account::Email::parse("ann@example.com").unwrap();
    let account = now(world.memory.accounts.by_email(&email)).unwrap().unwrap();
    assert!(now(world.memory.accounts.upgrade_hash(&id, &account.password_hash, &old)).unwrap());
    now(world.memory.accounts.set_roles(&id, &["admin".to_owned()], None)).unwrap();
    let admin = body_of(&world.login("ann@example.com", PASSWORD));
    let token = string(&admin["accessToken"]);
    let bob = world.register("bob@example.com");
    let path = format!("/users/{}", string(&bob["user"]["id"]));
    assert_eq!(world.bearer("PATCH", &path, token, "{\"roles\":[]}").status, 200);
    let form = json!({ "currentPassword": PASSWORD, "newPassword": "another long password" }).to_string();
    assert_eq!(world.bearer("POST", "/auth/password", token, &form).status, 204);
    let carl = world.register("carl@example.com");
    world.refresh(&carl["refreshToken"]);
    world.wait(REFRESH_GRACE + Duration::from_secs(1));
    assert_eq!(refusal(&world.refresh(&carl["refreshToken"])), (401, "token_reused".into()));
    let ahead = world.ahead_of(&admin["refreshToken"]);
    assert_eq!(refusal(&world.refresh(&ahead)), (401, "invalid_token".into()));
    let basic = [("authorization", "Basic YXBpOjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm")];
    let other = body_of(&world.login("ann@example.com", "another long password"));
    world.send("POST", "/oauth/revoke", &basic, &format!("token={}", string(&other["refreshToken"])));
    assert_eq!(world.bearer("POST", "/auth/logout", token, "").status, 204);
    for _ in 0..LOCKOUT_FAILURES {
        world.login("ann@example.com", WRONG);
    }
    let filter = portcullis::account::audit::Filter { rows: 1000, ..Default::default() };
    let entries = now(world.memory.log.find(&filter)).unwrap().entries;
    for kind in Kind::ALL {
        let found = entries.iter().find(|entry| entry.event == kind);
        let entry = found.unwrap_or_else(|| panic!("{} is not on record", kind.name()));
        assert!(!entry.user.is_empty() && entry.request == "request" && entry.client == "192.0.2.7", "{entry:?}");
    }
    let failed: Vec<&str> =
        entries.iter().filter(|entry| entry.event == Kind::SignInFailed).map(|entry| entry.detail.as_str()).collect();
    assert!(failed.iter().all(|reason| *reason == "wrong password"), "the reason is inside: {failed:?}");
    let written = serde_json::to_string(&entries).unwrap();
    let signature = |token: &str| token.rsplit('.').next().unwrap().to_owned();
    for secret in [PASSWORD, WRONG, "another long password", &signature(&first), &signature(token), "$2b$", "$argon2"] {
        assert!(!written.contains(secret), "{secret} is in {written}");
    }
}

#[test]
fn a_refused_sign_in_costs_as_many_hashes_whoever_it_is_for() {
    let world = World::new();
    for email in ["known@example.com", "locked@example.com", "without@example.com", "unreadable@example.com"] {
        world.register(email);
    }
    for (email, hash) in [("without@example.com", ""), ("unreadable@example.com", "$2b$31$of no use")] {
        let email = portcullis::account::Email::parse(email).unwrap();
        let account = now(world.memory.accounts.by_email(&email)).unwrap().unwrap();
        assert!(now(world.memory.accounts.upgrade_hash(&account.user.id, &account.password_hash, hash)).unwrap());
    }
    for _ in 0..LOCKOUT_FAILURES {
        world.login("locked@example.com", WRONG);
    }
    // The second is another text after NFKC, so both its forms are compared.
    for (password, hashes) in [(WRONG, 1), ("\u{fb01}ne but wrong, long enough", 2)] {
        for who in ["nobody", "known", "locked", "without", "unreadable", "not an address"] {
            let before = world.memory.hasher.computed.get();
            let email = if who.contains(' ') { who.to_owned() } else { format!("{who}@example.com") };
            assert_eq!(world.login(&email, password).status, 401);
            assert_eq!(world.memory.hasher.computed.get() - before, hashes, "{who}, {password:?}");
        }
    }
}

#[test]
fn the_limit_per_client_counts_the_cost_of_hashes_and_not_calls() {
    let world = World::new();
    let costs = |ask: &dyn Fn()| {
        world.memory.limiter.counted.set(0);
        world.memory.hasher.computed.set(0);
        ask();
        (world.memory.limiter.counted.get(), world.memory.hasher.computed.get())
    };
    assert_eq!(costs(&|| drop(world.register("ann@example.com"))), (1, 1));
    assert_eq!(costs(&|| drop(world.login("ann@example.com", WRONG))), (1, 1));
    // Another text after NFKC: both forms are compared.
    assert_eq!(costs(&|| drop(world.login("ann@example.com", "\u{fb01}ne but wrong, long enough"))), (2, 2));
    assert_eq!(costs(&|| drop(world.login("nobody@example.com", WRONG))), (1, 1));
    let set_hash = |hash: &str| {
        let email = portcullis::account::Email::parse("ann@example.com").unwrap();
        let account = now(world.memory.accounts.by_email(&email)).unwrap().unwrap();
        assert!(now(world.memory.accounts.upgrade_hash(&account.user.id, &account.password_hash, hash)).unwrap());
    };
    // An imported hash of six times the work.
    set_hash("$argon2id$v=19$m=65536,t=3,p=1$c2l4dGVlbiBieXRlcyAhIQ$7rq0ZbC1j0b3m1yqk6m4dKXnUu5mZr8rVZ0b0g0jv3o");
    assert_eq!(costs(&|| drop(world.login("ann@example.com", WRONG))), (6, 1));
    // A cheap one, which is made new.
    set_hash(&bcrypt::hash(PASSWORD, 4).unwrap());
    assert_eq!(costs(&|| drop(world.login("ann@example.com", PASSWORD))), (2, 2));
    assert_eq!(costs(&|| drop(world.login("ann@example.com", PASSWORD))), (1, 1));
}

#[test]
fn where_no_more_hashes_are_computed_for_now_the_answer_is_503_and_nothing_is_changed() {
    let world = World::new();
    let ann = world.register("ann@example.com");
    world.memory.hasher.full.set(true);
    let bob = json!({ "email": "bob@example.com", "password": PASSWORD, "name": "Bob" });
    let change = json!({ "currentPassword": PASSWORD, "newPassword": "another long password" }).to_string();
    for response in [
        world.post("/auth/register", bob.clone()),
        world.login("ann@example.com", PASSWORD),
        world.login("nobody@example.com", WRONG),
        world.bearer("POST", "/auth/password", string(&ann["accessToken"]), &change),
    ] {
        assert_eq!(refusal(&response), (503, "unavailable".into()));
        assert!(response.headers.get("retry-after").is_some());
    }
    world.memory.hasher.full.set(false);
    assert_eq!(world.login("ann@example.com", PASSWORD).status, 200);
    assert_eq!(world.post("/auth/register", bob).status, 201);
}

#[test]
fn a_password_that_is_too_short_is_told_by_how_much() {
    let world = World::with(|name| if name == "MIN_PASSWORD_CHARS" { Some("15".into()) } else { settings(name) });
    let body = json!({ "email": "ann@example.com", "password": "fourteen chars", "name": "Ann" });
    let response = world.post("/auth/register", body);
    assert_eq!(refusal(&response), (400, "invalid_request".into()));
    let message = "The field password must have at least 15 characters; it has 14.";
    assert_eq!(body_of(&response)["message"], message);
}

#[test]
fn older_hashes_are_made_new_at_sign_in() {
    let world = World::new();
    world.register("ann@example.com");
    let email = portcullis::account::Email::parse("ann@example.com").unwrap();
    let hash = || now(world.memory.accounts.by_email(&email)).unwrap().unwrap();
    let old = bcrypt::hash("an imported password", 4).unwrap();
    assert!(now(world.memory.accounts.upgrade_hash(&hash().user.id, &hash().password_hash, &old)).unwrap());
    assert_eq!(world.login("ann@example.com", WRONG).status, 401);
    assert_eq!(hash().password_hash, old);
    assert_eq!(world.login("ann@example.com", "an imported password").status, 200);
    assert!(hash().password_hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    assert_eq!(world.login("ann@example.com", "an imported password").status, 200);
}
