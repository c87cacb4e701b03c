// What a request asks of the stores, counted inside the Worker.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startWorker } from '../support/worker.mjs';

let worker;
before(async () => {
  worker = await startWorker();
});
after(() => worker?.stop());

/** The calls of one request, as the Worker's test build tells them: `store=count, …`. */
const calls = (response) => response.headers.get('x-test-steps');

test('in a warm isolate the profile costs its own read and nothing else', async () => {
  const { accessToken } = await worker.login('user@example.com');
  const cold = await worker.get('/users/me', { token: accessToken });
  assert.equal(calls(cold), 'database=1, revocations=2');
  for (let again = 0; again < 3; again++) {
    const warm = await worker.get('/users/me', { token: accessToken });
    assert.equal(warm.status, 200);
    assert.equal(calls(warm), 'database=1');
  }
});

test('a refresh asks the object, and neither the database nor, once it is warm, the list', async () => {
  const first = await worker.login('manager@example.com');
  const second = await worker.refresh(first.refreshToken);
  const third = await worker.refresh(second.body.refreshToken);
  assert.equal(third.status, 200);
  assert.equal(calls(third), 'sessions=1');
});
