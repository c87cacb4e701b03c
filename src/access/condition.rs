//! The compiled requirements of a rule, and their evaluation for a principal.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::roles::{RoleSet, grants};
use crate::json;
use crate::token::Claims;

/// One requirement of a rule.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Test {
    /// One of these roles.
    #[non_exhaustive]
    Roles {
        /// As written in the rule.
        names: Vec<String>,
        /// Every role that satisfies the requirement: these, and those that inherit one of them.
        holders: Holders,
    },
    /// This permission.
    #[non_exhaustive]
    Permission {
        /// The permission.
        name: String,
        /// Every role that grants it.
        holders: Holders,
    },
    /// A condition on a claim.
    Claim {
        /// The claim; dots reach into objects.
        claim: String,
        /// What it must be.
        test: ClaimTest,
    },
    /// A path segment must belong to the subject.
    Owner {
        /// The parameter of the path.
        param: String,
        /// The claim it must equal.
        claim: String,
    },
    /// At least one of these groups.
    Any(Vec<Vec<Test>>),
    /// All of these groups.
    All(Vec<Vec<Test>>),
}

/// The roles that satisfy a test.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Holders(pub(crate) RoleSet);

/// The condition on a claim's value.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum ClaimTest {
    /// This value.
    Equals(Value),
    /// One of these values.
    OneOf(Vec<Value>),
    /// An array that contains this value, or a string that contains it as a word.
    Contains(Value),
}

/// The input of a test.
pub(crate) struct Facts<'f> {
    pub(crate) claims: &'f Claims,
    pub(crate) roles: RoleSet,
    pub(crate) permissions_claim: &'f str,
    pub(crate) param: &'f dyn Fn(&str) -> Option<&'f str>,
}

/// The first test of a list that fails.
pub(crate) fn first_unmet<'p>(tests: &'p [Test], facts: &Facts<'_>) -> Option<&'p Test> {
    tests.iter().find(|test| !test.holds(facts))
}

impl Test {
    pub(crate) fn holds(&self, facts: &Facts<'_>) -> bool {
        match self {
            Self::Roles { holders, .. } => holders.0.meets(&facts.roles),
            Self::Permission { name, holders } => holders.0.meets(&facts.roles) || facts.carries(name),
            Self::Claim { claim, test } => find_claim(facts.claims, claim).is_some_and(|value| test.holds(value)),
            Self::Owner { param, claim } => {
                let own = find_claim(facts.claims, claim);
                (facts.param)(param).zip(own).is_some_and(|(param, own)| is_text_of(param, own))
            }
            Self::Any(groups) => groups.iter().any(|group| first_unmet(group, facts).is_none()),
            Self::All(groups) => groups.iter().all(|group| first_unmet(group, facts).is_none()),
        }
    }
}

impl Facts<'_> {
    /// Whether the token itself grants a permission, in addition to its roles.
    fn carries(&self, wanted: &str) -> bool {
        match find_claim(self.claims, self.permissions_claim) {
            Some(Value::String(words)) => words.split_ascii_whitespace().any(|granted| grants(granted, wanted)),
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).any(|granted| grants(granted, wanted)),
            _ => false,
        }
    }
}

impl ClaimTest {
    fn holds(&self, actual: &Value) -> bool {
        match self {
            Self::Equals(wanted) => same(actual, wanted),
            Self::OneOf(wanted) => wanted.iter().any(|one| same(actual, one)),
            Self::Contains(wanted) => match actual {
                Value::Array(many) => many.iter().any(|one| same(one, wanted)),
                Value::String(words) => {
                    wanted.as_str().is_some_and(|wanted| words.split_ascii_whitespace().any(|word| word == wanted))
                }
                _ => false,
            },
        }
    }
}

/// Finds a claim by name. A claim with exactly this name takes precedence (names can be URLs); otherwise dots separate
/// the members of nested objects.
pub(crate) fn find_claim<'c>(claims: &'c Claims, name: &str) -> Option<&'c Value> {
    claims.get(name).or_else(|| {
        let (first, rest) = name.split_once('.')?;
        rest.split('.').try_fold(claims.get(first)?, |value, member| value.get(member))
    })
}

/// The values of a claim that is a string or an array of strings.
pub(crate) fn claim_strings<'c>(claims: &'c Claims, name: &str) -> impl Iterator<Item = &'c str> {
    let (one, many) = match find_claim(claims, name) {
        Some(Value::String(one)) => (Some(one.as_str()), [].as_slice()),
        Some(Value::Array(many)) => (None, many.as_slice()),
        _ => (None, [].as_slice()),
    };
    one.into_iter().chain(many.iter().filter_map(Value::as_str))
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || (a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64(),
        _ => a == b,
    }
}

/// Whether a path segment equals a claim: a string literally, an integer in its shortest decimal form.
fn is_text_of(param: &str, claim: &Value) -> bool {
    match claim {
        Value::String(text) => !text.is_empty() && text == param,
        Value::Number(number) if !number.is_f64() => number.to_string() == param,
        _ => false,
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Roles { names, .. } if names.len() == 1 => write!(f, "the role {}", names.join("")),
            Self::Roles { names, .. } => write!(f, "one of the roles {}", names.join(", ")),
            Self::Permission { name, .. } => write!(f, "the permission {name}"),
            Self::Claim { claim, test: ClaimTest::Equals(value) } => {
                write!(f, "the claim {claim} to be {}", json::text(value))
            }
            Self::Claim { claim, test: ClaimTest::OneOf(values) } => {
                let values: Vec<String> = values.iter().map(json::text).collect();
                write!(f, "the claim {claim} to be one of {}", values.join(", "))
            }
            Self::Claim { claim, test: ClaimTest::Contains(value) } => {
                write!(f, "the claim {claim} to contain {}", json::text(value))
            }
            Self::Owner { param, claim } => write!(f, "param.{param} to be the holder's {claim}"),
            Self::Any(groups) => write_groups(f, "any of", groups),
            Self::All(groups) => write_groups(f, "all of", groups),
        }
    }
}

fn write_groups(f: &mut fmt::Formatter<'_>, lead: &str, groups: &[Vec<Test>]) -> fmt::Result {
    write!(f, "{lead} (")?;
    for (at, group) in groups.iter().enumerate() {
        if at > 0 {
            f.write_str("; ")?;
        }
        let tests: Vec<String> = group.iter().map(Test::to_string).collect();
        f.write_str(&tests.join(" and "))?;
    }
    f.write_str(")")
}
