/** Authority at the moment of the request: two Worker processes over one state, of which the second hears nothing of the first. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startWorker } from '../support/worker.mjs';

let first;
let second;

before(async () => {
  first = await startWorker();
  // Another process with memory of its own: its revocation cache knows only what it read. It asks the first one's objects.
  second = await startWorker({ state: first.folder, objectsOf: first });
});

after(async () => {
  await second?.kill();
  await first?.stop();
});

test('a demoted administrator cannot take the role back in another process', async () => {
  const root = await first.login('admin@example.com');
  const ann = await first.register('ann@example.com');
  const roles = (worker, by, id, names) =>
    worker.send('PATCH', `/users/${id}`, { body: { roles: names }, token: by.accessToken });
  assert.equal((await roles(first, root, ann.user.id, ['admin', 'user'])).status, 200);
  const admin = await first.login('ann@example.com');
  assert.equal((await second.get('/users', { token: admin.accessToken })).status, 200, 'while she administers');
  assert.equal((await roles(first, root, ann.user.id, ['user'])).status, 200);
  for (const [what, answer] of [
    ['list', await second.get('/users', { token: admin.accessToken })],
    ['audit', await second.get('/audit', { token: admin.accessToken })],
    ['take back', await roles(second, admin, ann.user.id, ['admin', 'user'])],
    ['promote', await roles(second, admin, root.user.id, ['user'])],
    ['devices', await second.get('/auth/sessions', { token: admin.accessToken })],
    ['rename', await second.send('PUT', '/users/me', { body: { name: 'Mallory' }, token: admin.accessToken })],
  ]) {
    assert.equal(answer.status, 401, what);
  }
  const again = await first.login('ann@example.com');
  assert.deepEqual(again.user.roles, ['user']);
});
