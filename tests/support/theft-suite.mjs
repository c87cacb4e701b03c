/** A refresh token in the wrong hands, wherever the service is mounted. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { claimsOf } from './http-client.mjs';

/** Runs it on what `start` starts with a short grace: the thief comes after it. */
export function theftSuite(name, start) {
  describe(name, () => {
    let server;
    before(async () => {
      server = await start({ graceSeconds: 1 });
    });
    after(() => server?.stop());

    test('a stolen token used after the grace ends the session and is on record', async () => {
      const stolen = await server.register('victim@example.com');
      const mine = (await server.refresh(stolen.refreshToken)).body;
      await wait(1300);
      assert.deepEqual((await server.refresh(stolen.refreshToken)).body.error, 'token_reused');
      assert.deepEqual((await server.refresh(mine.refreshToken)).body.error, 'session_ended');
      assert.equal((await server.get('/users/me', { token: mine.accessToken })).status, 401);
      const { accessToken } = await server.login('admin@example.com');
      let entries = [];
      for (let tries = 0; tries < 50 && entries.length === 0; tries++) {
        const path = `/audit?event=refresh_reuse&user=${stolen.user.id}`;
        entries = (await server.get(path, { token: accessToken })).body.entries;
        await wait(100);
      }
      assert.equal(entries.length, 1);
      assert.equal(entries[0].session, claimsOf(stolen.accessToken).sid);
    });
  });
}
