/** The account pages of the Worker in a real Chromium: with JavaScript and without, by keyboard, in both colours, as narrow as a phone. */

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { after, afterEach, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { launchChromium } from '../support/chromium.mjs';
import { PASSWORD } from '../support/http-client.mjs';
import { startWorker } from '../support/worker.mjs';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const CLIENT = fileURLToPath(new URL('../../js/src/client/index.ts', import.meta.url));

let worker;
let browser;
let context;
let page;
let people = 0;

before(async () => {
  worker = await startWorker();
  browser = await launchChromium();
});

after(async () => {
  await browser?.close();
  await worker?.stop();
});

afterEach(() => context?.close());

async function open(path, options = {}) {
  await context?.close();
  context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Asia/Tokyo', ...options });
  page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on('pageerror', (error) => assert.fail(`the page threw: ${error}`));
  await page.goto(address(path));
}

const address = (path) => `${worker.origin}/auth/account/${path}`;
const at = () => page.url().replace(`${worker.origin}/auth/account/`, '');
const main = async () => ((await page.textContent('main')) ?? '').replace(/\s+/g, ' ').trim();
/** Presses a button that posts a form, and waits for the page that follows. */
const press = (name) =>
  Promise.all([page.waitForNavigation(), page.getByRole('button', { name, exact: true }).click()]);
const newEmail = () => `person-${++people}@example.com`;

async function signIn(email = 'user@example.com', password = PASSWORD) {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await press('Sign in');
}

for (const [name, options] of [
  ['without JavaScript', { javaScriptEnabled: false }],
  ['with JavaScript', {}],
]) {
  describe(name, () => {
    test('register, see the device, sign out, sign in again, sign out everywhere', async () => {
      const email = newEmail();
      await open('register', options);
      await page.getByLabel('Name').fill('Somebody');
      await page.getByLabel('Email').fill(email);
      await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
      await press('Create account');
      assert.equal(at(), 'devices');
      assert.match(await main(), /Chrome on Linux this device/);
      await press('Sign out');
      assert.equal(at(), 'sign-in?done=signed-out');
      assert.equal(await page.getByRole('status').textContent(), 'You’ve signed out.');
      assert.deepEqual(await context.cookies(), []);
      await page.goto(address('devices'));
      assert.equal(at(), 'sign-in?next=devices');
      await signIn(email);
      assert.equal(at(), 'devices');
      await press('Sign out everywhere');
      assert.equal(at(), 'sign-in?done=signed-out');
    });

    test('a wrong password is told, and the cursor stands where to go on', async () => {
      await open('sign-in', options);
      await signIn('user@example.com', 'wrong, and long enough');
      assert.equal(at(), 'sign-in');
      assert.equal(await page.getByRole('alert').textContent(), 'Incorrect email or password.');
      assert.match(await page.title(), /^Error: Sign in/);
      assert.equal(await page.getByLabel('Email').inputValue(), 'user@example.com');
      assert.equal(await page.getByLabel('Password', { exact: true }).inputValue(), '');
      if (options.javaScriptEnabled !== false) {
        assert.equal(await page.evaluate(() => document.activeElement.id), 'password');
      }
      await signIn();
      assert.equal(at(), 'devices');
    });

    test('another device is seen and signed out', async () => {
      const email = newEmail();
      const other = await worker.register(email);
      await open('sign-in', options);
      await signIn(email);
      assert.equal(await page.getByRole('listitem').count(), 2);
      const theirs = page.getByRole('listitem').filter({ hasNotText: 'this device' });
      assert.match(await theirs.textContent(), /Node\.js/);
      await Promise.all([page.waitForNavigation(), theirs.getByRole('button').click()]);
      assert.equal(await page.getByRole('status').textContent(), 'The device has been signed out.');
      assert.equal(await page.getByRole('listitem').count(), 1);
      assert.equal((await worker.refresh(other.refreshToken)).body.error, 'session_ended');
    });

    test('the password is changed, and what is wrong with the new one is told beside it', async () => {
      const email = newEmail();
      const other = await worker.register(email);
      await open('sign-in?next=password', options);
      await signIn(email);
      assert.equal(at(), 'password');
      const change = async (current, next) => {
        await page.getByLabel('Current password').fill(current);
        await page.getByLabel('New password').fill(next);
        await press('Change password');
      };
      await change(PASSWORD, 'short');
      const field = page.getByLabel('New password');
      assert.equal(await field.getAttribute('aria-invalid'), 'true');
      const described = (await field.getAttribute('aria-describedby')).split(' ');
      const words = await Promise.all(described.map((id) => page.locator(`#${id}`).textContent()));
      assert.match(words.join(' '), /it has 5\. Use at least 8 characters/);
      await change('not my password at all', 'a good new password');
      assert.match(await main(), /The current password is incorrect\./);
      await change(PASSWORD, 'a good new password');
      assert.equal(at(), 'devices?done=password');
      assert.match(await main(), /Your password has been changed and your other devices have been signed out\./);
      assert.equal((await worker.refresh(other.refreshToken)).body.error, 'session_ended');
    });

    test('the address cannot send anyone to another site', async () => {
      for (const next of [
        '//evil.example',
        '/\\evil.example',
        'https://evil.example',
        '/\t/evil.example',
        'javascript:1',
      ]) {
        await open(`sign-in?next=${encodeURIComponent(next)}`, options);
        await signIn();
        assert.equal(at(), 'devices', next);
      }
      await open(`sign-in?next=${encodeURIComponent('/healthz?from=sign-in')}`, options);
      await signIn();
      assert.equal(page.url(), `${worker.origin}/healthz?from=sign-in`);
    });
  });
}

test('a form of another site is refused', async () => {
  const body = `<form method="post" action="${address('sign-in')}"><input name="email" value="user@example.com">
    <input name="password" value="${PASSWORD}"><button>go</button></form>`;
  const site = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(body));
  await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
  try {
    await open('sign-in');
    // 127.0.0.1 is another site than localhost, and another origin.
    await page.goto(`http://127.0.0.1:${site.address().port}`);
    const [response] = await Promise.all([page.waitForNavigation(), page.click('button')]);
    assert.equal(response.status(), 403);
    assert.match(await main(), /This request came from an origin that is not allowed\./);
    assert.deepEqual(await context.cookies(), []);
  } finally {
    site.close();
  }
});

test('a link of another site to "my devices" finds who is signed in', async () => {
  const body = `<a href="${address('devices')}">my devices</a>`;
  const site = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(body));
  await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
  try {
    for (const options of [{ javaScriptEnabled: false }, {}]) {
      await open('sign-in', options);
      await signIn();
      await page.goto(`http://127.0.0.1:${site.address().port}`);
      await page.click('a');
      await page.waitForSelector('text=this device');
      assert.equal(at(), 'devices');
    }
  } finally {
    site.close();
  }
});

test('what is signed in on a page is signed in for the application, and signed out again in its open tabs', async () => {
  const { outputFiles } = await build({ entryPoints: [CLIENT], bundle: true, format: 'esm', write: false });
  await open('sign-in');
  await context.route('**/app', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>app</title>' }),
  );
  await context.route('**/app/client.js', (route) =>
    route.fulfill({ contentType: 'text/javascript', body: outputFiles[0].text }),
  );
  await signIn(await worker.register(newEmail()).then(({ user }) => user.email));
  const app = await context.newPage();
  await app.goto(`${worker.origin}/app`);
  const restored = await app.evaluate(async () => {
    const { createClient } = await import('/app/client.js');
    window.told = [];
    window.client = createClient({ onSignedOut: (reason) => window.told.push(reason) });
    return client.restore();
  });
  assert.equal(restored, true);
  // The page was drawn before the application renewed the cookie, and works on.
  await page.bringToFront();
  await press('Sign out');
  await app.waitForFunction(() => window.told.length > 0);
  assert.deepEqual(await app.evaluate(() => [window.told, client.state]), [['logged_out_elsewhere'], 'signed-out']);
});

test('JavaScript adds local times and a way to see what is typed', async () => {
  await open('sign-in');
  const password = page.getByLabel('Password', { exact: true });
  await page.getByRole('button', { name: 'Show the password' }).click();
  assert.equal(await password.getAttribute('type'), 'text');
  await page.getByRole('button', { name: 'Hide the password' }).click();
  assert.equal(await password.getAttribute('type'), 'password');
  await signIn();
  const [{ iso, words }] = await page.$$eval('time', (times) =>
    times.map(({ dateTime, textContent }) => ({ iso: dateTime, words: textContent })),
  );
  const tokyo = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'Asia/Tokyo' });
  assert.equal(words, tokyo.format(new Date(iso)));
});

test('with the keyboard alone', async () => {
  await open('sign-in');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'email');
  await page.keyboard.type('user@example.com');
  await page.keyboard.press('Tab');
  await page.keyboard.type(PASSWORD);
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  assert.equal(at(), 'devices');
  const seen = [];
  for (let step = 0; step < 5; step += 1) {
    await page.keyboard.press('Tab');
    seen.push(await page.evaluate(() => document.activeElement.textContent));
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.equal(outline, 'solid', 'the focus is seen');
  }
  assert.deepEqual(seen.slice(0, 4), ['Your devices', 'Password', 'Sign out', 'Sign out']);
});

test('the password manager’s well-known address leads to the password page', async () => {
  await open('sign-in');
  await signIn();
  await page.goto(`${worker.origin}/.well-known/change-password`);
  assert.equal(at(), 'password');
});

for (const [name, options] of [
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['on a phone', { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true }],
]) {
  test(`axe finds no violation and nothing is cut off: ${name}`, async () => {
    const check = async (what) => {
      await page.addScriptTag({ path: AXE });
      const { violations } = await page.evaluate(() => axe.run());
      const found = violations.map(({ id, nodes }) => [what, id, nodes.map(({ html }) => html)]);
      assert.deepEqual(found, []);
      const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement);
      assert.equal(scrollWidth, clientWidth, `${what} is wider than the window`);
    };
    const email = newEmail();
    await worker.register(email);
    await open('sign-in?done=signed-out', { ...options, bypassCSP: true });
    await check('sign-in');
    await signIn(email, 'wrong, and long enough');
    await check('sign-in refused');
    await page.goto(address('register'));
    await check('register');
    await page.getByLabel('Name').fill('Somebody');
    await page.getByLabel('Email').fill(email);
    await page.getByLabel('Password', { exact: true }).fill('short');
    await press('Create account');
    await check('register refused');
    await page.goto(address('sign-in'));
    await signIn(email);
    await check('devices');
    await page.goto(address('devices?done=ended'));
    await check('devices with a notice');
    await page.goto(address('password'));
    await check('password');
    await page.getByLabel('Current password').fill('not it at all');
    await page.getByLabel('New password').fill('a good new password');
    await press('Change password');
    await check('password refused');
  });
}

test('a theme is one style sheet that sets custom properties', async () => {
  const themed = await startWorker({ vars: { ACCOUNT_THEME: '/theme.css', ACCOUNT_NAME: 'Bright & Sons' } });
  try {
    await open('sign-in');
    await context.route('**/theme.css', (route) =>
      route.fulfill({ contentType: 'text/css', body: ':root { --account-accent: rgb(1, 2, 3); }' }),
    );
    await page.goto(`${themed.origin}/auth/account/sign-in`);
    const colour = await page.$eval('button.main', (button) => getComputedStyle(button).backgroundColor);
    assert.equal(colour, 'rgb(1, 2, 3)');
    assert.match(await page.title(), /Bright & Sons/);
  } finally {
    await themed.stop();
  }
});

test('the pages are off by one setting, and their addresses are the gate’s', async () => {
  const without = await startWorker({ vars: { ACCOUNT_PAGES: 'off' }, seeded: false });
  try {
    const refused = await without.get('/somewhere/else');
    for (const path of [
      '/auth/account',
      '/auth/account/sign-in',
      '/auth/account/pages.css',
      '/.well-known/change-password',
    ]) {
      const { status, text } = await without.get(path);
      assert.deepEqual([status, text], [refused.status, refused.text], path);
    }
  } finally {
    await without.stop();
  }
});
