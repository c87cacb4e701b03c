//! JSON as tokens and keys must carry it: one object, no member twice at any depth, bounded nesting, UTF-8 without a byte-order
//! mark. Parsers that disagree about a repeated member are how a token comes to mean two things (RFC 7519 section 4, RFC 8725 section 2).
//!
//! An [`Object`] is read in one pass that builds no tree: the text stays as it came, and each top-level member is noted with
//! its value if that is a number, a string or a list of strings, which is all that checking a token takes. The tree is only
//! built for a caller who asks for something else.

use std::sync::OnceLock;

use serde::Serialize;
use serde_json::{Map, Value};

mod scan;

pub(crate) use scan::any_twice;

/// An object that passed the strict reading, with its text.
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

/// What was noted of a value.
#[derive(Debug)]
enum Slot {
    Number(f64),
    Text(Text),
    Texts(Vec<Text>),
    /// Anything else; to be had from the tree.
    Other,
}

/// A string value: its place in the text where it stands there without escapes, else a copy of it.
#[derive(Debug)]
enum Text {
    At { start: u32, len: u32 },
    Copy(Box<str>),
}

/// A name in one word, so that most comparisons of names are of two numbers: its length and its first seven bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark(u64);

/// A member's value, as far as it was noted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Noted<'o> {
    /// There is no such member.
    Absent,
    Number(f64),
    Text(&'o str),
    /// A list of strings.
    Texts(Texts<'o>),
    /// `null`, a boolean, an object, or a list that holds anything but strings.
    Other,
}

/// The strings of a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Texts<'o> {
    object: &'o Object,
    items: &'o [Text],
}

/// Reads one object, no more strictly than JSON's grammar asks; of a member that stands twice the last counts. For texts that
/// nobody vouches for or decides by.
pub(crate) fn tree(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(text).ok()
}

/// The JSON text of a value of this crate. Writing fails only for keys that JSON cannot have, and nothing here has those.
pub(crate) fn text(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Reads one strict object into a tree. `Err` is a short reason, free of the input's content.
pub(crate) fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, &'static str> {
    Object::parse(bytes.to_vec()).map(Object::into_tree)
}

impl Object {
    /// Reads one strict object. `Err` is a short reason, free of the input's content.
    pub(crate) fn parse(bytes: Vec<u8>) -> Result<Self, &'static str> {
        let text = String::from_utf8(bytes).map_err(|_| "not UTF-8")?;
        let members = scan::object(&text)?;
        Ok(Self { text, members, tree: OnceLock::new() })
    }

    /// Reads one strict object whose text the caller keeps; for checking alone.
    pub(crate) fn check(text: &str) -> Result<Self, &'static str> {
        Self::parse(text.as_bytes().to_vec())
    }

    /// The text, exactly as it came.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Looks a member up.
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

    /// Whether there is such a member, whatever its value.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.noted(name) != Noted::Absent
    }

    /// The members' names, in the order of the text.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|member| self.resolve(&member.name))
    }

    /// The whole object as a tree, built when first asked for.
    pub(crate) fn tree(&self) -> &Map<String, Value> {
        self.tree.get_or_init(|| match tree(&self.text) {
            Some(members) => members,
            None => unreachable!("the same parser has accepted the same text before, more strictly"),
        })
    }

    /// The same, for keeps.
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

/// Objects are equal when they say the same, however it is spelled.
impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text || self.tree() == other.tree()
    }
}
