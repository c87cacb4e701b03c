/** Normal forms and lower case come from the host in workerd and in Node, natively from Rust: both say the same. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { serve } from '../../bench/support/workerd.mjs';

const digest = (name) => readFileSync(new URL(`../vectors/${name}.sha256`, import.meta.url), 'utf8').trim();
const expected = { nfkc: digest('nfkc'), lower: digest('lower') };
const entry = fileURLToPath(new URL('../support/text-worker.mjs', import.meta.url));

test('workerd reads text as the Rust tests do', async () => {
  const { ports, stop } = await serve({ text: { entry } });
  try {
    const reply = await fetch(`http://127.0.0.1:${ports.text}/`);
    assert.deepEqual(await reply.json(), expected);
  } finally {
    await stop();
  }
});

test('Node reads text as the Rust tests do', async () => {
  const { default: worker } = await import(entry);
  const reply = await worker.fetch();
  assert.deepEqual(await reply.json(), expected);
});
