//! A shape out of JSON text.
//!
//! What serde derives can read a struct in two ways: from a map, where each key is told from the others and every field waits in
//! an option until all are there, or from a sequence, one field after the other. The second is a fraction of the code, which
//! counts in the Worker, where some ninety shapes are read. So the text becomes a tree first, and each struct gets the values of
//! its fields in their own order; names are looked up here, once for all, in the tables that serde derives beside the code.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};

mod found;
mod node;
#[cfg(test)]
mod tests;

use node::Node;

/// Why a text is not what was asked for: one word, because it is handed on through every shape that is read.
#[derive(Debug)]
pub(crate) struct Unfit(Option<Box<Why>>);

#[derive(Debug)]
enum Why {
    Syntax,
    Shape(String),
}

/// Reads a shape. Members it does not name are passed over.
///
/// What serde can be told of a field is heeded but for this: an `alias` would shift the fields after it, `deny_unknown_fields` and
/// `other` do nothing, and an option that is not there is `None` whatever its default.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, Unfit> {
    T::deserialize(Input(&Node::parse(text)?))
}

/// A value to read a shape from.
#[derive(Clone, Copy)]
struct Input<'n>(&'n Node<'n>);

impl<'n> Input<'n> {
    #[cold]
    fn mistyped(self, expected: fmt::Arguments<'_>) -> Unfit {
        let found = match self.0 {
            Node::Missing => return Unfit::NOTHING,
            Node::Null => de::Unexpected::Other("null"),
            Node::Bool(value) => de::Unexpected::Bool(*value),
            Node::Unsigned(value) => de::Unexpected::Unsigned(*value),
            Node::Signed(value) => de::Unexpected::Signed(*value),
            Node::Float(value) => de::Unexpected::Float(*value),
            Node::Text(value) => de::Unexpected::Str(value),
            Node::List(_) => de::Unexpected::Seq,
            Node::Object(_) => de::Unexpected::Map,
        };
        Unfit::shape(format!("invalid type: {}, expected {expected}", found::words(found)))
    }

    fn text(self) -> Result<&'n str, Unfit> {
        match self.0 {
            Node::Text(text) => Ok(text),
            _ => Err(self.mistyped(format_args!("a string"))),
        }
    }

    fn items(self) -> Result<Items<'n>, Unfit> {
        match self.0 {
            Node::List(items) => Ok(Items(items.iter())),
            _ => Err(self.mistyped(format_args!("a sequence"))),
        }
    }

    fn members(self) -> Result<Members<'n>, Unfit> {
        match self.0 {
            Node::Object(members) => Ok(Members { members: members.iter(), value: self.0 }),
            _ => Err(self.mistyped(format_args!("a map"))),
        }
    }

    fn variant(self, kind: &str, names: &'static [&'static str]) -> Result<Variant<'n>, Unfit> {
        let (name, content) = match self.0 {
            Node::Text(name) => (name, None),
            Node::Object(members) if let [(name, content)] = &members[..] => (name, Some(Input(content))),
            _ => return Err(self.mistyped(format_args!("enum {kind}"))),
        };
        match (0..).zip(names).find(|(_, known)| **known == name) {
            Some((index, _)) => Ok(Variant { index, content }),
            None => Err(de::Error::unknown_variant(name, names)),
        }
    }
}

/// What reads a number, whichever.
macro_rules! number {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
            match self.0 {
                Node::Unsigned(value) => visitor.visit_u64(*value),
                Node::Signed(value) => visitor.visit_i64(*value),
                Node::Float(value) => visitor.visit_f64(*value),
                _ => Err(self.mistyped(format_args!("{}", &visitor as &dyn de::Expected))),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Input<'_> {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.0 {
            Node::Missing => Err(Unfit::NOTHING),
            Node::Null => visitor.visit_unit(),
            Node::Bool(value) => visitor.visit_bool(*value),
            Node::Unsigned(value) => visitor.visit_u64(*value),
            Node::Signed(value) => visitor.visit_i64(*value),
            Node::Float(value) => visitor.visit_f64(*value),
            Node::Text(value) => visitor.visit_str(value),
            Node::List(_) => visitor.visit_seq(self.items()?),
            Node::Object(_) => visitor.visit_map(self.members()?),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.0 {
            Node::Bool(value) => visitor.visit_bool(*value),
            _ => Err(self.mistyped(format_args!("a boolean"))),
        }
    }

    number! {
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_f32 deserialize_f64
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_str(self.text()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.0 {
            Node::Missing | Node::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_seq(self.items()?)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Unfit> {
        let items = self.items()?;
        let found = items.0.len();
        if found == length { visitor.visit_seq(items) } else { Err(wrong_length(found)) }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_map(self.members()?)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        kind: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        let mut fields = Fields { of: self, kind, names, asked: 0 };
        visitor.visit_seq(InOrder(&mut fields)).map_err(|unfit| fields.named(unfit))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        kind: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        visitor.visit_enum(self.variant(kind, names)?)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! { char bytes byte_buf unit unit_struct identifier }
}

/// The elements of a list.
struct Items<'n>(std::slice::Iter<'n, Node<'n>>);

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Unfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unfit> {
        match self.0.next() {
            Some(item) => seed.deserialize(Input(item)).map(Some),
            None => Ok(None),
        }
    }
}

/// The members of an object, for what takes any.
struct Members<'n> {
    members: std::slice::Iter<'n, (Cow<'n, str>, Node<'n>)>,
    value: &'n Node<'n>,
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = Unfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unfit> {
        let Some((name, value)) = self.members.next() else { return Ok(None) };
        self.value = value;
        seed.deserialize((**name).into_deserializer()).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Unfit> {
        seed.deserialize(Input(self.value))
    }
}

/// The members of an object in the order of a struct's fields.
struct Fields<'n> {
    of: Input<'n>,
    kind: &'static str,
    names: &'static [&'static str],
    asked: usize,
}

impl<'n> Fields<'n> {
    /// The value of the next field.
    fn next(&mut self) -> Result<Input<'n>, Unfit> {
        let Node::Object(members) = self.of.0 else {
            return Err(self.of.mistyped(format_args!("struct {}", self.kind)));
        };
        let Some(wanted) = self.names.get(self.asked) else { return Err(Unfit::NOTHING) };
        self.asked += 1;
        let mut found = members.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value);
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(de::Error::duplicate_field(wanted)),
            (value, None) => Ok(Input(value.unwrap_or(&Node::Missing))),
        }
    }

    /// Says of nothing what it should have been: the field that was asked for last.
    #[cold]
    fn named(&self, unfit: Unfit) -> Unfit {
        match (&unfit, self.names.get(self.asked.wrapping_sub(1))) {
            (Unfit(None), Some(name)) => de::Error::missing_field(name),
            _ => unfit,
        }
    }
}

/// What serde asks for one field after the other.
struct InOrder<'f, 'n>(&'f mut Fields<'n>);

impl<'de> SeqAccess<'de> for InOrder<'_, '_> {
    type Error = Unfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unfit> {
        match seed.deserialize(self.0.next()?) {
            Ok(value) => Ok(Some(value)),
            // The field's default, if it has one; if not, an invalid length.
            Err(Unfit(None)) => Ok(None),
            Err(unfit) => Err(unfit),
        }
    }
}

/// A variant, by its place among the others, with what it holds.
struct Variant<'n> {
    index: u32,
    content: Option<Input<'n>>,
}

impl<'n> Variant<'n> {
    fn content(self) -> Result<Input<'n>, Unfit> {
        self.content.ok_or_else(|| Unfit::shape("invalid type: unit variant, expected one with a value".to_owned()))
    }
}

impl<'de> de::EnumAccess<'de> for Variant<'_> {
    type Error = Unfit;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Unfit> {
        Ok((seed.deserialize(self.index.into_deserializer())?, self))
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'_> {
    type Error = Unfit;

    fn unit_variant(self) -> Result<(), Unfit> {
        match self.content {
            None | Some(Input(Node::Null)) => Ok(()),
            Some(content) => Err(content.mistyped(format_args!("unit variant"))),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Unfit> {
        seed.deserialize(self.content()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Unfit> {
        self.content()?.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, names: &'static [&'static str], visitor: V) -> Result<V::Value, Unfit> {
        self.content()?.deserialize_struct("variant", names, visitor)
    }
}

fn wrong_length(length: usize) -> Unfit {
    Unfit::shape(format!("invalid length {length}"))
}

impl Unfit {
    /// There is no value. An option takes that for `None`, a field with a default for that; else the field is missing.
    const NOTHING: Self = Self(None);

    /// Whether the text is no JSON at all.
    pub(crate) fn is_syntax(&self) -> bool {
        matches!(self.0.as_deref(), Some(Why::Syntax))
    }

    fn syntax() -> Self {
        Self(Some(Box::new(Why::Syntax)))
    }

    fn shape(why: String) -> Self {
        Self(Some(Box::new(Why::Shape(why))))
    }
}

impl de::Error for Unfit {
    #[cold]
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::shape(message.to_string())
    }

    #[cold]
    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::shape(format!("invalid type: {}, expected {expected}", found::words(found)))
    }

    #[cold]
    fn invalid_value(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::shape(format!("invalid value: {}, expected {expected}", found::words(found)))
    }

    /// Only what is read in order can be too short here.
    #[cold]
    fn invalid_length(_: usize, _: &dyn de::Expected) -> Self {
        Self::NOTHING
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_deref() {
            Some(Why::Syntax) => f.write_str("it is not JSON"),
            Some(Why::Shape(why)) => f.write_str(why),
            None => f.write_str("there is nothing"),
        }
    }
}

impl std::error::Error for Unfit {}
