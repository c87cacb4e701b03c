/** Text is normalised by the host in workerd and in Node, by a crate natively: both say the same. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { serve } from '../../bench/support/workerd.mjs';

const expected = readFileSync(new URL('../vectors/nfkc.sha256', import.meta.url), 'utf8').trim();
const entry = fileURLToPath(new URL('../support/text-worker.mjs', import.meta.url));

test('workerd normalises text as the Rust tests do', async () => {
  const { ports, stop } = await serve({ text: { entry } });
  try {
    const reply = await fetch(`http://127.0.0.1:${ports.text}/`);
    assert.equal(await reply.text(), expected);
  } finally {
    await stop();
  }
});

test('Node normalises text as the Rust tests do', async () => {
  const { default: worker } = await import(entry);
  const reply = await worker.fetch();
  assert.equal(await reply.text(), expected);
});
