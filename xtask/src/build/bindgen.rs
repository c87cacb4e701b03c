//! From the compiled module to the module with its JavaScript glue.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use wasm_bindgen_cli_support::{Bindgen, Output};

/// Writes `portcullis.js`, `portcullis.d.ts` and `portcullis_bg.wasm` into `out` and gives the path of the last.
///
/// The glue is an ES module that loads nothing by itself: `initSync({ module })` takes a compiled module or its bytes, which is
/// what both a Worker (modules arrive compiled) and Node (bytes from a file) can give without waiting. The names of functions stay in
/// for what comes next.
pub fn generate(compiled: &Path, out: &Path, recovers: bool) -> Result<PathBuf> {
    let mut output = Bindgen::new()
        .input_path(compiled)
        .out_name("portcullis")
        .web(true)?
        .typescript(true)
        .omit_default_module_path(true)
        .remove_name_section(false)
        .remove_producers_section(true)
        .reset_state_function(true)
        .force_enable_abort_handler(recovers)
        .generate_output()?;
    let names = shorten_imports(&mut output);
    let glue = renamed(output.js(), &names);
    output.emit(out)?;
    std::fs::write(out.join("portcullis.js"), glue)?;
    Ok(out.join("portcullis_bg.wasm"))
}

/// wasm-bindgen names what is imported with sixteen random digits, which cost more than all else in a module's head, and again in
/// the glue. Gives the new names by the old.
fn shorten_imports(output: &mut Output) -> HashMap<String, String> {
    let mut short = HashMap::new();
    for import in output.wasm_mut().imports.iter_mut().filter(|import| import.name.starts_with("__wb")) {
        let next = format!("i{}", short.len());
        import.name = short.entry(import.name.clone()).or_insert(next).clone();
    }
    short
}

/// `glue` with the new names.
fn renamed(glue: &str, names: &HashMap<String, String>) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let mut written = String::with_capacity(glue.len());
    let mut rest = glue;
    while let Some(start) = rest.find(word) {
        let (before, from) = rest.split_at(start);
        let (name, after) = from.split_at(from.find(|c| !word(c)).unwrap_or(from.len()));
        written.push_str(before);
        written.push_str(names.get(name).map_or(name, String::as_str));
        rest = after;
    }
    written.push_str(rest);
    written
}
