//! Path patterns: literals, `:param` for one segment, `*rest` at the end for any number of segments, including none.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A parsed path pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern {
    segments: Vec<Segment>,
    rest: Option<String>,
}

/// One segment of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Segment {
    /// This literal, decoded.
    Literal(String),
    /// Any single segment, under this name.
    Param(String),
}

impl Pattern {
    /// Parses a pattern. A trailing slash is ignored.
    ///
    /// # Errors
    /// A message about the error.
    pub fn parse(text: &str) -> Result<Self, String> {
        let inner = text.strip_prefix('/').ok_or("a path pattern starts with `/`")?;
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        let mut pattern = Self { segments: Vec::new(), rest: None };
        if inner.is_empty() {
            return Ok(pattern);
        }
        for piece in inner.split('/') {
            if pattern.rest.is_some() {
                return Err("`*rest` takes all that follows, so it stands at the end".into());
            }
            if let Some(name) = piece.strip_prefix('*') {
                pattern.rest = Some(pattern.new_name(name, "rest")?);
            } else if let Some(name) = piece.strip_prefix(':') {
                let name = pattern.new_name(name, "")?;
                pattern.segments.push(Segment::Param(name));
            } else {
                pattern.segments.push(Segment::Literal(literal(piece)?));
            }
        }
        Ok(pattern)
    }

    fn new_name(&self, name: &str, when_empty: &str) -> Result<String, String> {
        let name = if name.is_empty() { when_empty } else { name };
        let proper = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        if name.is_empty() || !proper {
            return Err(format!("`{name}` is no parameter name: letters, digits, `_` and `-`"));
        }
        if self.params().any(|(earlier, _)| earlier == name) {
            return Err(format!("the parameter `{name}` is there twice"));
        }
        Ok(name.into())
    }

    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    pub(crate) fn has_rest(&self) -> bool {
        self.rest.is_some()
    }

    /// The one-segment parameters with the index of their segment.
    pub fn params(&self) -> impl Iterator<Item = (&str, usize)> {
        self.segments.iter().enumerate().filter_map(|(index, segment)| match segment {
            Segment::Param(name) => Some((name.as_str(), index)),
            Segment::Literal(_) => None,
        })
    }

    /// For each segment, its literal if it is one.
    pub(crate) fn literals(&self) -> impl Iterator<Item = Option<&str>> {
        self.segments.iter().map(|segment| match segment {
            Segment::Literal(text) => Some(text.as_str()),
            Segment::Param(_) => None,
        })
    }

    /// The value of a one-segment parameter in a path (without its first and last slash).
    pub(crate) fn param_in<'t>(&self, name: &str, inner: &'t str) -> Option<&'t str> {
        let (_, index) = self.params().find(|(known, _)| *known == name)?;
        inner.split('/').nth(index)
    }

    /// Whether it matches a path (without its first and last slash).
    pub(crate) fn fits(&self, inner: &str, same: impl Fn(&str, &str) -> bool) -> bool {
        let mut theirs = inner.split('/').filter(|segment| !segment.is_empty());
        let all = self.segments.iter().all(|mine| match (mine, theirs.next()) {
            (Segment::Param(_), Some(_)) => true,
            (Segment::Literal(mine), Some(theirs)) => same(mine, theirs),
            (_, None) => false,
        });
        all && (self.has_rest() || theirs.next().is_none())
    }

    /// Whether it matches every path that `other` matches.
    pub(crate) fn covers(&self, other: &Self, same: impl Fn(&str, &str) -> bool) -> bool {
        let mut theirs = other.segments.iter();
        for mine in &self.segments {
            let fits = match (mine, theirs.next()) {
                (Segment::Param(_), Some(_)) => true,
                (Segment::Literal(mine), Some(Segment::Literal(theirs))) => same(mine, theirs),
                (Segment::Literal(_), Some(Segment::Param(_))) | (_, None) => false,
            };
            if !fits {
                return false;
            }
        }
        self.has_rest() || (theirs.next().is_none() && !other.has_rest())
    }

    /// A path that both match, if there is one.
    pub(crate) fn overlap(&self, other: &Self, same: impl Fn(&str, &str) -> bool) -> Option<String> {
        let longest = self.segments.len().max(other.segments.len());
        let mut path = String::new();
        for index in 0..longest {
            let shared = match (self.at(index)?, other.at(index)?) {
                (Some(Segment::Literal(a)), Some(Segment::Literal(b))) => same(a, b).then_some(a.as_str())?,
                (Some(Segment::Literal(one)), _) | (_, Some(Segment::Literal(one))) => one,
                (Some(Segment::Param(name)), _) | (_, Some(Segment::Param(name))) => name,
                (None, None) => "x",
            };
            path.push('/');
            path.push_str(shared);
        }
        Some(if path.is_empty() { "/".into() } else { path })
    }

    /// The segment at an index: `Some(None)` inside the rest, `None` after the end.
    fn at(&self, index: usize) -> Option<Option<&Segment>> {
        match self.segments.get(index) {
            Some(segment) => Some(Some(segment)),
            None => self.has_rest().then_some(None),
        }
    }
}

fn literal(piece: &str) -> Result<String, String> {
    if piece.is_empty() {
        return Err("two slashes in a row: no request has them once its path is normalised".into());
    }
    if piece == "." || piece == ".." {
        return Err(format!("`{piece}`: no request has it once its path is normalised"));
    }
    match piece.chars().find(|c| matches!(c, '?' | '#' | '%' | '\\' | '*') || c.is_control() || c.is_whitespace()) {
        Some('%') => Err("write the character itself in place of its `%` encoding".into()),
        Some('*') => Err("`*` stands at the start of the last segment only".into()),
        Some(c) => Err(format!("{c:?} cannot be in a path pattern")),
        None => Ok(piece.into()),
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.segments {
            match segment {
                Segment::Literal(text) => write!(f, "/{text}")?,
                Segment::Param(name) => write!(f, "/:{name}")?,
            }
        }
        match &self.rest {
            Some(name) => write!(f, "/*{name}"),
            None if self.segments.is_empty() => f.write_str("/"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap()
    }

    #[test]
    fn reads_and_prints() {
        for text in ["/", "/a", "/a/:b/c", "/a/*rest", "/v1/things:batch", "/über"] {
            assert_eq!(pattern(text).to_string(), text);
        }
        assert_eq!(pattern("/a/").to_string(), "/a");
        assert_eq!(pattern("/a/*").to_string(), "/a/*rest");
    }

    #[test]
    fn refuses_what_no_request_could_match() {
        for text in ["a", "", "/a//b", "/a/../b", "/*rest/a", "/:a/:a", "/:", "/a b", "/a%20b", "/a?b", "/a*", "/:a.b"]
        {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn covers_and_overlaps() {
        let same = |a: &str, b: &str| a == b;
        let covers = |a: &str, b: &str| pattern(a).covers(&pattern(b), same);
        assert!(covers("/*rest", "/"));
        assert!(covers("/a/*rest", "/a"));
        assert!(covers("/:x", "/a"));
        assert!(covers("/a/*rest", "/a/:b/*c"));
        assert!(!covers("/a", "/:x"));
        assert!(!covers("/a", "/a/*rest"));
        assert!(!covers("/a/:b", "/a/*rest"));
        let overlap = |a: &str, b: &str| pattern(a).overlap(&pattern(b), same);
        assert_eq!(overlap("/users/:id", "/:kind/me").as_deref(), Some("/users/me"));
        assert_eq!(overlap("/a/*rest", "/a").as_deref(), Some("/a"));
        assert_eq!(overlap("/a/*rest", "/:x/b/:c").as_deref(), Some("/a/b/c"));
        assert_eq!(overlap("/a", "/b"), None);
        assert_eq!(overlap("/a", "/a/b"), None);
    }
}
