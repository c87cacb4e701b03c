//! How rules affect each other: rules that can never match, and overlaps where the order in the file decides.

use super::Policy;
use super::compile::Findings;
use super::config::Allow;
use super::matcher::MethodMask;
use super::pattern::{Pattern, Segment};
use super::rule::Rule;
use super::source::Step::{Index, Key};

/// Compares each rule with the earlier ones.
pub(crate) fn between_rules(policy: &Policy, findings: &mut Findings<'_>) {
    let same = |a: &str, b: &str| if policy.fold { a.to_lowercase() == b.to_lowercase() } else { a == b };
    for (index, rule) in policy.rules.iter().enumerate() {
        let earlier = &policy.rules[..index];
        for (at, pattern) in rule.patterns.iter().enumerate() {
            let steps = [Key("rules"), Index(index), Key("path"), Index(at)];
            let own = rule.patterns[..at].iter().find(|one| one.covers(pattern, same));
            if let Some(own) = own {
                findings.warning(&steps, format!("`{own}` of the same rule takes every path of `{pattern}`"), None);
                continue;
            }
            let (left, takers) = what_is_left(rule, pattern, earlier, same);
            let by = takers.iter().map(|rule| rule.to_string()).collect::<Vec<_>>().join(" and ");
            if left == 0 && rule.methods != 0 {
                let help = "put the narrower rule first, or take it out".into();
                findings.error(&steps, format!("`{pattern}` can never match: {by} takes it all"), Some(help));
            } else if left & rule.methods != rule.methods && !is_plain_fallback(rule, pattern, &takers, &same) {
                let lost = policy.methods.names(rule.methods & !left).join(", ");
                findings.warning(&steps, format!("{lost} on `{pattern}` never gets here: {by} takes it"), None);
            }
            if left != 0 {
                warn_of_overlaps(rule, pattern, earlier, &same, &steps, findings);
            }
            if policy.fold {
                warn_of_other_spellings(rule, pattern, earlier, &same, &steps, findings);
            }
        }
    }
}

/// The methods of a rule that no earlier rule already handles on all paths of a pattern and all hosts of the rule.
fn what_is_left<'p>(
    rule: &Rule,
    pattern: &Pattern,
    earlier: &'p [Rule],
    same: impl Fn(&str, &str) -> bool + Copy,
) -> (MethodMask, Vec<&'p Rule>) {
    let mut takers: Vec<&Rule> = Vec::new();
    let mut left = 0;
    let any = [String::from("*")];
    let hosts = if rule.hosts.is_empty() { &any[..] } else { &rule.hosts[..] };
    for host in hosts {
        let mut left_here = rule.methods;
        for taker in earlier {
            let fits = takes_host(taker, host) && taker.patterns.iter().any(|theirs| theirs.covers(pattern, same));
            if fits && taker.methods & left_here != 0 {
                left_here &= !taker.methods;
                if !takers.iter().any(|known| std::ptr::eq(*known, taker)) {
                    takers.push(taker);
                }
            }
        }
        left |= left_here;
    }
    (left, takers)
}

/// Whether a rule for every method is meant to match the remaining methods: the earlier rules match the same path or a
/// narrower one, or decide in the same way. A rule that lists its methods is expected to match all of them.
fn is_plain_fallback(
    rule: &Rule,
    pattern: &Pattern,
    takers: &[&Rule],
    same: &(impl Fn(&str, &str) -> bool + Copy),
) -> bool {
    let no_wider =
        |taker: &Rule| taker.patterns.iter().any(|theirs| theirs.covers(pattern, same) && pattern.covers(theirs, same));
    rule.methods == MethodMask::MAX && takers.iter().all(|taker| no_wider(taker) || decide_alike(taker, rule))
}

/// Warns if neither of two rules is narrower and they would decide differently.
fn warn_of_overlaps(
    rule: &Rule,
    pattern: &Pattern,
    earlier: &[Rule],
    same: &impl Fn(&str, &str) -> bool,
    steps: &[super::source::Step<'_>],
    findings: &mut Findings<'_>,
) {
    for other in earlier {
        if other.methods & rule.methods == 0 || !share_a_host(rule, other) || decide_alike(rule, other) {
            continue;
        }
        let crossing = other.patterns.iter().find_map(|theirs| {
            let nested = theirs.covers(pattern, same) || pattern.covers(theirs, same);
            if nested { None } else { theirs.overlap(pattern, same).map(|path| (theirs, path)) }
        });
        if let Some((theirs, path)) = crossing {
            findings.warning(
                steps,
                format!("`{pattern}` and `{theirs}` of {other} both fit paths such as {path}; the earlier rule decides there"),
                Some("add a rule for the shared paths before both, if that is not what you mean".into()),
            );
        }
    }
}

/// Warns if a rule that is open to everyone matches more spellings of a path under a stricter rule than its author may
/// expect.
fn warn_of_other_spellings(
    rule: &Rule,
    pattern: &Pattern,
    earlier: &[Rule],
    same: &impl Fn(&str, &str) -> bool,
    steps: &[super::source::Step<'_>],
    findings: &mut Findings<'_>,
) {
    if is_open(rule) {
        return;
    }
    for other in earlier.iter().filter(|other| is_open(other)) {
        if other.methods & rule.methods == 0 || !share_a_host(rule, other) {
            continue;
        }
        let inside = other
            .patterns
            .iter()
            .find(|theirs| pattern.covers(theirs, same) && has_letters_for_params(theirs, pattern));
        if let Some(theirs) = inside {
            findings.warning(
                steps,
                format!("{other} opens `{theirs}` in upper and lower case; `{pattern}` guards none of these spellings"),
                Some("the upstream gets the spelling of the open rule; if it tells them apart, set `[paths] case = \"sensitive\"`".into()),
            );
        }
    }
}

fn is_open(rule: &Rule) -> bool {
    matches!(rule.allow, Allow::Anyone | Allow::Optional)
}

/// Whether `narrow` has a literal that contains letters where `wide` has a parameter.
fn has_letters_for_params(narrow: &Pattern, wide: &Pattern) -> bool {
    narrow.segments().iter().zip(wide.segments()).any(|(narrow, wide)| match (narrow, wide) {
        (Segment::Literal(word), Segment::Param(_)) => word.chars().any(char::is_alphabetic),
        _ => false,
    })
}

fn decide_alike(a: &Rule, b: &Rule) -> bool {
    let tests = |rule: &Rule| rule.tests.iter().map(ToString::to_string).collect::<Vec<_>>();
    a.allow == b.allow && a.revocation == b.revocation && a.upstream == b.upstream && tests(a) == tests(b)
}

fn share_a_host(a: &Rule, b: &Rule) -> bool {
    a.hosts.is_empty()
        || b.hosts.is_empty()
        || a.hosts.iter().any(|host| takes_host(b, host))
        || b.hosts.iter().any(|host| takes_host(a, host))
}

/// Whether a rule matches every host that a host pattern matches; `*` matches all.
fn takes_host(rule: &Rule, host: &str) -> bool {
    rule.hosts.is_empty()
        || rule.hosts.iter().any(|mine| {
            mine == host
                || mine.strip_prefix('*').is_some_and(|dotted| {
                    let theirs = host.strip_prefix('*').unwrap_or(host);
                    theirs.len() > dotted.len() && theirs.ends_with(dotted)
                })
        })
}
