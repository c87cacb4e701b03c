//! The Rust tests, under each set of features that changes what is compiled natively.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use anyhow::{Context, Result};

use super::Tally;
use crate::repo::{self, step};

const FEATURE_SETS: [(&str, &[&str]); 2] = [
    ("default features, and this tool's own", &["--workspace"]),
    ("no default features", &["--package", "portcullis", "--no-default-features"]),
];

/// Runs every set.
pub fn run(filter: Option<&str>) -> Tally {
    let mut sum = Tally::default();
    for (name, flags) in FEATURE_SETS {
        step(format!("Rust tests: {name}"));
        let tally = run_set(flags, filter).unwrap_or_else(|error| {
            eprintln!("FAILED: {error:#}");
            Tally::ONE_FAILURE
        });
        eprintln!("    {}", tally.words());
        sum += tally;
    }
    sum
}

/// Shows what the harness prints, except the line of each test that passed.
fn run_set(flags: &[&str], filter: Option<&str>) -> Result<Tally> {
    let mut command = repo::cargo();
    command.args(["test", "--no-fail-fast"]).args(flags).args(filter).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().context("could not start cargo")?;
    let mut tally = Tally::default();
    for line in BufReader::new(child.stdout.take().context("cargo's output")?).lines() {
        let line = line?;
        if let Some(one) = result_line(&line) {
            tally += one;
        } else if !is_noise(&line) {
            eprintln!("{line}");
        }
    }
    if !child.wait()?.success() && tally.failed == 0 {
        tally += Tally::ONE_FAILURE;
    }
    Ok(tally)
}

/// `test result: ok. 12 passed; 0 failed; 1 ignored; …`
fn result_line(line: &str) -> Option<Tally> {
    let counts = line.strip_prefix("test result: ")?.split_once(". ")?.1;
    let count = |word: &str| {
        counts.split("; ").find_map(|part| part.strip_suffix(word)?.trim().parse().ok()).unwrap_or_default()
    };
    Some(Tally { passed: count("passed"), failed: count("failed"), skipped: count("ignored") })
}

fn is_noise(line: &str) -> bool {
    let quiet_test = line.starts_with("test ") && (line.ends_with(" ... ok") || line.contains(" ... ignored"));
    quiet_test || line.trim().is_empty() || line.starts_with("running ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_line_of_the_test_harness_is_understood() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.1s";
        let tally = result_line(line).unwrap();
        assert_eq!((tally.passed, tally.failed, tally.skipped), (12, 3, 1));
        assert!(result_line("test token::verify ... ok").is_none());
    }
}
