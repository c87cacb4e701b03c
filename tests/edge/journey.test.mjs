// The main job from end to end, in real workerd, over HTTP.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimsOf } from '../support/http-client.mjs';
import { journeySuite } from '../support/journey-suite.mjs';
import { run, SECRETS, startWorker } from '../support/worker.mjs';

journeySuite(
  'the Worker',
  () => startWorker({ build: 'edge' }),
  SECRETS.JWT_SECRET,
  (server) => {
    test('a log-out reaches the list in KV', async () => {
      const { accessToken, refreshToken } = await server().login('manager@example.com');
      assert.equal((await server().post('/auth/logout', { refreshToken })).status, 204);
      const keys = await run([
        'kv',
        'key',
        'list',
        '--binding',
        'REVOCATIONS',
        '--local',
        '--persist-to',
        server().folder,
      ]);
      assert.ok(keys.includes(`s:${claimsOf(accessToken).sid}`), keys);
    });

    test('the inspector page is served at /', async () => {
      const page = await server().get('/');
      assert.equal(page.status, 200);
      assert.match(page.headers.get('content-type'), /^text\/html/);
      assert.equal((await server().get('/page.wasm')).headers.get('content-type'), 'application/wasm');
    });
  },
);
