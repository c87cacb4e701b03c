//! A policy in the form the Worker loads. It is compiled at build time, so the Worker contains neither the policy
//! parser nor the checks. A digest over the whole text shows that this version's build wrote it, and therefore that it
//! passed the checks.

use sha2::{Digest, Sha256};

use super::matcher::Matcher;
use super::source::{Diagnostic, Severity};
use super::{Policy, Refused};

impl Policy {
    /// Checks a policy, TOML or JSON, and returns it in the form that [`Policy::from_built`] reads.
    ///
    /// # Errors
    /// Same as [`Policy::parse`].
    pub fn build(file: &str, text: &str) -> Result<(Self, String), Refused> {
        let policy = Self::parse(file, text)?;
        let compiled = serde_json::to_string(&policy).map_err(|error| refused(file, error.to_string()))?;
        Ok((policy, format!(r#"{{"mark":"{}","policy":{compiled}}}"#, mark(&compiled))))
    }

    /// Reads only the output of [`Policy::build`].
    ///
    /// # Errors
    /// A message if another version built it, or if it was changed after the build.
    pub fn from_built(built: &str) -> Result<Self, Refused> {
        let compiled = marked(built).ok_or("it is not what the build of this version wrote".to_owned());
        let policy = compiled.and_then(|text| serde_json::from_str(text).map_err(|error| error.to_string()));
        let mut policy: Self = policy.map_err(|why| {
            let how = "`cargo xtask build` makes this file from portcullis.toml; it is not written by hand";
            refused("policy.json", format!("{why}. {how}"))
        })?;
        policy.matcher = Matcher::new(&policy.rules, policy.fold);
        Ok(policy)
    }
}

/// The compiled policy in a built text, if its digest is correct.
fn marked(built: &str) -> Option<&str> {
    let (given, compiled) = built.strip_prefix(r#"{"mark":""#)?.split_once(r#"","policy":"#)?;
    let compiled = compiled.strip_suffix('}')?;
    (given == mark(compiled)).then_some(compiled)
}

/// Increment this with every change to the contents of a compiled policy or to the meaning of its numbers, also between
/// two releases: a policy built from an older tree is then rejected instead of read with missing data.
const FORM: &str = "3";

/// Depends on every byte, on the format and on the version. It is not secret: anyone who can deploy another policy can
/// also deploy another Worker.
fn mark(compiled: &str) -> String {
    let digest = Sha256::new()
        .chain_update(env!("CARGO_PKG_VERSION"))
        .chain_update([0])
        .chain_update(FORM)
        .chain_update([0])
        .chain_update(compiled)
        .finalize();
    format!("{digest:x}")
}

fn refused(file: &str, message: String) -> Refused {
    let finding = Diagnostic { severity: Severity::Error, line: 1, column: 1, message, help: None };
    Refused { file: file.to_owned(), findings: vec![finding] }
}

#[cfg(test)]
mod tests {
    use super::super::{Asked, Policy, Presented};

    const TEXT: &str = "[roles]\nadmin = { inherits = [\"user\"], permissions = [\"*\"] }\nuser = {}\n\n[[rules]]\nname = \"a\"\npath = \
                        [\"/a\", \"/a\"]\nallow = \"anyone\"\n\n[[rules]]\npath = \"/a/:id\"\nroles = [\"admin\"]\n";

    #[test]
    fn what_was_built_decides_and_warns_as_what_was_written() {
        let json = r#"{"rules": [{"path": "/a", "allow": "anyone"}, {"path": "/b", "claims": [{"claim": "n", "equals": 1.5}]}]}"#;
        for text in [TEXT, json] {
            let (written, built) = Policy::build("portcullis.toml", text).unwrap();
            let read = Policy::from_built(&built).unwrap();
            assert_eq!(read.warnings(), written.warnings());
            assert_eq!(format!("{:?}", read.rules()), format!("{:?}", written.rules()));
            for path in ["/a", "/a/1", "/b", "/c"] {
                let asked = Asked { method: "GET", host: "", path };
                let status =
                    |policy: &Policy| policy.decide(Presented::Missing, &asked).map(|decided| decided.status());
                assert_eq!(status(&read), status(&written), "{path}");
            }
        }
    }

    #[test]
    fn what_was_changed_after_it_was_built_is_refused() {
        let (_, built) = Policy::build("portcullis.toml", TEXT).unwrap();
        for (from, to) in [("admin", "amdin"), ("signed-in", "anyone"), ("{", " {"), ("}", "}\n")] {
            let changed = built.replacen(from, to, 1);
            assert_ne!(changed, built);
            let refused = Policy::from_built(&changed).unwrap_err().to_string();
            assert!(refused.starts_with("policy.json:1:1: error: it is not what the build"), "{refused}");
        }
    }

    #[test]
    fn what_was_not_built_says_how_to_build_it() {
        for text in ["", TEXT, "{}", r#"{"rules": []}"#, r#"{"mark":"","policy":{}}"#] {
            let refused = Policy::from_built(text).unwrap_err().to_string();
            assert!(refused.contains("cargo xtask build"), "{refused}");
        }
    }
}
