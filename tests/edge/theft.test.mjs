// A refresh token in the wrong hands.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { startWorker } from '../support/worker.mjs';

let worker;
before(async () => {
  worker = await startWorker({ build: 'edge', vars: { REFRESH_GRACE_SECONDS: '1' } });
});
after(() => worker?.stop());

const claimsOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

test('a stolen token used after the grace ends the session and is on record', async () => {
  const stolen = await worker.register('victim@example.com');
  const mine = (await worker.refresh(stolen.refreshToken)).body;
  await wait(1300);
  assert.deepEqual((await worker.refresh(stolen.refreshToken)).body.error, 'token_reused');
  assert.deepEqual((await worker.refresh(mine.refreshToken)).body.error, 'session_ended');
  assert.equal((await worker.get('/users/me', { token: mine.accessToken })).status, 401);
  const { accessToken } = await worker.login('admin@example.com');
  let entries = [];
  for (let tries = 0; tries < 50 && entries.length === 0; tries++) {
    const path = `/audit?event=refresh_reuse&user=${stolen.user.id}`;
    entries = (await worker.get(path, { token: accessToken })).body.entries;
    await wait(100);
  }
  assert.equal(entries.length, 1);
  assert.equal(entries[0].session, claimsOf(stolen.accessToken).sid);
});
