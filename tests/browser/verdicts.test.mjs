/** The table of verdicts in Chromium, by the package's build for browsers: the same token gets the same code everywhere. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openPackagePage } from '../support/package-page.mjs';

const table = JSON.parse(readFileSync(new URL('../vectors/verdicts.json', import.meta.url), 'utf8'));

test('the package in Chromium gives every verdict of the table', async () => {
  const { page, close } = await openPackagePage({ 'verdicts.mjs': 'tests/support/verdicts.mjs' });
  try {
    const answer = await page.evaluate(async (asked) => {
      const [portcullis, { judge }] = await Promise.all([import('/index.js'), import('/verdicts.mjs')]);
      return judge(portcullis, asked);
    }, table);
    assert.deepEqual(answer, { judged: table.tokens.length + table.keys.length, wrong: [] });
  } finally {
    await close();
  }
});
