//! Imports only point downwards, and only the top layer names platform crates.

use anyhow::{Result, anyhow};

use super::Breach;
use super::tokens::{self, Named};

/// The modules of each layer, from the bottom up.
const STOREYS: [&[&str]; 5] = [
    &["error", "time", "random", "text", "limits", "json"],
    &["alg", "crypto", "key", "token"],
    &["access", "session", "account", "oauth"],
    &["http", "service", "gate"],
    &["store", "edge", "npm"],
];

const PLATFORM_CRATES: [&str; 9] = [
    "worker",
    "worker_sys",
    "wasm_bindgen",
    "wasm_bindgen_futures",
    "js_sys",
    "web_sys",
    "serde_wasm_bindgen",
    "wasm_streams",
    "getrandom",
];

/// Every breach in one Rust file below `src/`.
pub(super) fn check(file: &str, text: &str) -> Result<Vec<Breach>> {
    let module = module_path(file);
    let Some(own) = module.first() else {
        return Ok(Vec::new());
    };
    let Some(storey) = storey_of(own) else {
        let rule =
            format!("module `{own}` has no layer: add it to xtask/src/house/storeys.rs and docs/architecture.md");
        return Ok(vec![Breach { file: file.to_owned(), line: 1, rule }]);
    };
    let is_test = module.iter().any(|part| part == "tests");
    let named = tokens::named(text, &module).map_err(|error| anyhow!("cannot be parsed as Rust: {error}"))?;
    let breach = |Named { line, path_from_root, first, in_test }: Named| {
        let rule = if path_from_root {
            let upward = storey_of(&first).is_some_and(|other| other > storey);
            // A test may reach up, for instance to the stores in memory.
            (upward && !in_test && !is_test).then(|| {
                format!(
                    "upward import: `{own}` (layer {storey}) uses `{first}` (layer {})",
                    storey_of(&first).unwrap_or(0)
                )
            })
        } else {
            (PLATFORM_CRATES.contains(&first.as_str()) && !may_name_platform(&module)).then(|| {
                format!("`{first}` is a platform crate: use it only in src/edge, src/npm and src/store/<platform>")
            })
        };
        rule.map(|rule| Breach { file: file.to_owned(), line, rule })
    };
    Ok(named.into_iter().filter_map(breach).collect())
}

fn storey_of(module: &str) -> Option<usize> {
    STOREYS.iter().position(|modules| modules.contains(&module))
}

/// The memory stores and the list of stores stay free of platforms, so that they can be used natively.
fn may_name_platform(module: &[String]) -> bool {
    match module.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["edge" | "npm", ..] => true,
        ["store", platform, ..] => platform != "memory",
        _ => false,
    }
}

/// `src/token/verify.rs` is `token::verify`; `src/lib.rs` is the root, which names every storey and has none.
fn module_path(file: &str) -> Vec<String> {
    let path = file.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    if path == "lib" { Vec::new() } else { path.split('/').map(str::to_owned).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(file: &str, text: &str) -> Vec<(usize, String)> {
        check(file, text).unwrap().into_iter().map(|breach| (breach.line, breach.rule)).collect()
    }

    #[track_caller]
    fn refused(file: &str, text: &str, line: usize, words: &str) {
        let found = rules(file, text);
        assert!(found.iter().any(|(at, rule)| *at == line && rule.contains(words)), "{found:?}");
    }

    #[test]
    fn imports_down_and_sideways_are_fine() {
        let text = "use crate::error::Error;\nuse crate::key::{Key, KeySet};\nuse std::rc::Rc;\nuse super::claims;";
        assert_eq!(rules("src/token/verify.rs", text), []);
    }

    #[test]
    fn an_import_going_up_is_refused_with_its_line() {
        refused("src/token/verify.rs", "use crate::error::Error;\nuse crate::gate::Gate;", 2, "`gate` (layer 3)");
        refused("src/alg/mod.rs", "use crate::{error::Error, session};", 1, "`session`");
        refused("src/key/mod.rs", "fn f() -> crate::service::Service { todo!() }", 1, "`service`");
        refused("src/key/mod.rs", "fn f() {\n    vec![crate::store::memory()];\n}", 2, "`store`");
        refused("src/error.rs", "use super::token::Verified;", 1, "`token`");
        refused("src/token/verify.rs", "use super::super::access::Rule;", 1, "`access`");
    }

    #[test]
    fn a_test_may_reach_up() {
        let text = "#[cfg(test)]\nmod tests {\n    use crate::store::memory::Memory;\n}";
        assert_eq!(rules("src/session/mod.rs", text), []);
        assert_eq!(rules("src/session/tests.rs", "use crate::store::memory::Memory;"), []);
    }

    #[test]
    fn a_platform_crate_below_the_top_is_refused_even_in_tests_and_macros() {
        refused("src/token/mod.rs", "use worker::Env;", 1, "`worker` is a platform crate");
        refused("src/http/mod.rs", "\nuse js_sys::Date;", 2, "`js_sys`");
        refused("src/http/mod.rs", "#[wasm_bindgen]\npub fn f() {}", 1, "`wasm_bindgen`");
        refused("src/http/mod.rs", "#[cfg(test)]\nmod tests { use web_sys::Url; }", 2, "`web_sys`");
        refused("src/store/memory.rs", "use worker::kv::KvStore;", 1, "`worker`");
        refused("src/gate.rs", "fn f() { log!(::worker::Date::now()) }", 1, "`worker`");
    }

    #[test]
    fn the_top_storey_may_name_platforms() {
        for file in ["src/edge/env.rs", "src/npm/mod.rs", "src/store/kv.rs"] {
            assert_eq!(rules(file, "use worker::Env;\nuse wasm_bindgen::JsValue;"), []);
        }
    }

    #[test]
    fn a_word_that_only_looks_like_a_crate_is_fine() {
        assert_eq!(rules("src/token/mod.rs", "fn f(worker: u8) -> u8 { let x = a::worker; worker + x }"), []);
        assert_eq!(rules("src/token/mod.rs", "/// See [`crate::gate`] and `worker::Env`.\nfn f() {}"), []);
    }

    #[test]
    fn a_module_without_a_storey_is_refused() {
        refused("src/shed.rs", "", 1, "`shed` has no layer");
        assert_eq!(rules("src/lib.rs", "pub mod shed;"), []);
    }
}
