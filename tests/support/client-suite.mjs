/** `portcullis/client` in a real Chromium with real tabs, wherever the auth service is mounted. */

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { launchChromium } from './chromium.mjs';

const SOURCE = fileURLToPath(new URL('../../js/src/client/index.ts', import.meta.url));

/** A page, and the client in it. */
async function pages() {
  const built = await build({ entryPoints: [SOURCE], bundle: true, format: 'esm', write: false });
  return {
    '/': ['text/html', '<!doctype html><title>app</title>'],
    '/client.js': ['text/javascript', built.outputFiles[0].text],
    '/favicon.ico': ['image/png', ''],
  };
}

/**
 * Runs it on what `start({ files })` starts:
 *
 * - `origin`, `stop()`, and `counts` of answers by path and status;
 * - `account`, the email address and password of somebody with an account;
 * - `shortLife`, the shortest life of an access token there, in seconds;
 * - `control`, to shorten lives, to delay, to refuse, to drop, and to set the clock wrong;
 * - `endSessions()` and `openSessions()`, behind the client's back.
 */
export function clientSuite(name, start) {
  describe(name, () => {
    let files;
    let browser;
    let server;
    let context;

    before(async () => {
      files = await pages();
      browser = await launchChromium();
    });

    after(() => browser?.close());

    beforeEach(async () => {
      server = await start({ files });
      context = await browser.newContext();
    });

    afterEach(async () => {
      await context?.close();
      await server?.stop();
    });

    /** A tab with a client in it. What the client tells the app is gathered in `window.told`. */
    async function openTab(options = {}, prepare = () => {}) {
      const page = await context.newPage();
      await page.addInitScript(prepare);
      await page.goto(server.origin);
      await page.evaluate(async (options) => {
        const { createClient } = await import('/client.js');
        window.told = [];
        window.client = createClient({ ...options, onSignedOut: (reason) => window.told.push(reason) });
      }, options);
      return page;
    }

    const login = (page) => page.evaluate((account) => client.login(account), server.account);
    const getData = (page) => page.evaluate(async () => (await client.fetch('/api/data')).status);
    const state = (page) => page.evaluate(() => client.state);
    const told = (page) => page.evaluate(() => window.told);
    const pass = (millis) => new Promise((resolve) => setTimeout(resolve, millis));
    const refreshes = () =>
      [...server.counts]
        .filter(([what]) => what.startsWith('/auth/refresh'))
        .reduce((sum, [, count]) => sum + count, 0);

    describe('one tab', () => {
      test('logs in, sends the token, and keeps it out of every store', async () => {
        const page = await openTab();
        assert.equal((await login(page)).email, 'a@example.com');
        assert.equal(await getData(page), 200);
        const stored = await page.evaluate(async () =>
          JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, await indexedDB.databases()]),
        );
        assert.equal(stored, '[{},{},"",[]]');
      });

      test('tells why a log-in failed', async () => {
        const page = await openTab();
        const error = await page.evaluate(() =>
          client
            .login({ email: 'a@example.com', password: 'not the password' })
            .catch(({ name, code, status }) => ({ name, code, status })),
        );
        assert.deepEqual(error, { name: 'ClientError', code: 'invalid_credentials', status: 401 });
      });

      test('picks the session up again after a reload', async () => {
        const page = await openTab();
        await login(page);
        const next = await openTab();
        await page.close();
        assert.equal(await next.evaluate(() => client.restore()), true);
        assert.equal(await getData(next), 200);
      });

      test('renews before the end, so that the app never sees a 401', async () => {
        server.control.lifetimeSeconds = Math.max(1.5, 2 * server.shortLife);
        const page = await openTab();
        await login(page);
        for (let round = 0; round < 4 * server.control.lifetimeSeconds + 4; round += 1) {
          assert.equal(await getData(page), 200);
          await pass(250);
        }
        assert.equal(server.counts.get('/api/data 401'), undefined);
        assert.ok(refreshes() >= 1);
      });

      test('knows that the first second of a life may have been over, where lives are counted in seconds', async () => {
        Object.assign(server.control, { lifetimeSeconds: Math.max(4, server.shortLife), secondGoneMillis: 999 });
        const page = await openTab();
        await login(page);
        for (const until = Date.now() + 3800; Date.now() < until; await pass(50)) {
          assert.equal(await getData(page), 200);
        }
        assert.equal(server.counts.get('/api/data 401'), undefined);
      });

      test('renews once on a 401 and sends the same body again', async () => {
        const page = await openTab();
        await login(page);
        let once = true;
        server.control.refuse = (path) => {
          const now = once && path === '/api/echo';
          once &&= !now;
          return now ? 401 : undefined;
        };
        const answer = await page.evaluate(async () =>
          (await client.fetch('/api/echo', { method: 'POST', body: '{"a":1}' })).json(),
        );
        assert.deepEqual(answer, { a: 1 });
        assert.equal(refreshes(), 1);
      });

      test('gives a 401 that stays to the app, after one more try', async () => {
        const page = await openTab();
        await login(page);
        server.control.refuse = (path) => (path === '/api/data' ? 401 : undefined);
        assert.equal(await getData(page), 401);
        assert.equal(server.counts.get('/api/data 401'), 2);
        assert.equal(await state(page), 'signed-in');
      });

      test('sends the token to no other origin', async () => {
        const other = await start({ files });
        const page = await openTab();
        await login(page);
        const seen = [];
        page.on(
          'request',
          (request) => request.url().startsWith(other.origin) && seen.push(request.headers().authorization),
        );
        await page.evaluate((origin) => client.fetch(`${origin}/api/data`).catch(() => {}), other.origin);
        await other.stop();
        assert.deepEqual(seen, [undefined]);
      });

      test('is told when the session is over', async () => {
        const page = await openTab();
        await login(page);
        await server.endSessions();
        assert.equal(await getData(page), 401);
        assert.deepEqual([await state(page), await told(page)], ['signed-out', ['session_ended']]);
      });

      test('is told why, in the server’s own word', async () => {
        for (const error of ['session_ended', 'token_reused', 'invalid_token']) {
          const page = await openTab();
          await login(page);
          await context.route('**/auth/refresh', (route) =>
            route.fulfill({
              status: 401,
              contentType: 'application/json',
              body: JSON.stringify({ error, message: '' }),
            }),
          );
          server.control.refuse = (path) => (path === '/api/data' ? 401 : undefined);
          assert.equal(await getData(page), 401);
          assert.deepEqual([await state(page), await told(page)], ['signed-out', [error]]);
          await context.unroute('**/auth/refresh');
          server.control.refuse = undefined;
          await page.close();
        }
      });

      test('renews in time by a clock that is wrong by an hour', async () => {
        server.control.lifetimeSeconds = Math.max(1.5, 2 * server.shortLife);
        for (const shift of [3_600_000, -3_600_000]) {
          const before = refreshes();
          const page = await openTab({}, `{ const real = Date.now; Date.now = () => real() + ${shift}; }`);
          await login(page);
          for (let round = 0; round < 4 * server.control.lifetimeSeconds + 2; round += 1) {
            assert.equal(await getData(page), 200);
            await pass(250);
          }
          assert.ok(refreshes() > before);
          await page.close();
        }
        assert.equal(server.counts.get('/api/data 401'), undefined);
      });

      test('does not mind a clock that is set while somebody is signed in', async () => {
        for (const shift of [3_600_000, -3_600_000]) {
          const page = await openTab(
            {},
            '{ const real = Date.now; window.shift = 0; Date.now = () => real() + shift; }',
          );
          server.control.lifetimeSeconds = server.shortLife;
          await login(page);
          server.control.lifetimeSeconds = 900;
          await page.evaluate((millis) => {
            window.shift = millis;
          }, shift);
          await pass(server.shortLife * 1000 + 50);
          assert.equal(await getData(page), 200);
          assert.deepEqual([await state(page), await told(page)], ['signed-in', []]);
          await page.close();
        }
      });

      test('does not mind a clock that is wrong by an hour', async () => {
        for (const shift of [3_600_000, -3_600_000]) {
          server.control.dateShiftMillis = -shift;
          const page = await openTab({}, `{ const real = Date.now; Date.now = () => real() + ${shift}; }`);
          await login(page);
          assert.equal(await getData(page), 200);
          const offBy = (await page.evaluate(() => client.serverTime())) - (Date.now() - shift);
          assert.ok(Math.abs(offBy) < 5000, `the server's time is off by ${offBy} ms`);
          await page.close();
        }
        assert.equal(refreshes(), 0);
      });
    });

    describe('a bad network', () => {
      test('is no log-out: answers that do not come, proxies that answer, servers that fail', async () => {
        const page = await openTab();
        server.control.lifetimeSeconds = server.shortLife;
        await login(page);
        server.control.lifetimeSeconds = 900;
        for (const [name, breakage] of Object.entries({
          drop: () => true,
          503: () => 503,
          429: () => 429,
          403: () => 403,
          404: () => 404,
          407: () => 407,
        })) {
          const isDrop = name === 'drop';
          server.control.drop = isDrop ? (path) => path === '/auth/refresh' && breakage() : undefined;
          server.control.refuse = isDrop ? undefined : (path) => (path === '/auth/refresh' ? breakage() : undefined);
          await pass(server.shortLife * 1000);
          const failure = await page.evaluate(() => client.fetch('/api/data').then(String, ({ name }) => name));
          assert.equal(failure, 'ClientError', name);
          assert.deepEqual([await state(page), await told(page)], ['signed-in', []], name);
        }
        server.control.drop = undefined;
        server.control.refuse = undefined;
        assert.equal(await getData(page), 200);
      });

      test('that is not there at all is no log-out either', async () => {
        const page = await openTab();
        server.control.lifetimeSeconds = server.shortLife;
        await login(page);
        server.control.lifetimeSeconds = 900;
        await pass(server.shortLife * 1000);
        await context.setOffline(true);
        const failure = await page.evaluate(() => client.fetch('/api/data').then(String, ({ name }) => name));
        assert.equal(failure, 'ClientError');
        assert.deepEqual([await state(page), await told(page)], ['signed-in', []]);
        await context.setOffline(false);
        assert.equal(await getData(page), 200);
      });

      test('that loses one answer is not even noticed', async () => {
        const page = await openTab();
        server.control.lifetimeSeconds = server.shortLife;
        await login(page);
        server.control.lifetimeSeconds = 900;
        let once = true;
        server.control.drop = (path) => {
          const now = once && path === '/auth/refresh';
          once &&= !now;
          return now;
        };
        await pass(server.shortLife * 1000 + 50);
        assert.equal(await getData(page), 200);
      });

      test('delays the news of a log-out, and does not lose it', async () => {
        const page = await openTab();
        await login(page);
        await context.setOffline(true);
        await page.evaluate(() => client.logout());
        assert.equal(await state(page), 'signed-out');
        assert.equal(await server.openSessions(), 1);
        await context.setOffline(false);
        await page.reload();
        const next = await openTab();
        assert.equal(await next.evaluate(() => client.restore()), false);
        assert.equal(await server.openSessions(), 0);
      });

      test('does not turn a delayed log-out into the log-out of the next person', async () => {
        const page = await openTab();
        await login(page);
        server.control.drop = (path) => path === '/auth/logout';
        await page.evaluate(() => client.logout());
        // The next person signs in without the client: a form, or a provider that redirects back.
        const status = await page.evaluate(
          async (account) =>
            (
              await fetch('/auth/login', {
                method: 'POST',
                headers: { 'content-type': 'application/json' },
                body: JSON.stringify(account),
              })
            ).status,
          server.account,
        );
        assert.equal(status, 200);
        server.control.drop = undefined;
        const next = await openTab();
        await page.close();
        await next.evaluate(() => client.restore());
        assert.equal(await next.evaluate(() => localStorage.length), 0, 'the log-out was delivered');
        assert.equal(await next.evaluate(() => client.restore()), true);
        assert.equal(await getData(next), 200);
      });
    });

    /** Without Web Locks every tab may refresh at the same time; the server gives all of them the same successor. */
    for (const [name, prepare, mostRefreshes] of [
      ['with Web Locks', '', 1],
      ['without Web Locks', 'Object.defineProperty(Navigator.prototype, "locks", { value: undefined })', 20],
    ]) {
      describe(`many tabs, ${name}`, () => {
        test(`twenty whose token ends all at once: no 401, and at most ${mostRefreshes} refreshes`, async () => {
          server.control.lifetimeSeconds = 3;
          const tabs = [];
          for (let number = 0; number < 20; number += 1) {
            tabs.push(await openTab({}, prepare));
          }
          server.control.refreshDelayMillis = 300;
          await login(tabs[0]);
          await pass(100);
          assert.deepEqual([...new Set(await Promise.all(tabs.map(state)))], ['signed-in']);
          server.control.lifetimeSeconds = 900;
          await pass(3200);
          assert.deepEqual([...new Set(await Promise.all(tabs.map(getData)))], [200]);
          assert.ok(refreshes() <= mostRefreshes, `${refreshes()} refreshes`);
          assert.equal(server.counts.get('/api/data 401'), undefined);
          assert.deepEqual([...new Set(await Promise.all(tabs.map(state)))], ['signed-in']);
          assert.equal(await server.openSessions(), 1);
        });

        test('a log-out reaches every one', async () => {
          const tabs = [await openTab({}, prepare), await openTab({}, prepare), await openTab({}, prepare)];
          await login(tabs[1]);
          await pass(100);
          await tabs[0].evaluate(() => client.logout());
          await pass(100);
          assert.deepEqual(await Promise.all(tabs.map(state)), ['signed-out', 'signed-out', 'signed-out']);
          assert.deepEqual(await Promise.all(tabs.map(told)), [
            ['logged_out'],
            ['logged_out_elsewhere'],
            ['logged_out_elsewhere'],
          ]);
          assert.equal(await server.openSessions(), 0);
        });

        test('a tab opened later joins without a refresh', async () => {
          const first = await openTab({}, prepare);
          await login(first);
          const second = await openTab({}, prepare);
          assert.equal(await second.evaluate(() => client.restore()), true);
          assert.equal((await second.evaluate(() => client.user))?.email, 'a@example.com');
          assert.equal(refreshes(), 0);
        });

        test('a refresh that was under way does not undo a log-out', async () => {
          server.control.lifetimeSeconds = server.shortLife;
          const [one, two] = [await openTab({}, prepare), await openTab({}, prepare)];
          await login(one);
          await pass(server.shortLife * 1000 + 50);
          server.control.refreshDelayMillis = 600;
          const asked = getData(two);
          await pass(200);
          await one.evaluate(() => client.logout());
          await asked;
          await pass(200);
          assert.deepEqual([await state(one), await state(two)], ['signed-out', 'signed-out']);
          assert.equal(await server.openSessions(), 0);
        });
      });
    }
  });
}
