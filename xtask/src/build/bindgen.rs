//! From the compiled module to the module with its JavaScript glue.

use std::path::{Path, PathBuf};

use anyhow::Result;
use wasm_bindgen_cli_support::Bindgen;

/// Writes `portcullis.js`, `portcullis.d.ts` and `portcullis_bg.wasm` into `out` and gives the path of the last.
///
/// The glue is an ES module that loads nothing by itself: `initSync({ module })` takes a compiled module or its bytes, which is
/// what both a Worker (modules arrive compiled) and Node (bytes from a file) can give without waiting. The names of functions stay in
/// for what comes next.
pub fn generate(compiled: &Path, out: &Path, recovers: bool) -> Result<PathBuf> {
    Bindgen::new()
        .input_path(compiled)
        .out_name("portcullis")
        .web(true)?
        .typescript(true)
        .omit_default_module_path(true)
        .remove_name_section(false)
        .remove_producers_section(true)
        .reset_state_function(recovers)
        .force_enable_abort_handler(recovers)
        .generate(out)?;
    Ok(out.join("portcullis_bg.wasm"))
}
