//! `policy-build FILE OUT`: checks a policy, says what is wrong with it, and writes it as the Worker reads it.
//!
//! A program of its own, so that `cargo xtask` does not have to be compiled anew for every change of the crate.

use std::process::ExitCode;

use portcullis::access::Policy;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [file, out] = &args[..] else {
        eprintln!("usage: policy-build FILE OUT");
        return ExitCode::FAILURE;
    };
    match build(file, out) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn build(file: &str, out: &str) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let (policy, built) = Policy::build(file, &text).map_err(|refused| refused.to_string())?;
    for warning in policy.warnings() {
        eprintln!("{file}:{warning}");
    }
    std::fs::write(out, built).map_err(|error| format!("{out}: {error}"))
}
