// The Express example and the Worker together: it accepts the tokens that the Worker issued, by shared secret and by JWKS URL.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { createApp } from '../../examples/express/app.js';
import { trustFrom } from '../../examples/express/trust.js';
import { SECRETS, startWorker } from '../support/worker.mjs';

/** What both ways of trusting must give. `vars` are the Worker's settings, `trust` the application's environment. */
function behaves(name, vars, trust) {
  describe(name, () => {
    let worker;
    let server;
    let origin;

    before(async () => {
      worker = await startWorker({ build: 'edge', vars });
      const { issuer } = (await worker.get('/.well-known/openid-configuration')).body;
      server = createApp(trustFrom({ ISSUER: issuer, ...trust(worker) })).listen(0, '127.0.0.1');
      await once(server, 'listening');
      origin = `http://127.0.0.1:${server.address().port}`;
    });
    after(async () => {
      server?.close();
      await worker?.stop();
    });

    const get = async (path, token) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const response = await fetch(origin + path, { headers });
      return { status: response.status, body: await response.json() };
    };

    test('whoever logged in at the Worker is signed in here, with their roles', async () => {
      const { accessToken } = await worker.login('admin@example.com');
      const { status, body } = await get('/me', accessToken);
      assert.equal(status, 200);
      assert.deepEqual(body.roles, ['admin']);
      assert.equal((await get('/admin', accessToken)).status, 200);
    });

    test('a manager is refused on an admin route', async () => {
      const { accessToken } = await worker.login('manager@example.com');
      assert.equal((await get('/me', accessToken)).status, 200);
      assert.equal((await get('/admin', accessToken)).status, 403);
    });

    test('a refresh token is no access token', async () => {
      const { refreshToken } = await worker.login('user@example.com');
      assert.equal((await get('/me', refreshToken)).status, 401);
    });
  });
}

behaves('by shared secret', {}, () => ({ JWT_SECRET: SECRETS.JWT_SECRET }));

const signing = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
const JWT_KEYS = JSON.stringify({ keys: [{ ...signing, alg: 'ES256', kid: 'one' }] });
behaves('by JWKS address', { JWT_SECRET: undefined, JWT_REFRESH_SECRET: undefined, JWT_KEYS }, ({ origin }) => ({
  JWKS_URL: `${origin}/.well-known/jwks.json`,
}));
