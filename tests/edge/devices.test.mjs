// "Your devices" says from where each session was opened, as the platform knows it, when it was last used, and which one this is.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { claimsOf, PASSWORD } from '../support/http-client.mjs';
import { startWorker } from '../support/worker.mjs';

const worker = await startWorker({ hands: true });
after(() => worker.stop());

const open = async (userAgent, cf) => {
  const headers = { 'user-agent': userAgent, 'x-hands-cf': JSON.stringify(cf) };
  const body = { email: 'user@example.com', password: PASSWORD, tokenDelivery: 'body' };
  return (await worker.post('/auth/login', body, { headers })).body;
};
const devices = async ({ accessToken }) =>
  (await worker.get('/auth/sessions', { token: accessToken })).body.sessions.map(({ userAgent, place, ...more }) => ({
    ...more,
    device: [userAgent, place],
  }));

test('every device is there with its place, and this one is known', async () => {
  const here = await open('One/1', { city: 'Lisbon', country: 'PT' });
  await open('Two/2', { country: 'PT' });
  await open('x'.repeat(2000), {});
  const found = await devices(here);
  const agents = found.map(({ device }) => device);
  assert.deepEqual(agents.slice(1), [
    ['Two/2', 'PT'],
    ['One/1', 'Lisbon, PT'],
  ]);
  assert.equal(agents[0][1], '', 'nobody knows');
  assert.ok(agents[0][0].length < 2000, 'shortened');
  const current = found.filter((device) => device.current);
  assert.deepEqual(
    current.map(({ id }) => id),
    [claimsOf(here.accessToken).sid],
  );
});

test('a refresh moves when it was last used, and nothing else', async () => {
  const here = await open('Three/3', { country: 'PT' });
  const find = async () => (await devices(here)).find((device) => device.current);
  const before = await find();
  const { refreshToken } = here;
  const later = await worker.post('/auth/refresh', { refreshToken }, { headers: { 'x-test-ahead': '60000' } });
  assert.equal(later.status, 200);
  const after = await find();
  assert.ok(after.lastUsedAt >= before.lastUsedAt + 60_000);
  assert.deepEqual({ ...after, lastUsedAt: 0 }, { ...before, lastUsedAt: 0 });
});
