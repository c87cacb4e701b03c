//! The policies in the documentation and in the repository compile, and without a warning.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use portcullis::access::Policy;

fn compiles(name: &str, text: &str) {
    let policy = Policy::parse(name, text).unwrap_or_else(|refused| panic!("{refused}"));
    let warnings: Vec<String> = policy.warnings().iter().map(ToString::to_string).collect();
    // The documented example asks for a permission that only tokens carry.
    assert!(
        warnings.iter().all(|warning| warning.contains("only a token that carries it passes")),
        "{name}: {warnings:?}"
    );
}

#[test]
fn policies_in_the_documentation_compile() {
    let page = include_str!("../docs/policy.md");
    let blocks: Vec<&str> = page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(blocks.len(), 3);
    for block in blocks {
        compiles("docs/policy.md", block);
    }
}

#[test]
fn policies_in_the_repository_compile() {
    compiles("portcullis.toml", include_str!("../portcullis.toml"));
    compiles("examples/gate/portcullis.toml", include_str!("../examples/gate/portcullis.toml"));
}
