//! Values with more than one notation, and lists that must not be empty.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};

use super::CorsConfig;

/// One string, or several.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct OneOrMany(pub Vec<String>);

impl OneOrMany {
    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The strings.
    pub fn iter(&self) -> std::slice::Iter<'_, String> {
        self.0.iter()
    }
}

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Strings;

        impl<'de> Visitor<'de> for Strings {
            type Value = OneOrMany;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or an array of strings")
            }

            fn visit_str<E>(self, one: &str) -> Result<OneOrMany, E> {
                Ok(OneOrMany(vec![one.into()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<OneOrMany, A::Error> {
                let mut many = Vec::new();
                while let Some(one) = items.next_element()? {
                    many.push(one);
                }
                Ok(OneOrMany(many))
            }
        }

        deserializer.deserialize_any(Strings)
    }
}

/// `cors = false`, or a table.
#[derive(Debug, Clone)]
pub enum CorsSetting {
    /// No CORS headers, whatever the default is.
    Off,
    /// These.
    On(CorsConfig),
}

impl<'de> Deserialize<'de> for CorsSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Setting;

        impl<'de> Visitor<'de> for Setting {
            type Value = CorsSetting;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`false` or a table")
            }

            fn visit_bool<E: de::Error>(self, on: bool) -> Result<CorsSetting, E> {
                if on { Err(E::invalid_value(de::Unexpected::Bool(on), &self)) } else { Ok(CorsSetting::Off) }
            }

            fn visit_map<A: de::MapAccess<'de>>(self, table: A) -> Result<CorsSetting, A::Error> {
                CorsConfig::deserialize(de::value::MapAccessDeserializer::new(table)).map(CorsSetting::On)
            }
        }

        deserializer.deserialize_any(Setting)
    }
}

/// A list that is not empty. An empty list would require nothing, the opposite of what it seems to say: `roles = []`
/// would let everyone in.
pub(super) fn not_empty<'de, D: Deserializer<'de>, L: Deserialize<'de> + Listed>(from: D) -> Result<L, D::Error> {
    let list = L::deserialize(from)?;
    let wrong = "an empty list asks for nothing: name what is meant, or leave it out";
    if list.is_empty() { Err(de::Error::custom(wrong)) } else { Ok(list) }
}

/// A value with a length.
pub(super) trait Listed {
    fn is_empty(&self) -> bool;
}

impl Listed for OneOrMany {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Listed for Vec<T> {
    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

#[cfg(test)]
pub(super) mod schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::{CorsConfig, CorsSetting, OneOrMany};

    impl JsonSchema for OneOrMany {
        fn schema_name() -> Cow<'static, str> {
            "OneOrMany".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "description": "One string, or several.",
                "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }]
            })
        }
    }

    /// One string or several, at least one, each in the format that the rule requires.
    macro_rules! one_or_more {
        ($name:ident, $description:literal, $pattern:literal) => {
            pub(in super::super) struct $name;

            impl JsonSchema for $name {
                fn schema_name() -> Cow<'static, str> {
                    stringify!($name).into()
                }

                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    let one = json_schema!({ "type": "string", "pattern": $pattern });
                    json_schema!({
                        "description": $description,
                        "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }]
                    })
                }
            }
        };
    }
    one_or_more!(Names, "One name, or several.", "\\S");
    one_or_more!(Paths, "One path pattern, or several.", "^/[^?#%\\\\\\s]*$");
    one_or_more!(Methods, "One method, or several.", "^[A-Z-]+$");

    impl JsonSchema for CorsSetting {
        fn schema_name() -> Cow<'static, str> {
            "CorsSetting".into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            let table = generator.subschema_for::<CorsConfig>();
            json_schema!({ "description": "`false`, or a table.", "anyOf": [{ "const": false }, table] })
        }
    }
}
