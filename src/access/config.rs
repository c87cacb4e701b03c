//! The shape of `portcullis.toml` (or the same in JSON): what a person writes. Nothing is judged here but shape;
//! [`super::Policy`] says whether it makes sense. `schema/portcullis.schema.json` is generated from these types.

use std::collections::BTreeMap;

#[cfg(test)]
use schemars::JsonSchema;

mod either;
mod rule;

pub use either::{CorsSetting, OneOrMany};
pub use rule::{
    Allow, AnswerConfig, ClaimConfig, ConditionConfig, CorsConfig, HeaderConfig, InvalidToken, RateLimitBy,
    RateLimitConfig, RuleConfig,
};

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
#[derive(Debug, Clone, serde::Deserialize, serde::Serialize)]
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
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
    /// Headers from outside that reach an upstream although their names hold more than letters, digits and hyphens, or are those by which
    /// proxies name a user or a client (`x-forwarded-for`, `remote-user`, …).
    pub pass_headers: Vec<String>,
}

/// How closely the revocation list is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
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
#[derive(Debug, Clone, serde::Deserialize, serde::Serialize)]
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
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

#[cfg(test)]
mod schema {
    use schemars::Schema;
    use schemars::transform::{RecursiveTransform, Transform};
    use serde_json::Value;

    use super::PolicyConfig;

    /// An editor would offer them, and a rule may not have an empty list.
    fn leave_out_empty_defaults(schema: &mut Schema) {
        if schema.get("default").is_some_and(says_nothing) {
            schema.remove("default");
        }
    }

    fn says_nothing(value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Array(items) => items.is_empty(),
            Value::Object(members) => members.values().all(says_nothing),
            _ => false,
        }
    }

    /// The published schema is the types' own. `PORTCULLIS_WRITE_SCHEMA=1` writes it anew.
    #[test]
    fn published_schema_is_up_to_date() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/portcullis.schema.json");
        let mut schema = schemars::schema_for!(PolicyConfig);
        RecursiveTransform(leave_out_empty_defaults).transform(&mut schema);
        let schema = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if std::env::var_os("PORTCULLIS_WRITE_SCHEMA").is_some() {
            std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/schema")).unwrap();
            std::fs::write(path, &schema).unwrap();
        }
        let published = std::fs::read_to_string(path).unwrap();
        assert_eq!(published, schema, "run the tests once with PORTCULLIS_WRITE_SCHEMA=1");
    }
}
