/** The Worker in real workerd and a real Chromium before it: the inspector page at `/`, and `portcullis/client` over the real /auth. */

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { launchChromium } from '../support/chromium.mjs';
import { PASSWORD } from '../support/http-client.mjs';
import { startWorker } from '../support/worker.mjs';

const SOURCE = fileURLToPath(new URL('../../js/src/client/index.ts', import.meta.url));
const ACCESS_TOKEN_SECONDS = 8;

let worker;
let browser;
let script;
let context;
let calls;

before(async () => {
  script = (await build({ entryPoints: [SOURCE], bundle: true, format: 'esm', write: false })).outputFiles[0].text;
  worker = await startWorker({ vars: { ACCESS_TOKEN_SECONDS: String(ACCESS_TOKEN_SECONDS) } });
  browser = await launchChromium();
});

after(async () => {
  await browser?.close();
  await worker?.stop();
});

beforeEach(async () => {
  context = await browser.newContext();
  calls = [];
  // An app of the Worker's own origin: an empty page and the client, put there by the test.
  await context.route('**/app', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>app</title>' }),
  );
  await context.route('**/app/client.js', (route) => route.fulfill({ contentType: 'text/javascript', body: script }));
  context.on('response', (response) => calls.push(`${new URL(response.url()).pathname} ${response.status()}`));
});

afterEach(() => context.close());

const count = (what) => calls.filter((call) => call === what).length;
const pass = (millis) => new Promise((resolve) => setTimeout(resolve, millis));
const profile = (page) => page.evaluate(async () => (await client.fetch('/users/me')).status);
const login = (page) => page.evaluate((password) => client.login({ email: 'user@example.com', password }), PASSWORD);

async function openApp() {
  const page = await context.newPage();
  await page.goto(`${worker.origin}/app`);
  await page.evaluate(async () => {
    const { createClient } = await import('/app/client.js');
    window.told = [];
    window.client = createClient({ onSignedOut: (reason) => window.told.push(reason) });
  });
  return page;
}

test('the inspector stands at /, decodes by a click, and is guarded by headers', async () => {
  const page = await context.newPage();
  const requests = [];
  page.on('request', (request) => requests.push(new URL(request.url()).origin));
  const response = await page.goto(worker.origin);
  const headers = response.headers();
  assert.match(headers['content-security-policy'], /frame-ancestors 'none'/);
  assert.equal(headers['x-content-type-options'], 'nosniff');
  await page.waitForSelector('html[data-ready]');
  await page.click('#example');
  await page.waitForSelector('#contents:has-text("https://id.example")');
  assert.match(await page.textContent('#verdict'), /Its signature has not been verified/);
  assert.deepEqual([...new Set(requests)], [worker.origin]);
});

test('a token of the Worker’s own is explained at /', async () => {
  const { accessToken } = await worker.login('user@example.com');
  const page = await context.newPage();
  await page.goto(worker.origin);
  await page.waitForSelector('html[data-ready]');
  await page.fill('#input', `Authorization: Bearer ${accessToken}`);
  await page.waitForSelector('#contents:has-text("at+jwt")');
  await page.waitForSelector('#checks:has-text("expires in")');
});

test('the client logs in, is renewed and logs out', async () => {
  const page = await openApp();
  const user = await login(page);
  assert.equal(user.email, 'user@example.com');
  assert.equal(await profile(page), 200);
  await pass(ACCESS_TOKEN_SECONDS * 1000 + 6000);
  assert.equal(await profile(page), 200);
  assert.ok(count('/auth/refresh 200') >= 1);
  assert.equal(count('/users/me 401'), 0);
  await page.evaluate(() => client.logout());
  assert.equal(await page.evaluate(() => client.accessToken()), undefined);
  const next = await openApp();
  assert.equal(await next.evaluate(() => client.restore()), false);
});

test('a wrong password is told as such', async () => {
  const page = await openApp();
  const code = await page.evaluate(() =>
    client.login({ email: 'user@example.com', password: 'wrong wrong' }).catch((error) => error.code),
  );
  assert.equal(code, 'invalid_credentials');
});

test('twenty tabs whose token ends all at once: one refresh, no 401', async () => {
  const tabs = [];
  for (let number = 0; number < 20; number += 1) {
    tabs.push(await openApp());
  }
  await login(tabs[0]);
  await pass(300);
  calls = [];
  await pass(ACCESS_TOKEN_SECONDS * 1000);
  assert.deepEqual([...new Set(await Promise.all(tabs.map(profile)))], [200]);
  assert.equal(count('/auth/refresh 200'), 1);
  assert.equal(count('/users/me 401'), 0);
  await tabs[7].evaluate(() => client.logout());
  await pass(300);
  assert.deepEqual(
    [...new Set(await Promise.all(tabs.map((tab) => tab.evaluate(() => client.state))))],
    ['signed-out'],
  );
});
