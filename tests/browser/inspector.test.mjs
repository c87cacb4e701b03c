/** The inspector page in a real Chromium, served as a plain folder: what a person does, and what they then see. */

import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { CompactSign, exportJWK, exportSPKI, SignJWT } from 'jose';
import { launchChromium } from '../support/chromium.mjs';
import { buildInspector } from '../support/inspector.mjs';
import { serveFolder } from '../support/static-server.mjs';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const SECRET = randomBytes(32).toString('base64url');

let browser;
let site;
let context;
let page;
let requests;

before(async () => {
  site = await serveFolder(await buildInspector(), '/some/folder/');
  browser = await launchChromium();
});

after(async () => {
  await browser?.close();
  await site?.stop();
});

beforeEach(() => openPage());
afterEach(() => context.close());

async function openPage({ hash = '', ...options } = {}) {
  await context?.close();
  context = await browser.newContext(options);
  page = await context.newPage();
  page.setDefaultTimeout(10_000);
  requests = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('pageerror', (error) => assert.fail(`the page threw: ${error}`));
  page.on(
    'console',
    (message) =>
      message.type() === 'error' && !/404|Failed to load/.test(message.text()) && requests.push(message.text()),
  );
  await page.goto(site.url + hash);
  await page.waitForSelector('html[data-ready]');
}

const seconds = () => Math.floor(Date.now() / 1000);
const sign = (claims, { key = Buffer.from(SECRET), ...header } = {}) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256', ...header }).sign(key);
const goodClaims = () => ({
  iss: 'https://id.example',
  aud: 'api',
  sub: '7',
  iat: seconds() - 60,
  exp: seconds() + 600,
});
const PASSES = /it passes every check/;
const REFUSED = /, but /;
const UNKNOWN = /signature has not been verified/;
const fill = (id, text) => page.fill(`#${id}`, text);
const text = async (id) => ((await page.textContent(`#${id}`)) ?? '').replace(/\s+/g, ' ').trim();

/** Waits until the element's text matches. */
async function sees(id, pattern) {
  const { source, flags } = pattern;
  await page
    .waitForFunction(
      ([id, source, flags]) =>
        new RegExp(source, flags).test(document.getElementById(id).textContent.replace(/\s+/g, ' ')),
      [id, source, flags],
      { timeout: 5000 },
    )
    .catch(async () => assert.match(await text(id), pattern));
}

describe('a token', () => {
  test('pasted and decoded by a click, with nothing known about its signature', async () => {
    await page.click('#example');
    await sees('contents', /iss ?https:\/\/id\.example/);
    await sees('verdict', /Its signature has not been verified/);
    await sees('reasons', /without a key/i);
  });

  test('is drawn part by part', async () => {
    const token = await sign(goodClaims());
    await fill('input', token);
    await sees('contents', /https:\/\/id\.example/);
    const parts = await page.$$eval('#token .part', (spans) => spans.map((span) => [span.className, span.textContent]));
    assert.deepEqual(parts.map(([, text]) => text).join('.'), token);
    assert.deepEqual(
      parts.map(([name]) => name),
      ['part header', 'part payload', 'part signature'],
    );
  });

  test('passes every check with the right secret', async () => {
    await fill('input', await sign(goodClaims()));
    await fill('key', SECRET);
    await sees('verdict', PASSES);
  });

  test('fails with a wrong secret, and says what to do', async () => {
    await fill('input', await sign(goodClaims()));
    await fill('key', randomBytes(32).toString('base64url'));
    await sees('verdict', REFUSED);
    await sees('reasons', /signature.*→?.*(key|secret)/i);
  });

  test('that has expired is refused, with its times and the way out', async () => {
    await fill('input', await sign({ ...goodClaims(), exp: seconds() - 90 }));
    await fill('key', SECRET);
    await sees('verdict', REFUSED);
    await sees('reasons', /expired/);
    await sees('times', /expired 1 minute ago/);
  });

  test('of another issuer or audience than the server expects is refused', async () => {
    await fill('input', await sign(goodClaims()));
    await fill('key', SECRET);
    await sees('verdict', PASSES);
    await fill('want-aud', 'other');
    await sees('verdict', REFUSED);
    await sees('reasons', /aud/);
    await fill('want-aud', 'api');
    await fill('want-iss', 'https://id.example/');
    await sees('reasons', /iss/);
  });

  test('lives on a bar that moves', async () => {
    await fill('input', await sign(goodClaims()));
    await sees('times', /It expires in (9|10) minutes/);
    const place = () => page.$eval('#times .now', (mark) => mark.style.getPropertyValue('--at'));
    const first = await place();
    await page.clock.install().catch(() => {});
    await page.clock.fastForward(120_000);
    await page.waitForFunction(
      (first) => document.querySelector('#times .now').style.getPropertyValue('--at') !== first,
      first,
    );
    await sees('times', /It expires in [78] minutes/);
  });
});

describe('where tokens hide', () => {
  for (const [name, wrap, said] of [
    ['an Authorization header', (token) => `Authorization: Bearer ${token}`, /Authorization header/],
    ['a cookie', (token) => `Cookie: theme=dark; session=${token}; lang=en`, /cookie/],
    ['a URL', (token) => `https://app.example/cb?code=1#access_token=${token}&state=x`, /URL/],
    ['a curl command', (token) => `curl -s 'https://api.example.com/v1' -H 'Authorization: Bearer ${token}'`, /curl/],
    [
      'lines broken by a mail program',
      (token) => `${token.slice(0, 60)}\n${token.slice(60, 120)}\n${token.slice(120)}`,
      /line breaks/,
    ],
    ['JSON', (token) => JSON.stringify({ access_token: token, expires_in: 900 }), /JSON answer/],
  ]) {
    test(name, async () => {
      await fill('input', wrap(await sign(goodClaims())));
      await sees('contents', /https:\/\/id\.example/);
      await sees('found', said);
    });
  }

  test('nowhere: anything else gets an answer in words', async () => {
    for (const [pasted, said] of [
      ['hello', /no token in this text/],
      ['{"keys":[]}', /a key or a set of keys/],
      ['....', /no token/],
      ['eyJhbGciOiJIUzI1NiJ9', /This token is incomplete/],
      ['🎉', /no token/],
      ['eyJhbGciOiJub25lIn0.e30.', /its algorithm is not allowed/],
      ['eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a.b.c.d', /encrypted token/],
    ]) {
      await fill('input', pasted);
      await sees('verdict', said);
      assert.match(await text('reasons'), /\w{3,}/, pasted);
    }
  });
});

describe('keys', () => {
  for (const [alg, make] of [
    ['RS256', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['ES256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['EdDSA', () => generateKeyPairSync('ed25519')],
  ]) {
    test(`${alg}: PEM, JWK and JWKS`, async () => {
      const { publicKey, privateKey } = make();
      const jwk = { ...(await exportJWK(publicKey)), alg, kid: 'k1' };
      await fill('input', await sign(goodClaims(), { key: privateKey, alg, kid: 'k1' }));
      for (const key of [await exportSPKI(publicKey), JSON.stringify(jwk), JSON.stringify({ keys: [jwk] })]) {
        await fill('key', '');
        await sees('verdict', UNKNOWN);
        await fill('key', key);
        await sees('verdict', PASSES);
      }
    });
  }

  test('from an issuer that the person names, asked without the token', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'k1' }] };
    const issuer = await serveJson((origin) => ({
      '/.well-known/openid-configuration': { issuer: origin, jwks_uri: `${origin}/keys.json` },
      '/keys.json': jwks,
    }));
    const token = await sign(goodClaims(), { key: privateKey, alg: 'ES256', kid: 'k1' });
    await fill('input', token);
    await fill('key-url', issuer.origin);
    await page.click('#key-fetch');
    await sees('verdict', PASSES);
    assert.deepEqual(issuer.paths, ['/.well-known/openid-configuration', '/keys.json']);
    await fill('key', '');
    await sees('verdict', UNKNOWN);
    await fill('key-url', `${issuer.origin}/.well-known/openid-configuration`);
    await page.click('#key-fetch');
    await sees('verdict', PASSES);
    assert.deepEqual(issuer.paths.slice(2), ['/.well-known/openid-configuration', '/keys.json']);
    assert.ok(!requests.join().includes(token.split('.')[1]));
    await issuer.stop();
  });

  test('that cannot be had: each failure in words', async () => {
    const server = await serveJson(() => ({
      '/jwks.json': { no: 'keys' },
      '/text.json': '<html>',
      '/.well-known/openid-configuration': { issuer: 'of no keys' },
    }));
    const closed = await serveJson(() => ({ '/jwks.json': { keys: [] } }), {});
    const breaksOff = createServer((_request, response) => {
      response.writeHead(200, { 'access-control-allow-origin': '*', 'content-length': 100 });
      response.write('{', () => response.destroy());
    });
    await new Promise((resolve) => breaksOff.listen(0, '127.0.0.1', resolve));
    for (const [address, said] of [
      ['', /Enter the URL/],
      ['https://', /not a valid URL/],
      ['http://id.example/jwks.json', /over https/],
      ['https://user:pw@id.example', /user name and password/],
      [`${server.origin}/jwks.json`, /no "keys" array/],
      [`${server.origin}/other.json`, /returned status 404.*Check the URL/],
      [`${server.origin}/text.json`, /did not return JSON.*Check the URL/],
      [server.origin, /has no jwks_uri.*Enter the URL of the key set/],
      [`${closed.origin}/jwks.json`, /CORS.*paste/],
      ['http://localhost:1/jwks.json', /could not be reached/],
      [`http://localhost:${breaksOff.address().port}/jwks.json`, /could not be reached.*paste/],
    ]) {
      await fill('key-url', address);
      await page.click('#key-fetch');
      await sees('key-note', said);
    }
    await server.stop();
    await closed.stop();
    await new Promise((resolve) => breaksOff.close(resolve));
  });

  test('of another kind than the token says are named as what they are, and refuse it', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await fill('input', await sign(goodClaims()));
    await fill('key', await exportSPKI(publicKey));
    await sees('key-note', /public key, for RS256/);
    await sees('verdict', REFUSED);
  });

  test('that are no keys say so', async () => {
    await fill('input', await sign(goodClaims()));
    for (const key of [
      'short',
      '{',
      '{"kty":"oct"}',
      '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----',
      '[]',
      '{"keys":[]}',
    ]) {
      await fill('key', '');
      await fill('key', key);
      await sees('key-note', /\w{3,}/);
      assert.doesNotMatch(await text('verdict'), PASSES, key);
    }
  });
});

describe('tools', () => {
  test('compare two tokens', async () => {
    const claims = goodClaims();
    await fill('input', await sign(claims));
    await page.click('#compare summary');
    await fill('other', await sign({ ...claims, sub: '8', roles: ['admin'] }));
    await sees('differences', /2 members differ/);
    await sees('differences', /sub.*7.*8/);
    await sees('differences', /roles.*missing.*admin/);
  });

  test('keep every digit of a number: shown, compared, and signed again', async () => {
    const signText = (json) =>
      new CompactSign(Buffer.from(json)).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(SECRET));
    await fill('input', await signText('{"id":9007199254740993,"in":[{"pi":3.14159265358979323846}],"exp":1e10}'));
    await sees('contents', /9007199254740993/);
    await sees('contents', /3\.14159265358979323846/);
    await page.click('#compare summary');
    await fill('other', await signText('{"id":9007199254740992,"in":[{"pi":3.14159265358979323846}],"exp":1e10}'));
    await sees('differences', /1 member differs.*9007199254740993.*9007199254740992/);
    await page.click('#forge summary');
    await page.selectOption('#forge-alg', 'ES256');
    await page.click('#forge-sign');
    const [, payload] = (await page.inputValue('#forge-token')).split('.');
    assert.match(Buffer.from(payload, 'base64url').toString(), /"id":9007199254740993,/);
  });

  for (const alg of ['HS256', 'ES256', 'RS256', 'EdDSA']) {
    test(`edit the claims and sign them again with ${alg}`, async () => {
      await fill('input', await sign(goodClaims()));
      await page.click('#forge summary');
      await page.waitForFunction(() => document.getElementById('forge-claims').value.includes('"sub"'));
      await fill('forge-claims', JSON.stringify({ ...goodClaims(), sub: 'edited' }));
      await page.selectOption('#forge-alg', alg);
      await page.click('#forge-sign');
      await page.click('#forge-inspect');
      await sees('contents', /edited/);
      await sees('verdict', PASSES);
    });
  }

  test('claims that are not JSON are not signed', async () => {
    await page.click('#forge summary');
    for (const claims of ['', '{', '[]', '7']) {
      await fill('forge-claims', claims);
      await page.click('#forge-sign');
      await sees('forge-note', /JSON/);
    }
  });

  test('share a link, with the token only when asked, in the fragment', async () => {
    const token = await sign(goodClaims());
    await fill('input', token);
    // The page waits for a pause in typing before it takes a text.
    await sees('contents', /https:\/\/id\.example/);
    await page.click('#share summary');
    const link = () => page.inputValue('#share-link');
    assert.equal(await link(), site.url);
    await page.check('#share-token');
    const shared = await link();
    assert.equal(shared, `${site.url}#token=${token}`);
    await openPage({ hash: `#token=${token}` });
    await sees('contents', /https:\/\/id\.example/);
    assert.equal(page.url(), site.url);
  });
});

describe('hostile tokens', () => {
  test('are text: markup, scripts, reordering, emoji and prototype members', async () => {
    const evil = {
      ...goodClaims(),
      name: '<img src=x onerror="window.hit=1"><script>window.hit=1</script>',
      '<b>bold</b>': 'javascript:alert(1)',
      rtl: 'user\u202Enimda\u202C',
      zero: 'a\u200Bb\u0000c',
      emoji: '👩‍👩‍👧‍👦 🏳️‍🌈',
      constructor: 'x',
      toString: 'y',
    };
    await fill('input', await sign(evil));
    await sees('contents', /<script>window\.hit=1<\/script>/);
    await sees('contents', /userU\+202EnimdaU\+202C/);
    await sees('contents', /aU\+200BbU\+0000c/);
    await sees('contents', /👩‍👩‍👧‍👦 🏳️‍🌈/);
    assert.equal(await page.evaluate(() => window.hit), undefined);
    assert.equal(await page.$('#contents img, #contents script, #contents b'), null);
    assert.ok(
      requests.every((url) => url.startsWith(site.url)),
      requests.join('\n'),
    );
  });

  test('of ten kilobytes are shown', async () => {
    await fill(
      'input',
      await sign({ ...goodClaims(), list: Array.from({ length: 700 }, (_, n) => `permission-${n}`) }),
    );
    await sees('verdict', REFUSED);
    await sees('reasons', /servers accept at most 8192/);
    await sees('contents', /permission-699/);
  });

  test('of many members or many unseen characters are shown in part, and say so', async () => {
    const many = Object.fromEntries(Array.from({ length: 30_000 }, (_, n) => [`k${n}`, n]));
    await fill('input', await sign({ ...many, unseen: 'x' }));
    await sees('contents', /k499 ?499… 29,501 more/);
    await fill('input', await sign({ unseen: '\u202e'.repeat(19_000), mixed: '\u202e\u200b'.repeat(1000) }));
    await sees('contents', /U\+202E × 19,000/);
    await sees('contents', /… 1,800 more characters/);
    assert.ok((await page.$$('#contents .hidden-char')).length <= 400);
  });

  test('a megabyte pasted by mistake does not freeze the page', async () => {
    const token = await sign(goodClaims());
    for (const filler of ['a', 'eyJ.', '.', 'a b ', '{"a":', '\u202e']) {
      const megabyte = filler.repeat(Math.ceil(2 ** 20 / filler.length));
      await page.evaluate((text) => {
        const clipboardData = new DataTransfer();
        clipboardData.setData('text/plain', text);
        const paste = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
        document.getElementById('input').dispatchEvent(paste);
      }, megabyte);
      await sees('found', /KB of text/);
    }
    const log = `${'log line without a token\n'.repeat(40_000)}Authorization: Bearer ${token}\n`;
    await page.evaluate((text) => {
      const field = document.getElementById('input');
      field.value = text;
      field.dispatchEvent(new InputEvent('input'));
    }, log);
    await sees('contents', /https:\/\/id\.example/);
  });
});

describe('for everyone', () => {
  for (const [name, options] of [
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['on a phone', { viewport: { width: 360, height: 740 } }],
  ]) {
    test(`axe finds no violation: ${name}`, async () => {
      await openPage({ ...options, bypassCSP: true });
      for (const prepare of [
        async () => {},
        async () => fill('input', await sign({ ...goodClaims(), email: 'a@example.com' })),
        async () => fill('key', SECRET),
        async () => fill('input', await sign({ ...goodClaims(), exp: 1 })),
        async () => {
          await page.$$eval('details', (all) => {
            for (const one of all) one.setAttribute('open', '');
          });
          await fill('other', await sign({ sub: '8' }));
        },
      ]) {
        await prepare();
        await page.waitForTimeout(200);
        await page.addScriptTag({ path: AXE });
        const { violations } = await page.evaluate(() => axe.run());
        assert.deepEqual(
          violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
          [],
        );
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        assert.equal(overflow, 0, 'the page is wider than the window');
      }
    });
  }

  test('with the keyboard alone', async () => {
    const focused = () =>
      page.evaluate(
        () => document.activeElement?.id || document.activeElement?.className || document.activeElement?.tagName,
      );
    const order = [];
    for (let step = 0; step < 22; step += 1) {
      await page.keyboard.press('Tab');
      order.push(await focused());
    }
    for (const id of ['skip', 'input', 'example', 'key', 'key-url', 'key-fetch', 'want-iss', 'SUMMARY']) {
      assert.ok(order.includes(id), `${id} is reached by Tab: ${order}`);
    }
    await page.focus('#example');
    await page.keyboard.press('Enter');
    await sees('contents', /https:\/\/id\.example/);
    await page.focus('#share summary');
    await page.keyboard.press('Enter');
    assert.equal(await page.$eval('#share', (details) => details.open), true);
  });
});

describe('nothing leaves the page', () => {
  /** What a person can do on the page without asking for a network. Each leaves something on the page that shows it was done. */
  const flows = {
    'the example': async () => {
      await page.click('#example');
      await sees('contents', /id\.example/);
    },
    'a dropped file': async () => {
      await page.evaluate(
        (text) => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([text], 'token.txt', { type: 'text/plain' }));
          document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
        },
        await sign({ ...goodClaims(), sub: 'dropped' }),
      );
      await sees('contents', /dropped/);
    },
    'a token that names places to fetch from': async () => {
      const elsewhere = 'https://elsewhere.example/keys.json';
      const claims = { ...goodClaims(), iss: 'https://elsewhere.example', picture: 'https://elsewhere.example/a.png' };
      await fill('input', await sign(claims, { jku: elsewhere, x5u: elsewhere }));
      await sees('contents', /elsewhere\.example\/a\.png/);
    },
    'a pasted secret': async () => {
      await fill('input', await sign(goodClaims()));
      await fill('key', SECRET);
      await sees('verdict', PASSES);
    },
    'a pasted PEM, JWK and JWKS': async () => {
      const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const jwk = { ...(await exportJWK(publicKey)), alg: 'RS256' };
      await fill('input', await sign(goodClaims(), { key: privateKey, alg: 'RS256' }));
      for (const key of [await exportSPKI(publicKey), JSON.stringify(jwk), JSON.stringify({ keys: [jwk] })]) {
        await fill('key', '');
        await sees('verdict', UNKNOWN);
        await fill('key', key);
        await sees('verdict', PASSES);
      }
    },
    'a comparison': async () => {
      await page.click('#compare summary');
      await fill('other', await sign({ ...goodClaims(), sub: '8' }));
      await sees('differences', /sub.*7.*8/);
    },
    'claims edited and signed again': async () => {
      await page.click('#forge summary');
      await fill('forge-claims', JSON.stringify({ ...goodClaims(), sub: 'edited' }));
      await page.selectOption('#forge-alg', 'ES256');
      await page.click('#forge-sign');
      await page.click('#forge-inspect');
      await sees('contents', /edited/);
      await sees('verdict', PASSES);
    },
    'a link to share': async () => {
      await page.click('#share summary');
      await page.check('#share-token');
      assert.match(await page.inputValue('#share-link'), /#token=ey/);
    },
    'a cleared page': async () => {
      await page.click('#clear');
      await sees('verdict', /Paste a token/);
    },
  };

  test('no request after loading, none to anywhere else, nothing stored, whatever one does', async () => {
    const sockets = [];
    page.on('websocket', (socket) => sockets.push(socket.url()));
    const fetched = () => requests.filter((url) => !url.endsWith('icon.svg'));
    const loaded = fetched().length;
    for (const [name, flow] of Object.entries(flows)) {
      await flow();
      await page.waitForTimeout(100);
      assert.deepEqual(fetched().slice(loaded), [], name);
    }
    assert.ok(
      requests.every((url) => url.startsWith(site.url)),
      requests.join('\n'),
    );
    assert.deepEqual(sockets, []);
    // What the browser itself counted, beacons and all.
    const counted = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
    assert.ok(
      counted.every((url) => url.startsWith(site.url)),
      counted.join('\n'),
    );
    const stored = await page.evaluate(async () => [
      { ...localStorage },
      { ...sessionStorage },
      document.cookie,
      await indexedDB.databases(),
      await caches.keys(),
      (await navigator.serviceWorker.getRegistrations()).length,
      location.href,
      history.state,
    ]);
    assert.deepEqual(stored, [{}, {}, '', [], [], 0, site.url, null]);
  });

  test('the policy of the page forbids inline scripts and other hosts’ ones', async () => {
    const blocked = await page.evaluate(() =>
      new Promise((resolve) => {
        document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => resolve(effectiveDirective), {
          once: true,
        });
        const script = document.createElement('script');
        script.src = 'https://elsewhere.example/x.js';
        document.head.append(script);
      }).catch((error) => error.name),
    );
    assert.match(blocked, /script|trusted-types|TypeError/);
  });
});

/** A server of JSON documents that any page may read, unless `headers` says otherwise. */
async function serveJson(documents, headers = { 'access-control-allow-origin': '*' }) {
  const paths = [];
  let answers = {};
  const server = createServer((request, response) => {
    paths.push(request.url);
    const answer = answers[request.url];
    response
      .writeHead(answer ? 200 : 404, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(answer ?? {}));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://localhost:${server.address().port}`;
  answers = documents(origin);
  return { origin, paths, stop: () => new Promise((resolve) => server.close(resolve)) };
}
