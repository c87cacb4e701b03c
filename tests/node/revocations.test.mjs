/** The revocation list of a session server, polled by verifiers elsewhere. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, beforeEach, test } from 'node:test';
import express from 'express';
import * as node from 'portcullis';
import { authenticate, optionalAuth } from 'portcullis/express';
import * as web from '../../js/dist/web/index.js';

const places = { issuer: 'https://id.example', audience: 'api' };
const secret = crypto.getRandomValues(new Uint8Array(32));
let server;
let url;
/** What the server says, and what it was asked. */
let list;
let answer;
let asked;
let clock;

before(async () => {
  server = createServer((request, response) => {
    asked.push(request.headers['if-none-match']);
    answer(request, response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${server.address().port}/auth/revocations`;
});
after(() => {
  server?.closeAllConnections();
  server?.close();
});
beforeEach(() => {
  list = { accessTokenSeconds: 900, sessions: [], users: {} };
  asked = [];
  clock = 1_800_000_000_000;
  answer = sayList;
});

/** As the service does it: an ETag over the body, 304 for who knows it. */
function sayList(request, response) {
  const body = JSON.stringify(list);
  const etag = `"${Buffer.from(body).toString('base64url')}"`;
  response.setHeader('etag', etag).setHeader('content-type', 'application/json');
  if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
  else response.end(body);
}
const fail = (_request, response) => response.writeHead(503).end();
const say =
  (text, headers = {}) =>
  (_request, response) =>
    response.writeHead(200, headers).end(text);

for (const [name, module] of Object.entries({ node, web })) {
  const { createSigner, createVerifier, revocationList } = module;
  const now = () => clock;
  const listOf = (options) => revocationList(url, { allowLoopbackHttp: true, now, ...options });
  const key = module.importKey(secret, { alg: 'HS256' });
  const verifierOf = (options) => createVerifier({ key, ...places, revocations: listOf(options), now });
  const tokenOf = (claims) => createSigner({ key, ...places, now }).sign({ sub: '7', sid: 's', ...claims });

  /** Lets a fetch beside an answer come in: asks until the server was asked `times` times and the list is used. */
  async function settled(times) {
    while (asked.length < times) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }

  test(`${name}: sessions and users on the list are refused, others pass`, async () => {
    const seconds = clock / 1000;
    list = { ...list, sessions: ['gone'], users: { out: seconds } };
    const verifier = verifierOf();
    await verifier.verify(await tokenOf());
    await verifier.verify(await tokenOf({ sub: 'out', iat: seconds }));
    const revoked = { code: 'ERR_TOKEN_REVOKED', status: 401 };
    await assert.rejects(verifier.verify(await tokenOf({ sid: 'gone' })), revoked);
    await assert.rejects(verifier.verify(await tokenOf({ sub: 'out', iat: seconds - 1 })), revoked);
    const ageless = await createSigner({ key, ...places, now, issuedAt: false }).sign({ sub: 'out' });
    await assert.rejects(verifier.verify(ageless), revoked);
    assert.equal(asked.length, 1);
  });

  test(`${name}: one fetch for all, then answers at once`, async () => {
    const verifier = verifierOf();
    const token = await tokenOf();
    assert.throws(() => verifier.verifySync(token), { code: 'ERR_SYNC_UNAVAILABLE' });
    await Promise.all(Array.from({ length: 50 }, () => verifier.verify(token)));
    verifier.verifySync(token);
    assert.deepEqual(asked, [undefined]);
  });

  test(`${name}: an older list is used while it is asked for again, with its ETag`, async () => {
    const verifier = verifierOf({ freshFor: '10s', maxAge: '1m' });
    const token = await tokenOf();
    await verifier.verify(token);
    clock += 11_000;
    verifier.verifySync(token);
    await settled(2);
    assert.match(asked[1], /^"/);
    list.sessions.push('s');
    clock += 9_000;
    verifier.verifySync(token);
    assert.equal(asked.length, 2, 'the 304 made the list young again');
    clock += 2_000;
    await verifier.verify(token);
    await settled(3);
    assert.throws(() => verifier.verifySync(token), { code: 'ERR_TOKEN_REVOKED' });
  });

  test(`${name}: a list past its age is not believed; without one everything is refused as 503`, async () => {
    const verifier = verifierOf({ freshFor: '10s', maxAge: '1m', cooldown: '5s' });
    const token = await tokenOf();
    await verifier.verify(token);
    answer = fail;
    clock += 60_000;
    verifier.verifySync(token);
    await settled(2);
    clock += 1_000;
    const unavailable = { code: 'ERR_REVOCATION_UNAVAILABLE', status: 503 };
    await assert.rejects(verifier.verify(token), unavailable);
    assert.equal(asked.length, 2, 'a failure is followed by a pause');
    clock += 5_000;
    await assert.rejects(verifier.verify(token), unavailable);
    assert.equal(asked.length, 3);
    answer = sayList;
    clock += 6_000;
    await verifier.verify(token);
  });

  test(`${name}: a clock set back does not make a list young`, async () => {
    const verifier = verifierOf();
    const token = await tokenOf({ iat: clock / 1000 - 9000 });
    await verifier.verify(token);
    clock -= 3_600_000;
    answer = fail;
    await assert.rejects(verifier.verify(token), { code: 'ERR_REVOCATION_UNAVAILABLE' });
  });

  test(`${name}: who asks for it gets tokens accepted, by the last list there was`, async () => {
    answer = fail;
    const verifier = verifierOf({ whenUnavailable: 'accept', freshFor: '10s', maxAge: '1m' });
    const [token, gone] = [await tokenOf(), await tokenOf({ sid: 'gone' })];
    await verifier.verify(gone);
    answer = sayList;
    list.sessions.push('gone');
    clock += 6_000;
    await assert.rejects(verifier.verify(gone), { code: 'ERR_TOKEN_REVOKED' });
    answer = fail;
    clock += 120_000;
    await verifier.verify(token);
    await assert.rejects(verifier.verify(gone), { code: 'ERR_TOKEN_REVOKED' });
  });

  test(`${name}: whatever is no list counts as none`, async () => {
    const good = JSON.stringify(list);
    const wrong = [
      say('no json'),
      say('null'),
      say('[]'),
      say('{"sessions":[]}'),
      say('{"sessions":[7],"users":{}}'),
      say('{"sessions":[],"users":{"a":"1"}}'),
      say('{"sessions":[],"users":[]}'),
      say(good.padEnd(2000)),
      say(good, { age: '3600' }),
      (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end(),
      (_request, response) => response.writeHead(304).end(),
      (request) => request.socket.destroy(),
    ];
    for (answer of wrong) {
      const verifier = verifierOf({ maxBytes: 1000 });
      await assert.rejects(verifier.verify(await tokenOf()), { code: 'ERR_REVOCATION_UNAVAILABLE' });
    }
  });

  test(`${name}: an address is enough, if it is a safe one`, async () => {
    const address = 'https://id.example/auth/revocations';
    for (const revocations of [address, new URL(address)]) createVerifier({ key, ...places, revocations });
    for (const wrong of ['', 'list', url, 'https://user:word@id.example/', 'file:///list']) {
      assert.throws(() => createVerifier({ key, ...places, revocations: wrong }), { code: 'ERR_OPTION_INVALID' });
    }
    const wide = { allowLoopbackHttp: true };
    assert.throws(() => revocationList('http://id.example/', wide), { code: 'ERR_OPTION_INVALID' });
    for (const options of [{ maxAge: '1s' }, { whenUnavailable: 'pass' }, { ttl: 1 }]) {
      assert.throws(() => listOf(options), { code: 'ERR_OPTION_INVALID' });
    }
  });
}

test('the address goes to the host’s fetch', async (t) => {
  t.mock.method(globalThis, 'fetch', async () => Response.json({ ...list, sessions: ['s'] }));
  const key = node.importKey(secret, { alg: 'HS256' });
  const token = await node.sign({ sid: 's' }, { key, ...places });
  const verifier = node.createVerifier({ key, ...places, revocations: 'https://id.example/auth/revocations' });
  await assert.rejects(verifier.verify(token), { code: 'ERR_TOKEN_REVOKED' });
});

test('an adapter takes the address: revoked is 401, a list out of reach 503 also where bad tokens are forgiven', async (t) => {
  const ask = fetch;
  let reachable = true;
  t.mock.method(globalThis, 'fetch', async () => {
    if (!reachable) throw new TypeError('no network');
    return Response.json({ ...list, sessions: ['gone'] });
  });
  const key = node.importKey(secret, { alg: 'HS256' });
  const options = () => ({ key, ...places, revocations: 'https://id.example/auth/revocations' });
  const app = express();
  const show = (request, response) => response.json({ sub: request.auth?.claims.sub ?? null });
  const mount = (path) => {
    app.get(`${path}/me`, authenticate(options()), show);
    app.get(`${path}/anyone`, optionalAuth({ ...options(), invalidToken: 'treat-as-missing' }), show);
  };
  mount('/a');
  const host = app.listen(0, '127.0.0.1');
  try {
    await new Promise((resolve) => host.once('listening', resolve));
    const get = async (path, sid) => {
      const authorization = `Bearer ${await node.sign({ sub: '7', sid }, { key, ...places })}`;
      const reply = await ask(`http://127.0.0.1:${host.address().port}${path}`, { headers: { authorization } });
      return [reply.status, await reply.json(), reply.headers];
    };
    assert.deepEqual((await get('/a/me', 's')).slice(0, 2), [200, { sub: '7' }]);
    const [status, body, headers] = await get('/a/me', 'gone');
    assert.deepEqual([status, body.error], [401, 'invalid_token']);
    assert.match(
      headers.get('www-authenticate'),
      /error="invalid_token", error_description="the token has been revoked"/,
    );
    assert.deepEqual((await get('/a/anyone', 'gone')).slice(0, 2), [200, { sub: null }], 'that was asked for in words');
    reachable = false;
    mount('/b');
    for (const path of ['/b/me', '/b/anyone']) {
      const [code, { error }, its] = await get(path, 's');
      assert.deepEqual([code, error, its.get('retry-after')], [503, 'temporarily_unavailable', '5']);
    }
  } finally {
    host.close();
  }
});
