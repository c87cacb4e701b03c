// The rate-limit bindings, in front of password hashing.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startWorker } from '../support/worker.mjs';

const ACCOUNT = 4;
const CLIENT = 14;

let worker;
before(async () => {
  worker = await startWorker({ limits: { ACCOUNT_LIMIT: ACCOUNT, CLIENT_LIMIT: CLIENT } });
});
after(() => worker?.stop());

const guess = (email) => worker.post('/auth/login', { email, password: 'wrong, and long enough' });

/** Tries until it is refused; how many were let through. A minute that ends meanwhile lets one more set through. */
async function triesUntilRefused(email, limit) {
  for (let tries = 0; tries <= 2 * limit; tries++) {
    const answer = await guess(email(tries));
    if (answer.status !== 429) {
      assert.equal(answer.status, 401);
      continue;
    }
    assert.equal(answer.body.error, 'too_many_requests');
    assert.equal(answer.headers.get('retry-after'), '60');
    return tries;
  }
  return assert.fail('never refused');
}

test('one account is tried only so often, however it is typed, and another still can be', async () => {
  const typed = (tries) => (tries % 2 === 0 ? 'user@example.com' : ' USER@Example.com');
  assert.ok((await triesUntilRefused(typed, ACCOUNT)) >= ACCOUNT);
  assert.equal((await guess('manager@example.com')).status, 401);
});

test('one client tries only so often, whoever it tries; it can still refresh and look', async () => {
  const email = (tries) => `nobody${tries}@example.com`;
  // Some were spent above, unless a minute has ended since.
  await triesUntilRefused(email, CLIENT);
  const register = { email: 'more@example.com', password: 'correct horse battery staple', name: 'More' };
  assert.equal((await worker.post('/auth/register', register)).status, 429, 'registering costs a hash too');
  assert.equal((await worker.get('/healthz')).status, 200);
  assert.equal((await worker.refresh('a.b.c')).status, 401);
});
