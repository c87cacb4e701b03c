//! A policy as the Worker gets it: checked where it was built, and written so that it is read without a parser for TOML. Every spot
//! keeps its place in the file that a person wrote, for whatever is still said about it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::config::PolicyConfig;
use super::source::{Diagnostic, Places, Severity, Source, Step};
use super::{Policy, Refused};

/// Line and column of each spot, sorted by its name, which is the way to it, such as `/rules/0/path`.
#[derive(Debug, Default, Serialize, Deserialize)]
struct PlaceTable(Vec<(String, usize, usize)>);

#[derive(Serialize)]
struct Writing<'f> {
    file: &'f str,
    places: PlaceTable,
    policy: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reading {
    file: String,
    places: PlaceTable,
    policy: PolicyConfig,
}

impl Policy {
    /// Checks a policy, TOML or JSON, and gives it back as [`Policy::from_built`] reads it.
    ///
    /// # Errors
    /// As [`Policy::parse`].
    pub fn build(file: &str, text: &str) -> Result<(Self, String), Refused> {
        let policy = Self::parse(file, text)?;
        let broken = |message: String| Refused { file: file.to_owned(), findings: vec![at_the_start(message)] };
        let (source, _) =
            Source::read(text).map_err(|finding| Refused { file: file.to_owned(), findings: vec![finding] })?;
        let tree = source.tree().map_err(broken)?;
        let mut places = PlaceTable::default();
        places.note(&tree, &mut Vec::new(), &source);
        places.0.sort();
        let built = serde_json::to_string(&Writing { file, places, policy: tree });
        built.map(|built| (policy, built)).map_err(|error| broken(error.to_string()))
    }

    /// Reads what [`Policy::build`] made. It is compiled, and so checked, once more: nothing is believed for having been built.
    ///
    /// # Errors
    /// All that is wrong with it, each with line and column in the file it was made from.
    pub fn from_built(built: &str) -> Result<Self, Refused> {
        let read: Reading = serde_json::from_str(built).map_err(|error| Refused {
            file: "policy.json".to_owned(),
            findings: vec![at_the_start(format!(
                "{error}. `cargo xtask build` makes this file from portcullis.toml; it is not written by hand"
            ))],
        })?;
        Self::compiled(&read.file, &read.policy, &read.places)
    }
}

impl PlaceTable {
    /// Notes a value and all that is in it.
    fn note<'v>(&mut self, value: &'v Value, way: &mut Vec<Step<'v>>, source: &Source<'_>) {
        let (line, column) = source.place(way);
        self.0.push((name(way), line, column));
        let mut inner = |step, value| {
            way.push(step);
            self.note(value, way, source);
            way.pop();
        };
        match value {
            Value::Object(members) => members.iter().for_each(|(key, value)| inner(Step::Key(key), value)),
            Value::Array(items) => items.iter().enumerate().for_each(|(at, value)| inner(Step::Index(at), value)),
            _ => {}
        }
    }
}

impl Places for PlaceTable {
    fn place(&self, steps: &[Step<'_>]) -> (usize, usize) {
        let find = |name: String| self.0.binary_search_by(|(known, ..)| known.cmp(&name)).ok();
        let nearest = (0..=steps.len()).rev().find_map(|until| find(name(&steps[..until])));
        nearest.and_then(|at| self.0.get(at)).map_or((1, 1), |(_, line, column)| (*line, *column))
    }
}

fn name(steps: &[Step<'_>]) -> String {
    let mut name = String::new();
    for step in steps {
        name.push('/');
        match step {
            Step::Key(key) => name.push_str(key),
            Step::Index(index) => name.push_str(&index.to_string()),
        }
    }
    name
}

fn at_the_start(message: String) -> Diagnostic {
    Diagnostic { severity: Severity::Error, line: 1, column: 1, message, help: None }
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
    fn what_is_wrong_is_refused_twice_at_the_same_place() {
        let (_, built) = Policy::build("portcullis.toml", TEXT).unwrap();
        let tampered = built.replace(r#""roles":["admin"]"#, r#""roles":["amdin"]"#);
        let refused = Policy::from_built(&tampered).unwrap_err();
        let written = Policy::parse("portcullis.toml", &TEXT.replace("roles = [\"admin\"]", "roles = [\"amdin\"]"));
        assert_eq!(refused, written.unwrap_err());
        assert!(refused.to_string().contains("portcullis.toml:12:10: error: role `amdin` is not defined"), "{refused}");
    }

    #[test]
    fn what_was_not_built_says_how_to_build_it() {
        for text in ["", TEXT, "{}", r#"{"rules": []}"#] {
            let refused = Policy::from_built(text).unwrap_err().to_string();
            assert!(refused.contains("cargo xtask build"), "{refused}");
        }
    }
}
