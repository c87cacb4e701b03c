/** The API reference in `docs/api` is what the types say now, and everything exported has a doc comment. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const HOW = 'run `cargo xtask build npm` and `npm run docs`, and commit docs/api';

test('the API reference is up to date, and complete', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-api-'));
  try {
    const script = join(root, 'docs/api-reference/generate.mjs');
    await promisify(execFile)(process.execPath, [script, '--out', folder], { cwd: root });
    const files = (await readdir(folder)).sort();
    assert.deepEqual((await readdir(join(root, 'docs/api'))).sort(), files, HOW);
    for (const file of files) {
      const [written, made] = await Promise.all([
        readFile(join(root, 'docs/api', file), 'utf8'),
        readFile(join(folder, file), 'utf8'),
      ]);
      assert.ok(written === made, `docs/api/${file} is not what the types say: ${HOW}`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
