//! The house rules (docs/architecture.md): imports only point downwards, platform crates stay in the top layer, calls that bypass an
//! invariant appear only where they are allowed, and no file contains a path of a developer's machine.

mod escapes;
mod paths;
mod storeys;
mod tokens;

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::repo::{self, root};

/// One place where a rule is broken.
#[derive(Debug, PartialEq, Eq)]
struct Breach {
    file: String,
    line: usize,
    rule: String,
}

/// Reads every tracked file and fails with `file:line: rule` for each breach.
pub fn check() -> Result<()> {
    let mut breaches = Vec::new();
    for file in tracked_files()? {
        // A file that is removed but not yet committed, a picture, a compiled program: nothing to read.
        let Ok(text) = std::fs::read_to_string(root().join(&file)) else { continue };
        breaches.extend(paths::check(&file, &text));
        if file.starts_with("src/") && Path::new(&file).extension().is_some_and(|e| e == "rs") {
            breaches.extend(escapes::check(&file, &text));
            breaches.extend(storeys::check(&file, &text).with_context(|| file.clone())?);
        }
    }
    for Breach { file, line, rule } in &breaches {
        eprintln!("{file}:{line}: {rule}");
    }
    match breaches.len() {
        0 => Ok(()),
        n => bail!("{n} violations of the house rules"),
    }
}

/// Every file that git tracks or would track.
pub fn tracked_files() -> Result<Vec<String>> {
    let list = repo::output(repo::command("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]))?;
    Ok(list.lines().map(str::to_owned).collect())
}
