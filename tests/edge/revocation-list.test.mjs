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

test('many requests without a credential cost one reading of the list in five seconds', async () => {
  const own = await startWorker();
  try {
    const reads = [];
    const ask = async (headers) => {
      const answer = await own.get('/auth/revocations', { headers });
      assert.equal(answer.status, 200);
      if (answer.headers.get('x-test-steps').includes('revocations=')) reads.push(Date.now());
      return answer.body;
    };
    const [started, asked] = [Date.now(), 20];
    for (let count = 0; count < asked; count += 1) await ask({ 'if-none-match': `"${count}"` });
    const periods = 1 + Math.floor((Date.now() - started) / 5000);
    assert.ok(reads.length <= periods, `${reads.length} readings in ${periods} periods`);

    const { accessToken, refreshToken } = await own.login('user@example.com');
    assert.equal((await own.post('/auth/logout', { refreshToken })).status, 204);
    assert.deepEqual((await ask()).sessions, [decode(accessToken).claims.sid], 'what this isolate revoked is there');

    reads.length = 0;
    assert.equal((await ask({ 'x-test-ahead': '6000' })).sessions.length, 1);
    assert.equal(reads.length, 1, 'it is read again later');
  } finally {
    await own.stop();
  }
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
