//! JSON as allowed in tokens and keys: one object, no duplicate members at any depth, limited nesting, UTF-8 without a
//! byte-order mark. If parsers disagree about a duplicate member, one token has two meanings (RFC 7519 section 4, RFC
//! 8725 section 2).
//!
//! An [`Object`] is parsed in one pass without building a tree. It keeps the text and indexes each top-level member
//! whose value is a number, a string or a list of strings, which is enough to validate a token. The tree is built only
//! for callers that need other values.

use std::sync::OnceLock;

use serde::Serialize;
use serde_json::{Map, Value};

mod scan;

pub(crate) use scan::any_twice;

/// A strictly parsed object, with its text.
#[derive(Debug)]
pub(crate) struct Object {
    text: String,
    members: Vec<Member>,
    tree: OnceLock<Map<String, Value>>,
}

/// A top-level member.
#[derive(Debug)]
struct Member {
    mark: Mark,
    name: Text,
    value: Slot,
}

/// The indexed part of a value.
#[derive(Debug)]
enum Slot {
    Number(f64),
    Text(Text),
    Texts(Vec<Text>),
    /// Any other value; available in the tree.
    Other,
}

/// A string value: its position in the text if it contains no escapes, otherwise a copy.
#[derive(Debug)]
enum Text {
    At { start: u32, len: u32 },
    Copy(Box<str>),
}

/// A key with the length and the first seven bytes of a name, so that most comparisons of names compare two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark(u64);

/// The value of a member, as far as it is indexed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Noted<'o> {
    /// The member does not exist.
    Absent,
    Number(f64),
    Text(&'o str),
    /// A list of strings.
    Texts(Texts<'o>),
    /// `null`, a boolean, an object, or a list that does not contain only strings.
    Other,
}

/// The strings of a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Texts<'o> {
    object: &'o Object,
    items: &'o [Text],
}

/// Parses one object leniently, as JSON's grammar allows; the last of duplicate members is used. Only for unverified
/// text that no decision depends on.
pub(crate) fn tree(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(text).ok()
}

/// The JSON text of a value of this crate. Serialization fails only for keys that JSON does not allow, and no type here
/// has those.
pub(crate) fn text(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Parses one strict object into a tree. `Err` is a short reason that contains no input.
pub(crate) fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, &'static str> {
    Object::parse(bytes.to_vec()).map(Object::into_tree)
}

impl Object {
    /// Parses one strict object. `Err` is a short reason that contains no input.
    pub(crate) fn parse(bytes: Vec<u8>) -> Result<Self, &'static str> {
        let text = String::from_utf8(bytes).map_err(|_| "not UTF-8")?;
        let members = scan::object(&text)?;
        Ok(Self { text, members, tree: OnceLock::new() })
    }

    /// Parses one strict object whose text the caller keeps, for validation only.
    pub(crate) fn check(text: &str) -> Result<Self, &'static str> {
        Self::parse(text.as_bytes().to_vec())
    }

    /// The original text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Finds a member.
    pub(crate) fn noted(&self, name: &str) -> Noted<'_> {
        let mark = Mark::of(name);
        let Some(member) = self.members.iter().find(|member| member.mark == mark && self.resolve(&member.name) == name)
        else {
            return Noted::Absent;
        };
        match &member.value {
            Slot::Number(number) => Noted::Number(*number),
            Slot::Text(text) => Noted::Text(self.resolve(text)),
            Slot::Texts(items) => Noted::Texts(Texts { object: self, items }),
            Slot::Other => Noted::Other,
        }
    }

    /// A member that is a string.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        match self.noted(name) {
            Noted::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether the member exists, with any value.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.noted(name) != Noted::Absent
    }

    /// The names of the members, in the order of the text.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|member| self.resolve(&member.name))
    }

    /// The whole object as a tree, built at the first call.
    pub(crate) fn tree(&self) -> &Map<String, Value> {
        self.tree.get_or_init(|| match tree(&self.text) {
            Some(members) => members,
            None => unreachable!("the same parser has accepted the same text before, more strictly"),
        })
    }

    /// The same, by value.
    pub(crate) fn into_tree(mut self) -> Map<String, Value> {
        self.tree();
        self.tree.take().unwrap_or_default()
    }

    fn resolve<'o>(&'o self, text: &'o Text) -> &'o str {
        text.resolve(&self.text)
    }
}

impl Text {
    fn resolve<'o>(&'o self, within: &'o str) -> &'o str {
        match self {
            Self::At { start, len } => {
                let start = *start as usize;
                &within[start..start + *len as usize]
            }
            Self::Copy(text) => text,
        }
    }
}

impl Mark {
    const BYTES: usize = 7;

    fn of(name: &str) -> Self {
        let bytes = name.as_bytes();
        let length = bytes.len().min(255) as u64;
        Self(bytes.iter().take(Self::BYTES).fold(length, |mark, byte| mark << 8 | u64::from(*byte)))
    }
}

impl<'o> Texts<'o> {
    /// The strings, in order.
    pub(crate) fn iter(self) -> impl Iterator<Item = &'o str> {
        self.items.iter().map(move |item| self.object.resolve(item))
    }
}

impl PartialEq for Texts<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

/// Objects are equal if their values are equal, regardless of the notation.
impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text || self.tree() == other.tree()
    }
}
