// Killed in the middle of a burst: what reached a client holds, and what had ended stays ended.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startWorker } from '../support/worker.mjs';

test('no session whose answer reached a client is lost, no ended one comes back', async () => {
  const first = await startWorker();
  let second;
  try {
    const users = await Promise.all([1, 2, 3, 4].map((n) => first.register(`power${n}@example.com`)));
    const ended = await first.login('user@example.com');
    assert.equal((await first.post('/auth/logout', { refreshToken: ended.refreshToken })).status, 204);
    // Each user refreshes on and on, keeping the newest token that arrived.
    const newest = users.map((user) => user.refreshToken);
    let running = true;
    let refreshes = 0;
    const loops = users.map(async (_, index) => {
      while (running) {
        try {
          const answer = await first.refresh(newest[index]);
          if (answer.status !== 200) return assert.fail(answer.text);
          newest[index] = answer.body.refreshToken;
          refreshes += 1;
        } catch (error) {
          if (running) throw error;
        }
      }
    });
    while (refreshes < 40) await new Promise((resolve) => setTimeout(resolve, 20));
    running = false;
    await first.kill();
    await Promise.allSettled(loops);
    second = await startWorker({ state: first.folder });
    for (const token of newest) {
      const answer = await second.refresh(token);
      assert.equal(answer.status, 200, answer.text);
    }
    assert.equal((await second.refresh(ended.refreshToken)).body.error, 'session_ended');
  } finally {
    await second?.stop();
    await first.stop();
  }
});
