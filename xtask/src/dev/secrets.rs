//! The secrets of the local Worker: random, made once, in a file that git ignores.

use std::io::Write;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::repo::{root, step};

const FILE: &str = ".dev.vars";
/// The gate signs with the last what it tells an application about who asks.
const NAMES: [&str; 3] = ["JWT_SECRET", "JWT_REFRESH_SECRET", "GATE_KEY"];
/// More than any HMAC of ours asks for.
const SECRET_BYTES: usize = 64;

/// Adds each secret that the file does not have; one that is there stays, so sessions outlive a restart.
pub fn ensure() -> Result<()> {
    let path = root().join(FILE);
    let present = std::fs::read_to_string(&path).unwrap_or_default();
    let missing: Vec<&str> = NAMES.into_iter().filter(|name| !defines(&present, name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    step(format!("generate local secrets in {FILE}: {}", missing.join(", ")));
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path).with_context(|| format!("writing {FILE}"))?;
    if !present.is_empty() && !present.ends_with('\n') {
        writeln!(file)?;
    }
    for name in missing {
        let mut bytes = [0; SECRET_BYTES];
        getrandom::fill(&mut bytes).context("the system did not provide random bytes")?;
        writeln!(file, "{name}={}", URL_SAFE_NO_PAD.encode(bytes))?;
    }
    Ok(())
}

fn defines(file: &str, name: &str) -> bool {
    file.lines()
        .any(|line| line.split_once('=').is_some_and(|(key, value)| key.trim() == name && !value.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_without_a_value_is_missing() {
        let file = "JWT_SECRET=abc\nJWT_REFRESH_SECRET=\n# OTHER=1\n";
        assert!(defines(file, "JWT_SECRET"));
        assert!(!defines(file, "JWT_REFRESH_SECRET"));
        assert!(!defines(file, "OTHER"));
    }
}
