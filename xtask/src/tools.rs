//! What the machine must have, and how each missing piece is added or, where that is not ours to do, named in a sentence.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;

use crate::repo::{self, root, step};

const WASM_TARGET: &str = "wasm32-unknown-unknown";
const OLDEST_NODE: u32 = 20;

/// Adds the wasm target to the toolchain in use, if it is not there.
pub fn ensure_wasm_target() -> Result<()> {
    let sysroot = repo::output(repo::command("rustc").args(["--print", "sysroot"]))
        .context("Rust is required: install it from https://rustup.rs, then run this command again")?;
    if std::path::Path::new(sysroot.trim()).join("lib/rustlib").join(WASM_TARGET).is_dir() {
        return Ok(());
    }
    step(format!("add the Rust target {WASM_TARGET}"));
    repo::run(repo::command("rustup").args(["target", "add", WASM_TARGET])).with_context(|| {
        format!(
            "the Rust target {WASM_TARGET} is missing and rustup could not add it. \
             Install rustup from https://rustup.rs, or add the target with your system's package manager"
        )
    })
}

/// Installs the npm packages the lock file names, if `node_modules` differs from it.
pub fn ensure_node_modules() -> Result<()> {
    ensure_node()?;
    if node_modules_match()? {
        return Ok(());
    }
    step("install the npm packages from package-lock.json");
    repo::run(Command::new("npm").current_dir(root()).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]))
        .context("could not install the npm packages")
}

fn ensure_node() -> Result<()> {
    let help = format!("Node.js {OLDEST_NODE} or newer, with npm, is required: https://nodejs.org");
    let version =
        Command::new("node").arg("--version").stderr(Stdio::null()).output().map_err(|_| anyhow!("{help}"))?;
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().and_then(|n| n.parse::<u32>().ok()).unwrap_or(0);
    if major < OLDEST_NODE {
        bail!("{help}. Installed version: {version}");
    }
    let npm = Command::new("npm").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !npm.is_ok_and(|status| status.success()) {
        bail!("npm is required in addition to Node.js and was not found");
    }
    Ok(())
}

/// Where Chromium is; on a Debian-like machine that we may change, it is installed when absent.
pub fn ensure_chromium() -> Result<PathBuf> {
    if let Some(found) = find_chromium() {
        return Ok(found);
    }
    let refused = "the browser tests require Chromium: install it (Debian: `apt-get install chromium`), \
                   or set the environment variable CHROMIUM to its path";
    install(&["chromium"]).context(refused)?;
    find_chromium().context(refused)
}

/// The servers that stand behind the gate in its tests: lighttpd with CGI, and PHP. Installed like Chromium.
pub fn ensure_cgi_servers() -> Result<()> {
    let are_there = || ["lighttpd", "php-cgi"].into_iter().all(|name| find_program(&[name]).is_some());
    if are_there() {
        return Ok(());
    }
    let refused =
        "the gate tests require lighttpd and php-cgi: install them (Debian: `apt-get install lighttpd php-cgi`)";
    install(&["lighttpd", "php-cgi"]).context(refused)?;
    anyhow::ensure!(are_there(), refused);
    Ok(())
}

fn install(packages: &[&str]) -> Result<()> {
    step(format!("install {} with the system's package manager", packages.join(" and ")));
    let apt = |args: &[&str]| {
        repo::run(repo::command("apt-get").env("DEBIAN_FRONTEND", "noninteractive").arg("-qq").args(args))
    };
    apt(&["update"])?;
    apt(&[&["install", "--yes", "--no-install-recommends"], packages].concat())
}

fn find_chromium() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return Some(named.into());
    }
    find_program(&["chromium", "chromium-browser", "google-chrome"])
}

/// The first of some programs that is there. Servers stand where only an administrator's search path leads.
pub fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).chain(["/usr/sbin".into()]).collect();
    names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|path| path.is_file())
}

/// npm writes what it installed into `node_modules/.package-lock.json`, in the lock file's own format.
fn node_modules_match() -> Result<bool> {
    let wanted = packages(&std::fs::read_to_string(root().join("package-lock.json")).context("package-lock.json")?)?;
    let Ok(text) = std::fs::read_to_string(root().join("node_modules/.package-lock.json")) else {
        return Ok(false);
    };
    let installed = packages(&text)?;
    Ok(wanted.iter().all(|(path, package)| match installed.get(path) {
        Some(found) => found.version == package.version,
        None => package.optional,
    }))
}

struct Package {
    version: Option<String>,
    optional: bool,
}

fn packages(lock: &str) -> Result<BTreeMap<String, Package>> {
    let lock: Value = serde_json::from_str(lock).context("a package lock file is not JSON")?;
    let entries = lock["packages"].as_object().context("a package lock file without `packages`")?;
    let installed = entries.iter().filter(|(path, entry)| path.contains("node_modules/") && entry["link"] != true);
    Ok(installed
        .map(|(path, entry)| {
            let version = entry["version"].as_str().map(str::to_owned);
            (path.clone(), Package { version, optional: entry["optional"] == true || entry["devOptional"] == true })
        })
        .collect())
}
