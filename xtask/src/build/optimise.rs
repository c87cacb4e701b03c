//! wasm-opt, from the npm package `binaryen`.

use std::path::Path;

use anyhow::Result;

use crate::repo;

/// Rewrites the module in place.
pub fn optimise(wasm: &Path) -> Result<()> {
    let smaller = wasm.with_extension("opt.wasm");
    repo::run(repo::node_bin("wasm-opt").args(["-O3", "--all-features"]).arg(wasm).arg("-o").arg(&smaller))?;
    std::fs::rename(smaller, wasm)?;
    Ok(())
}
