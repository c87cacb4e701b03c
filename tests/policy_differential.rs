//! The compiled matcher against a plain, slow one that tries the rules one by one: the same verdict for thousands of generated
//! policies and requests. The reference here knows nothing of the crate's own code. `PORTCULLIS_WRITE_CASES=<file>` writes the cases
//! with these verdicts as JSON lines; `tests/node/policy-differential.test.mjs` has the npm package judge them once more.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use portcullis::access::{Asked, Policy, Presented};
use portcullis::alg::Alg;
use portcullis::crypto::Software;
use portcullis::key::Key;
use portcullis::time::UnixMillis;
use portcullis::token::{Expectations, Expected, Signer, Verified, Verifier};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

const SEGMENTS: [&str; 5] = ["a", "b", "c", "A", "d.e"];
const METHODS: [&str; 4] = ["GET", "HEAD", "POST", "PURGE"];
const HOSTS: [&str; 4] = ["x.test", "y.x.test", "z.y.x.test", "other"];
const ROLES: [&str; 4] = ["r0", "r1", "r2", "r3"];
const PERMISSIONS: [&str; 6] = ["p:read", "p:write", "p:*", "q:read", "*:read", "*"];

#[derive(Debug, Clone)]
struct Case {
    policy: Value,
    claims: Option<Value>,
    method: &'static str,
    host: &'static str,
    path: String,
}

fn cases() -> impl Strategy<Value = Case> {
    let request = (select(&METHODS), select(&HOSTS), path(), claims());
    (roles(), prop::collection::vec(rule(), 0..12), any::<bool>(), request).prop_map(
        |(roles, rules, folds, request)| {
            let case = if folds { "insensitive" } else { "sensitive" };
            let policy = json!({ "roles": roles, "rules": rules, "paths": { "case": case } });
            let (method, host, path, claims) = request;
            Case { policy, claims, method, host, path }
        },
    )
}

/// Each role may inherit those after it, so there are no cycles.
fn roles() -> impl Strategy<Value = Value> {
    let one = |from: usize| {
        (subsequence(ROLES[from + 1..].to_vec(), 0..ROLES.len() - from), subsequence(PERMISSIONS.to_vec(), 0..3))
    };
    (one(0), one(1), one(2), one(3)).prop_map(|(a, b, c, d)| {
        let entries = ROLES.iter().zip([a, b, c, d]);
        entries
            .map(|(name, (inherits, permissions))| {
                ((*name).to_owned(), json!({ "inherits": inherits, "permissions": permissions }))
            })
            .collect()
    })
}

fn rule() -> impl Strategy<Value = Value> {
    let methods = subsequence(METHODS.to_vec(), 0..3);
    let hosts = subsequence(vec!["x.test", "*.x.test", "*.test", "other"], 0..3);
    let who = select(vec![
        json!({ "allow": "anyone" }),
        json!({ "allow": "optional" }),
        json!({}),
        json!({ "roles": ["r2"] }),
        json!({ "roles": ["r1", "r3"] }),
        json!({ "permissions": ["p:read"] }),
        json!({ "permissions": ["p:read", "q:read"] }),
        json!({ "any": [{ "roles": ["r0"] }, { "permissions": ["p:write"] }] }),
        json!({ "all": [{ "roles": ["r3"] }, { "any": [{ "roles": ["r1"] }, { "permissions": ["q:read"] }] }] }),
        json!({ "claims": [{ "claim": "t.level", "one-of": [1, 2] }] }),
        json!({ "claims": [{ "claim": "groups", "contains": "g" }] }),
    ]);
    (pattern(), methods, hosts, who).prop_map(|(path, methods, hosts, mut rule)| {
        rule["path"] = json!(path);
        for (key, names) in [("methods", methods), ("hosts", hosts)] {
            // An empty list is refused: all of them are asked for by leaving the key out.
            if !names.is_empty() {
                rule[key] = json!(names);
            }
        }
        rule
    })
}

fn pattern() -> impl Strategy<Value = String> {
    let segment = prop_oneof![3 => select(&SEGMENTS).prop_map(str::to_owned), 2 => Just(":".to_owned())];
    (prop::collection::vec(segment, 0..4), prop::bool::weighted(0.3)).prop_map(|(segments, rest)| {
        let mut pattern: String = segments
            .iter()
            .enumerate()
            .map(|(at, segment)| if segment == ":" { format!("/:p{at}") } else { format!("/{segment}") })
            .collect();
        if rest {
            pattern.push_str("/*rest");
        }
        if pattern.is_empty() { "/".to_owned() } else { pattern }
    })
}

fn path() -> impl Strategy<Value = String> {
    (prop::collection::vec(select(&SEGMENTS), 0..5), any::<bool>()).prop_map(|(segments, slash)| {
        let end = if slash { "/" } else { "" };
        if segments.is_empty() { "/".to_owned() } else { format!("/{}{end}", segments.join("/")) }
    })
}

fn claims() -> impl Strategy<Value = Option<Value>> {
    let permissions = subsequence(PERMISSIONS.to_vec(), 0..2);
    let claims = (subsequence(ROLES.to_vec(), 0..3), permissions, 0..4, select(vec!["g", "h g", "gg"])).prop_map(
        |(roles, permissions, level, groups)| {
            json!({ "roles": roles, "permissions": permissions, "t": { "level": level }, "groups": groups })
        },
    );
    prop::option::weighted(0.8, claims)
}

/// The reference: the first rule that fits, found by trying each; its question answered by looking everything up anew.
fn reference(case: &Case) -> (bool, Option<usize>) {
    let folds = case.policy["paths"]["case"] == "insensitive";
    let rules = case.policy["rules"].as_array().unwrap();
    let Some(index) = rules.iter().position(|rule| fits(rule, case, folds)) else { return (false, None) };
    let rule = &rules[index];
    let allowed = match (rule["allow"].as_str(), &case.claims) {
        (Some("anyone"), _) | (Some("optional"), None) => true,
        (_, None) => false,
        (_, Some(claims)) => meets(rule, claims, &case.policy["roles"]),
    };
    (allowed, Some(index))
}

fn fits(rule: &Value, case: &Case, folds: bool) -> bool {
    let names = |key: &str| {
        rule[key].as_array().into_iter().flatten().map(|one| one.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let methods = names("methods");
    let by_get = case.method == "HEAD" && methods.iter().any(|method| method == "GET");
    let hosts = names("hosts");
    let host_fits = |host: &String| match host.strip_prefix("*.") {
        Some(parent) => case.host.ends_with(&format!(".{parent}")),
        None => host == case.host,
    };
    (methods.is_empty() || by_get || methods.iter().any(|method| method == case.method))
        && (hosts.is_empty() || hosts.iter().any(host_fits))
        && path_fits(rule["path"].as_str().unwrap(), &case.path, folds)
}

fn path_fits(pattern: &str, path: &str, folds: bool) -> bool {
    let split = |text: &str| text.split('/').filter(|one| !one.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (wanted, given) = (split(pattern), split(path));
    let rest = wanted.last().is_some_and(|last| last.starts_with('*'));
    let fixed = if rest { &wanted[..wanted.len() - 1] } else { &wanted[..] };
    let same = |a: &str, b: &str| if folds { a.eq_ignore_ascii_case(b) } else { a == b };
    (if rest { given.len() >= fixed.len() } else { given.len() == fixed.len() })
        && fixed.iter().zip(&given).all(|(wanted, given)| wanted.starts_with(':') || same(wanted, given))
}

fn meets(condition: &Value, claims: &Value, roles: &Value) -> bool {
    let held = reach(claims["roles"].as_array().unwrap(), roles);
    let list = |key: &str| condition.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let wanted_roles = list("roles");
    let granted = |wanted: &Value| {
        let from_roles = held.iter().flat_map(|role| roles[role]["permissions"].as_array().unwrap());
        from_roles
            .chain(claims["permissions"].as_array().unwrap())
            .any(|granted| covers(granted.as_str().unwrap(), wanted.as_str().unwrap()))
    };
    let claim_holds = |claim: &Value| match claim["claim"].as_str().unwrap() {
        "groups" => claims["groups"].as_str().unwrap().split(' ').any(|word| claim["contains"] == word),
        _ => claim["one-of"].as_array().unwrap().contains(&claims["t"]["level"]),
    };
    let (any, all) = (list("any"), list("all"));
    (wanted_roles.is_empty() || wanted_roles.iter().any(|role| held.contains(role.as_str().unwrap())))
        && list("permissions").iter().all(granted)
        && list("claims").iter().all(claim_holds)
        && (any.is_empty() || any.iter().any(|group| meets(group, claims, roles)))
        && all.iter().all(|group| meets(group, claims, roles))
}

fn reach(held: &[Value], roles: &Value) -> BTreeSet<String> {
    let mut all: BTreeSet<String> = BTreeSet::new();
    let mut waiting: Vec<String> = held.iter().map(|role| role.as_str().unwrap().to_owned()).collect();
    while let Some(role) = waiting.pop() {
        waiting.extend(roles[&role]["inherits"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()));
        all.insert(role);
    }
    all
}

/// The generated permissions have one or two words.
fn covers(granted: &str, wanted: &str) -> bool {
    match granted.split_once(':') {
        None => granted == "*" || granted == wanted,
        Some((kind, verb)) => {
            let (wanted_kind, wanted_verb) = wanted.split_once(':').unwrap();
            (kind == "*" || kind == wanted_kind) && (verb == "*" || verb == wanted_verb)
        }
    }
}

fn verified(claims: &Value) -> Verified {
    let key = Key::from_secret(Alg::HS256, &[7; 32]).unwrap();
    let token = Signer::new(key.clone(), "at+jwt").unwrap().sign_now(claims, &Software).unwrap().unwrap();
    let expectations = Expectations::new(Expected::Unchecked, Expected::Unchecked);
    Verifier::new(key, expectations).verify_now(&token, &Software, UnixMillis::from_secs(0)).unwrap().unwrap()
}

#[test]
fn compiled_and_plain_agree() {
    let file = std::env::var_os("PORTCULLIS_WRITE_CASES");
    let mut lines = Vec::new();
    let mut met: BTreeMap<&str, u32> = BTreeMap::new();
    let mut runner = TestRunner::new(Config { cases: 4000, ..Config::default() });
    let lines_in = std::cell::RefCell::new(&mut lines);
    let met_in = std::cell::RefCell::new(&mut met);
    runner
        .run(&cases(), |case| {
            // A generated policy may hold a rule that can never match, which is refused: such a case is about nothing here.
            let text = serde_json::to_string_pretty(&case.policy).unwrap();
            let Ok(policy) = Policy::parse("generated", &text) else {
                *met_in.borrow_mut().entry("refused").or_default() += 1;
                return Ok(());
            };
            let token = case.claims.as_ref().map(verified);
            let presented = token.as_ref().map_or(Presented::Missing, Presented::from);
            let asked = Asked { method: case.method, host: case.host, path: &case.path };
            let decision = policy.decide(presented, &asked).unwrap();
            let rule = decision.rule.and_then(|one| policy.rules().iter().position(|rule| std::ptr::eq(one, rule)));
            prop_assert_eq!((decision.allowed, rule), reference(&case));
            *met_in.borrow_mut().entry(if decision.allowed { "allowed" } else { "denied" }).or_default() += 1;
            lines_in.borrow_mut().push(
                json!({
                    "policy": text, "claims": case.claims, "method": case.method, "host": case.host, "path": case.path,
                    "allowed": decision.allowed, "status": decision.status(), "line": decision.rule.map(|rule| rule.line()),
                })
                .to_string(),
            );
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
    assert!(met["allowed"] > 300 && met["denied"] > 300, "{met:?}");
    if let Some(file) = file {
        std::fs::write(file, lines.join("\n") + "\n").unwrap();
    }
}
