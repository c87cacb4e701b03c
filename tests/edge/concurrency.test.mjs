// Refresh under concurrency, guessing, nonsense, and what breaks, in real workerd.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concurrencySuite } from '../support/concurrency-suite.mjs';
import { startWorker } from '../support/worker.mjs';

const start = ({ graceSeconds }) => startWorker({ vars: { REFRESH_GRACE_SECONDS: String(graceSeconds) } });

concurrencySuite('the Worker', start, (server) => {
  test('a panic answers 500 without details and the next request works', async () => {
    const before = await server().login('user@example.com');
    for (let round = 0; round < 3; round++) {
      const panicked = await server().get('/healthz', { headers: { 'x-test-panic': '1' } });
      assert.deepEqual([panicked.status, panicked.body.error], [500, 'internal_error']);
      assert.ok(!panicked.text.includes('test'), panicked.text);
      assert.equal((await server().get('/healthz')).status, 200);
      assert.equal((await server().get('/users/me', { token: before.accessToken })).status, 200);
    }
    assert.equal((await server().refresh(before.refreshToken)).status, 200);
  });

  test('a store that fails makes a 503 and nothing half-made', async () => {
    const known = await server().register('steady@example.com');
    const failing = (store) => ({ headers: { 'x-test-fail': store } });
    const form = {
      email: 'half@example.com',
      password: 'correct horse battery staple',
      name: 'Half',
      tokenDelivery: 'body',
    };
    for (const store of ['database', 'sessions']) {
      const answer = await server().post('/auth/register', form, failing(store));
      assert.deepEqual([answer.status, answer.body.error], [503, 'unavailable'], store);
      assert.ok(Number(answer.headers.get('retry-after')) > 0);
      assert.equal(answer.headers.get('set-cookie'), null);
      const login = await server().post(
        '/auth/login',
        { email: 'steady@example.com', password: form.password },
        failing(store),
      );
      assert.equal(login.status, 503, store);
    }
    assert.equal((await server().post('/auth/register', form)).status, 201, 'the address is still free');
    const refresh = await server().post('/auth/refresh', { refreshToken: known.refreshToken }, failing('sessions'));
    assert.equal(refresh.status, 503);
    assert.equal((await server().refresh(known.refreshToken)).status, 200, 'trying again is right');
  });
});
