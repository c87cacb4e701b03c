//! `cargo xtask build`: Rust to wasm, wasm to the Worker's folder and to the npm package.

mod bindgen;
mod bundle;
mod licences;
mod optimise;
pub mod policy;
mod sbom;
mod stamp;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use stamp::Stamp;

use crate::repo::{self, root, timed};
use crate::tools;

/// What to build, and how.
#[derive(clap::Args)]
pub struct Args {
    /// Compile faster; the result is larger and slower. For development only.
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
    /// The Worker with test hooks, into build/edge-test. Never deploy it.
    EdgeTest,
    /// The npm package's wasm modules and its JavaScript, into js/wasm and js/dist.
    Npm,
    /// The auth service with the store test suite, into target/xtask/service-test.
    NpmTest,
    /// The inspector page with the wasm module it needs, into build/inspector.
    Inspector,
    /// Everything.
    All,
}

/// One wasm module: which features go in, how it is compiled, where it comes out.
struct Module {
    name: &'static str,
    features: &'static str,
    profile: Profile,
    out: &'static str,
    /// A panic at the edge must not leave the instance half-changed: every export checks for it and starts afresh.
    /// Only the Worker's modules do.
    recovers: bool,
}

const TARGET: &str = "wasm32-unknown-unknown";

/// What a module is made for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Profile {
    /// To run fast. Nobody waits for its download.
    Speed,
    /// To run fast within a limit of size: every isolate reads it anew. What passes no token and no password is built small, and so is the reading of JSON by types.
    Worker,
    /// To arrive soon, with what every token passes through as fast as can be.
    Download,
    /// To arrive sooner still: one token is looked at, by a person.
    Page,
}

const EDGE: Module = Module {
    name: "edge",
    features: "edge,passwords",
    profile: Profile::Worker,
    out: "target/xtask/edge",
    recovers: true,
};
/// The same with doors that only tests need. Never deployed.
const EDGE_TEST: Module = Module {
    name: "edge-test",
    features: "edge,passwords,test-hooks",
    profile: Profile::Worker,
    out: "target/xtask/edge-test",
    recovers: true,
};
const CORE: Module =
    Module { name: "core", features: "npm-core", profile: Profile::Download, out: "js/wasm/core", recovers: false };
const POLICY: Module = Module {
    name: "policy",
    features: "npm-policy",
    profile: Profile::Download,
    out: "js/wasm/policy",
    recovers: false,
};
const FULL: Module = Module {
    name: "full",
    features: "npm,software,passwords",
    profile: Profile::Speed,
    out: "js/wasm/full",
    recovers: false,
};
const SERVICE: Module = Module {
    name: "service",
    features: "npm-service",
    profile: Profile::Speed,
    out: "js/wasm/service",
    recovers: false,
};
const NPM: [&Module; 4] = [&CORE, &POLICY, &FULL, &SERVICE];
const PAGE: Module = Module {
    name: "page",
    features: "npm-page,small-hashes",
    profile: Profile::Page,
    out: "js/wasm/page",
    recovers: false,
};

/// The service with the behaviour suite of its stores. Never shipped.
const SERVICE_TEST: Module = Module {
    name: "service-test",
    features: "npm-service,store-suite",
    profile: Profile::Speed,
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
    modules.extend(NPM.into_iter().filter(|_| npm));
    modules.extend(page.then_some(&PAGE));
    modules.extend(edge.then_some(&EDGE));
    modules.extend((args.what == What::EdgeTest).then_some(&EDGE_TEST));
    modules.extend((args.what == What::NpmTest).then_some(&SERVICE_TEST));
    build_modules(&modules, args.dev)?;
    for module in modules.iter().filter(|module| module.recovers) {
        let (glue, out) = (root().join(module.out), root().join("build").join(module.name));
        timed(&format!("{}: bundle the entry and the policy", module.name), || bundle::edge(&glue, &out, args.dev))?;
        let build = root().join("build");
        let linked = licences::linked(module.features)?;
        licences::write(&linked.crates, module.features, &build.join(format!("{}.licences.txt", module.name)))?;
        sbom::write("portcullis", &linked, &build.join(format!("{}.cdx.json", module.name)))?;
    }
    if npm {
        let features = NPM.map(|module| module.features).join(",");
        let linked = licences::linked(&features)?;
        licences::write(&linked.crates, &features, &root().join("js/wasm/licences.txt"))?;
        sbom::write("portcullis", &linked, &root().join("js/wasm/sbom.cdx.json"))?;
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
            let stamp = Stamp::new(
                &out,
                format!(
                    "{} {:?} {:?} {} {}",
                    module.profile.name(dev),
                    module.profile.settings(),
                    module.profile.level(),
                    module.features,
                    module.recovers
                ),
            );
            if stamp.is_fresh() {
                continue;
            }
            std::fs::create_dir_all(&out)?;
            stamp.clear()?;
            let begun = SystemTime::now();
            let wasm =
                timed(&format!("{}: compile ({})", module.name, module.profile.name(dev)), || compile(module, dev))?;
            finishing.push(threads.spawn(move || finish(module, &out, &wasm, dev, &stamp, begun)));
        }
        finishing.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| bail!("a build step panicked")))
    })
}

fn finish(module: &Module, out: &Path, compiled: &Path, dev: bool, stamp: &Stamp, begun: SystemTime) -> Result<()> {
    timed(&format!("{}: bind{}", module.name, if dev { "" } else { " and optimize" }), || {
        let wasm = bindgen::generate(compiled, out, module.recovers)?;
        if !dev {
            optimise::optimise(&wasm, module.profile.level())?;
        }
        stamp.set(&compiled.with_extension("d"), begun)
    })
}

fn compile(module: &Module, dev: bool) -> Result<PathBuf> {
    let profile = module.profile.name(dev);
    repo::run(
        repo::cargo()
            .args(["build", "--quiet", "--package", "portcullis", "--lib", "--target", TARGET])
            .args(["--profile", profile, "--no-default-features", "--features", module.features])
            .args(["--config", &format!("target.{TARGET}.rustflags = {:?}", shorter_paths())])
            .args(module.profile.settings().iter().flat_map(|setting| ["--config", *setting])),
    )?;
    let made = repo::target().join(TARGET).join(profile).join("portcullis.wasm");
    // Out of the way of the next module, which Cargo gives the same name.
    let kept = repo::scratch().join(format!("{}-{profile}.wasm", module.name));
    for end in ["wasm", "d"] {
        let (from, to) = (made.with_extension(end), kept.with_extension(end));
        std::fs::copy(&from, to).with_context(|| format!("{} was not built", from.display()))?;
    }
    Ok(kept)
}

/// Flags that keep out of the module where this machine has its crates: a panic names the crate and its file.
fn shorter_paths() -> Vec<String> {
    let home = std::env::home_dir().unwrap_or_default().join(".cargo");
    let sources = std::env::var_os("CARGO_HOME").map_or(home, PathBuf::from).join("registry/src");
    let registries = std::fs::read_dir(sources).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = registries.map(|registry| registry.path()).collect();
    folders.sort();
    folders.iter().map(|folder| format!("--remap-path-prefix={}=", folder.display())).collect()
}

impl Profile {
    /// Cargo's name for it.
    fn name(self, dev: bool) -> &'static str {
        match self {
            _ if dev => "dev-wasm",
            Self::Speed => "release",
            Self::Worker | Self::Download | Self::Page => "wasm",
        }
    }

    /// What differs from that profile, as Cargo's configuration. Few packages, so that most are compiled once for both.
    fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Worker => &[
                r#"profile.wasm.package.serde_core.opt-level="z""#,
                r#"profile.wasm.package.serde_json.opt-level="z""#,
            ],
            Self::Page => &[
                r#"profile.wasm.package.portcullis.opt-level="z""#,
                r#"profile.wasm.package.serde_core.opt-level="z""#,
                r#"profile.wasm.package.serde_json.opt-level="z""#,
                r#"profile.wasm.package.sha2.opt-level="z""#,
            ],
            _ => &[],
        }
    }

    /// What wasm-opt is to aim at.
    fn level(self) -> &'static [&'static str] {
        match self {
            Self::Speed | Self::Download => &["-O3"],
            // What is called once is inlined: it costs packed bytes, and without it the gate misses its aim. Hints of alignment are no
            // faster where this runs, and differ.
            Self::Worker => &["-Os", "--dealign"],
            // Inlining what is called once saves raw bytes and costs packed ones: long functions repeat less of each other.
            Self::Page => &["-Oz", "--one-caller-inline-max-function-size=0"],
        }
    }
}
