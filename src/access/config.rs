//! The shape of `portcullis.toml` (or the same in JSON): what a person writes. Nothing is judged here but shape;
//! [`super::Policy`] says whether it makes sense. `schema/portcullis.schema.json` is generated from these types.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use serde_json::Value;

#[cfg(test)]
use schemars::JsonSchema;

/// A whole policy file.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(title = "Portcullis policy"))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PolicyConfig {
    /// Where an editor finds the schema of this file. Not looked at.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// The roles, by name.
    pub roles: BTreeMap<String, RoleConfig>,
    /// Which claims of a token carry roles and permissions.
    pub claims: ClaimNames,
    /// How paths are read.
    pub paths: PathConfig,
    /// What a rule gets that does not say otherwise.
    pub defaults: Defaults,
    /// The services behind the gate, by name.
    pub upstreams: BTreeMap<String, UpstreamConfig>,
    /// The route rules, in order. The first whose host, method and path fit decides; what no rule names is refused.
    pub rules: Vec<RuleConfig>,
}

/// A role.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RoleConfig {
    /// Roles whose rights this one has too.
    pub inherits: OneOrMany,
    /// Permissions in words between colons, such as `reports:read`. `*` stands for one word, at the end for all that follow.
    pub permissions: OneOrMany,
}

/// Which claims of a token carry roles and permissions. Dots reach into objects: `realm_access.roles`.
#[derive(Debug, Clone, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ClaimNames {
    /// The claim with the roles: an array of strings, or one string.
    pub roles: String,
    /// The claim with permissions beyond those of the roles: an array, or one string with spaces between (as `scope` is).
    pub permissions: String,
}

impl Default for ClaimNames {
    fn default() -> Self {
        Self { roles: "roles".into(), permissions: "permissions".into() }
    }
}

/// How paths are read.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PathConfig {
    /// Whether `/Admin` is `/admin`.
    pub case: Case,
    /// What to do with `;` in a path, which some servers cut off before they route.
    pub parameters: PathParameters,
}

/// Whether upper and lower case differ in the literal parts of a path.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Case {
    /// `/Admin` is judged as `/admin`. Right for upstreams that think so too (Express does), safe for all others.
    #[default]
    Insensitive,
    /// `/Admin` and `/admin` are two paths. Only for upstreams that hold them apart.
    Sensitive,
}

/// What to do with `;` in a path.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PathParameters {
    /// A path with `;` is malformed.
    #[default]
    Refuse,
    /// `;` is a character like others. Only for upstreams that see it so.
    Keep,
}

/// What a rule gets that does not say otherwise.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Defaults {
    /// How closely the revocation list is asked.
    pub revocation: Revocation,
    /// The upstream.
    pub upstream: Option<String>,
    /// Cross-origin requests.
    pub cors: Option<CorsConfig>,
    /// Headers from outside that never reach an upstream, besides `x-portcullis-*`.
    pub strip_headers: Vec<String>,
}

/// How closely the revocation list is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Revocation {
    /// Not at all: a token is good until it expires.
    Off,
    /// Through a cache: a revoked token is refused after about a minute at most.
    #[default]
    Cached,
    /// The user's own record, each time: at once, and refused when it cannot be asked.
    Strict,
}

/// A service behind the gate.
#[derive(Debug, Clone, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UpstreamConfig {
    /// The service binding of the Worker. Either this or `url`.
    #[serde(default)]
    pub service: Option<String>,
    /// The origin, such as `https://app.internal.example`, with a path to put in front if need be; or `$NAME`, the variable of the
    /// Worker that holds it.
    #[serde(default)]
    pub url: Option<String>,
    /// How the upstream learns who is asking.
    #[serde(default)]
    pub identity: Identity,
    /// Seconds to wait for the first byte of the answer.
    #[serde(default = "default_timeout")]
    pub timeout_seconds: u32,
}

const fn default_timeout() -> u32 {
    crate::limits::UPSTREAM_TIMEOUT.as_secs() as u32
}

/// How an upstream learns who is asking.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Identity {
    /// `x-portcullis-sub`, `-roles`, `-sid`, and a proof over them when the gate has a key for it.
    #[default]
    Headers,
    /// The access token itself, in `authorization`, as it came.
    Token,
    /// A token of a minute's life for this upstream alone, in `authorization`, signed by this gate.
    InternalToken,
    /// Not at all.
    None,
}

/// A route rule: where it applies, who may pass, and what then happens.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RuleConfig {
    /// A name for logs and explanations. Without one the rule goes by its methods and path.
    pub name: Option<String>,
    /// One path pattern or several: literals, `:param` for one segment, `*rest` at the end for all that follow, or nothing.
    pub path: OneOrMany,
    /// Methods; all when left out. GET brings HEAD with it.
    pub methods: OneOrMany,
    /// Hosts; all when left out. `*.example.com` is every host below example.com, not itself.
    pub hosts: OneOrMany,
    /// Who may pass, before roles and the rest are asked. `signed-in` when left out.
    pub allow: Allow,
    /// What an optional rule makes of a token that is there and bad.
    pub invalid_token: InvalidToken,
    /// One of these roles, or one that inherits it.
    pub roles: OneOrMany,
    /// All of these permissions.
    pub permissions: OneOrMany,
    /// All of these conditions on claims.
    pub claims: Vec<ClaimConfig>,
    /// `param.id == sub`, or `param.org == claim.org.id`: a part of the path must be the asker's own.
    pub owner: Option<String>,
    /// At least one of these.
    pub any: Vec<ConditionConfig>,
    /// Every one of these.
    pub all: Vec<ConditionConfig>,
    /// How closely the revocation list is asked.
    pub revocation: Option<Revocation>,
    /// How often.
    pub rate_limit: Option<RateLimitConfig>,
    /// Cross-origin requests. `false` takes the default away.
    pub cors: Option<CorsSetting>,
    /// The upstream.
    pub upstream: Option<String>,
    /// Answer here, without any upstream.
    pub answer: Option<AnswerConfig>,
    /// Changes to the headers of the request on its way to the upstream.
    pub request_headers: HeaderConfig,
    /// Changes to the headers of the answer on its way back.
    pub response_headers: HeaderConfig,
}

/// Who may pass, before roles and the rest are asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Allow {
    /// Everyone. A token is not looked at, and no identity is passed on.
    Anyone,
    /// Those with a good token and those with none. Not those with a bad one.
    Optional,
    /// Those with a good token.
    #[default]
    SignedIn,
}

/// What an optional rule makes of a token that is there and bad.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum InvalidToken {
    /// Refuse: a bad token is never the same as none.
    #[default]
    Refuse,
    /// Go on as if none were there.
    TreatAsMissing,
}

/// A condition inside `any` or `all`. Everything it names must hold.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ConditionConfig {
    /// One of these roles, or one that inherits it.
    pub roles: OneOrMany,
    /// All of these permissions.
    pub permissions: OneOrMany,
    /// All of these conditions on claims.
    pub claims: Vec<ClaimConfig>,
    /// `param.id == sub`, or `param.org == claim.org.id`.
    pub owner: Option<String>,
    /// At least one of these.
    pub any: Vec<ConditionConfig>,
    /// Every one of these.
    pub all: Vec<ConditionConfig>,
}

/// A condition on one claim. Exactly one of `equals`, `one-of`, `contains`.
#[derive(Debug, Clone, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClaimConfig {
    /// The claim; dots reach into objects.
    pub claim: String,
    /// The claim is this string, number or boolean.
    #[serde(default)]
    pub equals: Option<Value>,
    /// The claim is one of these.
    #[serde(default)]
    pub one_of: Option<Vec<Value>>,
    /// The claim is an array with this in it, or a string with this among its words.
    #[serde(default)]
    pub contains: Option<Value>,
}

/// How often a rule lets requests through.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RateLimitConfig {
    /// The rate-limit binding of the Worker, which holds the numbers.
    pub binding: String,
    /// Who is counted.
    #[serde(default)]
    pub by: RateLimitBy,
}

/// Who a rate limit counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RateLimitBy {
    /// The client's address.
    #[default]
    Client,
    /// The token's subject; the client's address where there is none.
    Subject,
}

/// `cors = false`, or a table.
#[derive(Debug, Clone)]
pub enum CorsSetting {
    /// No cross-origin answers, whatever the default says.
    Off,
    /// These.
    On(CorsConfig),
}

/// Cross-origin requests (Fetch standard, CORS protocol).
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct CorsConfig {
    /// Origins such as `https://app.example.com`; `*` for all, which excludes credentials.
    pub origins: OneOrMany,
    /// Whether cookies and authorization may come along.
    pub credentials: bool,
    /// Request headers that scripts may set, beyond the safe ones.
    pub headers: OneOrMany,
    /// Response headers that scripts may read, beyond the safe ones.
    pub expose: OneOrMany,
    /// How long a browser may remember a preflight.
    pub max_age_seconds: Option<u32>,
}

/// An answer without an upstream.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AnswerConfig {
    /// Status code, 200 to 599.
    #[serde(default = "ok")]
    pub status: u16,
    /// Content type of the body.
    #[serde(default = "text")]
    pub content_type: String,
    /// The body.
    #[serde(default)]
    pub body: String,
}

const fn ok() -> u16 {
    200
}

fn text() -> String {
    "text/plain; charset=utf-8".into()
}

/// Changes to headers.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct HeaderConfig {
    /// Headers set to these values, in place of what was there.
    pub set: BTreeMap<String, String>,
    /// Headers taken away.
    pub remove: Vec<String>,
}

/// One string, or several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OneOrMany(pub Vec<String>);

impl OneOrMany {
    /// Whether there is none.
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

#[cfg(test)]
mod schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::{CorsConfig, CorsSetting, OneOrMany, PolicyConfig};

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

    impl JsonSchema for CorsSetting {
        fn schema_name() -> Cow<'static, str> {
            "CorsSetting".into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            let table = generator.subschema_for::<CorsConfig>();
            json_schema!({ "description": "`false`, or a table.", "anyOf": [{ "const": false }, table] })
        }
    }

    /// The published schema is the types' own. `PORTCULLIS_WRITE_SCHEMA=1` writes it anew.
    #[test]
    fn published_schema_is_up_to_date() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/portcullis.schema.json");
        let schema = serde_json::to_string_pretty(&schemars::schema_for!(PolicyConfig)).unwrap() + "\n";
        if std::env::var_os("PORTCULLIS_WRITE_SCHEMA").is_some() {
            std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/schema")).unwrap();
            std::fs::write(path, &schema).unwrap();
        }
        let published = std::fs::read_to_string(path).unwrap();
        assert_eq!(published, schema, "run the tests once with PORTCULLIS_WRITE_SCHEMA=1");
    }
}
