/** The package's verifier, elsewhere, with the Worker's own revocation list. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createVerifier, decode, revocationList } from 'portcullis';
import { run, SECRETS, startWorker } from '../support/worker.mjs';

let worker;
before(async () => {
  worker = await startWorker({ build: 'edge-test' });
});
after(() => worker?.stop());

test('a token that was logged out is refused elsewhere too, the user’s other session is not', async () => {
  const [gone, stays] = [await worker.login('user@example.com'), await worker.login('user@example.com')];
  const { iss: issuer, aud: audience } = decode(gone.accessToken).claims;
  const replies = [];
  // Moving the list's clock makes it old without waiting.
  let ahead = 0;
  const revocations = revocationList(`${worker.origin}/auth/revocations`, {
    allowLoopbackHttp: true,
    now: () => Date.now() + ahead,
    fetch: async (...asked) => {
      const reply = await fetch(...asked);
      replies.push(reply.status);
      return reply;
    },
  });
  const verifier = createVerifier({ key: SECRETS.JWT_SECRET, algorithms: ['HS256'], issuer, audience, revocations });
  await verifier.verify(gone.accessToken);
  ahead += 600_000;
  await verifier.verify(stays.accessToken);
  assert.deepEqual(replies, [200, 304]);

  assert.equal((await worker.post('/auth/logout', { refreshToken: gone.refreshToken })).status, 204);
  ahead += 600_000;
  await assert.rejects(verifier.verify(gone.accessToken), { code: 'ERR_TOKEN_REVOKED' });
  await verifier.verify(stays.accessToken);
});

test('entries stay a minute at least, however short tokens live', async () => {
  const brief = await startWorker({ vars: { ACCESS_TOKEN_SECONDS: '5', SESSION_SECONDS: '10', LEEWAY_SECONDS: '0' } });
  try {
    const { refreshToken } = await brief.login('user@example.com');
    const before = Math.floor(Date.now() / 1000);
    assert.equal((await brief.post('/auth/logout-all', { refreshToken })).status, 204);
    const options = ['--binding', 'REVOCATIONS', '--local', '--persist-to', brief.folder];
    const output = await run(['kv', 'key', 'list', ...options]);
    const keys = JSON.parse(output.slice(output.indexOf('[')));
    assert.deepEqual(keys.map(({ name }) => name.slice(0, name.lastIndexOf(':'))).sort(), ['r:s', 'r:u', 's', 'u']);
    for (const { name, expiration } of keys) assert.ok(expiration >= before + 60, `${name}: ${expiration - before} s`);
  } finally {
    await brief.stop();
  }
});
