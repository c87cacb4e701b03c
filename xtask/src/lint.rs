//! `cargo xtask lint` and `cargo xtask fmt`: static checks and formatting.

use std::io::IsTerminal;

use anyhow::{Result, bail};

use crate::repo::{self, step};
use crate::{build, house, supply, tools};

/// What to check.
#[derive(clap::Args)]
pub struct Args {
    /// Check only the house rules: layers, platform crates, machine paths. Requires no installed tools.
    #[arg(long)]
    house: bool,
}

/// Runs every check, also after one has failed, and names those that did.
pub fn run(args: &Args) -> Result<()> {
    let mut failed = Vec::new();
    let mut check = |name: &'static str, work: &dyn Fn() -> Result<()>| {
        step(name);
        if let Err(error) = work() {
            eprintln!("{error:#}");
            failed.push(name);
        }
    };
    check("house rules", &house::check);
    if !args.house {
        check("cargo fmt", &|| repo::run(repo::cargo().args(["fmt", "--all", "--check"])));
        check("clippy: native", &|| clippy(&["--workspace", "--all-targets"]));
        check("clippy: no default features", &|| clippy(&["--all-targets", "--no-default-features"]));
        check("clippy: edge", &|| clippy_wasm("edge,passwords"));
        check("clippy: npm core", &|| clippy_wasm("npm-core"));
        check("clippy: npm policy", &|| clippy_wasm("npm-policy"));
        check("clippy: inspector page", &|| clippy_wasm("npm-page,small-hashes"));
        check("clippy: npm full", &|| clippy_wasm("npm,software,passwords"));
        check("clippy: npm service", &|| clippy_wasm("npm-service"));
        check("biome", &|| biome("ci"));
        check("types", &types);
        check("cargo deny", &supply::crates);
        check("npm audit", &supply::packages);
    }
    if !failed.is_empty() {
        bail!("{} failed", failed.join(", "));
    }
    Ok(())
}

/// Formats everything in place.
pub fn format() -> Result<()> {
    repo::run(repo::cargo().args(["fmt", "--all"]))?;
    tools::ensure_node_modules()?;
    repo::run(repo::node_bin("biome").args(["check", "--write", "."]))
}

fn clippy(flags: &[&str]) -> Result<()> {
    repo::run(repo::cargo().args(["clippy", "--quiet"]).args(flags).args(["--", "-D", "warnings"]))
}

fn clippy_wasm(features: &str) -> Result<()> {
    tools::ensure_wasm_target()?;
    clippy(&["--lib", "--target", "wasm32-unknown-unknown", "--no-default-features", "--features", features])
}

fn biome(command: &str) -> Result<()> {
    tools::ensure_node_modules()?;
    let colors = if std::io::stdout().is_terminal() { "--colors=force" } else { "--colors=off" };
    repo::run(repo::node_bin("biome").args([command, "--error-on-warnings", colors, "."]))
}

/// The sources import the types of the glue that only a build makes, and the type tests those of the package as it ships.
fn types() -> Result<()> {
    if repo::root().join("js/wasm/licences.txt").is_file() {
        build::npm_javascript()?;
    } else {
        build::run(&build::Args { dev: false, what: build::What::Npm })?;
    }
    for project in house::tracked_files()?.iter().filter(|path| path.ends_with("tsconfig.json")) {
        repo::run(repo::node_bin("tsc").arg("--project").arg(project))?;
    }
    Ok(())
}
