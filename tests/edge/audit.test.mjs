// Nothing that happened is lost while the table is out of reach, and old entries leave once a day.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { startWorker } from '../support/worker.mjs';

const DAY = 24 * 60 * 60 * 1000;

let worker;
before(async () => {
  worker = await startWorker({ vars: { AUDIT_RETENTION_DAYS: '7' } });
});
after(() => worker?.stop());

/** Entries that fit the query, as an administrator sees them. */
async function entries(query) {
  const { accessToken } = await worker.login('admin@example.com');
  return (await worker.get(`/audit?${query}`, { token: accessToken })).body.entries;
}

async function eventually(query, wanted) {
  for (let tries = 0; tries < 60; tries++) {
    const found = await entries(query);
    if (found.length >= wanted) return found;
    await wait(300);
  }
  return assert.fail(`no entry for ${query}`);
}

for (const [mode, what] of [
  ['fail', 'is away'],
  ['late', 'takes them without a word'],
]) {
  test(`entries of a request during which the table ${what} get there once, from the user's object`, async () => {
    const { user, refreshToken } = await worker.register(`audit-${mode}@example.com`);
    const headers = { [`x-test-${mode}`]: 'audit', 'x-test-patience': '300' };
    assert.equal((await worker.post('/auth/logout', { refreshToken }, { headers })).status, 204);
    const [entry] = await eventually(`event=signed_out&user=${user.id}`, 1);
    assert.ok(entry.request.length > 0 && Math.abs(entry.at - Date.now()) < DAY);
    // By then the object has tried, also where the entry was there already.
    await wait(5000);
    assert.equal((await entries(`event=signed_out&user=${user.id}`)).length, 1);
  });
}

test('an entry about nobody is in the log lines at least', async () => {
  const email = 'nobody@example.com';
  const headers = { 'x-test-fail': 'audit' };
  const answer = await worker.post('/auth/login', { email, password: 'wrong, and long enough' }, { headers });
  assert.equal(answer.status, 401);
  const request = answer.headers.get('x-request-id');
  let line;
  for (let tries = 0; tries < 50 && line === undefined; tries++) {
    await wait(100);
    line = worker.output().match(new RegExp(`\\{.*"${request}".*\\}`))?.[0];
  }
  assert.equal(JSON.parse(line).detail, 'no such account');
  assert.ok(!worker.output().includes('wrong, and long enough') && !worker.output().includes(email));
});

test('the daily trigger deletes what is older than the retention, and nothing else', async () => {
  const { user } = await worker.register('old@example.com');
  await eventually(`event=registered&user=${user.id}`, 1);
  const trigger = async (ahead) => {
    await worker.get('/healthz', { headers: { 'x-test-ahead': String(ahead) } });
    const path = `/cdn-cgi/handler/scheduled?cron=${encodeURIComponent('17 3 * * *')}`;
    const { status, text } = await worker.get(path);
    assert.equal(status, 200, text);
    await worker.get('/healthz');
  };
  await trigger(6 * DAY);
  assert.equal((await entries(`user=${user.id}`)).length, 1, 'six days later it is still there');
  await trigger(8 * DAY);
  assert.deepEqual(await entries(`user=${user.id}`), [], 'eight days later it is not');
  const { accessToken } = await worker.login('admin@example.com');
  assert.equal((await worker.get('/audit', { token: accessToken })).status, 200);
});
