/** The built inspector page: built for the test, from the sources and wasm that are there. */

import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../js/scripts/build-inspector.mjs', import.meta.url));

/** Builds it into a folder that goes away with the process. */
export async function buildInspector() {
  const out = await mkdtemp(join(tmpdir(), 'portcullis-inspector-'));
  process.on('exit', () => rmSync(out, { recursive: true, force: true }));
  execFileSync(process.execPath, [SCRIPT, '--dev', '--out', out], { stdio: 'inherit' });
  return out;
}
