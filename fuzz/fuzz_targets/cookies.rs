//! Any text as a `cookie` header. What is asserted is in `src/lib.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| portcullis_fuzz::cookies(text));
