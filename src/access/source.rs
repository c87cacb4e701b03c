//! Parses text into [`PolicyConfig`], and maps a location in the configuration back to line and column.

use std::fmt;

use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::config::PolicyConfig;
use super::suggest;

/// The text of a policy file, TOML or JSON (JSON starts with a brace, which TOML cannot).
pub(crate) struct Source<'t> {
    text: &'t str,
    tables: Option<Spanned<DeTable<'t>>>,
}

/// One step of the path to a location in the configuration.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step<'k> {
    /// A member of a table.
    Key(&'k str),
    /// An element of an array. A single value in place of an array counts as its first element.
    Index(usize),
}

/// A finding about a policy, with its position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Whether the policy is rejected because of it.
    pub severity: Severity,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The problem.
    pub message: String,
    /// How to fix it.
    pub help: Option<String>,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Severity {
    /// The policy is rejected.
    Error,
    /// The policy works, but is probably not what its author intended.
    Warning,
}

impl<'t> Source<'t> {
    /// Parses a policy file.
    ///
    /// # Errors
    /// The first syntax or format error.
    pub(crate) fn read(text: &'t str) -> Result<(Self, PolicyConfig), Diagnostic> {
        if text.trim_start().starts_with('{') {
            let config = serde_json::from_str(text).map_err(|error| {
                let full = error.to_string();
                let message = full.rsplit_once(" at line ").map_or(full.as_str(), |(message, _)| message);
                shape_fault(error.line().max(1), error.column().max(1), message)
            })?;
            return Ok((Self { text, tables: None }, config));
        }
        let fault = |error: &toml::de::Error| {
            let (line, column) = line_and_column(text, error.span().map_or(0, |span| span.start));
            shape_fault(line, column, error.message())
        };
        let tables = DeTable::parse(text).map_err(|error| fault(&error))?;
        let config = toml::from_str(text).map_err(|error| fault(&error))?;
        Ok((Self { text, tables: Some(tables) }, config))
    }

    /// Line and column of a location, or of the nearest enclosing one if the location itself is not in the text.
    pub(crate) fn place(&self, steps: &[Step<'_>]) -> (usize, usize) {
        let offset = match &self.tables {
            Some(tables) => toml_offset(tables.get_ref(), tables.span().start, steps),
            None => Json { bytes: self.text.as_bytes(), at: 0 }.offset(steps),
        };
        line_and_column(self.text, offset)
    }
}

fn shape_fault(line: usize, column: usize, message: &str) -> Diagnostic {
    let help = suggest::from_serde_message(message);
    Diagnostic { severity: Severity::Error, line, column, message: message.trim().replace('\n', " "), help }
}

fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (line, before[start..].chars().count() + 1)
}

fn toml_offset(root: &DeTable<'_>, start: usize, steps: &[Step<'_>]) -> usize {
    let Some((Step::Key(first), rest)) = steps.split_first() else { return start };
    let Some((_, mut value)) = root.iter().find(|(key, _)| key.get_ref() == first) else { return start };
    for step in rest {
        let next = match (step, value.get_ref()) {
            (Step::Key(name), DeValue::Table(table)) => {
                table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value)
            }
            (Step::Index(index), DeValue::Array(array)) => array.get(*index),
            _ => None,
        };
        match next {
            Some(next) => value = next,
            None => break,
        }
    }
    value.span().start
}

/// Finds a location in JSON that is known to be well-formed.
struct Json<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl Json<'_> {
    fn offset(mut self, steps: &[Step<'_>]) -> usize {
        self.blank();
        for step in steps {
            let here = self.at;
            let found = match (step, self.peek()) {
                (Step::Key(name), b'{') => self.enter(|json, _| {
                    let key = json.string();
                    json.blank();
                    json.at += 1;
                    key.trim_matches('"') == *name
                }),
                (Step::Index(wanted), b'[') => self.enter(|_, index| index == *wanted),
                _ => false,
            };
            if !found {
                return here;
            }
            self.blank();
        }
        self.at
    }

    /// Enters an array or object and moves to the first wanted element.
    fn enter(&mut self, mut wanted: impl FnMut(&mut Self, usize) -> bool) -> bool {
        self.at += 1;
        for index in 0.. {
            self.blank();
            if matches!(self.peek(), b']' | b'}' | 0) {
                return false;
            }
            if wanted(self, index) {
                return true;
            }
            self.skip();
            self.blank();
            if self.peek() == b',' {
                self.at += 1;
            }
        }
        false
    }

    /// Skips one value.
    fn skip(&mut self) {
        let mut depth = 0usize;
        self.blank();
        loop {
            match self.peek() {
                b'"' => {
                    self.string();
                }
                b'[' | b'{' => {
                    depth += 1;
                    self.at += 1;
                }
                b']' | b'}' => {
                    depth -= 1;
                    self.at += 1;
                }
                0 => return,
                b',' | b':' => self.at += 1,
                _ => {
                    while !matches!(self.peek(), b',' | b']' | b'}' | 0) {
                        self.at += 1;
                    }
                }
            }
            if depth == 0 {
                return;
            }
            self.blank();
        }
    }

    fn string(&mut self) -> String {
        let start = self.at;
        self.at += 1;
        while !matches!(self.peek(), b'"' | 0) {
            self.at += if self.peek() == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
        String::from_utf8_lossy(self.bytes.get(start..self.at).unwrap_or_default()).into_owned()
    }

    fn blank(&mut self) {
        while self.peek().is_ascii_whitespace() {
            self.at += 1;
        }
    }

    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.line, self.column, self.severity, self.message)?;
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Source, Step};

    #[test]
    fn finds_places_in_both_formats() {
        let toml = "[roles]\nadmin = { inherits = [\"user\", \"x\"] }\n\n[[rules]]\npath = \"/a\"\n\n[[rules]]\npath = \"/b\"\nroles = [\"x\"]\n";
        let (source, _) = Source::read(toml).unwrap();
        let (key, index) = (Step::Key, Step::Index);
        assert_eq!(source.place(&[key("roles"), key("admin"), key("inherits"), index(1)]), (2, 31));
        assert_eq!(source.place(&[key("rules"), index(1), key("roles"), index(0)]), (9, 10));
        assert_eq!(source.place(&[key("rules"), index(1), key("path"), index(0)]), (8, 8));
        assert_eq!(source.place(&[key("rules"), index(1)]), (7, 1));
        assert_eq!(source.place(&[key("rules"), index(1), key("hosts")]), (7, 1));

        let json = "{\n \"roles\": { \"admin\": {\"inherits\": [\"u\\\"ser\", \"x\"]}},\n \"rules\": [ {\"path\": \"/a\", \"n\": 1},\n  {\"path\": \"/b\"}]}";
        let json = json.replace(", \"n\": 1", ", \"roles\": [\"x\"]");
        let (source, _) = Source::read(&json).unwrap();
        assert_eq!(source.place(&[key("roles"), key("admin"), key("inherits"), index(1)]), (2, 46));
        assert_eq!(source.place(&[key("rules"), index(1), key("path"), index(0)]), (4, 12));
    }

    #[test]
    fn faults_of_shape_have_a_place_and_a_suggestion() {
        let fault = |text| Source::read(text).err().unwrap().to_string();
        let unknown = fault("[[rules]]\npath = \"/a\"\nrole = \"admin\"\n");
        assert!(unknown.starts_with("3:1: error: unknown field `role`"), "{unknown}");
        assert!(unknown.ends_with("did you mean `roles`?"), "{unknown}");
        let value = fault("[[rules]]\npath = \"/a\"\nallow = \"everyone\"\n");
        assert!(value.starts_with("3:9: error: unknown variant `everyone`"), "{value}");
        let json = fault("{ \"rules\": [ { \"path\": \"/a\", \"alow\": \"anyone\" } ] }");
        assert!(json.starts_with("1:"), "{json}");
        assert!(json.ends_with("did you mean `allow`?"), "{json}");
        assert!(fault("[[rules]\n").starts_with("1:"));
    }
}
