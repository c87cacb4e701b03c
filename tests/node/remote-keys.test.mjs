/**
 * Keys at an address: when they are fetched, by whom, and what is believed. `tests/remote_keys.rs` has the same of the rules; here
 * they are with the package's own fetching. Network and clock are in the test's hand.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import * as node from 'portcullis';
import * as web from '../../js/dist/web/index.js';

const URL_OF_KEYS = 'https://id.example/jwks.json';
const places = { issuer: 'https://id.example', audience: 'api' };
const MINUTE = 60_000;
const keys = {};
for (const kid of ['1', '2', 'late']) keys[kid] = await node.generateKey('EdDSA', { kid });
const jwksOf = (...kids) => node.exportJwks(kids.map((kid) => keys[kid]));
const tokens = Object.fromEntries(
  Object.entries(keys).map(([kid, key]) => [kid, node.createSigner({ key, ...places }).signSync({ sub: kid })]),
);
const unavailable = { code: 'ERR_KEY_UNAVAILABLE', status: 503 };
const tokenOf = (kid) => node.createSigner({ key: keys['1'], kid, ...places }).signSync({});

/** An issuer whose answers and clock a test holds. `answer` may hang: `hold()` keeps fetches until the function it gives is called. */
function issuer(module, options = {}, more = {}) {
  const world = { clock: Date.now(), asked: [], beside: [], answer: () => Response.json(jwksOf('1')) };
  let gate;
  world.hold = () => {
    let open;
    gate = new Promise((resolve) => (open = resolve));
    return () => {
      gate = undefined;
      open();
    };
  };
  const key = module.remoteKeys(URL_OF_KEYS, {
    now: () => world.clock,
    async fetch(...asked) {
      world.asked.push(asked);
      const { answer } = world;
      await gate;
      return answer(...asked);
    },
    waitUntil: (work) => world.beside.push(work),
    ...options,
  });
  const verifier = module.createVerifier({ key, ...places, leeway: '1d', now: () => world.clock, ...more });
  world.verify = (kid) => verifier.verify(tokens[kid] ?? tokenOf(kid));
  world.verifier = verifier;
  return world;
}

for (const [name, module] of Object.entries({ node, web })) {
  test(`${name}: the body of an answer that is no 200 is cancelled, and never read`, async () => {
    for (const status of [201, 302, 404, 429, 500, 503]) {
      const seen = { pulled: 0, cancelled: 0 };
      const body = new ReadableStream(
        {
          pull: () => {
            seen.pulled += 1;
          },
          cancel: () => {
            seen.cancelled += 1;
          },
        },
        { highWaterMark: 0 },
      );
      const world = issuer(module);
      world.answer = () => new Response(body, { status });
      await assert.rejects(world.verify('1'), unavailable);
      assert.deepEqual(seen, { pulled: 0, cancelled: 1 }, String(status));
    }
  });

  test(`${name}: one odd entry or a repeated kid of a published set takes no other key down`, async () => {
    const [good] = jwksOf('1').keys;
    const [other] = jwksOf('2').keys;
    const world = issuer(module);
    const odd = [
      null,
      7,
      'text',
      [],
      {},
      { kty: 'AKP' },
      { ...other, kid: 'enc', use: 'enc' },
      { kty: 'RSA', n: 'AQAB', e: 'AQAB' },
    ];
    world.answer = () => Response.json({ keys: [...odd, good, good, { ...other, kid: '2' }, { ...good, kid: '2' }] });
    assert.equal((await world.verify('1')).claims.sub, '1');
    await assert.rejects(world.verify('2'), { code: 'ERR_KEY_AMBIGUOUS' });
    assert.equal((await world.verify('1')).claims.sub, '1');
  });

  test(`${name}: what is passed over in a published set is said once`, async (t) => {
    const said = t.mock.method(console, 'warn', () => {});
    const lines = () => said.mock.calls.map(({ arguments: [line] }) => line);
    const world = issuer(module);
    const [good] = jwksOf('1').keys;
    world.answer = () => Response.json({ keys: [7, good, { kty: 'RSA', alg: 'RS256', n: 'AQAB', e: 'AQAB' }] });
    await world.verify('1');
    assert.equal(lines().length, 2);
    assert.match(lines()[0], /^portcullis: https:\/\/id\.example\/jwks\.json: keys\[0\] is passed over: /);
    assert.match(lines()[1], /keys\[2\] is passed over: /);
    world.clock += 11 * MINUTE;
    await world.verify('1');
    await Promise.all(world.beside);
    assert.equal(world.asked.length, 2);
    assert.equal(lines().length, 2, 'the same faults, fetched again, are not said again');
    world.answer = () => Response.json({ keys: [good, null] });
    world.clock += 11 * MINUTE;
    await world.verify('1');
    await Promise.all(world.beside);
    assert.equal(lines().length, 3, 'another fault is said');
    said.mock.mockImplementation(() => {
      throw new Error('no console');
    });
    world.answer = () => Response.json({ keys: [good, false, {}] });
    world.clock += 11 * MINUTE;
    await world.verify('1');
    await Promise.all(world.beside);
    assert.equal((await world.verify('1')).claims.sub, '1');
  });

  test(`${name}: one fetch serves ten minutes, and says what it wants`, async () => {
    const world = issuer(module);
    for (let minute = 0; minute < 10; minute++) {
      assert.equal((await world.verify('1')).claims.sub, '1');
      world.clock += MINUTE - 1;
    }
    assert.equal(world.asked.length, 1);
    const [url, { redirect, headers, signal }] = world.asked[0];
    assert.deepEqual([url, redirect], [URL_OF_KEYS, 'manual']);
    assert.match(headers.accept, /jwk-set\+json/);
    assert.ok(signal instanceof AbortSignal);
  });

  test(`${name}: old keys are used while they are fetched again, beside the answer`, async () => {
    const world = issuer(module);
    await world.verify('1');
    world.clock += 11 * MINUTE;
    world.answer = () => Response.json(jwksOf('1', '2'));
    const open = world.hold();
    await Promise.all([world.verify('1'), world.verify('1'), world.verify('1')]);
    assert.equal(world.asked.length, 2, 'three answers, and one fetch that nobody waited for');
    assert.equal(world.beside.length, 1, 'which waitUntil was told of');
    open();
    await world.beside[0];
    assert.equal((await world.verify('2')).claims.sub, '2');
    assert.equal(world.asked.length, 2);
  });

  test(`${name}: an issuer out of reach is forgiven for an hour, and asked no more than twice a minute`, async () => {
    const world = issuer(module);
    await world.verify('1');
    world.answer = () => Promise.reject(new TypeError('no network'));
    for (let minute = 0; minute < 69; minute++) {
      world.clock += MINUTE;
      await world.verify('1');
      await Promise.all(world.beside);
    }
    assert.ok(world.asked.length <= 1 + 60, String(world.asked.length));
    world.clock += 2 * MINUTE;
    await assert.rejects(world.verify('1'), unavailable);
  });

  test(`${name}: a failure too is followed by thirty seconds of rest`, async () => {
    const world = issuer(module);
    world.answer = () => new Response('down', { status: 500 });
    for (let times = 0; times < 20; times++) await assert.rejects(world.verify('1'), unavailable);
    assert.equal(world.asked.length, 1);
    world.answer = () => Response.json(jwksOf('1'));
    world.clock += 29_999;
    await assert.rejects(world.verify('1'), unavailable);
    assert.equal(world.asked.length, 1);
    world.clock += 1;
    await world.verify('1');
    assert.equal(world.asked.length, 2);
  });

  test(`${name}: any number of callers at once are one fetch`, async () => {
    const world = issuer(module);
    const open = world.hold();
    const callers = Array.from({ length: 40 }, () => world.verify('1'));
    await new Promise((resolve) => setImmediate(resolve));
    open();
    await Promise.all(callers);
    assert.equal(world.asked.length, 1);
  });

  test(`${name}: who waits takes over from a fetch that is never heard of again`, async () => {
    const world = issuer(module);
    world.answer = () => new Promise(() => undefined);
    world.verify('1').catch(() => assert.fail('the request that it belonged to is gone'));
    const waiting = world.verify('1');
    assert.equal(world.asked.length, 1);
    world.answer = () => Response.json(jwksOf('1'));
    world.clock += 7_000;
    assert.equal((await waiting).claims.sub, '1');
    assert.equal(world.asked.length, 2, 'once its time was over');
  });

  test(`${name}: a remembered token does not outlive its key`, async () => {
    const world = issuer(module, {}, { cache: true });
    const first = await world.verify('1');
    assert.equal(await world.verify('1'), first, 'remembered');
    world.answer = () => Response.json(jwksOf('2'));
    world.clock += 11 * MINUTE;
    await world.verify('1');
    await Promise.all(world.beside);
    await assert.rejects(world.verify('1'), { code: 'ERR_KEY_NOT_FOUND' });
    assert.throws(() => world.verifier.verifySync(tokens['1']), { code: 'ERR_KEY_NOT_FOUND' });
  });

  test(`${name}: nor where a function finds the keys`, async () => {
    let found = jwksOf('1');
    const verifier = module.createVerifier({ key: () => found, ...places, cache: true });
    const first = await verifier.verify(tokens['1']);
    assert.equal(await verifier.verify(tokens['1']), first, 'remembered');
    found = jwksOf('2');
    await assert.rejects(verifier.verify(tokens['1']), { code: 'ERR_KEY_NOT_FOUND' });
  });

  test(`${name}: a new key is fetched when a token names it; made-up names cost two fetches a minute`, async () => {
    const world = issuer(module);
    await world.verify('1');
    world.clock += MINUTE;
    world.answer = () => Response.json(jwksOf('1', '2'));
    assert.equal((await world.verify('2')).claims.sub, '2');
    assert.equal(world.asked.length, 2);
    for (let second = 0; second < 60; second++) {
      for (let each = 0; each < 5; each++) {
        await assert.rejects(world.verify(`made up ${second} ${each}`), { code: 'ERR_KEY_NOT_FOUND', status: 401 });
      }
      world.clock += 1000;
    }
    assert.ok(world.asked.length <= 4, String(world.asked.length));
  });

  test(`${name}: an absent name is remembered for a while, and no longer`, async () => {
    const world = issuer(module);
    await assert.rejects(world.verify('late'), { code: 'ERR_KEY_NOT_FOUND' });
    world.clock += MINUTE;
    await assert.rejects(world.verify('late'), { code: 'ERR_KEY_NOT_FOUND' });
    assert.equal(world.asked.length, 1, 'known to be absent');
    world.answer = () => Response.json(jwksOf('1', 'late'));
    world.clock += MINUTE;
    await world.verify('late');
  });

  test(`${name}: whatever is no key set counts as none`, async () => {
    const good = JSON.stringify(jwksOf('1'));
    const crowd = JSON.stringify({ keys: Array(101).fill({ kty: 'x' }) });
    const say = (body, init) => () => new Response(body, init);
    for (const answer of [
      say('<html>'),
      say('{}'),
      say('null'),
      say(`\ufeff${good}`),
      say(crowd),
      say(good.padEnd(256 * 1024 + 1)),
      say(new Uint8Array([0x7b, 0xff, 0x7d])),
      say(good, { status: 203 }),
      say(null, { status: 204 }),
      say(good, { status: 404 }),
      say(null, { status: 302, headers: { location: 'http://id.example/jwks.json' } }),
      say(null, { status: 301, headers: { location: 'https://elsewhere.example/jwks.json' } }),
      say(null, { status: 304 }),
      () => Promise.reject(new DOMException('took too long', 'TimeoutError')),
      () => {
        throw new Error('thrown at once');
      },
    ]) {
      const world = issuer(module);
      world.answer = answer;
      await assert.rejects(world.verify('1'), unavailable);
      assert.equal(world.asked.length, 1, 'and no second address was asked');
    }
  });

  test(`${name}: a body that is cut off at its bound is not read on`, async () => {
    const world = issuer(module, { maxBytes: 1000 });
    let pulled = 0;
    let cancelled = false;
    world.answer = () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            pulled += 1;
            controller.enqueue(new Uint8Array(600));
          },
          cancel() {
            cancelled = true;
          },
        }),
      );
    await assert.rejects(world.verify('1'), unavailable);
    assert.ok(cancelled && pulled < 10, `${pulled} pieces`);
  });

  test(`${name}: secrets and weak keys in a set are passed over, and private halves never sign`, async () => {
    const world = issuer(module);
    const secret = { kty: 'oct', alg: 'HS256', kid: 's', k: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8' };
    const own = node.exportJwk(keys['1'], { private: true });
    world.answer = () => Response.json({ keys: [secret, { kty: 'RSA', n: 'AQAB', e: 'AQAB', kid: 'w' }, own] });
    await world.verify('1');
    const forged = node.createSigner({ key: secret, ...places }).signSync({});
    await assert.rejects(world.verifier.verify(forged), { status: 401 });
  });

  test(`${name}: what a token says of its algorithm is the token's fault, not an option's`, async () => {
    const world = issuer(module);
    const [, body, signature] = tokens['1'].split('.');
    for (const alg of ['none', 'eddsa', 'HS999']) {
      const head = Buffer.from(JSON.stringify({ alg, kid: '1' })).toString('base64url');
      await assert.rejects(world.verifier.verify(`${head}.${body}.${signature}`), {
        code: 'ERR_ALG_NOT_ALLOWED',
        status: 401,
      });
    }
    assert.equal(world.asked.length, 0, 'nor is anything fetched for it');
  });

  test(`${name}: an address is https without credentials, or plain http to this machine where asked for`, () => {
    for (const wrong of [
      'http://id.example/',
      'file:///jwks',
      'https://me:pw@id.example/',
      'jwks',
      '',
      undefined,
      null,
      7,
    ]) {
      assert.throws(() => module.remoteKeys(wrong), { code: 'ERR_OPTION_INVALID' }, String(wrong));
    }
    for (const make of [module.remoteKeys, module.revocationList]) {
      const named = { code: 'ERR_OPTION_INVALID', message: /allowLoopbackHttp: true/ };
      assert.throws(() => make('http://localhost:8787/x'), named);
    }
    const wide = { allowLoopbackHttp: true };
    assert.throws(() => module.remoteKeys('http://id.example/', wide), { code: 'ERR_OPTION_INVALID' });
    for (const good of ['http://localhost:1/', 'http://127.0.0.1/', 'http://[::1]/']) module.remoteKeys(good, wide);
    for (const options of [{ cooldown: 'soon' }, { maxBytes: 0 }, { fetch: 'x' }, { ttl: 1 }, { now: 5 }, null]) {
      assert.throws(() => module.remoteKeys(URL_OF_KEYS, options), { code: 'ERR_OPTION_INVALID' });
    }
  });

  test(`${name}: a server that does not answer in time counts as one out of reach`, async () => {
    const server = createServer(() => undefined);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${server.address().port}/`;
      const key = module.remoteKeys(url, { allowLoopbackHttp: true, timeout: '50ms' });
      await assert.rejects(module.verify(tokens['1'], { key, ...places }), unavailable);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
}
