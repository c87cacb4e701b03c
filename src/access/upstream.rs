//! Checks what rules define for upstreams, headers, responses and origins.

use super::compile::Findings;
use super::config::{CorsConfig, CorsSetting, HeaderConfig, PolicyConfig, RuleConfig};
use super::headers::{ALWAYS_SET, OVERRIDES, folds_alike, is_the_gates_own};
use super::source::Step::{self, Index, Key};
use super::suggest;

/// The parts of a file outside its rules.
pub(crate) fn check(config: &PolicyConfig, findings: &mut Findings<'_>) {
    for (name, upstream) in &config.upstreams {
        let steps = [Key("upstreams"), Key(name)];
        match (&upstream.service, &upstream.url) {
            (Some(_), None) => {}
            (None, Some(url)) if is_origin(url) || is_variable(url) => {}
            (None, Some(_)) => findings.error(
                &[steps[0], steps[1], Key("url")],
                "an upstream's url is `https://host` or `http://host`, perhaps with a path, or `$NAME` for a variable of the Worker",
                None,
            ),
            _ => findings.error(&steps, format!("upstream `{name}` needs one of `service` and `url`"), None),
        }
        if upstream.timeout_seconds == 0 {
            findings.error(&[steps[0], steps[1], Key("timeout-seconds")], "a timeout of no time at all", None);
        }
    }
    let defaults = Key("defaults");
    if let Some(name) = &config.defaults.upstream {
        check_name(config, name, &[defaults, Key("upstream")], findings);
    }
    if let Some(cors) = &config.defaults.cors {
        check_cors(cors, &[defaults, Key("cors")], findings);
    }
    for (at, name) in config.defaults.strip_headers.iter().enumerate() {
        check_header(name, &[defaults, Key("strip-headers"), Index(at)], findings);
    }
    check_pass(&config.defaults.pass_headers, &[defaults, Key("pass-headers")], findings);
    if config.rules.is_empty() {
        findings.warning(&[], "no rules: every request is refused", None);
    }
}

/// The parts of one rule.
pub(crate) fn check_rule(config: &PolicyConfig, rule: &RuleConfig, index: usize, findings: &mut Findings<'_>) {
    let at = |steps: &[Step<'static>]| [&[Key("rules"), Index(index)], steps].concat();
    if let Some(name) = &rule.upstream {
        check_name(config, name, &at(&[Key("upstream")]), findings);
    }
    if let Some(CorsSetting::On(cors)) = &rule.cors {
        check_cors(cors, &at(&[Key("cors")]), findings);
    }
    if let Some(answer) = &rule.answer {
        if rule.upstream.is_some() {
            findings.error(&at(&[Key("answer")]), "a rule answers by itself or through an upstream, not both", None);
        }
        if !(200..=599).contains(&answer.status) {
            findings.error(&at(&[Key("answer"), Key("status")]), "a status lies between 200 and 599", None);
        }
    }
    check_pass(&rule.pass_headers, &at(&[Key("pass-headers")]), findings);
    let changes = [("request-headers", &rule.request_headers), ("response-headers", &rule.response_headers)];
    for (key, headers) in changes {
        check_headers(headers, &at(&[Key(key)]), findings);
    }
}

fn check_name(config: &PolicyConfig, name: &str, steps: &[Step<'_>], findings: &mut Findings<'_>) {
    if !config.upstreams.contains_key(name) {
        let help = suggest::did_you_mean(name, config.upstreams.keys().map(String::as_str));
        findings.error(steps, format!("upstream `{name}` is not defined"), help);
    }
}

fn check_cors(cors: &CorsConfig, steps: &[Step<'_>], findings: &mut Findings<'_>) {
    if cors.origins.is_empty() {
        findings.error(steps, "cors needs `origins`", Some("or `cors = false`".into()));
    }
    for (at, origin) in cors.origins.iter().enumerate() {
        let steps = [steps, &[Key("origins"), Index(at)]].concat();
        if origin == "*" {
            if cors.credentials {
                let help = "name the origins that may send credentials";
                findings.error(
                    &steps,
                    "every origin, and credentials with it, would open the API to every site",
                    Some(help.into()),
                );
            }
        } else if !is_origin(origin)
            || origin.matches('/').count() != 2
            || origin.chars().any(|c| c.is_ascii_uppercase())
        {
            let help = "an origin is `https://app.example.com`: scheme and host in lower case, no slash at the end";
            findings.error(&steps, format!("`{origin}` is no origin"), Some(help.into()));
        }
    }
    for (key, names) in [("headers", &cors.headers), ("expose", &cors.expose)] {
        for (at, name) in names.iter().enumerate() {
            check_header(name, &[steps, &[Key(key), Index(at)]].concat(), findings);
        }
    }
}

fn check_pass(names: &[String], steps: &[Step<'_>], findings: &mut Findings<'_>) {
    for (at, name) in names.iter().enumerate() {
        let steps = [steps, &[Index(at)]].concat();
        check_header(name, &steps, findings);
        if let Some(help) = why_never_passed(name) {
            findings.error(&steps, format!("`{name}` never passes"), Some(help.into()));
        }
    }
}

fn why_never_passed(name: &str) -> Option<&'static str> {
    let is_one_of = |names: &[&str]| names.iter().any(|one| folds_alike(one, name));
    if is_the_gates_own(name) {
        Some("to many upstreams this name is one of the gate's own `x-portcullis-*` headers")
    } else if is_one_of(&OVERRIDES) {
        Some("upstreams that heed it serve another method, host or path than the rules judged")
    } else if is_one_of(&ALWAYS_SET) {
        Some("the gate sets it to what the request was sent to")
    } else {
        None
    }
}

fn check_headers(headers: &HeaderConfig, steps: &[Step<'_>], findings: &mut Findings<'_>) {
    for (name, value) in &headers.set {
        let steps = [steps, &[Key("set"), Key(name)]].concat();
        check_header(name, &steps, findings);
        if is_the_gates_own(name) {
            findings.error(&steps, "`x-portcullis-*` headers are the gate's own", None);
        }
        if value.chars().any(char::is_control) {
            findings.error(&steps, "a header's value has no control characters", None);
        }
    }
    for (at, name) in headers.remove.iter().enumerate() {
        check_header(name, &[steps, &[Key("remove"), Index(at)]].concat(), findings);
    }
}

fn check_header(name: &str, steps: &[Step<'_>], findings: &mut Findings<'_>) {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(token) {
        findings.error(steps, format!("`{name}` is no header name"), None);
    }
}

fn is_variable(url: &str) -> bool {
    let name = url.strip_prefix('$').unwrap_or_default();
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_origin(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty() && !rest.starts_with('/') && !rest.contains(|c: char| c.is_whitespace() || "?#@\\".contains(c))
    })
}
