//! Where things lie in the repository, and how commands are run in it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// The repository's root folder.
pub fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map(Path::to_path_buf).unwrap_or(here)
}

/// Where Cargo puts what it makes.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// A folder of this tool's own, for what it wants to find again on the next run.
pub fn scratch() -> PathBuf {
    root().join("target/xtask")
}

/// Held until dropped: a second run of the same kind in this checkout waits for the first.
pub fn lock(name: &str) -> Result<std::fs::File> {
    std::fs::create_dir_all(scratch())?;
    let file = std::fs::File::create(scratch().join(format!("{name}.lock")))?;
    if file.try_lock().is_err() {
        step(format!("wait for another `{name}` in this checkout"));
        file.lock()?;
    }
    Ok(file)
}

/// Says what starts now. Long steps each begin with one such line.
pub fn step(what: impl AsRef<str>) {
    eprintln!("==> {}", what.as_ref());
}

/// Runs one step and says how long it took.
pub fn timed<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    step(what);
    let begin = Instant::now();
    let done = work()?;
    eprintln!("    {what}: {:.1} s", begin.elapsed().as_secs_f32());
    Ok(done)
}

/// A command that runs at the repository's root and finds the programs of `node_modules` first, so that npm scripts and tools
/// run on the Node version the lock file names, whatever the machine has.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root()).env("WRANGLER_SEND_METRICS", "false");
    let mut path = vec![root().join("node_modules/.bin")];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    if let Ok(joined) = std::env::join_paths(path) {
        command.env("PATH", joined);
    }
    command
}

/// Cargo, as it called us. The toolchain file decides the version.
pub fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// A program from `node_modules/.bin`.
pub fn node_bin(name: &str) -> Command {
    command(root().join("node_modules/.bin").join(name))
}

/// Runs to the end; a failure names the command.
pub fn run(command: &mut Command) -> Result<()> {
    command.stdin(Stdio::null());
    let status = command.status().with_context(|| format!("could not start `{}`", describe(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", describe(command));
    }
    Ok(())
}

/// Runs to the end and gives what it printed on standard output.
pub fn output(command: &mut Command) -> Result<String> {
    command.stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().with_context(|| format!("could not start `{}`", describe(command)))?;
    if !output.status.success() {
        bail!("`{}` failed ({})", describe(command), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let mut words = vec![program.to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|arg| arg.to_string_lossy().into_owned()));
    words.join(" ")
}
