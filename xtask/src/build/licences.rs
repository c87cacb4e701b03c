//! The licences of the crates that go into a wasm module: they ask to be passed along with it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::repo::{self, root};

const COMMON_PASSWORDS: &str = "src/account/common_passwords.licence.txt";

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

/// A crate that is linked in.
#[derive(Deserialize)]
pub struct Package {
    id: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence, an SPDX expression.
    pub license: Option<String>,
    manifest_path: String,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Resolve {
    root: String,
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Deserialize)]
struct DependencyKind {
    /// `build` or `dev`; nothing for what is linked in.
    kind: Option<String>,
}

/// Every crate in a wasm module of these features, by name and version.
///
/// # Errors
/// When cargo does not tell.
pub fn linked_crates(features: &str) -> Result<Vec<Package>> {
    let metadata: Metadata = serde_json::from_str(&repo::output(
        repo::cargo()
            .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", "wasm32-unknown-unknown"])
            .args(["--no-default-features", "--features", features]),
    )?)
    .context("reading the output of cargo metadata")?;
    let linked: HashSet<String> = linked(&metadata).into_iter().map(|package| package.id.clone()).collect();
    let mut packages = metadata.packages;
    packages.retain(|package| linked.contains(&package.id));
    packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    Ok(packages)
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

/// What is linked in: not what only builds, tests, or writes code as a macro.
fn linked(metadata: &Metadata) -> Vec<&Package> {
    let packages: HashMap<&str, &Package> = metadata.packages.iter().map(|one| (one.id.as_str(), one)).collect();
    let nodes: HashMap<&str, &Node> = metadata.resolve.nodes.iter().map(|one| (one.id.as_str(), one)).collect();
    let mut seen: HashSet<&str> = HashSet::from([metadata.resolve.root.as_str()]);
    let mut waiting = vec![metadata.resolve.root.as_str()];
    let mut found = Vec::new();
    while let Some(id) = waiting.pop() {
        let dependencies = nodes.get(id).map_or(&[][..], |node| &node.deps);
        for one in dependencies.iter().filter(|one| one.dep_kinds.iter().any(|kind| kind.kind.is_none())) {
            let Some(package) = packages.get(one.pkg.as_str()) else { continue };
            let is_macro = package.targets.iter().any(|target| target.kind.iter().any(|kind| kind == "proc-macro"));
            if !is_macro && seen.insert(&one.pkg) {
                found.push(*package);
                waiting.push(&one.pkg);
            }
        }
    }
    found
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
