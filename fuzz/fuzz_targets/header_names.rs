//! Header names that a policy lists and that a request brings. What is asserted is in `src/lib.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| portcullis_fuzz::header_names(text));
