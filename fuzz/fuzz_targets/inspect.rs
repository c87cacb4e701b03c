//! Any text to be explained: never a panic; always a sentence; the same twice; always plain JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis::alg::Alg;
use portcullis::crypto::Software;
use portcullis::key::{Key, KeySet};
use portcullis::time::UnixMillis;
use portcullis::token::inspect::{Options, inspect_now};

fuzz_target!(|text: &str| {
    let mut options = Options::at(UnixMillis::from_secs(1_800_000_000));
    let report = inspect_now(text, &options, &Software);
    assert!(report.summary.ends_with('.'));
    assert!(serde_json::to_string(&report).is_ok());
    assert_eq!(report, inspect_now(text, &options, &Software));
    options.keys = Some(KeySet::from(Key::from_secret(Alg::HS256, &[7; 32]).unwrap()));
    let checked = inspect_now(text, &options, &Software);
    assert_eq!((checked.kind, checked.token), (report.kind, report.token));
});
