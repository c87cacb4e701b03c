/** The package as a stranger gets it: packed, and installed into an empty project. */

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const run = promisify(execFile);

/** Packs the package and installs the tarball. Gives the project's folder, the tarball and a way to be rid of both. */
export async function installPacked() {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-packed-'));
  await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: join(root, 'js') });
  const name = (await readdir(folder)).find((file) => file.endsWith('.tgz'));
  const tarball = join(folder, name);
  const project = join(folder, 'project');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{ "private": true, "dependencies": {} }\n');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--silent', tarball], { cwd: project });
  return { project, tarball, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Writes files into a folder, by name. */
export async function write(folder, files) {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}
