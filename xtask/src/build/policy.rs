//! The policy, from what a person writes to what the Worker reads.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::repo;

/// What the Worker calls it.
pub const BUILT: &str = "policy.json";

/// Checks the policy `file` (from the repository's root) and writes it into the folder `out`. One that makes no sense is refused with
/// file, line and reason.
pub fn build(file: &str, out: &Path) -> Result<()> {
    repo::run(std::process::Command::new(compiler()?).current_dir(repo::root()).arg(file).arg(out.join(BUILT)))
        .with_context(|| format!("{file} is invalid; see the errors above"))
}

/// The program for it, where tests find it too.
fn compiler() -> Result<PathBuf> {
    repo::run(repo::cargo().args(["build", "--quiet", "--package", "policy-build"]))?;
    let name = format!("policy-build{}", std::env::consts::EXE_SUFFIX);
    let kept = repo::scratch().join(&name);
    std::fs::copy(repo::target().join("debug").join(&name), &kept).context("the program that builds policies")?;
    Ok(kept)
}
