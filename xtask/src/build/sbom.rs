//! The software bill of materials of what ships, in CycloneDX 1.5.

use std::path::Path;

use anyhow::{Context, Result, bail};
use cyclonedx_bom::external_models::uri::Purl;
use cyclonedx_bom::models::bom::SpecVersion;
use cyclonedx_bom::models::component::{Classification, Component, Components};
use cyclonedx_bom::models::license::{LicenseChoice, Licenses};
use cyclonedx_bom::models::metadata::Metadata;
use cyclonedx_bom::prelude::{Bom, Validate};

use super::licences::Package;

/// Writes the bill of a product of these crates. The same crates give the same bytes: there is no serial number and no time in it.
///
/// # Errors
/// When a crate names no licence, or the bill does not pass CycloneDX' own checks.
pub fn write(product: &str, crates: &[Package], file: &Path) -> Result<()> {
    let bom = bom(product, crates)?;
    let checked = bom.validate_version(SpecVersion::V1_5);
    if !checked.passed() {
        bail!("the bill of materials is not valid: {checked:?}");
    }
    let mut json = Vec::new();
    bom.output_as_json_v1_5(&mut json)?;
    json.push(b'\n');
    std::fs::write(file, json).with_context(|| file.display().to_string())
}

fn bom(product: &str, crates: &[Package]) -> Result<Bom> {
    let mut main = component(Classification::Application, product, env!("CARGO_PKG_VERSION"), "MIT OR Apache-2.0")?;
    main.purl = None;
    let components = crates.iter().map(|package| {
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
