/**
 * The pictures of README and docs, taken from the running pages. Each run takes them and sees that there is something on them; with
 * WRITE_PICTURES=1 it also puts them into docs/images.
 */

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SignJWT } from 'jose';
import { launchChromium } from '../support/chromium.mjs';
import { PASSWORD } from '../support/http-client.mjs';
import { buildInspector } from '../support/inspector.mjs';
import { serveFolder } from '../support/static-server.mjs';
import { startWorker } from '../support/worker.mjs';

const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url));
/** The pictures' present moment, so that they are the same on any day. */
const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);
const SECRET = 'a secret for pictures, used nowhere else';
/** Far more than an empty page takes, far less than a picture in a repository should. */
const SMALLEST = 20_000;
const LARGEST = 250_000;

let browser;
let site;
let worker;

before(async () => {
  site = await serveFolder(await buildInspector());
  browser = await launchChromium();
});

after(async () => {
  await browser?.close();
  await site?.stop();
  await worker?.stop();
});

for (const [name, options] of [
  ['inspector-light', { colorScheme: 'light', viewport: { width: 1120, height: 780 } }],
  ['inspector-dark', { colorScheme: 'dark', viewport: { width: 1120, height: 780 } }],
  ['inspector-phone', { colorScheme: 'light', viewport: { width: 390, height: 844 } }],
]) {
  test(name, async () => {
    const context = await browser.newContext({ ...options, locale: 'en-GB', timezoneId: 'UTC' });
    const page = await context.newPage();
    await page.clock.setFixedTime(NOW);
    await page.goto(site.url);
    await page.waitForSelector('html[data-ready]');
    await page.fill('#input', `Authorization: Bearer ${await exampleToken()}`);
    await page.fill('#key', SECRET);
    await page.fill('#want-aud', 'https://billing.example');
    await page.waitForSelector('#reasons:has-text("billing.example")');
    await page.evaluate(() => {
      document.activeElement.blur();
      scrollTo(0, 0);
    });
    await keep(name, page);
    await context.close();
  });
}

for (const colorScheme of ['light', 'dark']) {
  test(`account pages, ${colorScheme}`, async () => {
    worker ??= await startWorker({ vars: { ACCOUNT_NAME: 'Example' } });
    const email = `${colorScheme}@example.com`;
    await worker.register(email);
    const userAgent = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Version/17.5 Safari/605.1.15';
    const viewport = { width: 520, height: 470 };
    const context = await browser.newContext({ colorScheme, viewport, userAgent, deviceScaleFactor: 2 });
    const page = await context.newPage();
    await page.goto(`${worker.origin}/auth/account/sign-in`);
    await page.fill('#email', email);
    await page.fill('#password', PASSWORD);
    await keep(`account-sign-in-${colorScheme}`, page, SMALLEST / 2);
    await page.keyboard.press('Enter');
    await page.waitForSelector('text=this device');
    await page.setViewportSize({ width: 520, height: 600 });
    // The same on any day.
    await page.$$eval('time', (times) => {
      for (const time of times) time.textContent = '21 Nov 2026, 12:00';
    });
    await keep(`account-devices-${colorScheme}`, page);
    await context.close();
  });
}

async function keep(name, page, smallest = SMALLEST) {
  const picture = await page.screenshot({ animations: 'disabled' });
  assert.ok(picture.length > smallest && picture.length < LARGEST, `${name} has ${picture.length} bytes`);
  if (process.env.WRITE_PICTURES === '1') {
    await mkdir(IMAGES, { recursive: true });
    await writeFile(join(IMAGES, `${name}.png`), picture);
  }
}

function exampleToken() {
  const now = NOW / 1000;
  return new SignJWT({ roles: ['manager'], sid: 'f3a9' })
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
    .setIssuer('https://id.example')
    .setAudience('https://api.example')
    .setSubject('7b1c52')
    .setIssuedAt(now - 300)
    .setNotBefore(now - 300)
    .setExpirationTime(now + 600)
    .sign(new TextEncoder().encode(SECRET));
}
