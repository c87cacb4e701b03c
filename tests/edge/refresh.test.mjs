// The table of docs/sessions.md over HTTP, row by row, and the mistakes that others made.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { run, SECRETS, startWorker } from '../support/worker.mjs';

const GRACE = 30_000;

let worker;
before(async () => {
  worker = await startWorker();
});
after(() => worker?.stop());

let made = 0;
const person = () => worker.register(`refresh${++made}@example.com`);
const claimsOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

/** Refreshes with the clock so far ahead. */
const refresh = (refreshToken, ahead = 0) =>
  worker.post('/auth/refresh', { refreshToken }, { headers: { 'x-test-ahead': String(ahead) } });
const refused = ({ status, body, text }, code) => assert.deepEqual([status, body.error], [401, code], text);

function forge(claims, { typ = 'rt+jwt', secret = SECRETS.JWT_REFRESH_SECRET } = {}) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part({ alg: 'HS256', typ })}.${part(claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

test('a wrong signature, type, issuer or expiry: refused, and nothing has changed', async () => {
  const { refreshToken } = await person();
  const claims = claimsOf(refreshToken);
  const forged = {
    signature: forge(claims, { secret: `${SECRETS.JWT_REFRESH_SECRET}.` }),
    type: forge(claims, { typ: 'at+jwt' }),
    issuer: forge({ ...claims, iss: 'https://evil.example' }),
    expiry: forge({ ...claims, exp: claims.iat - 10 }),
    generation: forge({ ...claims, gen: '0' }),
  };
  for (const token of Object.values(forged)) refused(await refresh(token), 'invalid_token');
  const good = await refresh(forge(claims));
  assert.equal(good.status, 200, 'the forger is able, and the session is where it was');
  assert.equal(claimsOf(good.body.refreshToken).gen, 1);
});

test('unknown, ended and expired sessions, and those on the list: over, and the cookie goes', async () => {
  const { refreshToken, accessToken } = await person();
  const claims = claimsOf(refreshToken);
  refused(await refresh(forge({ ...claims, sid: 'unknown' })), 'session_ended');
  refused(await refresh(forge({ ...claims, sub: 'unknown' })), 'session_ended');
  const week = 7 * 24 * 60 * 60 * 1000;
  // Expired in the object; by a token that says otherwise.
  refused(await refresh(forge({ ...claims, exp: claims.exp + 9000 }), week + 1000), 'session_ended');
  assert.equal((await worker.post('/auth/logout', {}, { token: accessToken })).status, 204);
  const over = await worker.send('POST', '/auth/refresh', { cookie: `__Host-refresh=${refreshToken}` });
  refused(over, 'session_ended');
  assert.match(over.headers.get('set-cookie'), /^__Host-refresh=;.*Max-Age=0/);

  // On the list alone, as an edge sees it that a session's end has reached through the list first.
  const listed = await person();
  const { sid } = claimsOf(listed.refreshToken);
  const put = ['--binding', 'REVOCATIONS', '--local', '--persist-to', worker.folder];
  await run(['kv', 'key', 'put', `s:${sid}`, String(Date.now()), ...put]);
  refused(await refresh(listed.refreshToken), 'session_ended');
});

test('the live token: one step, a new pair', async () => {
  const first = await person();
  let token = first.refreshToken;
  for (let generation = 1; generation <= 5; generation++) {
    const { body } = await refresh(token);
    assert.equal(claimsOf(body.refreshToken).gen, generation);
    assert.equal(claimsOf(body.refreshToken).exp, claimsOf(first.refreshToken).exp, 'the end does not move');
    assert.notEqual(claimsOf(body.accessToken).jti, claimsOf(first.accessToken).jti);
    token = body.refreshToken;
  }
});

test('the just replaced token within the grace: the same successor for any number of tabs, and no other', async () => {
  const { refreshToken } = await person();
  const winner = await refresh(refreshToken);
  for (const ahead of [0, 5000, 15_000, 25_000, 29_000]) {
    const racers = await Promise.all([1, 2, 3].map(() => refresh(refreshToken, ahead)));
    for (const racer of racers) {
      assert.equal(racer.status, 200, racer.text);
      assert.equal(racer.body.refreshToken, winner.body.refreshToken, 'byte for byte');
    }
  }
  // Its use did not move the window: it ends when it would have ended.
  refused(await refresh(refreshToken, GRACE + 1000), 'token_reused');
});

test('a racer that comes too late clears no cookie but its own session’s', async () => {
  const { refreshToken } = await person();
  const cookie = `__Host-refresh=${refreshToken}`;
  const [one, two] = await Promise.all([1, 2].map(() => worker.send('POST', '/auth/refresh', { cookie })));
  for (const { status, headers } of [one, two]) {
    assert.equal(status, 200);
    assert.match(headers.get('set-cookie'), /^__Host-refresh=[^;]/);
  }
  assert.equal(one.headers.get('set-cookie').split(';')[0], two.headers.get('set-cookie').split(';')[0]);
  const nonsense = await worker.send('POST', '/auth/refresh', { cookie: `${cookie}x` });
  refused(nonsense, 'invalid_token');
  assert.equal(nonsense.headers.get('set-cookie'), null);
});

test('several generations old: reuse, also within the grace; the live token dies with the session', async () => {
  const { refreshToken, user } = await person();
  const second = (await refresh(refreshToken)).body;
  const third = (await refresh(second.refreshToken)).body;
  refused(await refresh(refreshToken), 'token_reused');
  for (const token of [refreshToken, second.refreshToken, third.refreshToken])
    refused(await refresh(token), 'session_ended');
  assert.equal((await worker.get('/users/me', { token: third.accessToken })).status, 401);
  const { accessToken } = await worker.login('admin@example.com');
  const path = `/audit?event=refresh_reuse&user=${user.id}`;
  const { entries } = (await worker.get(path, { token: accessToken })).body;
  assert.deepEqual(
    entries.map(({ session }) => session),
    [claimsOf(refreshToken).sid],
  );
});

test('a generation that was never reached: refused, on record, and nothing has changed', async () => {
  const { refreshToken, user } = await person();
  const claims = claimsOf(refreshToken);
  for (const gen of [1, 2, 2 ** 53]) refused(await refresh(forge({ ...claims, gen })), 'invalid_token');
  assert.equal((await refresh(refreshToken)).status, 200);
  const { accessToken } = await worker.login('admin@example.com');
  const path = `/audit?event=refresh_refused&user=${user.id}`;
  const { entries } = (await worker.get(path, { token: accessToken })).body;
  assert.equal(entries.length, 3);
});

test('an answer that got lost is asked for again', async () => {
  const { refreshToken } = await person();
  const headers = { 'x-test-late': 'sessions', 'x-test-patience': '200' };
  assert.equal((await worker.post('/auth/refresh', { refreshToken }, { headers })).status, 503);
  const { status, body } = await refresh(refreshToken, 10_000);
  assert.deepEqual([status, claimsOf(body.refreshToken).gen], [200, 1]);
});

test('a list that does not answer leaves the object enough of the time', async () => {
  const { refreshToken } = await person();
  const headers = { 'x-test-slow': 'revocations', 'x-test-patience': '2000' };
  const { status, body } = await worker.post('/auth/refresh', { refreshToken }, { headers });
  assert.deepEqual([status, claimsOf(body.refreshToken).gen], [200, 1]);
});

test('logging in over an older session makes a new one and ends the older', async () => {
  const { refreshToken, user } = await person();
  const body = { email: user.email, password: 'correct horse battery staple', tokenDelivery: 'body' };
  const next = await worker.post('/auth/login', body, { cookie: `__Host-refresh=${refreshToken}` });
  assert.notEqual(claimsOf(next.body.refreshToken).sid, claimsOf(refreshToken).sid);
  refused(await refresh(refreshToken), 'session_ended');
  assert.equal((await refresh(next.body.refreshToken)).status, 200);
});

test('a profile in a warm isolate costs one read of the database and nothing else', async () => {
  const { accessToken: token } = await person();
  await worker.get('/users/me', { token });
  const { headers } = await worker.get('/users/me', { token });
  assert.equal(headers.get('x-test-steps'), 'database=1');
});
