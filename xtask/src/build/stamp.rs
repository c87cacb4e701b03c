//! Remembers from which inputs an output folder was made, so unchanged inputs are not processed again.
//!
//! Cargo alone cannot do this here: a wasm library gets no hash in its file name, so building it with other features always
//! compiles it anew. But Cargo writes down every file that went into a build (`portcullis.d`), and that list is enough.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::repo::root;

/// Files that decide the output and are on no list of Cargo's.
const ALWAYS: [&str; 4] = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "rust-toolchain.toml"];
/// This tool's own part in the output.
const STEPS: &str = concat!(include_str!("bindgen.rs"), include_str!("optimise.rs"));

/// The mark a finished output folder carries.
pub struct Stamp {
    folder: PathBuf,
    settings: String,
}

impl Stamp {
    /// For the folder that `settings` (profile, features) are built into.
    pub fn new(folder: &Path, settings: String) -> Stamp {
        Stamp { folder: folder.to_path_buf(), settings }
    }

    /// True when the folder was finished from inputs that are still the same.
    pub fn is_fresh(&self) -> bool {
        let Ok(mark) = std::fs::read_to_string(self.file()) else { return false };
        let mut lines = mark.lines();
        let Some(digest) = lines.next() else { return false };
        let inputs: Vec<PathBuf> = lines.map(PathBuf::from).collect();
        self.digest(&inputs).is_ok_and(|now| now == digest)
    }

    /// Takes the mark away: from here until `set` the folder is unfinished.
    pub fn clear(&self) -> Result<()> {
        match std::fs::remove_file(self.file()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Marks the folder as finished from the files that Cargo's dependency file names, unless one of them has changed since the
    /// build began: then nobody knows which of its versions went in.
    pub fn set(&self, dependency_file: &Path, begun: SystemTime) -> Result<()> {
        let inputs = listed(dependency_file)?;
        let changed = |path: &PathBuf| {
            std::fs::metadata(path).and_then(|file| file.modified()).map_or(true, |modified| modified > begun)
        };
        if inputs.iter().any(changed) {
            return Ok(());
        }
        let mut mark = self.digest(&inputs)?;
        for input in &inputs {
            mark.push('\n');
            mark.push_str(&input.to_string_lossy());
        }
        Ok(std::fs::write(self.file(), mark)?)
    }

    fn digest(&self, inputs: &[PathBuf]) -> Result<String> {
        let mut digest = Sha256::new();
        digest.update(&self.settings);
        digest.update(std::env::var("RUSTFLAGS").unwrap_or_default());
        digest.update(STEPS);
        for path in ALWAYS.iter().map(PathBuf::from).chain(inputs.iter().cloned()) {
            digest.update(std::fs::read(root().join(&path)).with_context(|| format!("reading {}", path.display()))?);
            digest.update(b"\0");
        }
        Ok(format!("{:x}", digest.finalize()))
    }

    fn file(&self) -> PathBuf {
        self.folder.join(".stamp")
    }
}

/// The files of a `target: file file …` line, in which a blank inside a name is written `\ `.
fn listed(dependency_file: &Path) -> Result<Vec<PathBuf>> {
    let text =
        std::fs::read_to_string(dependency_file).with_context(|| format!("reading {}", dependency_file.display()))?;
    let files = text.lines().next().and_then(|line| line.split_once(": ")).map_or("", |(_, files)| files);
    let names = files.replace("\\ ", "\0");
    Ok(names.split_whitespace().map(|name| PathBuf::from(name.replace('\0', " "))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_file_is_read_with_blanks_in_names() {
        let file = std::env::temp_dir().join(format!("portcullis-stamp-{}.d", std::process::id()));
        std::fs::write(&file, "/t/portcullis.wasm: /a/lib.rs /a/two\\ words.rs\n").unwrap();
        assert_eq!(listed(&file).unwrap(), [PathBuf::from("/a/lib.rs"), PathBuf::from("/a/two words.rs")]);
        std::fs::remove_file(&file).unwrap();
    }
}
