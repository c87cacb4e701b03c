//! The strict single-pass parser. `serde_json` checks the grammar; this module rejects what the grammar allows but
//! tokens must not contain.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::{Mark, Member, Slot, Text};
use crate::limits::MAX_JSON_DEPTH;

const REPEATED: &str = "a member stands twice";
const TOO_DEEP: &str = "nested too deep";
const NOT_AN_OBJECT: &str = "not a JSON object";

/// Up to this number of members, every pair of names is compared. Above it, each name is looked up in a map, so the
/// cost does not grow quadratically.
const FEW_NAMES: usize = 16;

/// Capacity for the members of a typical token.
const USUAL_MEMBERS: usize = 12;

/// Parses `text` as one strict object and indexes its members. `Err` is a short reason that contains no input.
pub(super) fn object(text: &str) -> Result<Vec<Member>, &'static str> {
    let refusal = Refusal(Cell::new(None));
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let members = deserializer.deserialize_any(Outermost { text, refusal: &refusal });
    let members = members.map_err(|_| refusal.0.get().unwrap_or_else(|| not_json(text)))?;
    deserializer.end().map_err(|_| "something follows the object")?;
    Ok(members)
}

fn not_json(text: &str) -> &'static str {
    if text.starts_with('\u{feff}') { "begins with a byte-order mark" } else { "not JSON" }
}

/// A reason of this module's own, stored separately from the parser's error. The parser's error could only carry it as
/// text, and formatting that text would add code to the module.
struct Refusal(Cell<Option<&'static str>>);

impl Refusal {
    fn because<T, E: de::Error>(&self, why: &'static str) -> Result<T, E> {
        self.0.set(Some(why));
        Err(E::custom(why))
    }
}

/// Parses the object itself.
struct Outermost<'t> {
    text: &'t str,
    refusal: &'t Refusal,
}

impl<'de> Visitor<'de> for Outermost<'_> {
    type Value = Vec<Member>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NOT_AN_OBJECT)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Vec<Member>, E> {
        self.refusal.because(NOT_AN_OBJECT)
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Vec<Member>, E> {
        self.refusal.because(NOT_AN_OBJECT)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Vec<Member>, E> {
        self.refusal.because(NOT_AN_OBJECT)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Vec<Member>, E> {
        self.refusal.because(NOT_AN_OBJECT)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Vec<Member>, E> {
        self.refusal.because(NOT_AN_OBJECT)
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Vec<Member>, E> {
        self.refusal.because(NOT_AN_OBJECT)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Vec<Member>, A::Error> {
        self.refusal.because(NOT_AN_OBJECT)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<Member>, A::Error> {
        let Self { text, refusal } = self;
        let mut members = Vec::with_capacity(USUAL_MEMBERS);
        while let Some(name) = map.next_key_seed(Name)? {
            let value = map.next_value_seed(Note { text, refusal })?;
            members.push(Member { mark: Mark::of(&name), name: note(text, name), value });
        }
        if self.any_twice(&members) { refusal.because(REPEATED) } else { Ok(members) }
    }
}

impl Outermost<'_> {
    fn any_twice(&self, members: &[Member]) -> bool {
        if members.len() > FEW_NAMES {
            return any_twice(&members.iter().map(|member| member.name.resolve(self.text)).collect::<Vec<_>>());
        }
        let same = |one: &Member, other: &Member| {
            one.mark == other.mark && one.name.resolve(self.text) == other.name.resolve(self.text)
        };
        members.iter().enumerate().any(|(index, one)| members[..index].iter().any(|other| same(one, other)))
    }
}

/// Whether one of `names` is duplicated.
pub(crate) fn any_twice(names: &[&str]) -> bool {
    if names.len() <= FEW_NAMES {
        return names.iter().enumerate().any(|(index, one)| names[..index].contains(one));
    }
    // The map for JSON objects is in the binary anyway; a sort would add code.
    let mut seen = Map::new();
    names.iter().any(|name| seen.insert((*name).to_owned(), Value::Null).is_some())
}

/// The position of `string`, which was parsed from `text`; a copy if it contained escapes.
fn note(text: &str, string: Cow<'_, str>) -> Text {
    let copy = |string: Cow<'_, str>| Text::Copy(string.into_owned().into_boxed_str());
    let Cow::Borrowed(part) = string else { return copy(string) };
    let start = (part.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
    match (u32::try_from(start), u32::try_from(part.len())) {
        (Ok(start), Ok(len)) => Text::At { start, len },
        _ => copy(Cow::Borrowed(part)),
    }
}

/// Parses a string: borrowed if it contains no escapes.
pub(super) struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

/// Parses the value of a top-level member and indexes it if its type is indexed.
struct Note<'t> {
    text: &'t str,
    refusal: &'t Refusal,
}

impl<'de> DeserializeSeed<'de> for Note<'_> {
    type Value = Slot;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Slot, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Note<'_> {
    type Value = Slot;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Slot, E> {
        Ok(Slot::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Slot, E> {
        Ok(Slot::Other)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Slot, E> {
        Ok(Slot::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Slot, E> {
        Ok(Slot::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Slot, E> {
        Ok(Slot::Number(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Slot, E> {
        Ok(Slot::Text(note(self.text, Cow::Borrowed(value))))
    }

    fn visit_str<E>(self, value: &str) -> Result<Slot, E> {
        Ok(Slot::Text(Text::Copy(value.into())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Slot, A::Error> {
        let mut texts = Vec::new();
        let mut only_texts = true;
        while let Some(item) = items.next_element_seed(Inside { depth: 3, refusal: self.refusal })? {
            match item {
                Some(string) if only_texts => texts.push(note(self.text, string)),
                _ => only_texts = false,
            }
        }
        Ok(if only_texts { Slot::Texts(texts) } else { Slot::Other })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Slot, A::Error> {
        Inside { depth: 2, refusal: self.refusal }.visit_map(map).map(|_| Slot::Other)
    }
}

/// Parses a nested value: strictly, and keeping only strings. `depth` is the depth of the array or object that it can
/// be.
#[derive(Clone, Copy)]
struct Inside<'t> {
    depth: usize,
    refusal: &'t Refusal,
}

impl Inside<'_> {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        if self.depth > MAX_JSON_DEPTH {
            return self.refusal.because(TOO_DEEP);
        }
        Ok(Self { depth: self.depth + 1, refusal: self.refusal })
    }
}

impl<'de> DeserializeSeed<'de> for Inside<'_> {
    type Value = Option<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Inside<'_> {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let deeper = self.deeper()?;
        while items.next_element_seed(deeper)?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let deeper = self.deeper()?;
        let mut names = Vec::new();
        while let Some(name) = map.next_key_seed(Name)? {
            names.push(name);
            map.next_value_seed(deeper)?;
        }
        let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        if any_twice(&names) { self.refusal.because(REPEATED) } else { Ok(None) }
    }
}
