/**
 * The examples in docs/migrating-from-*.md. A block marked `before` is followed by one marked `after`, and both print the same; one
 * marked with a path is that file, which has tests of its own; any other block of JavaScript simply runs.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const docs = new URL('../../docs/', import.meta.url);
/** Packages resolve from here: the originals are among this package's development dependencies. */
const cwd = fileURLToPath(new URL('../../js/', import.meta.url));

/** The blocks of JavaScript in a page, with the word after `js` and the heading they stand under. */
function blocksOf(text) {
  const blocks = [];
  let heading = '';
  for (const [, title, mark, code] of text.matchAll(/^#+ (.+)$|^```js *(\S*)\n([\s\S]*?)^```$/gm)) {
    if (title) heading = title;
    else blocks.push({ heading, mark, code });
  }
  return blocks;
}

/** What a block prints when it is run as a module. Failures show the end of what it complained about, not all of it. */
async function printed(code) {
  try {
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], { cwd, timeout: 60_000 });
    return stdout;
  } catch (error) {
    const complaint = String(error.stderr)
      .split('\n')
      .filter((line) => line.length < 300);
    assert.fail(`the example failed:\n${code}\n${complaint.slice(-20).join('\n')}`);
  }
}

for (const page of readdirSync(docs).filter((name) => /^migrating-from-.*\.md$/.test(name))) {
  describe(page, () => {
    const blocks = blocksOf(readFileSync(new URL(page, docs), 'utf8'));
    blocks.forEach(({ heading, mark, code }, index) => {
      if (mark === 'after') return;
      if (mark.includes('/')) {
        test(`${heading}: ${mark}`, () => assert.equal(code, readFileSync(new URL(`../${mark}`, docs), 'utf8')));
        return;
      }
      test(`${heading}${mark ? ': before and after print the same' : ''}`, async () => {
        const before = await printed(code);
        if (mark !== 'before') return;
        const next = blocks[index + 1];
        assert.equal(next?.mark, 'after', 'a block marked before needs one marked after behind it');
        assert.notEqual(before, '', 'an example that prints nothing shows nothing');
        assert.equal(await printed(next.code), before);
      });
    });
  });
}
