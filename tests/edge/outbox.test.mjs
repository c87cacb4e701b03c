// A revocation that does not reach the list at once is not lost.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { startWorker } from '../support/worker.mjs';

let worker;
before(async () => {
  worker = await startWorker();
});
after(() => worker?.stop());

test('a list that fails does not fail the log-out, and gets the entry later from the alarm', async () => {
  const { accessToken, refreshToken } = await worker.login('user@example.com');
  const { sid } = JSON.parse(Buffer.from(accessToken.split('.')[1], 'base64url'));
  const out = await worker.post('/auth/logout', { refreshToken }, { headers: { 'x-test-fail': 'revocations' } });
  assert.equal(out.status, 204);
  assert.equal((await worker.refresh(refreshToken)).body.error, 'session_ended', 'the object is the truth');
  assert.deepEqual((await worker.get('/auth/revocations')).body.sessions, [], 'not there yet');
  let listed = [];
  for (let tries = 0; tries < 100 && listed.length === 0; tries++) {
    await wait(200);
    listed = (await worker.get('/auth/revocations')).body.sessions;
  }
  assert.deepEqual(listed, [sid]);
});

test('killed before the alarm came, it is delivered after the start, and nobody has to ask for that user', async () => {
  const first = await startWorker();
  let second;
  try {
    const { accessToken, refreshToken } = await first.login('user@example.com');
    const { sid } = JSON.parse(Buffer.from(accessToken.split('.')[1], 'base64url'));
    const out = await first.post('/auth/logout', { refreshToken }, { headers: { 'x-test-fail': 'revocations' } });
    assert.equal(out.status, 204);
    assert.deepEqual((await first.get('/auth/revocations')).body.sessions, [], 'not there yet');
    await first.kill();
    second = await startWorker({ state: first.folder });
    let listed = [];
    for (let tries = 0; tries < 100 && listed.length === 0; tries++) {
      listed = (await second.get('/auth/revocations')).body.sessions;
      if (listed.length === 0) await wait(200);
    }
    assert.deepEqual(listed, [sid]);
  } finally {
    await second?.stop();
    await first.stop();
  }
});
