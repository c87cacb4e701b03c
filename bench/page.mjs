/**
 * The inspector page in Chromium, from an empty cache: milliseconds from the start of the navigation to the first paint, to the moment
 * it takes a token, and from a pasted token to its drawn answer; and what travels, compressed.
 *
 * `node bench/page.mjs [--json] [--quick]` prints a table, or rows `{bench, case, ours, theirs, unit, ratio, aim}`. It has no peer.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { SignJWT } from 'jose';
import { launchChromium } from '../tests/support/chromium.mjs';
import { TYPES } from '../tests/support/static-server.mjs';

const FOLDER = fileURLToPath(new URL('../build/inspector/', import.meta.url));
const ROUNDS = process.argv.includes('--quick') ? 3 : 15;

const files = new Map(
  readdirSync(FOLDER)
    .filter((name) => extname(name) in TYPES)
    .map((name) => [name, gzipSync(readFileSync(join(FOLDER, name)), { level: 9 })]),
);
const server = createServer((request, response) => {
  const name = normalize(new URL(request.url, 'http://localhost').pathname).slice(1) || 'index.html';
  const bytes = files.get(name);
  if (bytes === undefined) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': TYPES[extname(name)], 'content-encoding': 'gzip' }).end(bytes);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const browser = await launchChromium();

const token = await new SignJWT({ roles: ['user'] })
  .setProtectedHeader({ alg: 'HS256' })
  .setIssuer('https://id.example')
  .setExpirationTime('1h')
  .sign(new TextEncoder().encode('a secret of at least thirty-two bytes'));
const rounds = [];
for (let round = 0; round < ROUNDS; round += 1) rounds.push(await measure());
await browser.close();
server.close();

const median = (name) => rounds.map((round) => round[name]).sort((a, b) => a - b)[Math.floor(ROUNDS / 2)];
const kilobytes = [...files.values()].reduce((sum, bytes) => sum + bytes.length, 0) / 1000;
const rows = [
  ['first paint', median('paint'), 'ms'],
  ['ready for a token', median('ready'), 'ms'],
  ['token pasted to answer drawn', median('answer'), 'ms'],
  ['page with its wasm, gzip', kilobytes, 'kB'],
].map(([name, ours, unit]) => ({ bench: 'page', case: name, ours, theirs: null, unit, ratio: null, aim: null }));

if (process.argv.includes('--json')) {
  console.log(JSON.stringify(rows));
} else {
  for (const row of rows) console.log(`${row.case}: ${row.ours.toFixed(1)} ${row.unit}`);
}

/** One visit of a browser that has never been here. */
async function measure() {
  const context = await browser.newContext();
  const page = await context.newPage();
  // The page says that it is ready by an attribute of its root; seen from inside, so that no message of the driver's is counted.
  await page.addInitScript(() => {
    new MutationObserver(() => {
      if (document.documentElement?.hasAttribute('data-ready')) window.readyAt ??= performance.now();
    }).observe(document, { attributes: true, subtree: true, attributeFilter: ['data-ready'] });
  });
  await page.goto(`http://localhost:${server.address().port}/`);
  await page.waitForFunction(() => window.readyAt && performance.getEntriesByName('first-paint').length > 0);
  const answer = await page.evaluate(async (text) => {
    const contents = document.getElementById('contents');
    const drawn = new Promise((resolve) => {
      new MutationObserver(() => contents.textContent.includes('id.example') && resolve()).observe(contents, {
        childList: true,
        subtree: true,
        characterData: true,
      });
    });
    const field = document.getElementById('input');
    const start = performance.now();
    field.value = text;
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));
    await drawn;
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    return performance.now() - start;
  }, token);
  const { paint, ready } = await page.evaluate(() => ({
    paint: performance.getEntriesByName('first-paint')[0].startTime,
    ready: window.readyAt,
  }));
  await context.close();
  return { paint, ready, answer };
}
