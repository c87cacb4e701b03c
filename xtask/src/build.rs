//! `cargo xtask build`: Rust to wasm, wasm to the Worker's folder and to the npm package.

mod bindgen;
mod bundle;
mod licences;
mod optimise;
mod stamp;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
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
    /// The auth service with the suite of its stores, for tests, into target/xtask/service-test.
    NpmTest,
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
    /// Only the Worker's modules do.
    recovers: bool,
}

const EDGE: Module = Module { name: "edge", features: "edge,passwords", out: "target/xtask/edge", recovers: true };
/// The same with doors that only tests need. Never deployed.
const EDGE_TEST: Module =
    Module { name: "edge-test", features: "edge,passwords,test-hooks", out: "target/xtask/edge-test", recovers: true };
const NPM: [Module; 3] = [
    Module { name: "core", features: "npm", out: "js/wasm/core", recovers: false },
    Module { name: "full", features: "npm,software,passwords", out: "js/wasm/full", recovers: false },
    Module { name: "service", features: "npm-service", out: "js/wasm/service", recovers: false },
];

/// The service with the behaviour suite of its stores. Never shipped.
const SERVICE_TEST: Module = Module {
    name: "service-test",
    features: "npm-service,store-suite",
    out: "target/xtask/service-test",
    recovers: false,
};

/// Builds what was asked for; whatever is already there for the same input stays.
pub fn run(args: &Args) -> Result<()> {
    let _alone = repo::lock("build")?;
    tools::ensure_wasm_target()?;
    tools::ensure_node_modules()?;
    let (npm, page, edge) = match args.what {
        What::Npm => (true, false, false),
        What::Inspector => (false, true, false),
        What::Edge => (false, false, true),
        What::EdgeTest | What::NpmTest => (false, false, false),
        What::All => (true, true, true),
    };
    let mut modules: Vec<&Module> = Vec::new();
    modules.extend((npm || page).then_some(&NPM[0]));
    modules.extend(NPM[1..].iter().filter(|_| npm));
    modules.extend(edge.then_some(&EDGE));
    modules.extend((args.what == What::EdgeTest).then_some(&EDGE_TEST));
    modules.extend((args.what == What::NpmTest).then_some(&SERVICE_TEST));
    build_modules(&modules, args.dev)?;
    for module in modules.iter().filter(|module| module.recovers) {
        let (glue, out) = (root().join(module.out), root().join("build").join(module.name));
        timed(&format!("{}: bundle the entry", module.name), || bundle::edge(&glue, &out, args.dev))?;
        licences::write(module.features, &out.join("licences.txt"))?;
    }
    if npm {
        let features = NPM.map(|module| module.features).join(",");
        licences::write(&features, &root().join("js/wasm/licences.txt"))?;
        npm_javascript()?;
    }
    if page {
        timed("inspector page", || bundle::inspector(args.dev))?;
    }
    Ok(())
}

/// Builds the package around the wasm modules that are there already.
pub fn npm_javascript() -> Result<()> {
    timed("npm package: JavaScript and types", bundle::npm_package)
}

/// Compiles one after the other; while the next one compiles, which keeps one core busy, the last one is finished on another.
fn build_modules(modules: &[&Module], dev: bool) -> Result<()> {
    std::thread::scope(|threads| {
        let mut finishing = Vec::new();
        for module in modules {
            let out = root().join(module.out);
            let stamp = Stamp::new(&out, format!("{} {} {}", profile(dev), module.features, module.recovers));
            if stamp.is_fresh() {
                continue;
            }
            std::fs::create_dir_all(&out)?;
            stamp.clear()?;
            let begun = SystemTime::now();
            let wasm = timed(&format!("{}: compile ({})", module.name, profile(dev)), || compile(module, dev))?;
            finishing.push(threads.spawn(move || finish(module, &out, &wasm, dev, &stamp, begun)));
        }
        finishing.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| bail!("a build step panicked")))
    })
}

fn finish(module: &Module, out: &Path, compiled: &Path, dev: bool, stamp: &Stamp, begun: SystemTime) -> Result<()> {
    timed(&format!("{}: bind{}", module.name, if dev { "" } else { " and optimise" }), || {
        let wasm = bindgen::generate(compiled, out, module.recovers)?;
        if !dev {
            optimise::optimise(&wasm)?;
        }
        stamp.set(&compiled.with_extension("d"), begun)
    })
}

fn compile(module: &Module, dev: bool) -> Result<PathBuf> {
    repo::run(
        repo::cargo()
            .args(["build", "--quiet", "--package", "portcullis", "--lib", "--target", "wasm32-unknown-unknown"])
            .args(["--profile", profile(dev), "--no-default-features", "--features", module.features]),
    )?;
    let folder = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let made = folder.join("wasm32-unknown-unknown").join(profile(dev)).join("portcullis.wasm");
    // Out of the way of the next module, which Cargo gives the same name.
    let kept = repo::scratch().join(format!("{}-{}.wasm", module.name, profile(dev)));
    for end in ["wasm", "d"] {
        let (from, to) = (made.with_extension(end), kept.with_extension(end));
        std::fs::copy(&from, to).with_context(|| format!("{} was not made", from.display()))?;
    }
    Ok(kept)
}

fn profile(dev: bool) -> &'static str {
    if dev { "dev-wasm" } else { "release" }
}
