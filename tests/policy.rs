//! Policies through the public door: what they decide, and what is said about those that make no sense.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use portcullis::access::{Asked, BadPath, Policy, Presented};
use portcullis::alg::Alg;
use portcullis::crypto::Software;
use portcullis::key::Key;
use portcullis::time::UnixMillis;
use portcullis::token::{Expectations, Expected, Signer, Verified, Verifier};
use serde_json::{Value, json};

fn verified(claims: Value) -> Verified {
    let key = Key::from_secret(Alg::HS256, &[7; 32]).unwrap();
    let token = Signer::new(key.clone(), "at+jwt").unwrap().sign_now(&claims, &Software).unwrap().unwrap();
    let expectations = Expectations::new(Expected::Unchecked, Expected::Unchecked);
    Verifier::new(key, expectations).verify_now(&token, &Software, UnixMillis::from_secs(0)).unwrap().unwrap()
}

fn policy(text: &str) -> Policy {
    Policy::parse("portcullis.toml", text).unwrap_or_else(|refused| panic!("{refused}"))
}

fn refusal(text: &str) -> String {
    Policy::parse("portcullis.toml", text).unwrap_err().to_string()
}

/// The status a request gets, and the name of the rule.
fn ask(policy: &Policy, presented: Presented<'_>, request: &str) -> (u16, String) {
    let (method, path) = request.split_once(' ').unwrap();
    let decision = policy.decide(presented, &Asked { method, host: "example.com", path }).unwrap();
    (decision.status(), decision.rule.map_or_else(String::new, |rule| rule.name().to_owned()))
}

const HOUSE: &str = r#"
[roles]
admin = { inherits = ["manager"], permissions = ["*"] }
manager = { inherits = ["user"], permissions = ["reports:*"] }
user = { permissions = ["profile:read"] }

[[rules]]
name = "front"
path = ["/", "/assets/*file"]
methods = ["GET"]
allow = "anyone"

[[rules]]
name = "greeting"
path = "/hello"
allow = "optional"

[[rules]]
name = "forgiving"
path = "/forgiving"
allow = "optional"
invalid-token = "treat-as-missing"

[[rules]]
name = "reports"
path = "/reports/:id"
methods = ["GET"]
permissions = ["reports:read"]

[[rules]]
name = "own"
path = "/users/:id/*rest"
any = [{ owner = "param.id == sub" }, { roles = ["admin"] }]

[[rules]]
name = "team"
path = "/team"
claims = [{ claim = "org.name", equals = "acme" }, { claim = "level", one-of = [2, 3] }, { claim = "groups", contains = "dev" }]

[[rules]]
name = "managers"
path = "/manage/*rest"
roles = ["manager"]
"#;

#[test]
fn decides_by_role_permission_owner_and_claim() {
    let house = policy(HOUSE);
    let user = verified(json!({ "sub": "7", "roles": ["user"] }));
    let manager = verified(json!({ "sub": "8", "roles": "manager" }));
    let admin = verified(json!({ "sub": "9", "roles": ["admin", "unheard-of"] }));
    let guest = verified(json!({ "sub": "10" }));
    for (who, request, status, rule) in [
        (&user, "GET /reports/1", 403, "reports"),
        (&manager, "GET /reports/1", 200, "reports"),
        (&admin, "GET /reports/1", 200, "reports"),
        (&manager, "HEAD /reports/1", 200, "reports"),
        (&manager, "POST /reports/1", 404, ""),
        (&manager, "PROPFIND /reports/1", 404, ""),
        (&user, "GET /users/7/photo", 200, "own"),
        (&user, "GET /users/8/photo", 403, "own"),
        (&user, "DELETE /users/7", 200, "own"),
        (&admin, "PROPFIND /users/7", 200, "own"),
        (&user, "GET /manage", 403, "managers"),
        (&manager, "GET /manage/a/b/c", 200, "managers"),
        (&admin, "GET /manage/", 200, "managers"),
        (&guest, "GET /manage/", 403, "managers"),
        (&guest, "GET /nowhere", 404, ""),
        (&guest, "GET /", 200, "front"),
        (&guest, "GET /assets/app.js", 200, "front"),
    ] {
        assert_eq!(ask(&house, who.into(), request), (status, rule.to_owned()), "{request} {:?}", who.claims());
    }
}

#[test]
fn conditions_on_claims() {
    let house = policy(HOUSE);
    let status = |claims: Value| ask(&house, (&verified(claims)).into(), "GET /team").0;
    let good = json!({ "org": { "name": "acme" }, "level": 2, "groups": ["ops", "dev"] });
    assert_eq!(status(good.clone()), 200);
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        status(claims)
    };
    assert_eq!(with("level", json!(2.0)), 200);
    assert_eq!(with("groups", json!("ops dev")), 200);
    assert_eq!(with("org.name", json!("acme")), 200);
    for (name, value) in [
        ("org", json!("acme")),
        ("org", json!({ "name": ["acme"] })),
        ("org.name", json!("other")),
        ("level", json!(4)),
        ("level", json!("2")),
        ("groups", json!("developers")),
        ("groups", json!({ "dev": true })),
        ("groups", json!(null)),
    ] {
        assert_eq!(with(name, value.clone()), 403, "{name} {value}");
    }
}

#[test]
fn missing_and_invalid_are_different() {
    let house = policy(HOUSE);
    for (request, missing, invalid) in [
        ("GET /", 200, 200),
        ("GET /hello", 200, 401),
        ("GET /forgiving", 200, 200),
        ("GET /reports/1", 401, 401),
        ("GET /nowhere", 404, 404),
    ] {
        assert_eq!(ask(&house, Presented::Missing, request).0, missing, "{request}");
        assert_eq!(ask(&house, Presented::Invalid, request).0, invalid, "{request}");
    }
}

#[test]
fn owner_is_the_decoded_segment_and_never_empty() {
    let house = policy(HOUSE);
    let status = |sub: Value, path: &str| ask(&house, (&verified(json!({ "sub": sub }))).into(), path).0;
    assert_eq!(status(json!("a b"), "GET /users/a%20b/x"), 200);
    assert_eq!(status(json!("Ann"), "GET /users/Ann"), 200);
    assert_eq!(status(json!("Ann"), "GET /users/ann"), 403);
    assert_eq!(status(json!(7), "GET /users/7"), 200);
    assert_eq!(status(json!(""), "GET /users//x"), 403);
    assert_eq!(status(json!(null), "GET /users/null"), 403);
}

#[test]
fn permissions_in_the_token_count_too() {
    let house = policy(HOUSE);
    let status = |claims: Value| ask(&house, (&verified(claims)).into(), "GET /reports/1").0;
    assert_eq!(status(json!({ "permissions": ["reports:read"] })), 200);
    assert_eq!(status(json!({ "permissions": "profile:read reports:*" })), 200);
    assert_eq!(status(json!({ "permissions": ["reports:write"] })), 403);
    assert_eq!(status(json!({ "scope": "reports:read" })), 403);
    let scoped = policy(
        "[claims]\npermissions = \"scope\"\n[[rules]]\npath = \"/reports/:id\"\npermissions = [\"reports:read\"]\n",
    );
    assert_eq!(ask(&scoped, (&verified(json!({ "scope": "a reports:read" }))).into(), "GET /reports/1").0, 200);
}

#[test]
fn disguised_paths_do_not_slip_past_a_rule() {
    let guarded = policy("[[rules]]\npath = \"/admin/*rest\"\n[[rules]]\npath = \"/*rest\"\nallow = \"anyone\"\n");
    for path in [
        "/admin",
        "/admin/",
        "//admin",
        "/./admin",
        "/x/../admin",
        "/%61dmin",
        "/Admin",
        "/ADMIN/x",
        "/x/%2e%2e/admin",
        "/admin//x",
        "/x/..//admin/.",
        "/%41dmin",
    ] {
        assert_eq!(ask(&guarded, Presented::Missing, &format!("GET {path}")).0, 401, "{path}");
    }
    for path in [
        "/admin;x",
        "/x/..;/admin",
        "/x%2f..%2fadmin",
        "/%c0%afadmin",
        "/x/%252e%252e/admin",
        "/admin%00",
        "/x\\..\\admin",
    ] {
        let asked = Asked { method: "GET", host: "example.com", path };
        let refused: Result<_, BadPath> = guarded.decide(Presented::Missing, &asked).map(|decision| decision.status());
        assert!(refused.is_err(), "{path}");
    }
}

#[test]
fn hosts_narrow_rules() {
    let hosts = policy(
        r#"
        [[rules]]
        path = "/*rest"
        hosts = ["admin.example.com"]
        roles = "admin"
        [[rules]]
        path = "/*rest"
        hosts = ["*.example.com", "example.org"]
        allow = "anyone"
        [roles.admin]
        "#,
    );
    for (host, status) in [
        ("admin.example.com", 401),
        ("ADMIN.example.com:8443", 401),
        ("admin.example.com.", 401),
        ("www.example.com", 200),
        ("a.b.example.com", 200),
        ("example.com", 404),
        ("badexample.com", 404),
        ("example.org", 200),
        ("example.org.evil.net", 404),
        ("", 404),
    ] {
        let decision = hosts.decide(Presented::Missing, &Asked { method: "GET", host, path: "/" }).unwrap();
        assert_eq!(decision.status(), status, "{host}");
    }
}

#[test]
fn json_says_the_same() {
    let json = r#"{ "$schema": "schema/portcullis.schema.json",
        "roles": { "a": { "permissions": "x:y" } }, "rules": [ { "path": "/x", "permissions": "x:y" } ] }"#;
    let who = verified(json!({ "roles": ["a"] }));
    assert_eq!(ask(&policy(json), (&who).into(), "GET /x"), (200, "/x".to_owned()));
}

#[test]
fn every_fault_is_named_with_its_place() {
    for (text, expected) in [
        (
            "[roles]\nmanager = {}\n\n[[rules]]\npath = \"/a\"\nroles = [\"manger\"]\n",
            "portcullis.toml:6:10: error: role `manger` is not defined\n  help: did you mean `manager`?",
        ),
        (
            "[roles.a]\ninherits = [\"b\"]\n[roles.b]\ninherits = [\"a\"]\n[[rules]]\npath = \"/\"\n",
            "portcullis.toml:2:13: error: inheritance goes in a circle: a > b > a\n  help: take one of these inheritances out\n\
             portcullis.toml:4:13: error: inheritance goes in a circle: b > a > b\n  help: take one of these inheritances out",
        ),
        (
            "[roles.a]\ninherits = \"a\"\n[[rules]]\npath = \"/\"\n",
            "portcullis.toml:2:12: error: inheritance goes in a circle: a > a\n  help: take one of these inheritances out",
        ),
        (
            "[roles.admin]\ninherits = \"usr\"\n[roles.user]\n[[rules]]\npath = \"/\"\n",
            "portcullis.toml:2:12: error: role `admin` inherits `usr`, which is not defined\n  help: did you mean `user`?",
        ),
        (
            "[[rules]]\npath = \"/a/*rest\"\n\n[[rules]]\npath = \"/a/b\"\n",
            "portcullis.toml:5:8: error: `/a/b` can never match: \"/a/*rest\" (line 1) takes it all\n  help: put the narrower rule first, or take it out",
        ),
        (
            "[[rules]]\npath = \"/a\"\nmethods = \"GET\"\n[[rules]]\npath = \"/a\"\nmethods = \"POST\"\n[[rules]]\npath = \"/A\"\nmethods = [\"GET\", \"POST\"]\n",
            "portcullis.toml:8:8: error: `/A` can never match: \"GET|HEAD /a\" (line 1) and \"POST /a\" (line 4) takes it all\n  help: put the narrower rule first, or take it out",
        ),
        (
            "[[rules]]\npath = \"/a/:id\"\nowner = \"param.ib == sub\"\n",
            "portcullis.toml:3:9: error: the path `/a/:id` has no parameter `:ib`\n  help: did you mean `id`?",
        ),
        (
            "[[rules]]\npath = \"/a\"\nallow = \"anyone\"\nclaims = [{ claim = \"x\", equals = 1 }]\n",
            "portcullis.toml:3:9: error: a rule that lets requests through without a token cannot ask for anything in a token\n  help: leave `allow` out, or take the conditions out",
        ),
        (
            "[upstreams.app]\nservice = \"APP\"\n[[rules]]\npath = \"/a\"\nupstream = \"ap\"\n",
            "portcullis.toml:5:12: error: upstream `ap` is not defined\n  help: did you mean `app`?",
        ),
        (
            "[[rules]]\npath = \"/a\"\nmethods = [\"get\"]\n",
            "portcullis.toml:3:12: error: `get` is no method: methods are written in capitals\n  help: did you mean `GET`?",
        ),
        ("[[rules]]\npath = \"a\"\n", "portcullis.toml:2:8: error: a path pattern starts with `/`"),
        (
            "[[rules]]\npath = \"/a;v=1\"\n",
            "portcullis.toml:2:8: error: a path with `;` is refused before any rule is asked\n  help: with `parameters = \"keep\"` under `[paths]` it is a character like others",
        ),
        (
            "[[rules]]\nmethods = \"GET\"\n",
            "portcullis.toml:1:1: error: a rule needs a path\n  help: write `path = \"/*rest\"` for every path",
        ),
        (
            "[[rules]]\npath = \"/a\"\ncors = { origins = \"*\", credentials = true }\n",
            "portcullis.toml:3:20: error: every origin, and credentials with it, would open the API to every site\n  help: name the origins that may send credentials",
        ),
        (
            "[[rules]]\npath = \"/a\"\nany = [{}]\n",
            "portcullis.toml:3:8: error: an empty condition asks nothing and so lets everyone through",
        ),
    ] {
        assert_eq!(refusal(text), expected);
    }
}

#[test]
fn what_is_likely_not_meant_is_a_warning() {
    let warnings = |text: &str| policy(text).warnings().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let crossing = warnings("[[rules]]\npath = \"/users/:id\"\n[[rules]]\npath = \"/:kind/me\"\nallow = \"anyone\"\n");
    assert!(crossing.starts_with("4:8: warning: `/:kind/me` and `/users/:id`"), "{crossing}");
    assert!(crossing.contains("/users/me"), "{crossing}");
    assert_eq!(warnings("[[rules]]\npath = \"/users/:id\"\n[[rules]]\npath = \"/:kind/me\"\n"), "");
    let partly = warnings(
        "[[rules]]\npath = \"/a\"\nmethods = \"GET\"\n[[rules]]\npath = \"/a\"\nmethods = [\"GET\", \"POST\"]\nallow = \"anyone\"\n",
    );
    assert!(partly.starts_with("5:8: warning: GET, HEAD on `/a` never gets here"), "{partly}");
    // A wider rule takes some of the methods of a rule for all: likely a hole. The rest of the same path, or no difference: not.
    let under = |first: &str| {
        warnings(&format!(
            "[roles]\nadmin = {{}}\n[[rules]]\npath = \"{first}\"\nmethods = \"GET\"\nallow = \"anyone\"\n[[rules]]\npath = \"/admin/*rest\"\nroles = \"admin\"\n"
        ))
    };
    let hole = under("/*rest");
    assert!(
        hole.starts_with("8:8: warning: GET, HEAD on `/admin/*rest` never gets here: \"GET|HEAD /*rest\" (line 3)"),
        "{hole}"
    );
    assert_eq!(under("/admin/*rest"), "");
    assert_eq!(under("/admin/help"), "");
    assert!(warnings("").starts_with("1:1: warning: no rules: every request is refused"));
    let ungranted = warnings(
        "[roles.a]\npermissions = \"reports:read\"\n[[rules]]\npath = \"/a\"\npermissions = \"reports:raed\"\n",
    );
    assert!(ungranted.contains("no role grants the permission `reports:raed`"), "{ungranted}");
    assert!(ungranted.contains("did you mean `reports:read`?"), "{ungranted}");
}

#[test]
fn explains_the_walk() {
    let house = policy(HOUSE);
    let manager = verified(json!({ "sub": "8", "roles": ["manager"] }));
    let walk = |request: &str| {
        let (method, path) = request.split_once(' ').unwrap();
        house.explain((&manager).into(), &Asked { method, host: "", path }).unwrap().to_string()
    };
    let allowed = walk("GET /reports/7");
    assert!(allowed.contains("\"front\" (line 7)"), "{allowed}");
    assert!(allowed.contains("another path"), "{allowed}");
    assert!(allowed.contains("asks  the permission reports:read: yes"), "{allowed}");
    assert!(
        allowed.ends_with("ALLOW (200), the token's holder meets all that the rule asks: \"reports\" (line 24)\n"),
        "{allowed}"
    );
    let denied = walk("GET /users/7");
    assert!(denied.contains("asks    param.id to be the holder's sub: no"), "{denied}");
    assert!(
        denied.contains("DENY (403), the rule asks for any of (param.id to be the holder's sub; the role admin)"),
        "{denied}"
    );
    assert!(walk("POST /reports/7").contains("another method"));
    assert!(walk("GET /x").ends_with("DENY (404), no rule matches this host, method and path\n"));
}

#[test]
fn shows_who_can_do_what() {
    let table = policy(HOUSE).table();
    let text = table.text();
    let row = |start: &str| {
        text.lines()
            .find(|line| line.starts_with(start))
            .unwrap_or_default()
            .split_whitespace()
            .skip(2)
            .take(5)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert!(text.starts_with("route"), "{text}");
    assert_eq!(table.heads, ["no token", "any token", "user", "manager", "admin"]);
    assert_eq!(row("GET|HEAD /assets/*file"), "yes yes yes yes yes");
    assert_eq!(row("GET|HEAD /reports/:id"), "- - - yes yes");
    assert_eq!(row("* /users/:id/*rest"), "- if if if yes");
    assert_eq!(row("* /manage/*rest"), "- - - yes yes");
    assert!(table.html().contains("<td class=\"if\">if</td>"));
}

#[test]
fn an_empty_list_is_refused_and_lets_nobody_in() {
    for key in ["roles", "permissions", "claims", "any", "all", "methods", "hosts"] {
        let toml = format!("[[rules]]\npath = \"/a\"\n{key} = []\n");
        assert!(refusal(&toml).starts_with("portcullis.toml:3:"), "{key}: {}", refusal(&toml));
        let nested = format!("[[rules]]\npath = \"/a\"\nany = [{{ {key} = [] }}]\n");
        assert!(refusal(&nested).starts_with("portcullis.toml:3:"), "{key}: {}", refusal(&nested));
        let json = format!("{{\"rules\":[{{\"path\":\"/a\",\"{key}\":[]}}]}}");
        assert!(refusal(&json).contains("an empty list asks for nothing"), "{key}: {}", refusal(&json));
    }
}

#[test]
fn headers_that_no_listing_lets_pass_are_refused_where_they_are_listed() {
    for (name, why) in [
        ("X_Portcullis_Sub", "the gate's own"),
        ("x-http-method-override", "than the rules judged"),
        ("X.Original.Url", "than the rules judged"),
        ("x_forwarded_host", "the gate sets it"),
        ("a b", "is no header name"),
    ] {
        let rule = format!("[[rules]]\npath = \"/a\"\nallow = \"anyone\"\npass-headers = [\"x-ok\", \"{name}\"]\n");
        let refused = refusal(&rule);
        assert!(refused.contains(":4:25: error: ") && refused.contains(why), "{refused}");
        let defaults = format!("[defaults]\npass-headers = [\"{name}\"]\n");
        let refused = refusal(&defaults);
        assert!(refused.contains(":2:17: error: ") && refused.contains(why), "{refused}");
    }
}

/// An open rule inside a guarded one, paths with parameters, and a rest: what a second reading of a path could confuse.
const NESTED: &str = r#"
[roles]
admin = {}

[paths]
case = "CASE"

[[rules]]
name = "public"
path = "/public/*rest"
allow = "anyone"

[[rules]]
name = "new"
path = "/users/new"
allow = "anyone"

[[rules]]
name = "one"
path = "/users/:id"

[[rules]]
name = "admin"
path = ["/admin/*rest", "/public-admin"]
roles = ["admin"]
"#;

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig {
        cases: 4000,
        failure_persistence: None,
        ..proptest::prelude::ProptestConfig::default()
    })]

    #[test]
    fn what_is_sent_on_is_judged_like_what_was_asked(
        pieces in proptest::collection::vec(piece(), 0..8),
        filling in proptest::prop_oneof![9 => proptest::strategy::Just(0_usize), 1 => 2_000..3_000_usize],
        folds: bool,
    ) {
        let policy = policy(&NESTED.replace("CASE", if folds { "insensitive" } else { "sensitive" }));
        let raw = format!("/{}{}", pieces.concat(), "|".repeat(filling));
        let asked = |path| Asked { method: "GET", host: "example.com", path };
        if let Ok(first) = policy.route(&asked(&raw)) {
            let sent = first.path().as_str().to_owned();
            let second = policy.route(&asked(&sent)).unwrap();
            proptest::prop_assert_eq!(second.path().as_str(), &sent);
            let name = |rule: Option<&portcullis::access::Rule>| rule.map(|rule| rule.name().to_owned());
            proptest::prop_assert_eq!(name(first.rule()), name(second.rule()), "{} as {}", raw, sent);
            let (first, second) = (first.decide(Presented::Missing), second.decide(Presented::Missing));
            proptest::prop_assert_eq!(first.status(), second.status());
            proptest::prop_assert_eq!(first.why.to_string(), second.why.to_string());
        }
    }
}

/// Pieces of which paths of [`NESTED`] and their disguises are made.
fn piece() -> impl proptest::strategy::Strategy<Value = String> {
    let pieces = "/ // . .. /../ ; % %% 25 2e 2f %2 %25 %32 %2e %2f %5c %3b %252e %25%32e public PUBLIC users Users new NEW \
                  n%65w 7 admin Admin %61dmin public-admin rest é %c3%a9 İ ß";
    let pieces: Vec<String> = pieces.split_whitespace().map(str::to_owned).collect();
    proptest::sample::select(pieces)
}

#[test]
fn an_open_rule_that_takes_more_spellings_than_written_is_warned_of() {
    let warnings = |case: &str| {
        let policy = policy(&NESTED.replace("CASE", case));
        policy.warnings().iter().map(|warning| warning.message.clone()).collect::<Vec<_>>()
    };
    let said = warnings("insensitive");
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("`/users/new`") && said[0].contains("`/users/:id`"), "{said:?}");
    assert_eq!(warnings("sensitive"), Vec::<String>::new());
}
