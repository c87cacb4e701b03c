//! Writes Wycheproof's signature vectors for JOSE's algorithms to `build/vectors/signatures.json`, where the suites of the
//! JavaScript engines find them: `cargo run --example vectors`.

#[path = "../tests/support/vectors.rs"]
#[allow(dead_code, unreachable_pub, clippy::expect_used, reason = "shared with the tests")]
mod vectors;

fn main() -> std::io::Result<()> {
    let cases = vectors::all();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/build/vectors");
    std::fs::create_dir_all(folder)?;
    std::fs::write(format!("{folder}/signatures.json"), vectors::to_json(&cases).to_string())?;
    println!("{} cases in build/vectors/signatures.json", cases.len());
    Ok(())
}
