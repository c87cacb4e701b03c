//! Roles with inheritance, and permissions with wildcards.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::config::RoleConfig;

/// Maximum number of roles in a policy. A set of roles is then a few machine words.
pub const MAX_ROLES: usize = 256;

/// A set of roles, one bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RoleSet([u64; MAX_ROLES / 64]);

/// The roles of a policy, with resolved inheritance.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Roles {
    /// In the order of the file.
    names: Vec<String>,
    /// For each role itself and every role it inherits.
    reach: Vec<RoleSet>,
    /// For each role its own permissions, without inherited ones.
    permissions: Vec<Vec<String>>,
}

/// An error in a role: the role, the inherited name it is about, and the problem.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RoleFault<'c> {
    TooMany,
    Unknown { role: &'c str, at: usize },
    Cycle { role: &'c str, at: usize, way: Vec<&'c str> },
    Permission { role: &'c str, at: usize },
}

impl RoleSet {
    pub(crate) fn insert(&mut self, role: u16) {
        self.0[usize::from(role) / 64] |= 1 << (role % 64);
    }

    pub(crate) fn contains(&self, role: u16) -> bool {
        self.0[usize::from(role) / 64] & (1 << (role % 64)) != 0
    }

    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Roles {
    /// Resolves inheritance. Returns every error together with the roles that could be resolved.
    pub(crate) fn new(config: &BTreeMap<String, RoleConfig>) -> (Self, Vec<RoleFault<'_>>) {
        let mut faults = Vec::new();
        if config.len() > MAX_ROLES {
            return (Self::default(), vec![RoleFault::TooMany]);
        }
        for (role, entry) in config {
            for (at, parent) in entry.inherits.iter().enumerate() {
                if !config.contains_key(parent) {
                    faults.push(RoleFault::Unknown { role, at });
                } else if let Some(way) = way_back(config, role, parent) {
                    faults.push(RoleFault::Cycle { role, at, way });
                }
            }
            for (at, permission) in entry.permissions.iter().enumerate() {
                if !is_permission(permission) {
                    faults.push(RoleFault::Permission { role, at });
                }
            }
        }
        let permissions = config.values().map(|role| role.permissions.0.clone()).collect();
        let mut roles = Self { names: config.keys().cloned().collect(), reach: Vec::new(), permissions };
        roles.reach = config.keys().map(|role| roles.reached_from(config, role)).collect();
        (roles, faults)
    }

    fn reached_from(&self, config: &BTreeMap<String, RoleConfig>, role: &str) -> RoleSet {
        let mut reach = RoleSet::default();
        let mut waiting = vec![role];
        while let Some(name) = waiting.pop() {
            let Some(at) = self.get(name) else { continue };
            if !reach.contains(at) {
                reach.insert(at);
                waiting
                    .extend(config.get(name).into_iter().flat_map(|entry| entry.inherits.iter().map(String::as_str)));
            }
        }
        reach
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    pub(crate) fn get(&self, name: &str) -> Option<u16> {
        self.names.binary_search_by(|known| known.as_str().cmp(name)).ok().map(|at| at as u16)
    }

    /// Those of `names` that this policy knows.
    pub(crate) fn held<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> RoleSet {
        let mut held = RoleSet::default();
        for role in names.into_iter().filter_map(|name| self.get(name)) {
            held.insert(role);
        }
        held
    }

    /// Every role that is one of `names` or inherits one.
    pub(crate) fn holders_of_roles<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> RoleSet {
        let wanted = self.held(names);
        self.all_whose(|reach| reach.meets(&wanted))
    }

    /// Every role that has `permission`, directly or by inheritance.
    pub(crate) fn holders_of_permission(&self, permission: &str) -> RoleSet {
        let mut granting = RoleSet::default();
        for (role, own) in (0..).zip(&self.permissions) {
            if own.iter().any(|granted| grants(granted, permission)) {
                granting.insert(role);
            }
        }
        self.all_whose(|reach| reach.meets(&granting))
    }

    /// How many roles a role includes, itself among them: a larger number means more rights.
    pub(crate) fn rank(&self, role: u16) -> u32 {
        self.reach.get(usize::from(role)).map_or(0, |reach| reach.0.iter().map(|word| word.count_ones()).sum())
    }

    fn all_whose(&self, test: impl Fn(&RoleSet) -> bool) -> RoleSet {
        let mut holders = RoleSet::default();
        for (role, reach) in (0..).zip(&self.reach) {
            if test(reach) {
                holders.insert(role);
            }
        }
        holders
    }
}

/// Whether a granted permission, which may contain wildcards, covers a required one.
pub(crate) fn grants(granted: &str, wanted: &str) -> bool {
    let mut wanted = wanted.split(':');
    let mut granted = granted.split(':').peekable();
    while let Some(word) = granted.next() {
        let last = granted.peek().is_none();
        match wanted.next() {
            None => return false,
            Some(_) if word == "*" && last => return true,
            Some(asked) if word == "*" || word == asked => {}
            Some(_) => return false,
        }
    }
    wanted.next().is_none()
}

/// Whether `text` is a permission: words separated by colons, none empty, `*` only as a whole word.
pub(crate) fn is_permission(text: &str) -> bool {
    text.split(':').all(|word| {
        word == "*" || (!word.is_empty() && !word.contains(|c: char| c == '*' || c.is_whitespace() || c.is_control()))
    })
}

/// The path from `from` back to `role`, if inheritance is circular.
fn way_back<'c>(config: &'c BTreeMap<String, RoleConfig>, role: &'c str, from: &'c str) -> Option<Vec<&'c str>> {
    let mut ways = vec![vec![role, from]];
    let mut seen = vec![from];
    while let Some(way) = ways.pop() {
        let last = way.last().copied().unwrap_or(from);
        if last == role {
            return Some(way);
        }
        for parent in config.get(last).into_iter().flat_map(|entry| entry.inherits.iter()) {
            if parent == role || !seen.contains(&parent.as_str()) {
                seen.push(parent);
                ways.push([way.as_slice(), &[parent]].concat());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{grants, is_permission};

    #[test]
    fn wildcards_stand_for_words() {
        for (granted, wanted, expected) in [
            ("reports:read", "reports:read", true),
            ("reports:read", "reports:write", false),
            ("reports:*", "reports:read", true),
            ("reports:*", "reports:read:own", true),
            ("reports:*", "reports", false),
            ("reports:*", "reportsx:read", false),
            ("*", "anything:at:all", true),
            ("*:read", "reports:read", true),
            ("*:read", "reports:write", false),
            ("*:read", "reports:read:own", false),
            ("reports", "reports:read", false),
            ("reports:read", "reports:*", false),
            ("reports:*", "reports:*", true),
        ] {
            assert_eq!(grants(granted, wanted), expected, "{granted} for {wanted}");
        }
    }

    #[test]
    fn permissions_are_words_between_colons() {
        assert!(["a", "a:b", "a:*", "*", "*:b", "a.b-c_d"].into_iter().all(is_permission));
        assert!(!["", ":", "a:", "a b", "a*", "a:*b"].into_iter().any(is_permission));
    }
}
