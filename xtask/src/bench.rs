//! `cargo xtask bench`: Portcullis beside its peers, in one run on one machine, as a table of ratios.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::repo::{self, root, timed};
use crate::{build, tools};

/// Which benchmarks to run, and what to do with the results.
#[derive(clap::Args)]
pub struct Args {
    /// One benchmark (a file in the folder `bench`, without its extension). Default: all.
    name: Option<String>,
    /// Run fewer rounds: enough to check that a benchmark works, not to trust its numbers.
    #[arg(long)]
    quick: bool,
    /// Write docs/benchmarks.md from all benchmarks, followed by bench/notes.md.
    #[arg(long, conflicts_with_all = ["quick", "name"])]
    write: bool,
}

/// Builds what ships, then runs one bench after another; a bench prints JSON rows and nothing else on standard output.
pub fn run(args: &Args) -> Result<()> {
    let scripts = scripts(args.name.as_deref())?;
    tools::ensure_node_modules()?;
    build::run(&build::Args { dev: false, what: build::What::All })?;
    let mut rows: Vec<Value> = Vec::new();
    let mut failed = Vec::new();
    for (name, script) in &scripts {
        let mut node = repo::node_bin("node");
        node.arg(script).arg("--json").args(args.quick.then_some("--quick"));
        match timed(&format!("bench {name}"), || repo::output(&mut node)) {
            Ok(text) => rows.extend(
                serde_json::from_str::<Vec<Value>>(&text).with_context(|| format!("{name} did not print JSON rows"))?,
            ),
            Err(error) => {
                eprintln!("{error:#}");
                failed.push(name.as_str());
            }
        }
    }
    let report = report(&rows);
    println!("{report}");
    if args.write {
        let notes = std::fs::read_to_string(root().join("bench/notes.md")).context("bench/notes.md")?;
        std::fs::write(root().join("docs/benchmarks.md"), format!("{report}\n{notes}"))
            .context("writing docs/benchmarks.md")?;
    }
    if !failed.is_empty() {
        bail!("{} failed", failed.join(", "));
    }
    Ok(())
}

fn scripts(wanted: Option<&str>) -> Result<Vec<(String, PathBuf)>> {
    let entries = std::fs::read_dir(root().join("bench")).context("the folder bench")?;
    let mut all: Vec<(String, PathBuf)> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "mjs"))
        .filter_map(|path| Some((path.file_stem()?.to_string_lossy().into_owned(), path.clone())))
        .collect();
    all.sort();
    let names: Vec<String> = all.iter().map(|(name, _)| name.clone()).collect();
    all.retain(|(name, _)| wanted.is_none_or(|wanted| wanted == name));
    if all.is_empty() {
        bail!("unknown benchmark. Available: {}", names.join(", "));
    }
    Ok(all)
}

fn report(rows: &[Value]) -> String {
    let mut by_bench: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for row in rows {
        by_bench.entry(row["bench"].as_str().unwrap_or("other")).or_default().push(row);
    }
    let mut text = format!("# Benchmarks\n\n{}\n", machine());
    text += "The ratio shows how many times as fast Portcullis is as the peer in the same run; above 1, Portcullis is faster. Trust the\n\
             ratios, not the absolute numbers. `cargo xtask bench --write` generated this page; `cargo xtask bench tokens` runs one\n\
             benchmark.\n";
    for (bench, rows) in by_bench {
        let _ = write!(
            text,
            "\n## {bench}\n\n| | Portcullis | peer | unit | ratio | target |\n|---|---:|---:|---|---:|---:|\n"
        );
        for row in rows {
            let name = row["case"].as_str().unwrap_or_default();
            let unit = row["unit"].as_str().unwrap_or_default();
            let digits = if unit == "requests/s" { 0 } else { 1 };
            let _ = writeln!(
                text,
                "| {name} | {} | {} | {unit} | {} | {} |",
                number(&row["ours"], digits),
                number(&row["theirs"], digits),
                number(&row["ratio"], 2),
                number(&row["aim"], 2),
            );
        }
    }
    text
}

fn number(value: &Value, digits: usize) -> String {
    value.as_f64().map_or_else(String::new, |number| format!("{number:.digits$}"))
}

/// What the numbers depend on.
fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let node = repo::output(repo::node_bin("node").arg("--version")).unwrap_or_default();
    let versions: Vec<String> =
        ["jose", "jsonwebtoken", "fast-jwt", "hono", "passport-jwt", "express-jwt", "express", "workerd"]
            .iter()
            .filter_map(|name| {
                let text = std::fs::read_to_string(root().join("node_modules").join(name).join("package.json")).ok()?;
                let package: Value = serde_json::from_str(&text).ok()?;
                Some(format!("{name} {}", package["version"].as_str()?))
            })
            .collect();
    format!("{model}, {cores} cores; Node {}; {}.", node.trim().trim_start_matches('v'), versions.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_a_peer_leaves_its_cells_empty() {
        let row =
            serde_json::json!({ "bench": "import", "case": "compile", "ours": 1.25, "theirs": null, "unit": "ms" });
        assert!(report(&[row]).contains("| compile | 1.2 |  | ms |  |  |"));
    }
}
