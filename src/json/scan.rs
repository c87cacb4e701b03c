//! The one strict pass. The grammar is `serde_json`'s; what is added here is what it lets pass.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{Mark, Member, Slot, Text};
use crate::limits::MAX_JSON_DEPTH;

const REPEATED: &str = "a member stands twice";
const TOO_DEEP: &str = "nested too deep";
const NOT_AN_OBJECT: &str = "not a JSON object";

/// Up to here every pair of names is compared; beyond, they are sorted first, so that many names cost no square of themselves.
const FEW_NAMES: usize = 16;

/// Room for the members of an ordinary token without growing.
const USUAL_MEMBERS: usize = 12;

/// Reads `text` as one strict object and notes its members. `Err` is a short reason, free of the input's content.
pub(super) fn object(text: &str) -> Result<Vec<Member>, &'static str> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let members = deserializer.deserialize_any(Outermost { text }).map_err(|error| reason(text, &error))?;
    deserializer.end().map_err(|_| "something follows the object")?;
    Ok(members)
}

fn reason(text: &str, error: &serde_json::Error) -> &'static str {
    let message = error.to_string();
    if let Some(ours) = [REPEATED, TOO_DEEP].into_iter().find(|ours| message.contains(ours)) {
        ours
    } else if text.starts_with('\u{feff}') {
        "begins with a byte-order mark"
    } else if error.is_data() {
        NOT_AN_OBJECT
    } else {
        "not JSON"
    }
}

/// Reads the object itself.
struct Outermost<'t> {
    text: &'t str,
}

impl<'de> Visitor<'de> for Outermost<'_> {
    type Value = Vec<Member>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NOT_AN_OBJECT)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<Member>, A::Error> {
        let mut members = Vec::with_capacity(USUAL_MEMBERS);
        while let Some(name) = map.next_key_seed(Name)? {
            let value = map.next_value_seed(Note { text: self.text })?;
            members.push(Member { mark: Mark::of(&name), name: note(self.text, name), value });
        }
        if self.any_twice(&members) { Err(de::Error::custom(REPEATED)) } else { Ok(members) }
    }
}

impl Outermost<'_> {
    fn any_twice(&self, members: &[Member]) -> bool {
        if members.len() > FEW_NAMES {
            return any_twice(&mut members.iter().map(|member| member.name.resolve(self.text)).collect::<Vec<_>>());
        }
        let same = |one: &Member, other: &Member| {
            one.mark == other.mark && one.name.resolve(self.text) == other.name.resolve(self.text)
        };
        members.iter().enumerate().any(|(index, one)| members[..index].iter().any(|other| same(one, other)))
    }
}

/// Whether one of `names` stands there twice. Their order is lost.
pub(crate) fn any_twice(names: &mut [&str]) -> bool {
    if names.len() <= FEW_NAMES {
        return names.iter().enumerate().any(|(index, one)| names[..index].contains(one));
    }
    names.sort_unstable();
    names.windows(2).any(|pair| pair[0] == pair[1])
}

/// Where `string`, read out of `text`, stands in it; a copy if it was spelled with escapes.
fn note(text: &str, string: Cow<'_, str>) -> Text {
    let copy = |string: Cow<'_, str>| Text::Copy(string.into_owned().into_boxed_str());
    let Cow::Borrowed(part) = string else { return copy(string) };
    let start = (part.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
    match (u32::try_from(start), u32::try_from(part.len())) {
        (Ok(start), Ok(len)) => Text::At { start, len },
        _ => copy(Cow::Borrowed(part)),
    }
}

/// Reads a string: borrowed where it has no escapes.
struct Name;

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

/// Reads a top-level member's value, noting it where it is of a noted kind.
struct Note<'t> {
    text: &'t str,
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
        while let Some(item) = items.next_element_seed(Inside { depth: 3 })? {
            match item {
                Some(string) if only_texts => texts.push(note(self.text, string)),
                _ => only_texts = false,
            }
        }
        Ok(if only_texts { Slot::Texts(texts) } else { Slot::Other })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Slot, A::Error> {
        Inside { depth: 2 }.visit_map(map).map(|_| Slot::Other)
    }
}

/// Reads any value inside another: strictly, keeping nothing but a string. `depth` is that of the array or object it may be.
struct Inside {
    depth: usize,
}

impl Inside {
    fn deeper<E: de::Error>(&self) -> Result<usize, E> {
        if self.depth > MAX_JSON_DEPTH { Err(E::custom(TOO_DEEP)) } else { Ok(self.depth + 1) }
    }
}

impl<'de> DeserializeSeed<'de> for Inside {
    type Value = Option<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Inside {
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
        let depth = self.deeper()?;
        while items.next_element_seed(Inside { depth })?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let depth = self.deeper()?;
        let mut names = Vec::new();
        while let Some(name) = map.next_key_seed(Name)? {
            names.push(name);
            map.next_value_seed(Inside { depth })?;
        }
        let mut names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        if any_twice(&mut names) { Err(de::Error::custom(REPEATED)) } else { Ok(None) }
    }
}
