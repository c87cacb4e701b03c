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
  assert.equal((await lineOf(request)).detail, 'no such account');
  assert.ok(!worker.output().includes('wrong, and long enough') && !worker.output().includes(email));
});

test('a request that fails is in the log by its id, whatever failed, and nothing secret is', async () => {
  const { accessToken, refreshToken } = await worker.login('user@example.com');
  const ask = (headers) => worker.get('/auth/sessions?secret=x', { token: accessToken, headers });
  for (const headers of [{ 'x-test-fail': 'sessions' }, { 'x-test-panic': '1' }]) {
    const answer = await ask(headers);
    assert.ok(answer.status >= 500, answer.text);
    const { level, method, path, status, reason } = await lineOf(answer.headers.get('x-request-id'));
    assert.deepEqual([level, method, path, status], ['error', 'GET', '/auth/sessions', answer.status]);
    assert.ok(reason.length > 0);
  }
  for (const secret of [accessToken, refreshToken, 'secret=x']) assert.ok(!worker.output().includes(secret));
});

test('the filters of the log, one by one and together, and its pages', async () => {
  const { user, refreshToken } = await worker.register('filtered@example.com');
  await worker.login('filtered@example.com');
  await worker.login('filtered@example.com', 'wrong, and long enough');
  await worker.post('/auth/logout', { refreshToken });
  const all = await eventually(`user=${user.id}`, 4);
  const kinds = ['signed_out', 'sign_in_failed', 'signed_in', 'registered'];
  assert.deepEqual(all.map(({ event }) => event).sort(), kinds.toSorted());
  assert.ok(all.every((entry) => entry.user === user.id && entry.request.length > 0));
  const [first, last] = [Math.min(...all.map(({ at }) => at)), Math.max(...all.map(({ at }) => at))];
  const count = async (query) => (await entries(`user=${user.id}&${query}`)).length;
  assert.equal(await count('event=signed_in'), 1);
  assert.equal(await count(`from=${first}&to=${last + 1}`), 4);
  assert.equal(await count(`from=${last + 1}`), 0);
  assert.equal(await count(`to=${first}`), 0);
  assert.equal(await count(`event=signed_in&to=${first}`), 0);
  const { accessToken: token } = await worker.login('admin@example.com');
  const seen = [];
  for (let cursor = ''; cursor !== null; ) {
    const page = (await worker.get(`/audit?user=${user.id}&limit=3&cursor=${cursor}`, { token })).body;
    assert.ok(page.entries.length <= 3);
    seen.push(...page.entries);
    cursor = page.next;
  }
  assert.deepEqual(seen, all);
  for (const wrong of ['event=x', 'from=x', 'to=x', 'limit=0', 'limit=201']) {
    assert.equal((await worker.get(`/audit?${wrong}`, { token })).status, 400, wrong);
  }
});

/** The line of the log that has a request's id, once it is there. */
async function lineOf(request) {
  for (let tries = 0; tries < 50; tries++) {
    const line = worker.output().match(new RegExp(`\\{.*"${request}".*\\}`))?.[0];
    if (line !== undefined) return JSON.parse(line);
    await wait(100);
  }
  return assert.fail(`no line for ${request}`);
}

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
