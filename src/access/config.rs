//! The format of `portcullis.toml` (or the same in JSON) as its authors write it. These types check only the format;
//! [`super::Policy`] checks the meaning. `schema/portcullis.schema.json` is generated from these types.

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
    /// The URL of the JSON Schema, for editors. Ignored otherwise.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// The roles, by name.
    pub roles: BTreeMap<String, RoleConfig>,
    /// The claims of a token that contain roles and permissions.
    pub claims: ClaimNames,
    /// How paths are interpreted.
    pub paths: PathConfig,
    /// Defaults for rules that do not set these keys.
    pub defaults: Defaults,
    /// The services behind the gate, by name.
    pub upstreams: BTreeMap<String, UpstreamConfig>,
    /// The route rules, in order. The first rule whose host, method and path match decides. Requests that match no rule
    /// are denied.
    pub rules: Vec<RuleConfig>,
}

/// A role.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RoleConfig {
    /// Roles whose permissions this role also has.
    pub inherits: OneOrMany,
    /// Permissions as words separated by colons, such as `reports:read`. `*` matches one word; at the end, it matches
    /// all words that follow.
    pub permissions: OneOrMany,
}

/// The claims of a token that contain roles and permissions. Dots separate the members of nested objects:
/// `realm_access.roles`.
#[derive(Debug, Clone, serde::Deserialize, serde::Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ClaimNames {
    /// The claim with the roles: an array of strings, or one string.
    pub roles: String,
    /// The claim with permissions in addition to those of the roles: an array, or one string with words separated by
    /// spaces (like `scope`).
    pub permissions: String,
}

impl Default for ClaimNames {
    fn default() -> Self {
        Self { roles: "roles".into(), permissions: "permissions".into() }
    }
}

/// How paths are interpreted.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PathConfig {
    /// Whether `/Admin` and `/admin` are the same path.
    pub case: Case,
    /// How to handle `;` in a path. Some servers cut off what follows it before they route.
    pub parameters: PathParameters,
}

/// Whether the literal parts of a path are case-sensitive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Case {
    /// `/Admin` is treated as `/admin`. Correct for upstreams that do the same, such as Express, and safe for all
    /// others.
    #[default]
    Insensitive,
    /// `/Admin` and `/admin` are two paths. Use this only for upstreams that distinguish them.
    Sensitive,
}

/// How to handle `;` in a path.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PathParameters {
    /// A path with `;` is malformed.
    #[default]
    Refuse,
    /// `;` is an ordinary character. Use this only for upstreams that treat it so.
    Keep,
}

/// Defaults for rules that do not set these keys.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Defaults {
    /// How strictly revocation is checked.
    pub revocation: Revocation,
    /// The upstream.
    pub upstream: Option<String>,
    /// Cross-origin requests.
    pub cors: Option<CorsConfig>,
    /// Request headers that never reach an upstream, in addition to `x-portcullis-*`.
    pub strip_headers: Vec<String>,
    /// Request headers that reach an upstream although the gate would remove them: because their names contain anything
    /// but letters, digits and hyphens, or because proxies use them to identify a user or a client (`x-forwarded-for`,
    /// `remote-user`, …).
    pub pass_headers: Vec<String>,
}

/// How strictly revocation is checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Revocation {
    /// Not at all: a token is valid until it expires.
    Off,
    /// With a cache: a revoked token is rejected after at most about a minute.
    #[default]
    Cached,
    /// In the user's own record, for every request: revocation takes effect immediately, and requests are denied while
    /// the record is unavailable.
    Strict,
}

/// A service behind the gate.
#[derive(Debug, Clone, serde::Deserialize, serde::Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UpstreamConfig {
    /// The service binding of the Worker. Set either this or `url`.
    #[serde(default)]
    pub service: Option<String>,
    /// The origin, such as `https://app.internal.example`, optionally with a path prefix; or `$NAME`, the variable of
    /// the Worker that contains it.
    #[serde(default)]
    pub url: Option<String>,
    /// How the upstream learns who the user is.
    #[serde(default)]
    pub identity: Identity,
    /// Seconds to wait for the first byte of the response.
    #[serde(default = "default_timeout")]
    pub timeout_seconds: u32,
}

const fn default_timeout() -> u32 {
    crate::limits::UPSTREAM_TIMEOUT.as_secs() as u32
}

/// How an upstream learns who the user is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Identity {
    /// `x-portcullis-sub`, `-roles`, `-sid`, and a signed proof of them if the gate has a key for it.
    #[default]
    Headers,
    /// The access token itself, unchanged in `authorization`.
    Token,
    /// A one-minute token in `authorization`, issued for this upstream only and signed by this gate.
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

    /// Without this, an editor would suggest them, and a rule must not have an empty list.
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

    /// The published schema must match the types. `PORTCULLIS_WRITE_SCHEMA=1` rewrites it.
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
