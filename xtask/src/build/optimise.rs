//! wasm-opt, from the npm package `binaryen`.

use std::path::Path;

use anyhow::Result;

use crate::repo;

/// What rustc and wasm-bindgen use (exceptions only for the Worker), and every runtime understands. Not `--all-features`: with
/// that, wasm-opt writes forms that no engine reads yet (compact imports).
const FEATURES: [&str; 10] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-call-indirect-overlong",
    "--enable-exception-handling",
    "--enable-extended-const",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Rewrites the module in place and removes the name section. `passes` are arguments of wasm-opt, such as `-O3`.
pub fn optimise(wasm: &Path, passes: &[&str]) -> Result<()> {
    let out = wasm.with_extension("opt.wasm");
    repo::run(
        repo::node_bin("wasm-opt").args(passes).args(FEATURES).arg("--strip-debug").arg(wasm).arg("-o").arg(&out),
    )?;
    std::fs::rename(out, wasm)?;
    Ok(())
}
