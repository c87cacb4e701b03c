//! What others wrote and we ship: licences, sources and known vulnerabilities of crates and npm packages.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::repo::{self, scratch, step};
use crate::tools;

const DENY_VERSION: &str = "0.20.2";

/// `cargo deny`: licences, duplicate and forbidden crates, sources, by `deny.toml`. Advisories too, where their database can be fetched.
pub fn crates() -> Result<()> {
    let deny = || -> Result<_> { Ok(repo::command(cargo_deny()?)) };
    repo::run(deny()?.args(["--log-level", "error", "check", "licenses", "bans", "sources"]))?;
    let fetched =
        deny()?.args(["--log-level", "off", "fetch", "db"]).stdin(Stdio::null()).stderr(Stdio::null()).status()?;
    if !fetched.success() {
        eprintln!("NOT CHECKED: the RustSec advisories cannot be fetched from here");
        return Ok(());
    }
    repo::run(deny()?.args(["--log-level", "error", "check", "--disable-fetch", "advisories"]))
}

/// `npm audit`: packages with a known vulnerability of severity high or critical, where the registry can be asked.
pub fn packages() -> Result<()> {
    tools::ensure_node_modules()?;
    let mut audit = repo::command("npm");
    audit.args(["audit", "--audit-level=high", "--json"]).stdin(Stdio::null()).stderr(Stdio::null());
    let output = audit.output()?;
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    if output.status.success() {
        return Ok(());
    }
    let Some(found) = report["vulnerabilities"].as_object() else {
        eprintln!("NOT CHECKED: the npm registry answers no audit from here");
        return Ok(());
    };
    let severe = |one: &Value| matches!(one["severity"].as_str(), Some("high" | "critical"));
    let names: Vec<&str> = found.iter().filter(|(_, one)| severe(one)).map(|(name, _)| name.as_str()).collect();
    bail!("npm audit: {} (`npm audit` says more)", names.join(", "))
}

/// The program, installed into the target folder where this machine has none. Unoptimized: it reads a few files, and compiles sooner.
fn cargo_deny() -> Result<PathBuf> {
    if let Some(found) = tools::find_program(&["cargo-deny"]) {
        return Ok(found);
    }
    let folder = scratch().join("tools");
    let program = folder.join("bin/cargo-deny");
    if !program.is_file() {
        step(format!("install cargo-deny {DENY_VERSION}"));
        repo::run(
            repo::cargo()
                .args(["install", "--quiet", "--locked", "--debug", "--version", DENY_VERSION, "cargo-deny"])
                .arg("--root")
                .arg(&folder),
        )?;
    }
    Ok(program)
}
