//! The licences of the crates that go into a wasm module: they ask to be passed along with it.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use super::TARGET;
use crate::repo::{self, root};

const COMMON_PASSWORDS: &str = "src/account/common_passwords.licence.txt";

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// A crate that is linked in.
#[derive(Deserialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence, an SPDX expression.
    pub license: Option<String>,
    manifest_path: String,
}

/// What a wasm module is made of.
pub struct Linked {
    /// Our own version.
    pub version: String,
    /// Every crate of others, by name and version.
    pub crates: Vec<Package>,
}

/// The crates in a wasm module of these features.
///
/// # Errors
/// When cargo does not tell.
pub fn linked(features: &str) -> Result<Linked> {
    let chosen = ["--no-default-features", "--features", features];
    let metadata: Metadata = serde_json::from_str(&repo::output(
        repo::cargo().args(["metadata", "--format-version", "1", "--locked", "--filter-platform", TARGET]).args(chosen),
    )?)
    .context("reading the output of cargo metadata")?;
    // Only `cargo tree` tells what is linked in: for `cargo metadata`, features that tests ask for are switched on too.
    let tree = repo::output(
        repo::cargo()
            .args(["tree", "--locked", "--target", TARGET, "--edges", "normal,no-proc-macro"])
            .args(["--prefix", "none", "--format", "{p}"])
            .args(chosen),
    )?;
    // The first line is our own crate.
    let mut lines = tree.lines().filter_map(named);
    let (_, version) = lines.next().context("cargo tree names no crate")?;
    let linked: HashSet<(&str, &str)> = lines.collect();
    let mut crates = metadata.packages;
    crates.retain(|one| linked.contains(&(one.name.as_str(), one.version.as_str())));
    crates.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    ensure!(crates.len() == linked.len(), "cargo tree and cargo metadata name different crates");
    Ok(Linked { version: version.to_owned(), crates })
}

/// The name and the version in `name v1.2.3 …`.
fn named(line: &str) -> Option<(&str, &str)> {
    let mut words = line.split(' ');
    Some((words.next()?, words.next()?.strip_prefix('v')?))
}

/// Writes one file with the licence texts of these crates, and of what else a module of these features holds.
///
/// # Errors
/// For a crate that comes without a licence text.
pub fn write(packages: &[Package], features: &str, file: &Path) -> Result<()> {
    // Many crates of one family share a text to the letter.
    let mut by_text: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in packages {
        let name =
            format!("{} {} ({})", package.name, package.version, package.license.as_deref().unwrap_or("no SPDX"));
        by_text.entry(text(package)?).or_default().push(name);
    }
    let mut out = String::from("The wasm modules contain code of the crates below, each under its licence.\n");
    for (text, mut names) in by_text {
        names.sort();
        write!(out, "\n---\n\n{}\n\n{text}\n", names.join("\n"))?;
    }
    if features.split(',').any(|feature| feature == "passwords") {
        let text = std::fs::read_to_string(root().join(COMMON_PASSWORDS)).context(COMMON_PASSWORDS)?;
        write!(out, "\n---\n\nthe list of common passwords\n\n{}\n", text.trim())?;
    }
    std::fs::write(file, out).with_context(|| file.display().to_string())
}

/// The MIT text where there is a choice with it, else every licence text in the crate.
fn text(package: &Package) -> Result<String> {
    let folder = Path::new(&package.manifest_path).parent().context("a manifest lies in a folder")?;
    let mut names: Vec<String> = std::fs::read_dir(folder)?
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| {
            let upper = name.to_uppercase();
            ["LICENSE", "LICENCE", "COPYING", "UNLICENSE", "NOTICE"].iter().any(|start| upper.starts_with(start))
        })
        .collect();
    names.sort();
    if let Some(mit) = names.iter().find(|name| name.to_uppercase().contains("MIT")).cloned() {
        names.retain(|name| *name == mit || name.to_uppercase().starts_with("NOTICE"));
    }
    if names.is_empty() {
        bail!("the crate {} does not include a license text", package.name);
    }
    let texts = names.iter().map(|name| {
        let text = std::fs::read_to_string(folder.join(name)).with_context(|| format!("{}: {name}", package.name))?;
        Ok(text.replace("\r\n", "\n").trim().to_owned())
    });
    Ok(texts.collect::<Result<Vec<_>>>()?.join("\n\n"))
}
