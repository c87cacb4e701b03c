//! Compiles a configuration into a policy, and reports every error with its position.

use super::Policy;
use super::condition::{ClaimTest, Holders, Test};
use super::config::{
    Allow, Case, ClaimConfig, ConditionConfig, CorsConfig, CorsSetting, OneOrMany, PathParameters, PolicyConfig,
    RuleConfig,
};
use super::matcher::Matcher;
use super::methods::Methods;
use super::pattern::Pattern;
use super::roles::{MAX_ROLES, RoleFault, Roles, is_permission};
use super::rule::Rule;
use super::source::{Diagnostic, Severity, Source, Step};
use super::{check, suggest, upstream};

/// Collects the findings.
pub(crate) struct Findings<'s> {
    source: &'s Source<'s>,
    pub(crate) list: Vec<Diagnostic>,
}

impl Findings<'_> {
    pub(crate) fn error(&mut self, steps: &[Step<'_>], message: impl Into<String>, help: Option<String>) {
        self.add(Severity::Error, steps, message.into(), help);
    }

    pub(crate) fn warning(&mut self, steps: &[Step<'_>], message: impl Into<String>, help: Option<String>) {
        self.add(Severity::Warning, steps, message.into(), help);
    }

    fn add(&mut self, severity: Severity, steps: &[Step<'_>], message: String, help: Option<String>) {
        let (line, column) = self.source.place(steps);
        self.list.push(Diagnostic { severity, line, column, message, help });
    }
}

/// Compiles a configuration. The policy is complete only if no finding is an error.
pub(crate) fn compile(config: &PolicyConfig, source: &Source<'_>) -> (Policy, Vec<Diagnostic>) {
    let mut findings = Findings { source, list: Vec::new() };
    let (roles, faults) = Roles::new(&config.roles);
    for fault in &faults {
        report_role(fault, config, &mut findings);
    }
    upstream::check(config, &mut findings);
    let mut methods = Methods::default();
    let mut rules = Vec::with_capacity(config.rules.len());
    for (index, rule) in config.rules.iter().enumerate() {
        let mut reader = RuleReader { config, roles: &roles, findings: &mut findings, index };
        rules.push(reader.read(rule, &mut methods));
    }
    for rule in &mut rules {
        rule.method_names = methods.names(rule.methods).into_iter().map(str::to_owned).collect();
        if rule.name.is_empty() {
            rule.name = default_name(rule);
        }
    }
    let fold = config.paths.case == Case::Insensitive;
    let policy = Policy {
        file: String::new(),
        claims: config.claims.clone(),
        fold,
        parameters: config.paths.parameters,
        strip_headers: lower_case(&config.defaults.strip_headers),
        pass_headers: lower_case(&config.defaults.pass_headers),
        upstreams: config.upstreams.clone().into_iter().collect(),
        roles,
        methods,
        matcher: Matcher::new(&rules, fold),
        rules,
        warnings: Vec::new(),
    };
    check::between_rules(&policy, &mut findings);
    let mut list = findings.list;
    list.sort_by_key(|finding| (finding.line, finding.column));
    (policy, list)
}

fn lower_case(names: &[String]) -> Vec<String> {
    names.iter().map(|name| name.to_ascii_lowercase()).collect()
}

fn report_role(fault: &RoleFault<'_>, config: &PolicyConfig, findings: &mut Findings<'_>) {
    let parent = |role: &str, at: usize| config.roles.get(role).and_then(|role| role.inherits.0.get(at));
    match fault {
        RoleFault::TooMany => {
            findings.error(&[Step::Key("roles")], format!("more than {MAX_ROLES} roles"), None);
        }
        RoleFault::Unknown { role, at } => {
            let name = parent(role, *at).map_or("", String::as_str);
            findings.error(
                &[Step::Key("roles"), Step::Key(role), Step::Key("inherits"), Step::Index(*at)],
                format!("role `{role}` inherits `{name}`, which is not defined"),
                suggest::did_you_mean(name, config.roles.keys().map(String::as_str)),
            );
        }
        RoleFault::Cycle { role, at, way } => findings.error(
            &[Step::Key("roles"), Step::Key(role), Step::Key("inherits"), Step::Index(*at)],
            format!("inheritance goes in a circle: {}", way.join(" > ")),
            Some("take one of these inheritances out".into()),
        ),
        RoleFault::Permission { role, at } => findings.error(
            &[Step::Key("roles"), Step::Key(role), Step::Key("permissions"), Step::Index(*at)],
            "not a permission",
            Some("write words with colons between, such as `reports:read`; `*` stands for a whole word".into()),
        ),
    }
}

fn default_name(rule: &Rule) -> String {
    let path = rule.patterns.first().map_or_else(String::new, Pattern::to_string);
    if rule.method_names.is_empty() { path } else { format!("{} {path}", rule.method_names.join("|")) }
}

struct RuleReader<'c, 'f, 's> {
    config: &'c PolicyConfig,
    roles: &'c Roles,
    findings: &'f mut Findings<'s>,
    index: usize,
}

impl RuleReader<'_, '_, '_> {
    fn read(&mut self, rule: &RuleConfig, methods: &mut Methods) -> Rule {
        let (line, _) = self.findings.source.place(&self.at(&[]));
        let patterns = self.patterns(&rule.path);
        let condition = ConditionConfig {
            roles: rule.roles.clone(),
            permissions: rule.permissions.clone(),
            claims: rule.claims.clone(),
            owner: rule.owner.clone(),
            any: rule.any.clone(),
            all: rule.all.clone(),
        };
        let tests = self.tests(&condition, &patterns, &[]);
        if rule.allow != Allow::SignedIn && !tests.is_empty() {
            let message = "a rule that lets requests through without a token cannot ask for anything in a token";
            self.error(&[Step::Key("allow")], message, Some("leave `allow` out, or take the conditions out".into()));
        }
        let mask = methods.mask(&rule.methods.0).unwrap_or_else(|(at, why)| {
            let help = suggest::did_you_mean(rule.methods.0[at].as_str(), ["GET", "POST", "PUT", "PATCH", "DELETE"]);
            self.error(&[Step::Key("methods"), Step::Index(at)], why, help);
            0
        });
        let upstream = rule.upstream.clone().or_else(|| self.config.defaults.upstream.clone());
        upstream::check_rule(self.config, rule, self.index, self.findings);
        Rule {
            name: rule.name.clone().unwrap_or_default(),
            line,
            patterns,
            methods: mask,
            method_names: Vec::new(),
            hosts: self.hosts(&rule.hosts),
            allow: rule.allow,
            invalid_token: rule.invalid_token,
            tests,
            revocation: rule.revocation.unwrap_or(self.config.defaults.revocation),
            rate_limit: rule.rate_limit.clone(),
            cors: self.cors(rule),
            upstream: if rule.answer.is_some() { None } else { upstream },
            answer: rule.answer.clone(),
            pass_headers: lower_case(&rule.pass_headers),
            request_headers: rule.request_headers.clone(),
            response_headers: rule.response_headers.clone(),
        }
    }

    fn patterns(&mut self, paths: &OneOrMany) -> Vec<Pattern> {
        if paths.is_empty() {
            self.error(&[], "a rule needs a path", Some("write `path = \"/*rest\"` for every path".into()));
        }
        let mut patterns = Vec::new();
        for (at, path) in paths.iter().enumerate() {
            match Pattern::parse(path) {
                Ok(_) if path.contains(';') && self.config.paths.parameters == PathParameters::Refuse => self.error(
                    &[Step::Key("path"), Step::Index(at)],
                    "a path with `;` is refused before any rule is asked",
                    Some("with `parameters = \"keep\"` under `[paths]` it is a character like others".into()),
                ),
                Ok(pattern) => patterns.push(pattern),
                Err(why) => self.error(&[Step::Key("path"), Step::Index(at)], why, None),
            }
        }
        patterns
    }

    fn hosts(&mut self, hosts: &OneOrMany) -> Vec<String> {
        let mut read = Vec::new();
        for (at, host) in hosts.iter().enumerate() {
            let bare = host.strip_prefix("*.").unwrap_or(host);
            let proper = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '[' | ']');
            if bare.is_empty() || !bare.chars().all(|c| proper(c) || (c == ':' && bare.starts_with('['))) {
                let help = "write a host name without scheme, port or path; `*.example.com` for all below it";
                self.error(&[Step::Key("hosts"), Step::Index(at)], format!("`{host}` is no host"), Some(help.into()));
            } else {
                read.push(host.to_ascii_lowercase());
            }
        }
        read
    }

    fn cors(&self, rule: &RuleConfig) -> Option<CorsConfig> {
        match &rule.cors {
            Some(CorsSetting::Off) => None,
            Some(CorsSetting::On(cors)) => Some(cors.clone()),
            None => self.config.defaults.cors.clone(),
        }
    }

    fn tests(&mut self, condition: &ConditionConfig, patterns: &[Pattern], inside: &[Step<'_>]) -> Vec<Test> {
        let mut tests = Vec::new();
        if !condition.roles.is_empty() {
            self.check_roles(&condition.roles, inside);
            let holders = self.roles.holders_of_roles(condition.roles.iter().map(String::as_str));
            tests.push(Test::Roles { names: condition.roles.0.clone(), holders: Holders(holders) });
        }
        for (at, permission) in condition.permissions.iter().enumerate() {
            self.check_permission(permission, &within(inside, &[Step::Key("permissions"), Step::Index(at)]));
            let holders = Holders(self.roles.holders_of_permission(permission));
            tests.push(Test::Permission { name: permission.clone(), holders });
        }
        for (at, claim) in condition.claims.iter().enumerate() {
            match claim_test(claim) {
                Ok(test) => tests.push(Test::Claim { claim: claim.claim.clone(), test }),
                Err(why) => self.error(&within(inside, &[Step::Key("claims"), Step::Index(at)]), why, None),
            }
        }
        if let Some(owner) = &condition.owner {
            match owner_test(owner, patterns) {
                Ok(test) => tests.push(test),
                Err((why, help)) => self.error(&within(inside, &[Step::Key("owner")]), why, help),
            }
        }
        if !condition.any.is_empty() {
            tests.push(Test::Any(self.groups(&condition.any, patterns, &within(inside, &[Step::Key("any")]))));
        }
        if !condition.all.is_empty() {
            tests.push(Test::All(self.groups(&condition.all, patterns, &within(inside, &[Step::Key("all")]))));
        }
        tests
    }

    fn groups(&mut self, groups: &[ConditionConfig], patterns: &[Pattern], inside: &[Step<'_>]) -> Vec<Vec<Test>> {
        let mut read = Vec::new();
        for (at, group) in groups.iter().enumerate() {
            let inside = within(inside, &[Step::Index(at)]);
            let before = self.findings.list.len();
            let tests = self.tests(group, patterns, &inside);
            if tests.is_empty() && self.findings.list.len() == before {
                self.error(&inside, "an empty condition asks nothing and so lets everyone through", None);
            }
            read.push(tests);
        }
        read
    }

    fn check_roles(&mut self, roles: &OneOrMany, inside: &[Step<'_>]) {
        for (at, role) in roles.iter().enumerate() {
            if self.roles.get(role).is_none() {
                let help = suggest::did_you_mean(role, self.roles.names().iter().map(String::as_str));
                let help = help.or_else(|| Some(format!("define it: `[roles.{role}]`")));
                let steps = within(inside, &[Step::Key("roles"), Step::Index(at)]);
                self.error(&steps, format!("role `{role}` is not defined"), help);
            }
        }
    }

    fn check_permission(&mut self, permission: &str, steps: &[Step<'_>]) {
        if !is_permission(permission) {
            let help = "write words with colons between, such as `reports:read`";
            self.error(steps, format!("`{permission}` is no permission"), Some(help.into()));
        } else if self.roles.holders_of_permission(permission).is_empty() {
            let granted = self.config.roles.values().flat_map(|role| role.permissions.iter().map(String::as_str));
            let help = suggest::did_you_mean(permission, granted);
            let message = format!("no role grants the permission `{permission}`; only a token that carries it passes");
            let steps = self.at(steps);
            self.findings.warning(&steps, message, help);
        }
    }

    fn error(&mut self, steps: &[Step<'_>], message: impl Into<String>, help: Option<String>) {
        let steps = self.at(steps);
        self.findings.error(&steps, message, help);
    }

    fn at<'k>(&self, steps: &[Step<'k>]) -> Vec<Step<'k>> {
        within(&[Step::Key("rules"), Step::Index(self.index)], steps)
    }
}

fn within<'k>(outer: &[Step<'k>], inner: &[Step<'k>]) -> Vec<Step<'k>> {
    [outer, inner].concat()
}

fn claim_test(claim: &ClaimConfig) -> Result<ClaimTest, String> {
    let plain = |value: &serde_json::Value| !value.is_array() && !value.is_object() && !value.is_null();
    let values = [&claim.equals, &claim.contains];
    let listed = claim.one_of.iter().flatten();
    if !values.into_iter().flatten().chain(listed).all(plain) {
        return Err("a claim is compared with strings, numbers and booleans only".into());
    }
    match (&claim.equals, &claim.one_of, &claim.contains) {
        (Some(value), None, None) => Ok(ClaimTest::Equals(value.clone())),
        (None, Some(values), None) if !values.is_empty() => Ok(ClaimTest::OneOf(values.clone())),
        (None, None, Some(value)) => Ok(ClaimTest::Contains(value.clone())),
        _ => Err("a condition on a claim has exactly one of `equals`, `one-of` and `contains`".into()),
    }
}

/// Parses `param.NAME == sub` or `param.NAME == claim.PATH`, with the sides in either order.
fn owner_test(text: &str, patterns: &[Pattern]) -> Result<Test, (String, Option<String>)> {
    let shape =
        || (format!("`{text}` is no owner rule"), Some("write `param.id == sub` or `param.id == claim.name`".into()));
    let (left, right) = text.split_once("==").ok_or_else(shape)?;
    let (left, right) = (left.trim(), right.trim());
    let (param, claim) = match (left.strip_prefix("param."), right.strip_prefix("param.")) {
        (Some(param), None) => (param, right),
        (None, Some(param)) => (param, left),
        _ => return Err(shape()),
    };
    let claim = if claim == "sub" { claim } else { claim.strip_prefix("claim.").ok_or_else(shape)? };
    if claim.is_empty() || claim.contains(char::is_whitespace) {
        return Err(shape());
    }
    for pattern in patterns {
        if pattern.params().all(|(name, _)| name != param) {
            let help = suggest::did_you_mean(param, pattern.params().map(|(name, _)| name));
            return Err((format!("the path `{pattern}` has no parameter `:{param}`"), help));
        }
    }
    Ok(Test::Owner { param: param.into(), claim: claim.into() })
}
