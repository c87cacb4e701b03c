/** The licences of the packages and crates whose code the build writes into ours: they ask to be passed along. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Writes one file with the licence of every npm package among a build's inputs, and those of the crates in the wasm.
 *
 * @param {string[]} inputs - paths of the files that went into the build
 * @param {string} crates - the file that `cargo xtask build` wrote beside the wasm
 * @param {string} file - where to
 * @throws Error for a package that comes without a licence text
 */
export function writeLicences(inputs, crates, file) {
  const texts = packageFolders(inputs).map((folder) => {
    const { name, version } = manifestOf(folder);
    const licence = readdirSync(folder).find((entry) => /^licen[cs]e(\.\w+)?$/i.test(entry));
    if (licence === undefined) throw new Error(`${name} comes without a licence text`);
    return `${name} ${version}\n\n${readFileSync(join(folder, licence), 'utf8').trim()}\n`;
  });
  const parts = ['This package contains code of the packages below.\n', ...texts, readFileSync(crates, 'utf8')];
  writeFileSync(file, parts.join('\n---\n\n'));
}

/**
 * Writes the software bill of materials (CycloneDX): the crates in the wasm, and every npm package among a build's inputs.
 *
 * @param {string[]} inputs - paths of the files that went into the build
 * @param {string} crates - the bill of the crates, which `cargo xtask build` wrote beside the wasm
 * @param {string} file - where to
 * @throws Error for a package that names no licence
 */
export function writeMaterials(inputs, crates, file) {
  const bill = JSON.parse(readFileSync(crates, 'utf8'));
  for (const folder of packageFolders(inputs)) {
    const { name, version, license } = manifestOf(folder);
    if (typeof license !== 'string') throw new Error(`${name} names no licence`);
    const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
    bill.components.push({
      type: 'library',
      'bom-ref': purl,
      name,
      version,
      licenses: [{ expression: license }],
      purl,
    });
  }
  writeFileSync(file, `${JSON.stringify(bill, null, 2)}\n`);
}

/** The folders of the packages that files belong to. */
function packageFolders(inputs) {
  return [...new Set(inputs.map(packageFolder).filter((folder) => folder !== undefined))].sort();
}

function manifestOf(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

/** The folder of the package a file belongs to; undefined for our own. */
function packageFolder(path) {
  if (!path.includes('node_modules')) return undefined;
  let folder = dirname(path);
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}
