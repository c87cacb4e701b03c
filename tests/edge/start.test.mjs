// Settings that are missing or weak stop start-up; a private JWKS works.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { startWorker } from '../support/worker.mjs';

for (const [name, vars] of [
  ['JWT_SECRET is missing', { JWT_SECRET: undefined }],
  ['JWT_REFRESH_SECRET has 5 bytes', { JWT_REFRESH_SECRET: 'short' }],
]) {
  test(`${name}: a sentence and a cure`, async () => {
    const start = startWorker({ build: 'edge', vars, seeded: false });
    await assert.rejects(start, (error) => {
      assert.ok(error.message.includes(name), error.message);
      assert.ok(error.message.includes('openssl rand -base64 48'));
      return true;
    });
  });
}

test('a private JWKS signs by WebCrypto, and jose verifies against its public half', async () => {
  const jwks = [
    {
      ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
      alg: 'ES256',
      kid: 'new',
    },
    { ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), alg: 'EdDSA', kid: 'old' },
  ];
  const vars = { JWT_SECRET: undefined, JWT_REFRESH_SECRET: undefined, JWT_KEYS: JSON.stringify({ keys: jwks }) };
  const worker = await startWorker({ build: 'edge', vars });
  try {
    const { accessToken, refreshToken } = await worker.login('user@example.com');
    const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', worker.origin));
    const { payload, protectedHeader } = await jwtVerify(accessToken, keys, { typ: 'at+jwt', algorithms: ['ES256'] });
    assert.equal(payload.sub, 'demo-user');
    assert.equal(protectedHeader.kid, 'new');
    assert.equal((await worker.get('/users/me', { token: accessToken })).status, 200);
    assert.equal((await worker.refresh(refreshToken)).status, 200);
    const published = (await worker.get('/.well-known/jwks.json')).body.keys;
    assert.deepEqual(
      published.map(({ kid }) => kid),
      ['new', 'old'],
    );
    assert.ok(published.every((key) => key.d === undefined));
    const [header, payloadPart, signature] = accessToken.split('.');
    const flipped = `${header}.${payloadPart}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
    assert.equal((await worker.get('/users/me', { token: flipped })).status, 401);
  } finally {
    await worker.stop();
  }
});
