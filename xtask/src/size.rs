//! `cargo xtask size`: the size of browser downloads and of the Worker.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};

use crate::build;
use crate::repo::root;

/// What is delivered together, and what it may weigh, in gzipped bytes.
struct Artifact {
    name: &'static str,
    /// Files or folders.
    paths: &'static [&'static str],
    budget: Option<usize>,
}

const ARTIFACTS: [Artifact; 10] = [
    Artifact { name: "edge: the whole Worker", paths: &["build/edge"], budget: Some(650_000) },
    Artifact { name: "edge: wasm", paths: &["build/edge/portcullis.wasm"], budget: None },
    Artifact { name: "npm: core wasm", paths: &["js/wasm/core/portcullis_bg.wasm"], budget: None },
    Artifact { name: "npm: policy wasm", paths: &["js/wasm/policy/portcullis_bg.wasm"], budget: None },
    Artifact { name: "npm: full wasm", paths: &["js/wasm/full/portcullis_bg.wasm"], budget: None },
    Artifact { name: "npm: service wasm", paths: &["js/wasm/service/portcullis_bg.wasm"], budget: None },
    Artifact { name: "npm: dist/node", paths: &["js/dist/node"], budget: None },
    Artifact { name: "npm: dist/web", paths: &["js/dist/web"], budget: None },
    Artifact { name: "inspector page: wasm", paths: &["js/wasm/page/portcullis_bg.wasm"], budget: None },
    Artifact { name: "inspector page", paths: &["build/inspector"], budget: Some(200_000) },
];

/// Builds what ships, prints a table, and fails when something weighs more than it may.
pub fn run() -> Result<()> {
    build::run(&build::Args { dev: false, what: build::What::All })?;
    let mut too_heavy = Vec::new();
    println!("| Artifact | Raw bytes | Gzipped | Limit |\n|---|---:|---:|---:|");
    for artifact in &ARTIFACTS {
        let files: Vec<PathBuf> = artifact.paths.iter().flat_map(|path| files_below(&root().join(path))).collect();
        if files.is_empty() {
            println!("| {} | - | - | |", artifact.name);
            continue;
        }
        let (mut raw, mut gzipped) = (0, 0);
        for file in &files {
            let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
            raw += bytes.len();
            gzipped += gzip(&bytes)?;
        }
        let budget = artifact.budget.map(|bytes| bytes.to_string()).unwrap_or_default();
        println!("| {} | {raw} | {gzipped} | {budget} |", artifact.name);
        if artifact.budget.is_some_and(|allowed| gzipped > allowed) {
            too_heavy.push(artifact.name);
        }
    }
    anyhow::ensure!(too_heavy.is_empty(), "over the size limit: {}", too_heavy.join(", "));
    Ok(())
}

/// Maps for debuggers and our own marks are not delivered.
fn files_below(path: &Path) -> Vec<PathBuf> {
    let is_delivered = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        !name.starts_with('.') && !name.ends_with(".map") && !name.ends_with(".d.ts")
    };
    if path.is_file() {
        return vec![path.to_path_buf()];
    }
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| is_delivered(path)).flat_map(|path| files_below(&path)).collect()
}

fn gzip(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}
