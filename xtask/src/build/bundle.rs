//! The JavaScript around the wasm modules.

use std::path::Path;

use anyhow::{Context, Result};

use super::policy;
use crate::repo;

const EDGE_ENTRY: &str = "src/edge/entry.mjs";
const INSPECTOR: &str = "build/inspector";

/// Bundles the Worker's entry with the glue in `glue` into `index.js` in `out`, with `portcullis.wasm` and the policy beside it.
///
/// The entry imports three names that only exist here: `portcullis-glue` (what wasm-bindgen made), `./portcullis.wasm`
/// (which the runtime hands over compiled) and `./policy.json` (which it hands over as text).
pub fn edge(glue: &Path, out: &Path, dev: bool) -> Result<()> {
    if out.exists() {
        // What an earlier build of this tool put there must not be delivered.
        std::fs::remove_dir_all(out)?;
    }
    std::fs::create_dir_all(out)?;
    // wrangler.toml names the page's folder, and wrangler wants it there even when nothing is in it yet.
    std::fs::create_dir_all(repo::root().join(INSPECTOR))?;
    std::fs::copy(glue.join("portcullis_bg.wasm"), out.join("portcullis.wasm")).context("the Worker's wasm")?;
    policy::build("portcullis.toml", out)?;
    let mut esbuild = repo::node_bin("esbuild");
    esbuild
        .args([EDGE_ENTRY, "--bundle", "--format=esm", "--target=es2024", "--log-level=warning"])
        .args([
            "--external:cloudflare:*",
            "--external:node:*",
            "--external:./portcullis.wasm",
            "--external:./policy.json",
        ])
        .arg(format!("--alias:portcullis-glue={}", glue.join("portcullis.js").display()))
        .arg(format!("--outfile={}", out.join("index.js").display()));
    if !dev {
        esbuild.arg("--minify");
    }
    repo::run(&mut esbuild)
}

/// Runs the package's own build script.
pub fn npm_package() -> Result<()> {
    repo::run(repo::command("npm").args(["run", "build", "--silent", "--if-present", "--workspace", "portcullis"]))
}

/// Builds the inspector page, which the Worker serves at `/` and any static host can serve as well.
pub fn inspector(dev: bool) -> Result<()> {
    let mut script = repo::node_bin("node");
    script.args(["js/scripts/build-inspector.mjs", "--out", INSPECTOR]);
    if dev {
        script.arg("--dev");
    }
    repo::run(&mut script)
}
