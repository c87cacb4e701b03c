//! The project's build tool: the only place that defines how artifacts are built, checked and served.

mod bench;
mod build;
mod dev;
mod house;
mod lint;
mod process;
mod repo;
mod size;
mod supply;
mod test;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Builds, runs and checks Portcullis.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the Worker on this machine, with demo accounts.
    Dev(dev::Args),
    /// Compile the wasm modules and the packages around them.
    Build(build::Args),
    /// Check formatting, lints, types and the house rules of both languages.
    Lint(lint::Args),
    /// Format both languages.
    Fmt,
    /// Print the size of each artifact, raw and gzipped.
    Size,
    /// Benchmark against peers in the same run and print the ratios.
    Bench(bench::Args),
    /// Run every test: Rust, Node, workerd, Chromium.
    Test(test::Args),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Dev(args) => dev::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Size => size::run(),
        Command::Build(args) => build::run(&args),
        Command::Lint(args) => lint::run(&args),
        Command::Fmt => lint::format(),
        Command::Test(args) => return if test::run(&args) { ExitCode::SUCCESS } else { ExitCode::FAILURE },
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
