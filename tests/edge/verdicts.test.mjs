/** The table of verdicts in workerd: the same token gets the same code everywhere. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { serve } from '../../bench/support/workerd.mjs';

test('the package in workerd gives every verdict of the table', async () => {
  const body = readFileSync(new URL('../vectors/verdicts.json', import.meta.url), 'utf8');
  const entry = fileURLToPath(new URL('../support/verdicts-worker.mjs', import.meta.url));
  const { ports, stop } = await serve({ verdicts: { entry } });
  try {
    const reply = await fetch(`http://127.0.0.1:${ports.verdicts}/`, { method: 'POST', body });
    const { tokens, keys } = JSON.parse(body);
    assert.deepEqual(await reply.json(), { judged: tokens.length + keys.length, wrong: [] });
  } finally {
    await stop();
  }
});
