//! Explains a decision to people, rule by rule.

use std::fmt::{self, Write};

use super::condition::{self, Facts, Test};
use super::{Asked, BadPath, Decision, Policy, Presented, Rule, Why};

/// How a policy decided about a request.
#[derive(Debug, Clone)]
pub struct Explanation<'p> {
    /// The verdict.
    pub decision: Decision<'p>,
    /// The normalized path that the rules were matched against.
    pub path: String,
    walk: Vec<Looked<'p>>,
    tests: Vec<(usize, bool, &'p Test)>,
}

/// A rule that was evaluated, and why it did not match; `None` for the rule that matched.
#[derive(Debug, Clone)]
struct Looked<'p> {
    rule: &'p Rule,
    passed_over: Option<&'static str>,
}

impl Policy {
    /// The decision about a request, with an explanation.
    ///
    /// # Errors
    /// [`BadPath`], as for [`Policy::decide`].
    pub fn explain(&self, presented: Presented<'_>, asked: &Asked<'_>) -> Result<Explanation<'_>, BadPath> {
        let routed = self.route(asked)?;
        let decision = routed.decide(presented);
        let host = super::bare_host(asked.host);
        let path = self.matcher.folded(routed.path.inner()).into_owned();
        let mut walk = Vec::new();
        for rule in &self.rules {
            let passed_over = self.why_not(rule, asked.method, &host, &path);
            walk.push(Looked { rule, passed_over });
            if passed_over.is_none() {
                break;
            }
        }
        let mut tests = Vec::new();
        if let (Some((rule, pattern)), Presented::Token(holder)) = (routed.rule, presented) {
            let inner = routed.path.inner();
            let param = |name: &str| pattern.param_in(name, inner);
            list(&rule.tests, 0, &self.facts(holder, &param), &mut tests);
        }
        Ok(Explanation { decision, path: routed.path.decoded().to_owned(), walk, tests })
    }

    fn why_not(&self, rule: &Rule, method: &str, host: &str, path: &str) -> Option<&'static str> {
        let same = |literal: &str, segment: &str| self.matcher.folded(literal) == segment;
        if !rule.patterns.iter().any(|pattern| pattern.fits(path, same)) {
            Some("another path")
        } else if rule.methods & self.methods.bit(method) == 0 {
            Some("another method")
        } else if !rule.hosts.is_empty() && !rule.hosts.iter().any(|mine| fits_host(mine, host)) {
            Some("another host")
        } else {
            None
        }
    }
}

fn fits_host(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some(dotted) => host.len() > dotted.len() && host.ends_with(dotted),
        None => pattern == host,
    }
}

fn list<'p>(tests: &'p [Test], depth: usize, facts: &Facts<'_>, into: &mut Vec<(usize, bool, &'p Test)>) {
    for test in tests {
        into.push((depth, test.holds(facts), test));
        if let Test::Any(groups) | Test::All(groups) = test {
            for group in groups {
                list(group, depth + 1, facts, into);
            }
        }
    }
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "path  {}", self.path)?;
        for looked in &self.walk {
            let what = looked.passed_over.map_or("fits", |why| why);
            writeln!(f, "rule  {:<40} {what}", looked.rule.to_string())?;
        }
        for (depth, holds, test) in &self.tests {
            let mark = if *holds { "yes" } else { "no" };
            let indent = "  ".repeat(*depth);
            let what = match test {
                Test::Any(_) => "any of these groups".to_owned(),
                Test::All(_) => "all of these groups".to_owned(),
                plain => plain.to_string(),
            };
            writeln!(f, "asks  {indent}{what}: {mark}")?;
        }
        let verdict = if self.decision.allowed { "ALLOW" } else { "DENY" };
        write!(f, "{verdict} ({}), {}", self.decision.status(), self.decision.why)?;
        if let (Why::Unmet(_) | Why::Met, Some(rule)) = (self.decision.why, self.decision.rule) {
            write!(f, ": {rule}")?;
        }
        f.write_char('\n')
    }
}

/// Whether a principal that has only one role can pass a list of tests: yes, no, or depending on the token and the
/// path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Chance {
    /// Never.
    No,
    /// It depends on claims or on the owner of the path.
    Depends,
    /// Always.
    Yes,
}

/// What a principal with this role can expect from a list of tests.
pub(crate) fn chance(tests: &[Test], role: Option<u16>) -> Chance {
    tests.iter().map(|test| chance_of(test, role)).min().unwrap_or(Chance::Yes)
}

fn chance_of(test: &Test, role: Option<u16>) -> Chance {
    let held = |holders: &condition::Holders| match role {
        Some(role) if holders.0.contains(role) => Chance::Yes,
        _ => Chance::No,
    };
    match test {
        Test::Roles { holders, .. } | Test::Permission { holders, .. } => held(holders),
        Test::Claim { .. } | Test::Owner { .. } => Chance::Depends,
        Test::Any(groups) => groups.iter().map(|group| chance(group, role)).max().unwrap_or(Chance::No),
        Test::All(groups) => groups.iter().map(|group| chance(group, role)).min().unwrap_or(Chance::Yes),
    }
}
