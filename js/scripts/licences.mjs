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
  const folders = new Set(inputs.map(packageFolder).filter((folder) => folder !== undefined));
  const texts = [...folders].sort().map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const licence = readdirSync(folder).find((entry) => /^licen[cs]e(\.\w+)?$/i.test(entry));
    if (licence === undefined) throw new Error(`${name} comes without a licence text`);
    return `${name} ${version}\n\n${readFileSync(join(folder, licence), 'utf8').trim()}\n`;
  });
  const parts = ['This package contains code of the packages below.\n', ...texts, readFileSync(crates, 'utf8')];
  writeFileSync(file, parts.join('\n---\n\n'));
}

/** The folder of the package a file belongs to; undefined for our own. */
function packageFolder(path) {
  if (!path.includes('node_modules')) return undefined;
  let folder = dirname(path);
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}
