/** A credential that came by cookie is only good for requests that this site's own pages, or no browser, sent: at every adapter. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { initTRPC } from '@trpc/server';
import { Hono } from 'hono';
import { createSigner } from 'portcullis';
import * as express from 'portcullis/express';
import * as fetchAdapter from 'portcullis/fetch';
import * as hono from 'portcullis/hono';
import { ExtractJwt } from 'portcullis/passport';
import { createAuthContext, requireAuth } from 'portcullis/trpc';

const key = 'a secret for tests, longer than 32 bytes';
const token = createSigner({ key, algorithm: 'HS256', expiresIn: '15m' }).signSync({ sub: '7' });
const options = {
  key,
  algorithms: ['HS256'],
  issuer: null,
  audience: null,
  cookie: 'access',
  allowedOrigins: ['https://app.example'],
};

const { cases } = JSON.parse(readFileSync(new URL('../vectors/cross-site.json', import.meta.url), 'utf8'));

/** The headers of a case, as a browser would send them with the cookie. */
function headersOf({ origins, fetchSite }, more = {}) {
  const headers = { host: 'id.example', cookie: `access=${token}`, ...more };
  if (origins.length > 0) headers.origin = origins.join(', ');
  if (fetchSite !== null && fetchSite !== undefined) headers['sec-fetch-site'] = fetchSite;
  return headers;
}

const nodeRequest = (one, more) => ({ method: one.method, url: '/', headers: headersOf(one, more) });
const fetchRequest = (one, more) => {
  const { host: _, ...headers } = headersOf(one, more);
  return new Request('https://id.example/', { method: one.method, headers });
};

/** How each adapter judges a case: the status of its answer. */
const ADAPTERS = {
  express: async (one, more) => {
    const auth = express.authenticate(options);
    return auth.request(nodeRequest(one, more)).then(
      () => 200,
      ({ status }) => status,
    );
  },
  fetch: async (one, more) => {
    const auth = fetchAdapter.authenticate(options);
    return (await auth.protect(() => new Response('yes'))(fetchRequest(one, more))).status;
  },
  hono: async (one, more) => {
    const app = new Hono();
    app.use(hono.authenticate(options));
    app.all('/', (c) => c.text('yes'));
    return (await app.fetch(fetchRequest(one, more))).status;
  },
  trpc: async (one, more) => {
    const { authError } = await createAuthContext(options)({ req: nodeRequest(one, more) });
    return authError?.status ?? 200;
  },
  'passport fromCookie': async (one, more) => {
    const extract = ExtractJwt.fromCookie('access', options);
    try {
      return extract(nodeRequest(one, more)) === token ? 200 : 401;
    } catch ({ status }) {
      return status;
    }
  },
};

for (const [name, judge] of Object.entries(ADAPTERS)) {
  test(`${name}: the vectors of the rule`, async () => {
    for (const one of cases) assert.equal(await judge(one), one.allowed ? 200 : 403, JSON.stringify(one));
  });

  if (name !== 'fetch' && name !== 'hono') {
    test(`${name}: a WebSocket upgrade is no read`, async () => {
      const upgrade = { upgrade: 'websocket', connection: 'upgrade' };
      const from = (origin) => judge({ method: 'GET', origins: [origin], fetchSite: null }, upgrade);
      assert.deepEqual([await from('https://id.example'), await from('https://evil.example')], [200, 403]);
    });
  }
}

test('a bearer header is no cookie and passes from anywhere', async () => {
  const auth = express.authenticate(options);
  const headers = { host: 'id.example', authorization: `Bearer ${token}`, origin: 'https://evil.example' };
  assert.equal((await auth.request({ method: 'POST', url: '/', headers })).auth.claims.sub, '7');
});

test('an origin that no browser would send is refused as an option', () => {
  for (const origin of [
    'https://APP.example',
    'https://app.example/',
    'https://app.example:443',
    'app.example',
    '*',
    '',
  ]) {
    assert.throws(
      () => express.authenticate({ ...options, allowedOrigins: [origin] }),
      { code: 'ERR_OPTION_INVALID', claim: 'allowedOrigins' },
      origin,
    );
  }
  express.authenticate({ ...options, allowedOrigins: ['capacitor://localhost', 'http://localhost:5173'] });
});

test('two cookies of one name are no credential', async () => {
  const two = { cookie: `access=${token}; access=another` };
  const request = { method: 'GET', url: '/', headers: { host: 'id.example', ...two } };
  assert.equal(ExtractJwt.fromCookie('access')(request), null);
  await assert.rejects(express.authenticate(options).request(request), { code: 'ERR_CREDENTIALS_AMBIGUOUS' });
});

test('a connection is judged again at every call: its token expires, its session is revoked', async () => {
  const revoked = new Set();
  let now = Date.now();
  const createContext = createAuthContext({
    ...options,
    now: () => now,
    revocations: { isRevoked: ({ sub }) => revoked.has(sub) },
  });
  const t = initTRPC.context().create();
  const router = t.router({ whoami: t.procedure.use(requireAuth()).query(({ ctx }) => ctx.auth.claims.sub) });
  const upgrade = { upgrade: 'websocket', connection: 'upgrade' };
  const open = async () => {
    const req = nodeRequest({ method: 'GET', origins: ['https://id.example'] }, upgrade);
    // Applications spread the context into their own.
    return router.createCaller({ ...(await createContext({ req })), database: 'theirs' });
  };
  const caller = await open();
  assert.equal(await caller.whoami(), '7');
  revoked.add('7');
  await assert.rejects(caller.whoami(), { code: 'UNAUTHORIZED' });
  revoked.clear();
  assert.equal(await caller.whoami(), '7');
  now += 16 * 60_000;
  await assert.rejects(caller.whoami(), { code: 'UNAUTHORIZED' });
});

test('tRPC names each refusal by its own code', async () => {
  const t = initTRPC.context().create();
  const router = t.router({ whoami: t.procedure.use(requireAuth()).query(() => 'yes') });
  for (const [code, more, headers] of [
    ['BAD_REQUEST', {}, { authorization: 'Bearer one two' }],
    ['UNAUTHORIZED', {}, { authorization: 'Bearer x' }],
    ['UNAUTHORIZED', {}, {}],
    ['FORBIDDEN', {}, { cookie: `access=${token}`, origin: 'https://evil.example' }],
    [
      'SERVICE_UNAVAILABLE',
      { revocations: 'https://127.0.0.1:1/auth/revocations' },
      { authorization: `Bearer ${token}` },
    ],
  ]) {
    const context = await createAuthContext({ ...options, ...more })({ req: { method: 'POST', url: '/', headers } });
    await assert.rejects(router.createCaller(context).whoami(), { code }, code);
  }
});

test('only false means that a token is not revoked', async () => {
  for (const answer of [undefined, null, 0, '', true, 'no', Number.NaN]) {
    for (const given of [answer, Promise.resolve(answer)]) {
      const auth = express.authenticate({ ...options, revocations: { isRevoked: () => given } });
      const request = { method: 'GET', url: '/', headers: { host: 'id.example', authorization: `Bearer ${token}` } };
      await assert.rejects(auth.request(request), { code: 'ERR_TOKEN_REVOKED' }, String(answer));
    }
  }
});

test('a verdict from the cache cannot be changed for its next holder', async () => {
  const auth = express.authenticate({ ...options, cache: true });
  const request = { method: 'GET', url: '/', headers: { host: 'id.example', authorization: `Bearer ${token}` } };
  for (let round = 0; round < 2; round++) {
    const { auth: verdict } = await auth.request(request);
    for (const change of [
      () => (verdict.claims.sub = 'root'),
      () => (verdict.claims = { sub: 'root' }),
      () => (verdict.admin = true),
    ]) {
      assert.throws(change, TypeError);
    }
    assert.equal(verdict.claims.sub, '7');
  }
});
