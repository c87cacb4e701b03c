// Somebody who was an administrator a moment ago: refused by the service, by the gate and by a verifier elsewhere.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createVerifier, decode, revocationList } from 'portcullis';
import { SECRETS, startWorker } from '../support/worker.mjs';

const rule = (name) => `
[[rules]]
name = "${name}"
path = "/${name}"
allow = "signed-in"
roles = ["admin"]
revocation = "${name}"
answer = { body = "come in\\n" }
`;
const policy = `
[roles]
admin = { inherits = ["user"] }
user = {}
${['off', 'cached', 'strict'].map(rule).join('')}`;

let worker;
before(async () => {
  worker = await startWorker({ policy });
});
after(() => worker?.stop());

test('a demoted administrator is out everywhere within the bound, and stays out', async () => {
  const { accessToken: token } = await worker.login('admin@example.com');
  const { user } = await worker.register('deputy@example.com');
  const set = (roles) => worker.send('PATCH', `/users/${user.id}`, { token, body: { roles } });
  assert.equal((await set(['admin', 'user'])).status, 200);
  const deputy = await worker.login('deputy@example.com');
  const gate = async (name, bearer = deputy.accessToken) => (await worker.get(`/${name}`, { token: bearer })).status;
  for (const name of ['off', 'cached', 'strict']) assert.equal(await gate(name), 200, name);

  const { iss: issuer, aud: audience } = decode(deputy.accessToken).claims;
  let ahead = 0;
  const revocations = revocationList(`${worker.origin}/auth/revocations`, {
    allowLoopbackHttp: true,
    now: () => Date.now() + ahead,
  });
  const verifier = createVerifier({ key: SECRETS.JWT_SECRET, algorithms: ['HS256'], issuer, audience, revocations });
  await verifier.verify(deputy.accessToken);

  assert.equal((await set(['user'])).status, 200);
  assert.equal((await worker.get('/users', { token: deputy.accessToken })).status, 401, 'the service');
  assert.equal(await gate('strict'), 401);
  assert.equal(await gate('cached'), 401, 'the isolate that served the change');
  // A panic makes a new instance, which remembers nothing: it has to find this on the list, as every other edge.
  await worker.get('/healthz', { headers: { 'x-test-panic': '1' } });
  assert.equal(await gate('cached'), 401, 'an isolate that has only the list');
  assert.equal((await worker.get('/users', { token: deputy.accessToken })).status, 401);
  ahead += 600_000;
  await assert.rejects(verifier.verify(deputy.accessToken), { code: 'ERR_TOKEN_REVOKED' });
  assert.equal((await worker.refresh(deputy.refreshToken)).body.error, 'session_ended');
  assert.equal(await gate('off'), 200, 'who asks for no revocation gets none');

  const after = await worker.login('deputy@example.com');
  for (const name of ['off', 'cached', 'strict']) assert.equal(await gate(name, after.accessToken), 403, name);
});
