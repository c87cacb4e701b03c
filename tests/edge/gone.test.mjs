// Clients that go away before their answer comes.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { startWorker } from '../support/worker.mjs';

let worker;

before(async () => {
  worker = await startWorker({ seeded: false });
});

after(() => worker?.stop());

/** How many requests the Worker waits for, asked by a clock that goes ahead. */
async function waiting(ahead = 0) {
  const headers = { 'x-test-tasks': '1', 'x-test-ahead': String(ahead) };
  return (await (await fetch(`${worker.origin}/healthz`, { headers })).json()).waiting;
}

test('what they leave behind is forgotten', async () => {
  const body = JSON.stringify({ email: 'ann@example.com', password: 'x'.repeat(1000) });
  const gone = Array.from({ length: 10 }, async () => {
    const leave = new AbortController();
    const answer = fetch(`${worker.origin}/auth/login`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'x-test-slow': 'database' },
      signal: leave.signal,
    });
    await wait(300);
    leave.abort();
    await assert.rejects(answer, { name: 'AbortError' });
  });
  await Promise.all(gone);
  assert.equal(await waiting(120_000), 0);
  assert.equal((await fetch(`${worker.origin}/healthz`)).status, 200);
});
