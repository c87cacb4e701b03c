/** Refresh under concurrency, guessing, and nonsense, wherever the service is mounted. */

import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { describedBy } from './described.mjs';
import { claimsOf, PASSWORD } from './http-client.mjs';

/**
 * Runs it on what `start` starts with a grace of that many seconds: a burst has to fit into it however
 * busy the machine is. `more` adds tests of a mount's own.
 */
export function concurrencySuite(name, start, more = () => {}) {
  describe(name, () => {
    let server;
    before(async () => {
      server = await start({ graceSeconds: 300 });
    });
    after(() => server?.stop());

    test('200 refreshes of one token at once: one step, one successor, nobody out', async () => {
      const { refreshToken } = await server.register('many@example.com');
      const answers = await Promise.all(Array.from({ length: 200 }, () => server.refresh(refreshToken)));
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
      assert.equal(new Set(answers.map(({ body }) => body.refreshToken)).size, 1);
      assert.equal(claimsOf(answers[0].body.refreshToken).gen, claimsOf(refreshToken).gen + 1);
      const access = await Promise.all(
        answers.slice(0, 20).map(({ body }) => server.get('/users/me', { token: body.accessToken })),
      );
      assert.ok(access.every(({ status }) => status === 200));
      assert.equal((await server.refresh(answers[0].body.refreshToken)).status, 200);
    });

    test('50 tabs that share a cookie, 20 times: nobody is logged out', async () => {
      const body = { email: 'tabs@example.com', password: 'correct horse battery staple', name: 'Tabs' };
      const first = await server.post('/auth/register', body);
      let cookie = first.headers.get('set-cookie').split(';')[0];
      for (let cycle = 0; cycle < 20; cycle++) {
        const shared = cookie;
        const answers = await Promise.all(
          Array.from({ length: 50 }, () => server.send('POST', '/auth/refresh', { cookie: shared })),
        );
        for (const answer of answers) {
          assert.equal(answer.status, 200, `cycle ${cycle}: ${answer.text}`);
          cookie = answer.headers.get('set-cookie').split(';')[0];
          assert.ok(!cookie.endsWith('='), 'no answer clears it');
        }
        assert.equal(new Set(answers.map((answer) => answer.headers.get('set-cookie').split(';')[0])).size, 1);
      }
    });

    test('wrong passwords at once are counted one by one', async () => {
      await server.register('guessed@example.com');
      const guess = (password) => server.post('/auth/login', { email: 'guessed@example.com', password });
      const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => guess(`wrong password number ${n}`)));
      assert.deepEqual([...new Set(answers.map(({ text }) => text))].length, 1);
      assert.ok(answers.every(({ status }) => status === 401));
      const right = await guess('correct horse battery staple');
      assert.deepEqual([right.status, right.text], [401, answers[0].text], 'locked looks like wrong');
    });

    test('of registrations for one address at once, one wins', async () => {
      const register = (email) =>
        server.post('/auth/register', {
          email,
          password: 'correct horse battery staple',
          name: 'Once',
          tokenDelivery: 'body',
        });
      const answers = await Promise.all(
        ['once@example.com', 'ONCE@example.com', ' once@Example.com'].flatMap((email) => [
          register(email),
          register(email),
        ]),
      );
      const made = answers.filter(({ status }) => status === 201);
      assert.equal(made.length, 1);
      assert.ok(answers.every(({ status }) => status === 201 || status === 409));
      assert.equal((await server.refresh(made[0].body.refreshToken)).status, 200);
    });

    test('2,000 requests, good, malformed and mixed: no 5xx, every answer of the documented shape', async () => {
      const description = (await server.get('/openapi.json')).body;
      const assertDescribed = describedBy(description);
      const [someone, admin] = [await server.register('mixed@example.com'), await server.login('admin@example.com')];
      const routes = Object.entries(description.paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => [method, path]),
      );
      const pick = (list) => list[randomInt(list.length)];
      const bodies = [
        '',
        '{',
        '[]',
        'null',
        '{}',
        '{"email":{}}',
        '{"email":"a@b.c","password":7}',
        '{"refreshToken":"a.b.c"}',
        '\u0000\uffff',
        JSON.stringify({ email: 'mixed@example.com', password: PASSWORD, tokenDelivery: 'body' }),
        JSON.stringify({ refreshToken: someone.refreshToken }),
        '{"name":"Somebody else"}',
        '{"roles":["user"]}',
        `token=${someone.accessToken}`,
        `email=mixed%40example.com&password=${encodeURIComponent(PASSWORD)}`,
        'session=x',
      ];
      const tokens = [
        '',
        'Bearer',
        'Bearer x',
        'Bearer a.b.c',
        'bearer  a.b.c',
        'Basic !!',
        'Basic eDp5',
        `Bearer ${'x'.repeat(9000)}`,
        `Bearer ${someone.accessToken}`,
        `Bearer ${admin.accessToken}`,
        `Basic ${btoa('api:0123456789abcdef0123456789abcdef')}`,
      ];
      const cookies = [
        '',
        '__Host-refresh=',
        '__Host-refresh=x; __Host-refresh=y',
        '__Host-refresh=a.b.c',
        ';;;=;',
        'x=y',
        `__Host-refresh=${someone.refreshToken}`,
      ];
      const seen = new Set();
      const one = async () => {
        const [method, pattern] = pick(routes);
        const path = pattern.replace(/\{\w+\}/, () =>
          encodeURIComponent(pick(['x', '../..', '%00', 'ä', 'x'.repeat(500), someone.user.id])),
        );
        const random = () => randomBytes(randomInt(200)).toString('latin1');
        const query = pick([
          '',
          '?limit=0',
          '?limit=-1&cursor=%ff',
          '?event=nonsense',
          '?from=abc',
          `?${encodeURIComponent(random())}`,
        ]);
        const headers = {
          'content-type': pick([
            'application/json',
            'application/x-www-form-urlencoded',
            'text/plain',
            'multipart/form-data',
          ]),
          'user-agent': 'x'.repeat(randomInt(900)),
        };
        if (pick([true, false])) headers.authorization = pick(tokens);
        if (pick([true, false])) headers.cookie = pick(cookies);
        if (pick([true, false, false])) headers.origin = pick(['null', 'https://evil.example', 'nonsense']);
        const body = method === 'get' ? undefined : pick([...bodies, random()]);
        const response = await fetch(server.origin + path + query, {
          method: method.toUpperCase(),
          headers,
          body,
          redirect: 'manual',
          signal: AbortSignal.timeout(30_000),
        });
        const { status, headers: given } = response;
        const text = await response.text();
        const isJson = given.get('content-type') === 'application/json';
        assert.ok(status < 500, `${method} ${path}${query}: ${status} ${text}`);
        assertDescribed({ status, headers: given, text, body: isJson ? JSON.parse(text) : undefined }, pattern, method);
        seen.add(status);
      };
      for (let sent = 0; sent < 2000; sent += 25) await Promise.all(Array.from({ length: 25 }, one));
      for (const status of [200, 400, 401, 403]) assert.ok(seen.has(status), `no ${status} in ${[...seen]}`);
    });

    more(() => server);
  });
}
