/** What must compile compiles, and what must not does not: `tests/types` holds both, the latter under `@ts-expect-error`. */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

test('the types say what the code does', async () => {
  const project = join(dirname(fileURLToPath(import.meta.url)), '../types');
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  await promisify(execFile)(process.execPath, [tsc, '-p', project]).catch(({ stdout }) => {
    throw new Error(stdout);
  });
});
