//! Finds the first rule in file order whose host, method and path match. There is a tree of path segments for each host
//! pattern, so a thousand rules cost about as much as ten. The result is the same as trying the rules one by one.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::pattern::{Pattern, Segment};
use super::rule::Rule;

/// The position of a rule in the file, from 0.
pub(crate) type RuleIndex = u32;

const NONE: RuleIndex = RuleIndex::MAX;

/// A set of methods, one bit each; [`super::methods::Methods`] assigns the bits.
pub(crate) type MethodMask = u32;

/// All rules of a policy, compiled.
#[derive(Debug, Clone, Default)]
pub(crate) struct Matcher {
    /// Where paths are case-insensitive.
    fold: bool,
    any_host: Tree,
    hosts: FxHashMap<String, Tree>,
    /// Keyed by what follows the `*.`.
    below: FxHashMap<String, Tree>,
}

/// A match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) rule: RuleIndex,
    /// Which pattern of the rule matched.
    pub(crate) pattern: u16,
}

#[derive(Debug, Clone)]
struct Tree {
    nodes: Vec<Node>,
}

#[derive(Debug, Clone)]
struct Node {
    /// The first rule at this node or below it. If a better rule is already known, the subtree is skipped.
    first: RuleIndex,
    literals: FxHashMap<Box<str>, u32>,
    param: Option<u32>,
    here: Vec<Entry>,
    rest: Vec<Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    found: Found,
    methods: MethodMask,
}

impl Matcher {
    /// Builds the matcher from all rules; with `fold`, paths are case-insensitive.
    pub(crate) fn new(rules: &[Rule], fold: bool) -> Self {
        let mut matcher = Self { fold, ..Self::default() };
        for (at, rule) in (0..).zip(rules) {
            for (pattern_at, pattern) in (0..).zip(&rule.patterns) {
                matcher.insert(Found { rule: at, pattern: pattern_at }, rule.methods, &rule.hosts, pattern);
            }
        }
        matcher
    }

    /// Adds one pattern of a rule. Rules must be added in file order.
    fn insert(&mut self, found: Found, methods: MethodMask, hosts: &[String], pattern: &Pattern) {
        let fold = self.fold;
        let entry = Entry { found, methods };
        if hosts.is_empty() {
            self.any_host.insert(pattern, entry, fold);
        }
        for host in hosts {
            let tree = match host.strip_prefix("*.") {
                Some(parent) => self.below.entry(parent.to_owned()).or_default(),
                None => self.hosts.entry(host.clone()).or_default(),
            };
            tree.insert(pattern, entry, fold);
        }
    }

    /// The first rule for a method, a host (lower case, without port) and a path.
    pub(crate) fn find(&self, method: MethodMask, host: &str, path: &str) -> Option<Found> {
        let path = &self.folded(path);
        let mut best = Found { rule: NONE, pattern: 0 };
        self.any_host.find(path, method, &mut best);
        if !self.hosts.is_empty()
            && let Some(tree) = self.hosts.get(host)
        {
            tree.find(path, method, &mut best);
        }
        if !self.below.is_empty() {
            let mut rest = host;
            while let Some((_, parent)) = rest.split_once('.') {
                if let Some(tree) = self.below.get(parent) {
                    tree.find(path, method, &mut best);
                }
                rest = parent;
            }
        }
        (best.rule != NONE).then_some(best)
    }

    /// A path or a segment in the form that is compared.
    pub(crate) fn folded<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.fold {
            true if text.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii()) => {
                text.to_lowercase().into()
            }
            _ => text.into(),
        }
    }
}

impl Tree {
    fn insert(&mut self, pattern: &Pattern, entry: Entry, fold: bool) {
        let mut at = 0;
        self.touch(at, entry);
        for segment in pattern.segments() {
            at = match segment {
                Segment::Literal(text) => self.literal_child(at, text, fold),
                Segment::Param(_) => self.param_child(at),
            };
            self.touch(at, entry);
        }
        let node = &mut self.nodes[at];
        let list = if pattern.has_rest() { &mut node.rest } else { &mut node.here };
        list.push(entry);
    }

    fn touch(&mut self, at: usize, entry: Entry) {
        let node = &mut self.nodes[at];
        node.first = node.first.min(entry.found.rule);
    }

    fn literal_child(&mut self, at: usize, text: &str, fold: bool) -> usize {
        let key = if fold { text.to_lowercase() } else { text.to_owned() };
        let fresh = self.nodes.len() as u32;
        let child = *self.nodes[at].literals.entry(key.into_boxed_str()).or_insert(fresh);
        self.grow(child)
    }

    fn param_child(&mut self, at: usize) -> usize {
        let fresh = self.nodes.len() as u32;
        let child = *self.nodes[at].param.get_or_insert(fresh);
        self.grow(child)
    }

    fn grow(&mut self, child: u32) -> usize {
        let child = child as usize;
        if child == self.nodes.len() {
            self.nodes.push(Node::default());
        }
        child
    }

    fn find(&self, path: &str, method: MethodMask, best: &mut Found) {
        let rest = if path.is_empty() { None } else { Some(path) };
        self.walk(0, rest, method, best);
    }

    /// Every node is visited at most once, so a path costs at most the size of the tree.
    fn walk(&self, at: u32, rest: Option<&str>, method: MethodMask, best: &mut Found) {
        let Some(node) = self.nodes.get(at as usize).filter(|node| node.first < best.rule) else { return };
        improve(&node.rest, method, best);
        let Some(rest) = rest else {
            improve(&node.here, method, best);
            return;
        };
        let (segment, tail) = match rest.split_once('/') {
            Some((segment, tail)) => (segment, Some(tail)),
            None => (rest, None),
        };
        if let Some(&child) = node.literals.get(segment) {
            self.walk(child, tail, method, best);
        }
        if let Some(child) = node.param {
            self.walk(child, tail, method, best);
        }
    }
}

/// Entries are in file order, so the first match is the best one in its list.
fn improve(entries: &[Entry], method: MethodMask, best: &mut Found) {
    if let Some(entry) = entries.iter().find(|entry| entry.methods & method != 0)
        && entry.found.rule < best.rule
    {
        *best = entry.found;
    }
}

impl Default for Tree {
    fn default() -> Self {
        Self { nodes: vec![Node::default()] }
    }
}

impl Default for Node {
    fn default() -> Self {
        Self { first: NONE, literals: FxHashMap::default(), param: None, here: Vec::new(), rest: Vec::new() }
    }
}
