/** `docs/errors.md` names every code there is, and none that is not. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const codes = (file, pattern) =>
  new Set([...readFileSync(join(root, file), 'utf8').matchAll(pattern)].map(([, code]) => code));

const documented = codes('docs/errors.md', /^\| `(ERR_[A-Z_]+)` \| [A-Z`]/gm);
const inRust = codes('src/error.rs', /"(ERR_[A-Z_]+)"/g);
const inTypes = codes('js/src/core/errors.ts', /'(ERR_[A-Z_]+)'/g);

test('every code of the crate is in the types of the package', () => {
  assert.deepEqual(
    [...inRust].filter((code) => !inTypes.has(code)),
    [],
  );
});

test('every code is documented with cause and cure', () => {
  assert.deepEqual(
    [...inTypes].filter((code) => !documented.has(code)),
    [],
  );
});

test('no code is documented that does not exist', () => {
  assert.deepEqual(
    [...documented].filter((code) => !inTypes.has(code)),
    [],
  );
});
