//! `cargo xtask build`: Rust to wasm, wasm to the Worker's folder and to the npm package.

mod bindgen;
mod bundle;
mod optimise;
mod stamp;

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::ValueEnum;

use stamp::Stamp;

use crate::repo::{self, root, timed};
use crate::tools;

/// What to build and how.
#[derive(clap::Args)]
pub struct Args {
    /// Quick to compile, larger and slower to run. For work in progress only.
    #[arg(long)]
    pub dev: bool,
    /// What to build.
    #[arg(value_enum, default_value_t = What::All)]
    pub what: What,
}

/// The parts that can be built by themselves.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// The Cloudflare Worker, into build/edge.
    Edge,
    /// The Worker with the doors that its tests need, into build/edge-test. Never to be deployed.
    EdgeTest,
    /// The npm package's wasm modules and its JavaScript, into js/wasm and js/dist.
    Npm,
    /// The inspector page with the wasm module it needs, into build/inspector.
    Inspector,
    /// Everything.
    All,
}

/// One wasm module: which features go in, where it comes out.
struct Module {
    name: &'static str,
    features: &'static str,
    out: &'static str,
    /// A panic at the edge must not leave the instance half-changed: every export checks for it and starts afresh.
    recovers: bool,
}

const EDGE: Module = Module { name: "edge", features: "edge,passwords", out: "target/xtask/edge", recovers: true };
/// The same with doors that only tests need. Never deployed.
const EDGE_TEST: Module =
    Module { name: "edge-test", features: "edge,passwords,test-hooks", out: "target/xtask/edge-test", recovers: true };
const NPM: [Module; 2] = [
    Module { name: "core", features: "npm", out: "js/wasm/core", recovers: false },
    Module { name: "full", features: "npm,software,passwords", out: "js/wasm/full", recovers: false },
];

/// Builds what was asked for; whatever is already there for the same input stays.
pub fn run(args: &Args) -> Result<()> {
    let _alone = repo::lock("build")?;
    tools::ensure_wasm_target()?;
    tools::ensure_node_modules()?;
    if matches!(args.what, What::Npm | What::All) {
        for module in &NPM {
            build_module(module, args.dev)?;
        }
        timed("npm package: JavaScript and types", bundle::npm_package)?;
    }
    if matches!(args.what, What::Inspector | What::All) {
        build_module(&NPM[0], args.dev)?;
        timed("inspector page", || bundle::inspector(args.dev))?;
    }
    if matches!(args.what, What::Edge | What::All) {
        build_worker(&EDGE, "build/edge", args.dev)?;
    }
    if args.what == What::EdgeTest {
        build_worker(&EDGE_TEST, "build/edge-test", args.dev)?;
    }
    Ok(())
}

fn build_worker(module: &Module, out: &str, dev: bool) -> Result<()> {
    build_module(module, dev)?;
    timed(&format!("{}: bundle the entry", module.name), || {
        bundle::edge(&root().join(module.out), &root().join(out), dev)
    })
}

fn build_module(module: &Module, dev: bool) -> Result<()> {
    let out = root().join(module.out);
    let stamp = Stamp::new(&out, format!("{} {} {}", profile(dev), module.features, module.recovers));
    if stamp.is_fresh() {
        return Ok(());
    }
    std::fs::create_dir_all(&out)?;
    stamp.clear()?;
    let compiled = timed(&format!("{}: compile ({})", module.name, profile(dev)), || compile(module, dev))?;
    timed(&format!("{}: bind{}", module.name, if dev { "" } else { " and optimise" }), || {
        let wasm = bindgen::generate(&compiled, &out, module.recovers)?;
        if !dev {
            optimise::optimise(&wasm)?;
        }
        stamp.set(&compiled.with_extension("d"))
    })
}

fn compile(module: &Module, dev: bool) -> Result<PathBuf> {
    repo::run(
        repo::cargo()
            .args(["build", "--quiet", "--package", "portcullis", "--lib", "--target", "wasm32-unknown-unknown"])
            .args(["--profile", profile(dev), "--no-default-features", "--features", module.features]),
    )?;
    let folder = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let wasm = folder.join("wasm32-unknown-unknown").join(profile(dev)).join("portcullis.wasm");
    if !wasm.is_file() {
        bail!("{} was not made", wasm.display());
    }
    Ok(wasm)
}

fn profile(dev: bool) -> &'static str {
    if dev { "dev-wasm" } else { "release" }
}
