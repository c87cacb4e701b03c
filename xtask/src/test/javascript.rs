//! The JavaScript tests: one process of Node's own test runner for each file, so that no file can disturb another.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::Tally;
use crate::process::{self, Group};
use crate::repo::{self, root, scratch, step};

/// A file that takes longer than this hangs.
const LONGEST: Duration = Duration::from_secs(20 * 60);

/// Runs `tests/<folder>/*.test.mjs`. No such file is a failure too: the suite was expected and is not there.
pub fn run(folder: &str, filter: Option<&str>, full: bool) -> Tally {
    step(format!("JavaScript tests: tests/{folder}"));
    let files = match files(folder) {
        Ok(files) => files,
        Err(error) => {
            eprintln!("FAILED: {error:#}");
            return Tally::ONE_FAILURE;
        }
    };
    let mut sum = Tally::default();
    for file in files.iter().filter(|file| filter.is_none_or(|part| file.to_string_lossy().contains(part))) {
        if process::asked_to_end() {
            return sum;
        }
        sum += run_file(file, full);
    }
    sum
}

fn files(folder: &str) -> Result<Vec<PathBuf>> {
    let folder = Path::new("tests").join(folder);
    let entries =
        std::fs::read_dir(root().join(&folder)).with_context(|| format!("{} does not exist", folder.display()))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| folder.join(entry.file_name())))
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    if files.is_empty() {
        bail!("{} contains no tests", folder.display());
    }
    files.sort();
    Ok(files)
}

fn run_file(file: &Path, full: bool) -> Tally {
    let begin = Instant::now();
    let (tally, shown) = attempt(file, full).unwrap_or_else(|error| (Tally::ONE_FAILURE, format!("{error:#}")));
    if tally.failed > 0 {
        eprintln!("{shown}");
    }
    let verdict = if tally.failed > 0 { "FAILED" } else { "ok" };
    eprintln!("    {verdict} {}: {} ({:.1} s)", file.display(), tally.words(), begin.elapsed().as_secs_f32());
    tally
}

/// The counts come from the TAP report, the text for people from the other reporter.
fn attempt(file: &Path, full: bool) -> Result<(Tally, String)> {
    let name = file.to_string_lossy().replace(['/', '\\'], "-");
    let folder = scratch().join("tests");
    std::fs::create_dir_all(&folder)?;
    let (tap, text) = (folder.join(format!("{name}.tap")), folder.join(format!("{name}.txt")));
    let mut command = repo::node_bin("node");
    command
        .args(["--test", "--test-reporter=tap", "--test-reporter=spec"])
        .arg(format!("--test-reporter-destination={}", tap.display()))
        .arg("--test-reporter-destination=stdout")
        .arg(file)
        .stdin(Stdio::null())
        .stdout(std::fs::File::create(&text)?)
        .stderr(std::fs::File::options().append(true).open(&text)?);
    if full {
        command.env("PORTCULLIS_TEST_FULL", "1");
    }
    let _ = std::fs::remove_file(&tap);
    let ended_well = wait(&mut command)?;
    let mut tally = std::fs::read_to_string(&tap).ok().and_then(|report| counts(&report)).unwrap_or_default();
    if tally.failed == 0 && (!ended_well || tally.passed + tally.skipped == 0) {
        tally += Tally::ONE_FAILURE;
    }
    Ok((tally, std::fs::read_to_string(&text).unwrap_or_default()))
}

fn wait(command: &mut Command) -> Result<bool> {
    let mut group = Group::spawn(command)?;
    let begin = Instant::now();
    loop {
        if let Some(status) = group.try_wait()? {
            return Ok(status.success());
        }
        if process::asked_to_end() {
            group.end();
            bail!("stopped");
        }
        if begin.elapsed() > LONGEST {
            group.end();
            bail!("did not finish within {} minutes and was stopped", LONGEST.as_secs() / 60);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The last lines of a TAP report: `# pass 12`, `# fail 0`, `# cancelled 0`, …
fn counts(report: &str) -> Option<Tally> {
    let count = |word: &str| -> Option<u64> {
        report.lines().rev().find_map(|line| line.strip_prefix("# ")?.strip_prefix(word)?.trim().parse().ok())
    };
    Some(Tally {
        passed: count("pass ")?,
        failed: count("fail ")? + count("cancelled ")?,
        skipped: count("skipped ")? + count("todo ")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cancelled_tests_count_as_failed() {
        let report =
            "TAP version 13\n# tests 6\n# suites 0\n# pass 3\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 0\n";
        let tally = counts(report).unwrap();
        assert_eq!((tally.passed, tally.failed, tally.skipped), (3, 2, 1));
    }

    #[test]
    fn a_report_without_its_end_says_nothing() {
        assert!(counts("TAP version 13\nok 1 - starts").is_none());
    }
}
