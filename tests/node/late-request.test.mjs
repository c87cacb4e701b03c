/** A request that passed its checks before its sender was demoted, and reaches the store after: it must not change anything. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryStores } from 'portcullis/express';
import { startExpress } from '../support/express-auth.mjs';

for (const target of ['the sender', 'an accomplice']) {
  test(`a request of a demoted administrator that is still under way gives no role to ${target}`, async () => {
    const stores = memoryStores();
    const hold = holdRoles(stores.accounts);
    const app = await startExpress({ stores });
    try {
      const root = await app.login('admin@example.com');
      const ann = await app.register('ann@example.com');
      const eve = await app.register('eve@example.com');
      const set = (by, id, roles) => app.send('PATCH', `/users/${id}`, { body: { roles }, token: by.accessToken });
      assert.equal((await set(root, ann.user.id, ['admin', 'user'])).status, 200);
      const admin = await app.login('ann@example.com');
      const id = target === 'the sender' ? ann.user.id : eve.user.id;
      const held = hold(id);
      const late = set(admin, id, ['admin', 'editor', 'user']);
      const release = await held;
      assert.equal((await set(root, ann.user.id, ['user'])).status, 200);
      release();
      const { status, body } = await late;
      assert.deepEqual([status, body.error], [403, 'insufficient_scope']);
      for (const email of ['ann@example.com', 'eve@example.com']) {
        assert.deepEqual((await app.login(email)).user.roles, ['user'], email);
      }
    } finally {
      await app.stop();
    }
  });
}

/** Holds the next change of an account's roles until it is released; gives the release once the change has arrived. */
function holdRoles(accounts) {
  const update = accounts.update.bind(accounts);
  let next;
  accounts.update = async (id, changes, ...rest) => {
    if (next?.id === id && changes.roles !== undefined) {
      const { arrived } = next;
      next = undefined;
      await new Promise((release) => arrived(release));
    }
    return update(id, changes, ...rest);
  };
  return (id) =>
    new Promise((arrived) => {
      next = { id, arrived };
    });
}
