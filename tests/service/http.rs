//! The service as a client sees it.

use std::time::Duration;

use portcullis::account::Accounts;
use portcullis::account::audit::Kind;
use portcullis::limits::REFRESH_GRACE;
use portcullis::service::{Config, Keys, Limit, ROUTES};
use serde_json::json;

use crate::support::{PASSWORD, World, body_of, now, refusal, settings, string, text};

const WRONG: &str = "wrong password, long enough";

#[test]
fn registering_makes_an_account_and_a_session() {
    let world = World::new();
    let body = world.register(" Ann@Example.com ");
    assert_eq!(body["user"]["email"], "Ann@Example.com");
    assert_eq!(body["user"]["roles"], json!(["user"]));
    assert_eq!((&body["tokenType"], &body["expiresIn"]), (&json!("Bearer"), &json!(900)));
    let me = world.bearer("GET", "/users/me", string(&body["accessToken"]), "");
    assert_eq!(body_of(&me), body["user"]);
    assert_eq!(world.kinds(), [Kind::Registered]);
}

#[test]
fn an_address_is_one_account_however_it_is_typed() {
    let world = World::new();
    world.register("ann@example.com");
    for typed in ["ann@example.com", " ANN@example.COM", "\u{ff41}nn@example.com"] {
        let body = json!({ "email": typed, "password": PASSWORD, "name": "Ann" });
        assert_eq!(refusal(&world.post("/auth/register", body)), (409, "email_taken".into()), "{typed}");
        assert_eq!(world.login(typed, PASSWORD).status, 200, "{typed}");
    }
}

#[test]
fn unknown_wrong_and_locked_get_the_same_answer() {
    let world = World::new();
    world.register("ann@example.com");
    let unknown = world.login("nobody@example.com", PASSWORD);
    assert_eq!(refusal(&unknown), (401, "invalid_credentials".into()));
    for _ in 0..12 {
        let wrong = world.login("ann@example.com", WRONG);
        assert_eq!((wrong.status, &wrong.body, &wrong.headers), (unknown.status, &unknown.body, &unknown.headers));
    }
    let locked = world.login("ann@example.com", PASSWORD);
    assert_eq!((locked.status, &locked.body, &locked.headers), (unknown.status, &unknown.body, &unknown.headers));
    assert_eq!(world.kinds().iter().filter(|kind| **kind == Kind::LockedOut).count(), 1);
    world.wait(Duration::from_secs(60));
    assert_eq!(world.login("ann@example.com", PASSWORD).status, 200);
}

#[test]
fn a_refresh_gives_a_new_pair_and_a_racing_one_the_same_again() {
    let world = World::new();
    let first = world.register("ann@example.com");
    let winner = body_of(&world.refresh(&first["refreshToken"]));
    assert_ne!(winner["refreshToken"], first["refreshToken"]);
    for _ in 0..10 {
        world.wait(Duration::from_secs(3));
        let racer = body_of(&world.refresh(&first["refreshToken"]));
        assert_eq!(racer["refreshToken"], winner["refreshToken"], "re-derived, byte for byte");
        assert_eq!(world.bearer("GET", "/users/me", string(&racer["accessToken"]), "").status, 200);
    }
    world.wait(Duration::from_secs(1));
    let thief = world.refresh(&first["refreshToken"]);
    assert_eq!(refusal(&thief), (401, "token_reused".into()));
    assert_eq!(refusal(&world.refresh(&winner["refreshToken"])), (401, "session_ended".into()));
    let access = world.bearer("GET", "/users/me", string(&winner["accessToken"]), "");
    assert_eq!(refusal(&access), (401, "invalid_token".into()), "its access tokens are revoked");
    assert!(world.kinds().contains(&Kind::RefreshReuse));
}

#[test]
fn only_reuse_and_the_end_of_a_session_clear_the_cookie() {
    let world = World::new();
    let body = json!({ "email": "ann@example.com", "password": PASSWORD, "name": "Ann" });
    let response = world.post("/auth/register", body);
    assert!(body_of(&response).get("refreshToken").is_none());
    let set = response.headers.get("set-cookie").unwrap().to_owned();
    assert!(set.starts_with("__Host-refresh=") && set.contains("Max-Age=604800"), "{set}");
    let old = set.split(';').next().unwrap().to_owned();
    let refresh = |cookie: &str| world.send("POST", "/auth/refresh", &[("cookie", cookie)], "");
    let cookie_of = |response: &portcullis::http::Response| response.headers.get("set-cookie").map(str::to_owned);
    let winner = cookie_of(&refresh(&old)).unwrap();
    assert_eq!(cookie_of(&refresh(&old)).unwrap(), winner, "a racer's cookie is the winner's");
    let tampered = refresh(&old.replace("refresh=e", "refresh=x"));
    assert_eq!((refusal(&tampered), cookie_of(&tampered)), ((401, "invalid_token".into()), None));
    world.wait(REFRESH_GRACE + Duration::from_secs(1));
    for code in ["token_reused", "session_ended"] {
        let response = refresh(&old);
        assert_eq!(refusal(&response), (401, code.into()));
        assert!(cookie_of(&response).unwrap().contains("Max-Age=0"));
    }
}

#[test]
fn a_clock_that_is_set_back_signs_nobody_out() {
    let world = World::new();
    let first = world.register("ann@example.com");
    let later = world.memory.time.get();
    world.memory.time.set(later.minus(Duration::from_secs(600)));
    let second = world.refresh(&first["refreshToken"]);
    assert_eq!(second.status, 200, "{}", text(&second));
    let second = body_of(&second);
    assert_eq!(world.bearer("GET", "/users/me", string(&second["accessToken"]), "").status, 200);
    assert_eq!(world.refresh(&second["refreshToken"]).status, 200);
}

#[test]
fn refresh_tokens_and_access_tokens_do_not_stand_in_for_each_other() {
    let world = World::new();
    let body = world.register("ann@example.com");
    let as_access = world.bearer("GET", "/users/me", string(&body["refreshToken"]), "");
    assert_eq!(refusal(&as_access), (401, "invalid_token".into()));
    assert_eq!(refusal(&world.refresh(&body["accessToken"])), (401, "invalid_token".into()));
}

#[test]
fn logging_out_ends_this_session_and_logging_out_everywhere_all() {
    let world = World::new();
    let one = world.register("ann@example.com");
    let two = body_of(&world.login("ann@example.com", PASSWORD));
    let three = body_of(&world.login("ann@example.com", PASSWORD));
    assert_eq!(world.bearer("POST", "/auth/logout", string(&one["accessToken"]), "").status, 204);
    assert_eq!(refusal(&world.refresh(&one["refreshToken"])), (401, "session_ended".into()));
    assert_eq!(world.post("/auth/logout", json!({ "refreshToken": one["refreshToken"] })).status, 204, "once more");
    let again = world.post("/auth/logout-all", json!({ "refreshToken": one["refreshToken"] }));
    assert_eq!(refusal(&again), (401, "session_ended".into()), "an ended session cannot end the others");
    assert_eq!(world.bearer("POST", "/auth/logout-all", string(&two["accessToken"]), "").status, 204);
    for other in [&two, &three] {
        assert_eq!(refusal(&world.refresh(&other["refreshToken"])), (401, "session_ended".into()));
        assert_eq!(world.bearer("GET", "/users/me", string(&other["accessToken"]), "").status, 401);
    }
    let back = body_of(&world.login("ann@example.com", PASSWORD));
    assert_eq!(world.bearer("GET", "/users/me", string(&back["accessToken"]), "").status, 200, "in the same second");
}

/// A tab that slept through a sign-in on an account page still has the access token of the session before.
#[test]
fn logging_out_takes_no_cookie_whose_session_it_leaves_open() {
    let world = World::new();
    let stale = world.register("ann@example.com");
    assert_eq!(world.bearer("POST", "/auth/logout", string(&stale["accessToken"]), "").status, 204);
    let sign_in = |email: &str| {
        let response = world.post("/auth/login", json!({ "email": email, "password": PASSWORD }));
        response.headers.get("set-cookie").unwrap().split(';').next().unwrap().to_owned()
    };
    let bearer = format!("Bearer {}", string(&stale["accessToken"]));
    let leave =
        |path: &str, cookie: &str| world.send("POST", path, &[("authorization", &bearer), ("cookie", cookie)], "");
    let refreshed = |cookie: &str| world.send("POST", "/auth/refresh", &[("cookie", cookie)], "");
    for path in ["/auth/logout", "/auth/logout-all"] {
        let cookie = sign_in("ann@example.com");
        let left = leave(path, &cookie);
        assert_eq!((left.status.as_u16(), left.headers.contains("set-cookie")), (204, true), "{path}");
        assert_eq!(refusal(&refreshed(&cookie)), (401, "session_ended".into()), "{path}");
    }
    world.register("bob@example.com");
    let cookie = sign_in("bob@example.com");
    let refused = leave("/auth/logout-all", &cookie);
    assert_eq!(refusal(&refused), (401, "session_ended".into()), "what is ended cannot end another user's");
    assert!(!refused.headers.contains("set-cookie"));
    assert_eq!(leave("/auth/logout", &cookie).status, 204);
    assert_eq!(refusal(&refreshed(&cookie)), (401, "session_ended".into()));
}

#[test]
fn devices_are_listed_and_ended_one_by_one() {
    let world = World::new();
    let one = world.register("ann@example.com");
    let two = body_of(&world.login("ann@example.com", PASSWORD));
    let access = string(&two["accessToken"]);
    let list = body_of(&world.bearer("GET", "/auth/sessions", access, ""));
    let sessions = list["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    assert!(sessions.iter().all(|session| session["place"] == "Lisbon, PT"));
    let other = sessions.iter().find(|session| session["current"] == false).unwrap();
    let path = format!("/auth/sessions/{}", string(&other["id"]));
    assert_eq!(world.bearer("DELETE", &path, access, "").status, 204);
    assert_eq!(refusal(&world.bearer("DELETE", &path, access, "")), (404, "not_found".into()));
    assert_eq!(refusal(&world.refresh(&one["refreshToken"])), (401, "session_ended".into()));
    assert_eq!(world.refresh(&two["refreshToken"]).status, 200);
    let stranger = world.register("bob@example.com");
    let mine = string(&sessions.iter().find(|session| session["current"] == true).unwrap()["id"]);
    let foreign = world.bearer("DELETE", &format!("/auth/sessions/{mine}"), string(&stranger["accessToken"]), "");
    assert_eq!(refusal(&foreign), (404, "not_found".into()), "someone else's session");
}

#[test]
fn administrators_set_roles_and_a_demoted_one_is_out() {
    let world = World::new();
    let (ann, bob) = (world.register("ann@example.com"), world.register("bob@example.com"));
    let id = |body: &serde_json::Value| string(&body["user"]["id"]).to_owned();
    let set = |by: &str, id: &str, roles: serde_json::Value| {
        world.bearer("PATCH", &format!("/users/{id}"), by, &json!({ "roles": roles }).to_string())
    };
    assert_eq!(set(string(&ann["accessToken"]), &id(&ann), json!(["admin"])).status, 403);
    now(world.memory.accounts.set_roles(&id(&ann), &["admin".to_owned(), "user".to_owned()], None)).unwrap();
    let admin = body_of(&world.login("ann@example.com", PASSWORD));
    let admin_token = string(&admin["accessToken"]).to_owned();
    let alone = set(&admin_token, &id(&ann), json!(["user"]));
    assert_eq!(refusal(&alone), (409, "own_role".into()), "nobody would be left to administer");
    let promoted = set(&admin_token, &id(&bob), json!(["admin"]));
    assert_eq!(body_of(&promoted)["roles"], json!(["admin"]));
    let page = body_of(&world.bearer("GET", "/users?limit=1", &admin_token, ""));
    assert_eq!((page["users"].as_array().unwrap().len(), page["next"].is_string()), (1, true));
    let bob = body_of(&world.login("bob@example.com", PASSWORD));
    assert_eq!(set(string(&bob["accessToken"]), &id(&ann), json!(["user"])).status, 200);
    assert_eq!(world.bearer("GET", "/users", &admin_token, "").status, 401, "at once, here");
    assert_eq!(refusal(&world.refresh(&admin["refreshToken"])), (401, "session_ended".into()));
    let log = world.bearer("GET", "/audit?event=roles_changed", string(&bob["accessToken"]), "");
    assert_eq!(body_of(&log)["entries"][0]["detail"], "from [admin user] to [user]");
}

#[test]
fn a_store_out_of_reach_is_a_503_and_leaves_nothing_half_made() {
    let world = World::new();
    let ann = world.register("ann@example.com");
    world.memory.sessions.broken.set(true);
    let body = json!({ "email": "bob@example.com", "password": PASSWORD, "name": "Bob" });
    for response in [
        world.post("/auth/register", body),
        world.login("ann@example.com", PASSWORD),
        world.refresh(&ann["refreshToken"]),
        world.bearer("POST", "/auth/logout", string(&ann["accessToken"]), ""),
    ] {
        assert_eq!(refusal(&response), (503, "unavailable".into()));
        assert!(response.headers.contains("retry-after") && !response.headers.contains("set-cookie"));
        assert!(!text(&response).contains("test said so"), "reasons are for the log");
    }
    world.memory.sessions.broken.set(false);
    world.register("bob@example.com");
    assert_eq!(world.refresh(&ann["refreshToken"]).status, 200);
}

#[test]
fn limits_stand_in_front_of_password_hashing() {
    let world = World::new();
    world.register("ann@example.com");
    for limit in [Limit::Client, Limit::Account] {
        world.memory.limiter.refuse.set(Some(limit));
        let response = world.login("ann@example.com", PASSWORD);
        assert_eq!(refusal(&response), (429, "too_many_requests".into()));
        assert!(response.headers.contains("retry-after"));
    }
    let seen = world.memory.limiter.seen.borrow();
    assert!(seen.iter().all(|key| !key.contains('@')), "addresses do not become keys: {seen:?}");
}

#[test]
fn every_route_of_the_table_is_described_and_refuses_nonsense() {
    let world = World::new();
    let description = body_of(&world.send("GET", "/openapi.json", &[], ""));
    for route in &ROUTES {
        let described = &description["paths"][route.path][route.method.to_lowercase()];
        assert_eq!(described["operationId"], format!("{:?}", route.endpoint));
        let path = route.path.replace("{id}", "x");
        for body in ["", "{", "[]", "{}", "null", "\"x\"", "{\"email\":1}", "{\"refreshToken\":\"x\"}"] {
            for authorization in ["", "Bearer", "Bearer x", "Bearer a.b.c", "Basic x", "x"] {
                let headers = [("authorization", authorization), ("cookie", "__Host-refresh=x")];
                let response = world.send(route.method, &path, &headers, body);
                let status = response.status.as_u16();
                assert!(status < 500, "{} {path} {body} {authorization}: {status}", route.method);
                assert!(described["responses"].get(status.to_string()).is_some(), "{} {path}: {status}", route.method);
            }
        }
    }
}

#[test]
fn bodies_too_large_wrong_methods_and_foreign_pages_are_refused() {
    let world = World::new();
    let large = format!("{{\"email\":\"{}\"}}", "a".repeat(65_536));
    for path in ["/auth/login", "/auth/register", "/auth/refresh", "/oauth/revoke"] {
        let headers = [("authorization", "Basic YXBpOjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm")];
        assert_eq!(refusal(&world.send("POST", path, &headers, &large)), (413, "body_too_large".into()), "{path}");
    }
    let wrong = world.send("DELETE", "/users/me", &[], "");
    assert_eq!(refusal(&wrong), (405, "method_not_allowed".into()));
    assert_eq!(wrong.headers.get("allow"), Some("GET, HEAD, PUT"));
    for origin in ["https://evil.example", "null"] {
        let foreign = world.send("POST", "/auth/refresh", &[("origin", origin)], "");
        assert_eq!(refusal(&foreign), (403, "cross_site_request".into()));
    }
    let ours = world.send("POST", "/auth/refresh", &[("origin", "https://app.example")], "");
    assert_eq!(refusal(&ours), (401, "missing_token".into()));
    assert_eq!(ours.headers.get("access-control-allow-origin"), Some("https://app.example"));
}

#[test]
fn clients_introspect_and_revoke() {
    let world = World::new();
    let body = world.register("ann@example.com");
    let basic = [("authorization", "Basic YXBpOjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm")];
    let introspect = |token: &str| body_of(&world.send("POST", "/oauth/introspect", &basic, &format!("token={token}")));
    for name in ["accessToken", "refreshToken"] {
        let answer = introspect(string(&body[name]));
        assert_eq!((&answer["active"], &answer["sub"]), (&json!(true), &body["user"]["id"]), "{name}");
    }
    assert_eq!(introspect("x"), json!({ "active": false }));
    let replaced = body.clone();
    let body = body_of(&world.refresh(&replaced["refreshToken"]));
    assert_eq!(introspect(string(&replaced["refreshToken"]))["active"], true, "within its grace");
    world.wait(REFRESH_GRACE + Duration::from_secs(1));
    assert_eq!(introspect(string(&replaced["refreshToken"])), json!({ "active": false }), "replaced");
    assert_eq!(introspect(string(&body["refreshToken"]))["active"], true);
    let stranger = world.send("POST", "/oauth/introspect", &[("authorization", "Basic YXBpOng=")], "token=x");
    assert_eq!(refusal(&stranger), (401, "invalid_client".into()));
    let revoke = world.send("POST", "/oauth/revoke", &basic, &format!("token={}", string(&body["refreshToken"])));
    assert_eq!(revoke.status, 200);
    for name in ["accessToken", "refreshToken"] {
        assert_eq!(introspect(string(&body[name])), json!({ "active": false }), "{name}");
    }
}

#[test]
fn verifiers_elsewhere_learn_what_is_revoked() {
    let world = World::new();
    let body = world.register("ann@example.com");
    let before = world.send("GET", "/auth/revocations", &[], "");
    let etag = before.headers.get("etag").unwrap().to_owned();
    assert_eq!(world.send("GET", "/auth/revocations", &[("if-none-match", &etag)], "").status, 304);
    world.bearer("POST", "/auth/logout-all", string(&body["accessToken"]), "");
    let after = body_of(&world.send("GET", "/auth/revocations", &[("if-none-match", &etag)], ""));
    assert_eq!(after["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(after["users"][string(&body["user"]["id"])], json!(1_800_000_000));
    world.wait(Duration::from_secs(906));
    assert_eq!(body_of(&world.send("GET", "/auth/revocations", &[], ""))["sessions"], json!([]));
}

#[test]
fn a_private_jwks_signs_and_its_public_half_is_published() {
    let key =
        portcullis::key::Key::generate(portcullis::alg::Alg::ES256, &crate::support::Counting::default()).unwrap();
    let jwks = format!("{{\"keys\":[{}]}}", key.to_private_jwk().as_str());
    let world = World::with(|name| match name {
        "JWT_KEYS" => Some(jwks.clone()),
        "JWT_SECRET" | "JWT_REFRESH_SECRET" => None,
        _ => settings(name),
    });
    let body = world.register("ann@example.com");
    assert_eq!(world.bearer("GET", "/users/me", string(&body["accessToken"]), "").status, 200);
    assert_eq!(world.refresh(&body["refreshToken"]).status, 200);
    let published = body_of(&world.send("GET", "/.well-known/jwks.json", &[], ""));
    assert_eq!(published["keys"][0]["kid"], json!(key.thumbprint()));
    assert!(published["keys"][0].get("d").is_none());
}

#[test]
fn missing_and_weak_settings_are_named_with_a_cure() {
    let without = |missing: &'static str, value: Option<&'static str>| {
        let read = move |name: &str| if name == missing { value.map(str::to_owned) } else { settings(name) };
        Config::read(read).map(drop).and_then(|()| Keys::read(read).map(drop)).unwrap_err().to_string()
    };
    for (name, value) in [
        ("ISSUER", None),
        ("ISSUER", Some("id.example")),
        ("AUDIENCE", None),
        ("JWT_SECRET", None),
        ("JWT_SECRET", Some("short")),
        ("JWT_SECRET", Some("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")),
        (
            "JWT_SECRET",
            Some(
                "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAES7hKemw/yR8RwFkGenjR2OLz\
                             LlfXkkPT3zksLRy7ZVide/0NZw29hbnPtkqa1d8dl4w/fJGxTWGbQc7hrT9ExA==",
            ),
        ),
        (
            "JWT_REFRESH_SECRET",
            Some(
                "3059301306072a8648ce3d020106082a8648ce3d030107034200044bb84a7a6c3fc91f11c059067a78d1d8e2f3\
                                     2e57d79243d3df392c2d1cbb65589d7bfd0d670dbd85b9cfb64a9ad5df1d978c3f7c91b14d619b41cee1ad3f44c4",
            ),
        ),
        ("JWT_REFRESH_SECRET", Some("an access secret of a good length, for tests")),
        ("JWT_KEYS", Some("{}")),
        ("ACCESS_TOKEN_SECONDS", Some("soon")),
        ("REFRESH_GRACE_SECONDS", Some("3600")),
        ("LEEWAY_SECONDS", Some("86400")),
        ("COOKIE_DOMAIN", Some("example.com; Path=/")),
        ("OAUTH_CLIENTS", Some(r#"{"api": "short"}"#)),
        ("OAUTH_CLIENTS", Some("api:0123456789abcdef0123456789abcdef")),
        ("MIN_PASSWORD_CHARS", Some("4")),
        ("ALLOWED_ORIGINS", Some("https://app.example/path")),
        ("ALLOWED_ORIGINS", Some(r#"["https://app.example,https://evil.example"]"#)),
        ("ALLOWED_ORIGINS", Some(r#"["https://app.example", 1]"#)),
    ] {
        let sentence = without(name, value);
        assert!(sentence.contains(name), "{name}={value:?}: {sentence}");
        assert!(value.is_none_or(|value| value.len() < 30 || !sentence.contains(value)), "no secret in {sentence}");
    }
}

#[test]
fn a_method_that_is_not_described_is_a_405_that_names_those_that_are() {
    let world = World::new();
    let description = body_of(&world.send("GET", "/openapi.json", &[], ""));
    for (path, methods) in description["paths"].as_object().unwrap() {
        let described: Vec<String> = methods.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY", "X"] {
            let served = if method == "HEAD" { "GET" } else { method };
            if described.iter().any(|described| described == served) {
                continue;
            }
            let response = world.send(method, &path.replace("{id}", "x"), &[], "");
            assert_eq!(refusal(&response), (405, "method_not_allowed".into()), "{method} {path}");
            let allowed: Vec<&str> = response.headers.get("allow").unwrap().split(", ").collect();
            assert!(described.iter().all(|described| allowed.contains(&described.as_str())), "{path}: {allowed:?}");
        }
    }
}

#[test]
fn a_body_of_another_media_type_is_refused() {
    const FORM: &str = "application/x-www-form-urlencoded";
    const JSON: &str = "application/json";
    let world = World::new();
    let client = "Basic YXBpOjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm";
    let login = json!({ "email": "nobody@example.com", "password": PASSWORD }).to_string();
    let status = |path: &str, types: &[&str], body: &str| {
        let mut headers = vec![("authorization", client)];
        headers.extend(types.iter().map(|media| ("content-type", *media)));
        world.send("POST", path, &headers, body).status.as_u16()
    };
    for types in [&[][..], &[JSON], &["Application/JSON; charset=utf-8"], &["application/json ;x=y"]] {
        assert_eq!(status("/auth/login", types, &login), 401, "{types:?}");
    }
    for types in [&["text/plain"][..], &[FORM], &[""], &["application/jsonp"], &["\u{e9}"], &[JSON, "text/plain"]] {
        assert_eq!(status("/auth/login", types, &login), 415, "{types:?}");
        assert_eq!(status("/auth/refresh", types, " "), 401, "there is no body: {types:?}");
    }
    for path in ["/oauth/introspect", "/oauth/revoke"] {
        for types in [&[][..], &[FORM], &["application/x-www-form-urlencoded; charset=utf-8"]] {
            assert_eq!(status(path, types, "token=x"), 200, "{path} {types:?}");
        }
        assert_eq!(status(path, &[JSON], "token=x"), 415, "{path}");
        assert_eq!(status(path, &[FORM], "token=x&token_type_hint=a&token_type_hint=b"), 400, "{path}");
        assert_eq!(status(path, &[FORM], "token=x&other=a&other=b"), 200, "{path}: what is not known is ignored");
    }
    let refused = world.send("POST", "/auth/login", &[("content-type", "text/plain")], &login);
    assert_eq!(refusal(&refused), (415, "unsupported_media_type".into()));
    assert_eq!(body_of(&refused)["message"], "The body must be sent with `Content-Type: application/json`.");
}

#[test]
fn a_parameter_that_is_empty_given_twice_or_in_another_form_is_refused() {
    let world = World::new();
    let ann = world.register("ann@example.com");
    let id = string(&ann["user"]["id"]);
    now(world.memory.accounts.set_roles(id, &["admin".to_owned()], None)).unwrap();
    let admin = body_of(&world.login("ann@example.com", PASSWORD));
    let status = |address: &str| world.bearer("GET", address, string(&admin["accessToken"]), "").status.as_u16();
    for good in ["", "limit=1", "limit=200", "cursor=", "cursor=0", "cursor=000000000000001", "unknown=x&unknown=y"] {
        assert_eq!((status(&format!("/users?{good}")), status(&format!("/audit?{good}"))), (200, 200), "{good}");
    }
    for good in ["from=0", "from=8640000000000000", "to=1", "event=signed_in", "user=x"] {
        assert_eq!(status(&format!("/audit?{good}")), 200, "{good}");
    }
    let bad = ["limit=", "limit=0", "limit=201", "limit=%2B5", "limit=05", "limit=1.0", "limit=1&limit=1", "limit=1e1"];
    let cursors = ["cursor=+1", "cursor=-1", "cursor=x", "cursor=1234567890123456", "cursor=1&cursor=1"];
    for bad in bad.into_iter().chain(cursors) {
        assert_eq!((status(&format!("/users?{bad}")), status(&format!("/audit?{bad}"))), (400, 400), "{bad}");
    }
    let moments = ["from=", "from=-1", "to=8640000000000001", "to=%2B1", "from=01", "to=1&to=2"];
    for bad in moments.into_iter().chain(["event=", "event=x", "event=registered&event=registered", "user="]) {
        assert_eq!(status(&format!("/audit?{bad}")), 400, "{bad}");
    }
    assert_eq!(status(&format!("/audit?user={}", "x".repeat(256))), 200);
    assert_eq!(status(&format!("/audit?user={}", "x".repeat(257))), 400);
}

#[test]
fn text_is_counted_in_characters_as_it_is_sent() {
    let world = World::new();
    let mut made = 0;
    let mut status = |field: &str, value: &str| {
        made += 1;
        let mut body = json!({ "email": format!("ann{made}@example.com"), "password": PASSWORD, "name": "Ann", "tokenDelivery": "body" });
        body[field] = value.into();
        world.post("/auth/register", body).status.as_u16()
    };
    for letter in ["a", "\u{e9}", "\u{1f642}"] {
        let email = |chars: usize| format!("{}@example.com", letter.repeat(chars - "@example.com".len()));
        assert_eq!((status("email", &email(254)), status("email", &email(255))), (201, 400), "{letter}");
        let name = |chars: usize| letter.repeat(chars);
        assert_eq!((status("name", &name(100)), status("name", &name(101))), (201, 400), "{letter}");
        let password = |chars: usize| format!("x{}", letter.repeat(chars - 1));
        assert_eq!((status("password", &password(7)), status("password", &password(8))), (400, 201), "{letter}");
        assert_eq!((status("password", &password(128)), status("password", &password(129))), (201, 400), "{letter}");
    }
    assert_eq!(status("password", &"e\u{301}".repeat(7)), 400, "fourteen as sent, seven as hashed");
    assert_eq!(status("password", "\u{fdfa}"), 400, "one as sent, eighteen as hashed");
    assert_eq!(status("password", &"e\u{301}".repeat(65)), 400, "130 as sent, 65 as hashed");
    assert_eq!(status("tokenDelivery", "BODY"), 400);
    let mut body = json!({ "email": "bob@example.com", "password": PASSWORD, "name": "Bob" });
    body["tokenDelivery"] = json!({ "body": null });
    assert_eq!(world.post("/auth/register", body).status, 400);
}

#[test]
fn a_credential_behind_a_comma_is_another_one_and_a_comma_alone_a_bad_token() {
    let world = World::new();
    let of = |value: &str| refusal(&world.send("GET", "/users/me", &[("authorization", value)], ""));
    for two in ["Bearer a.b.c, Bearer d.e.f", "bearer a.b.c,BASIC eDp5", "Bearer a.b.c, x, Bearer d"] {
        assert_eq!(of(two), (400, "invalid_request".into()), "{two}");
    }
    for bad in ["Bearer a.b.c,d.e.f", "Bearer ,", "Bearer a, b c", "Bearer ,Bearer"] {
        assert_eq!(of(bad), (401, "invalid_token".into()), "{bad}");
    }
}
