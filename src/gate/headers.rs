//! Which request headers reach the upstream, and which headers the gate sets instead.

use crate::access::headers::{
    ADDRESS, ALWAYS_SET, CLAIMS_OF_ADDRESS, CLAIMS_OF_IDENTITY, OVERRIDES, folds_alike, is_the_gates_own,
};
use crate::access::{Policy, Rule};

/// Decides which request headers the upstream of a rule receives.
#[derive(Debug, Clone, Copy)]
pub struct HeaderFilter<'p> {
    policy: &'p Policy,
    rule: &'p Rule,
    keeps_authorization: bool,
}

/// What the platform knows about the client.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sender<'s> {
    /// `http` or `https`.
    pub scheme: &'s str,
    /// The host of the request, with its port if it is not the default port of the scheme.
    pub host: &'s str,
    /// The client address; empty if unknown.
    pub address: &'s str,
}

impl<'p> HeaderFilter<'p> {
    /// The filter of a rule. `keeps_authorization` is whether the client's own `authorization` is forwarded.
    pub fn new(policy: &'p Policy, rule: &'p Rule, keeps_authorization: bool) -> Self {
        Self { policy, rule, keeps_authorization }
    }

    /// Whether the client's own `authorization` is forwarded.
    pub fn keeps_authorization(&self) -> bool {
        self.keeps_authorization
    }

    /// Whether a header with this name (in lower case) is forwarded.
    pub fn passes(&self, name: &str) -> bool {
        let is_one_of = |names: &[&str]| names.iter().any(|one| folds_alike(one, name));
        let is_named = |names: &[String]| names.iter().any(|one| folds_alike(one, name));
        let is_removed = is_the_gates_own(name)
            || is_one_of(&OVERRIDES)
            || is_named(self.policy.strip_headers())
            || is_named(&self.rule.request_headers().remove)
            || (!self.keeps_authorization && folds_alike("authorization", name));
        if is_removed {
            return false;
        }
        if is_plain(name) {
            return self.lists(name) || !(is_one_of(&CLAIMS_OF_ADDRESS) || is_one_of(&CLAIMS_OF_IDENTITY));
        }
        // Otherwise the upstream could see it as a second value of a header that the gate sets.
        let is_set = is_one_of(&ALWAYS_SET) || self.rule.request_headers().set.keys().any(|one| folds_alike(one, name));
        self.lists(name) && !is_set
    }

    /// The headers that describe the client.
    pub fn of_sender(&self, sender: &Sender<'_>) -> Vec<(&'static str, String)> {
        let [host, proto] = ALWAYS_SET;
        let mut set = vec![(host, sender.host.to_owned()), (proto, sender.scheme.to_owned())];
        let address = ADDRESS.into_iter().filter(|name| !sender.address.is_empty() && !self.lists(name));
        set.extend(address.map(|name| (name, sender.address.to_owned())));
        set
    }

    /// Whether the policy or the rule lists exactly this name.
    fn lists(&self, name: &str) -> bool {
        let mut listed = self.policy.pass_headers().iter().chain(self.rule.pass_headers());
        listed.any(|passed| passed == name)
    }
}

/// Whether every server interprets a name in the same way.
fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
