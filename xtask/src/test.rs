//! `cargo xtask test`: every suite there is, and one line with the sum at the end.

mod javascript;
mod rust;

use std::ops::AddAssign;
use std::time::Instant;

use clap::ValueEnum;

use crate::repo::step;
use crate::{build, tools};

/// Which tests to run.
#[derive(clap::Args)]
pub struct Args {
    /// Run only the tests of one environment.
    #[arg(long, value_enum)]
    only: Option<Place>,
    /// Also run the packaging tests of bundlers that take minutes to install.
    #[arg(long)]
    full: bool,
    /// Test a development build of the wasm instead of the release build.
    #[arg(long)]
    dev: bool,
    /// Do not build; test the existing build.
    #[arg(long, conflicts_with = "dev")]
    no_build: bool,
    /// Run only tests whose name (Rust) or file name (JavaScript) contains this text.
    filter: Option<String>,
}

/// Where a suite runs.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Place {
    /// The Rust tests, natively.
    Rust,
    /// The npm package in Node.
    Node,
    /// The Worker in workerd.
    Edge,
    /// The pages in Chromium.
    Browser,
}

/// How a suite went. One that could not start, or ended without saying how it went, is one failure.
#[derive(Clone, Copy, Default)]
struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl Tally {
    const ONE_FAILURE: Tally = Tally { passed: 0, failed: 1, skipped: 0 };

    fn words(self) -> String {
        let skipped = if self.skipped > 0 { format!(", {} skipped", self.skipped) } else { String::new() };
        format!("{} passed, {} failed{skipped}", self.passed, self.failed)
    }
}

/// Runs them all and prints the sum as the very last line; false when a test failed.
pub fn run(args: &Args) -> bool {
    let begin = Instant::now();
    let wanted = |place| args.only.is_none_or(|only| only == place);
    let mut sum = Tally::default();
    if wanted(Place::Rust) {
        sum += rust::run(args.filter.as_deref());
    }
    if [Place::Node, Place::Edge, Place::Browser].into_iter().any(wanted) {
        sum += in_javascript(args, &wanted);
    }
    step(format!("total time: {:.0} s", begin.elapsed().as_secs_f32()));
    println!("{} passed, {} failed", sum.passed, sum.failed);
    sum.failed == 0
}

fn in_javascript(args: &Args, wanted: &dyn Fn(Place) -> bool) -> Tally {
    let needed = match args.only {
        _ if args.no_build => Vec::new(),
        Some(Place::Node) => vec![build::What::Npm, build::What::NpmTest],
        _ => vec![build::What::All, build::What::EdgeTest, build::What::NpmTest],
    };
    for what in needed {
        // The suite asks what stores do, not how fast.
        let dev = args.dev || what == build::What::NpmTest;
        if let Err(error) = build::run(&build::Args { dev, what }) {
            eprintln!("FAILED to build what the tests need: {error:#}");
            return Tally::ONE_FAILURE;
        }
    }
    let mut sum = Tally::default();
    // The packed package is tried in a page too, so the Node suites want a browser as well.
    if let Err(error) = tools::ensure_chromium() {
        eprintln!("FAILED to find a browser: {error:#}");
        sum += Tally::ONE_FAILURE;
    }
    if wanted(Place::Edge)
        && let Err(error) = tools::ensure_cgi_servers()
    {
        eprintln!("FAILED to find the servers behind the gate: {error:#}");
        sum += Tally::ONE_FAILURE;
    }
    for (place, folder) in [(Place::Node, "node"), (Place::Edge, "edge"), (Place::Browser, "browser")] {
        if !wanted(place) {
            continue;
        }
        sum += javascript::run(folder, args.filter.as_deref(), args.full);
    }
    sum
}
