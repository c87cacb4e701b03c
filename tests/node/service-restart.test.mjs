/** After a trap in the service's wasm module, every request is answered, and the next one works on a fresh instance. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { SECRETS } from '../support/express-auth.mjs';
import { atEveryCall, trapAfter } from '../support/traps.mjs';

const { authRoutes, memoryStores } = await import('portcullis/express');
const { decode } = await import('portcullis');

const PLACES = { issuer: 'https://id.example', audience: 'https://api.example' };

/** A service behind a real server. */
async function serve(options = {}) {
  const stores = memoryStores();
  const logged = [];
  const logger = { info() {}, error: (line) => logged.push(line) };
  const auth = authRoutes({ ...PLACES, ...SECRETS, stores, logger, ...options });
  const passedOn = [];
  const server = createServer((request, response) =>
    auth(request, response, (error) => {
      passedOn.push(error);
      response.writeHead(599).end();
    }),
  );
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  after(() => {
    auth.close();
    server.close();
  });
  const ask = async (path, { method = 'GET', body, token } = {}) => {
    // `fetch` would bring a wasm module of its own along, which may trap as well.
    const asked = request({
      port: server.address().port,
      path,
      method,
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      signal: AbortSignal.timeout(20_000),
    });
    asked.end(body && JSON.stringify(body));
    const [reply] = await once(asked, 'response');
    return { status: reply.statusCode, headers: reply.headers, body: await json(reply).catch(() => undefined) };
  };
  const account = { email: 'ann@example.com', password: 'correct horse battery staple', name: 'Ann' };
  const signedIn = await ask('/auth/register', { method: 'POST', body: { ...account, tokenDelivery: 'body' } });
  assert.equal(signedIn.status, 201);
  const { accessToken, refreshToken } = signedIn.body;
  return { auth, stores, logged, passedOn, ask, accessToken, refreshToken };
}

/** A store's verb that waits until the test lets it go on. */
function held(store, verb) {
  const its = store[verb];
  const waiting = [];
  store[verb] = async (...given) => {
    await new Promise((go) => waiting.push(go));
    return its.call(store, ...given);
  };
  return {
    async begun() {
      while (waiting.length === 0) await new Promise((turn) => setImmediate(turn));
    },
    release() {
      store[verb] = its;
      for (const go of waiting) go();
    },
  };
}

const code = ({ status, body }) => [status, body?.error];

test('a request whose work traps is answered with 500, and the next one works', async () => {
  const { auth, ask, accessToken, refreshToken, passedOn, logged } = await serve({ refreshGrace: '5m' });
  const { claims } = decode(accessToken);
  const work = async () => {
    const me = await ask('/users/me', { token: accessToken });
    const refreshed = await ask('/auth/refresh', { method: 'POST', body: { refreshToken, tokenDelivery: 'body' } });
    const revoked = await auth.revocations.isRevoked(claims).catch((error) => error.code);
    return [...code(me), ...code(refreshed), revoked];
  };
  const good = [200, undefined, 200, undefined, false];
  assert.deepEqual(await work(), good);
  const refusals = [[500, 'internal_error'], ['ERR_REVOCATION_UNAVAILABLE']].map(String);
  await atEveryCall(work, (outcome, error) => {
    assert.equal(error, undefined);
    const failed = outcome.filter((one, at) => one !== good[at]);
    assert.ok(refusals.includes(String(failed)), `${outcome}`);
  });
  assert.deepEqual(await work(), good);
  assert.deepEqual(passedOn, []);
  const own = logged.find(({ status }) => status === 500);
  assert.match(own.reason, /the wasm module stopped and was started again: unreachable/);
  assert.equal(own.path, '/users/me');
});

test('requests that wait beside a trap are answered with 503 at once, in every service of the process', async () => {
  const [one, other] = [await serve(), await serve()];
  const stores = [held(one.stores.accounts, 'findById'), held(other.stores.accounts, 'findById')];
  const waiting = [one, other].map(({ ask, accessToken }) => ask('/users/me', { token: accessToken }));
  for (const store of stores) await store.begun();
  let own;
  assert.ok(
    await trapAfter(3, async () => {
      own = await one.ask('/auth/refresh', { method: 'POST', body: { refreshToken: one.refreshToken } });
    }),
  );
  assert.deepEqual(code(own), [500, 'internal_error']);
  for (const reply of await Promise.all(waiting)) {
    assert.deepEqual(code(reply), [503, 'unavailable']);
    assert.equal(reply.headers['retry-after'], '2');
    assert.match(reply.headers['x-request-id'], /^[0-9a-f]{16}$/);
  }
  // What the stores answer now is for nobody any more.
  for (const store of stores) store.release();
  for (const { ask, accessToken } of [one, other]) {
    assert.equal((await ask('/users/me', { token: accessToken })).status, 200);
  }
});

test('the public keys are the same after a trap', async () => {
  const { generateKey, exportJwk } = await import('portcullis');
  const jwk = exportJwk(await generateKey('ES256', { kid: 'one' }), { private: true });
  const { jwtRefreshSecret } = SECRETS;
  const options = { jwtSecret: undefined, jwtRefreshSecret, keys: { keys: [{ ...jwk, alg: 'ES256', use: 'sig' }] } };
  const { ask, accessToken } = await serve(options);
  const jwks = (await ask('/.well-known/jwks.json')).body;
  assert.equal(jwks.keys.length, 1);
  await trapAfter(0, async () => assert.equal((await ask('/users/me', { token: accessToken })).status, 500));
  assert.deepEqual((await ask('/.well-known/jwks.json')).body, jwks);
  assert.equal((await ask('/users/me', { token: accessToken })).status, 200);
});
