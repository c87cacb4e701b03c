//! "Did you mean": finds the most similar known name.

/// A help line with the known name that is most similar to `wrong`, if there is one.
pub(crate) fn did_you_mean<'n>(wrong: &str, known: impl IntoIterator<Item = &'n str>) -> Option<String> {
    let near = known.into_iter().map(|name| (distance(wrong, name), name)).min()?;
    let limit = wrong.chars().count().max(near.1.chars().count()) / 3;
    (near.0 <= limit.max(1)).then(|| format!("did you mean `{}`?", near.1))
}

/// The same for serde's message "unknown field `x`, expected one of `a`, `b`".
pub(crate) fn from_serde_message(message: &str) -> Option<String> {
    let rest = message.strip_prefix("unknown ")?;
    let mut quoted = rest.split('`').skip(1).step_by(2);
    let wrong = quoted.next()?;
    did_you_mean(wrong, quoted)
}

/// Edit distance that counts a transposition once, ignores case, and treats `_` and `-` as equal.
fn distance(a: &str, b: &str) -> usize {
    let plain = |text: &str| text.to_lowercase().replace('_', "-");
    strsim::osa_distance(&plain(a), &plain(b))
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn suggests_what_is_near_and_only_that() {
        let known = ["admin", "manager", "user"];
        assert_eq!(did_you_mean("manger", known).as_deref(), Some("did you mean `manager`?"));
        assert_eq!(did_you_mean("Admin", known).as_deref(), Some("did you mean `admin`?"));
        assert_eq!(did_you_mean("amdin", known).as_deref(), Some("did you mean `admin`?"));
        assert_eq!(did_you_mean("users", known).as_deref(), Some("did you mean `user`?"));
        assert_eq!(did_you_mean("auditor", known), None);
    }
}
