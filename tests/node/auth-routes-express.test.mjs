/** `authRoutes` as a part of an Express application: options, bodies, proxies, prefixes, failing stores, what else believes its tokens. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { request } from 'node:http';
import { connect } from 'node:net';
import { after, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import express from 'express';
import { authenticate, authorize, authRoutes, memoryStores } from 'portcullis/express';
import { SECRETS, startExpress } from '../support/express-auth.mjs';
import { claimsOf, PASSWORD } from '../support/http-client.mjs';

const GOOD = { issuer: 'https://id.example', audience: 'api', ...SECRETS, stores: memoryStores() };

async function started(options) {
  const server = await startExpress(options);
  after(() => server.stop());
  return server;
}

describe('options', () => {
  const refusal = (options) => {
    try {
      authRoutes(options).close();
      return undefined;
    } catch (error) {
      assert.deepEqual([error.name, error.code], ['OptionError', 'ERR_OPTION_INVALID'], error.stack);
      return error.message;
    }
  };

  test('a wrong one is named, with what was given and what is allowed', () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ format: 'jwk' });
    const wrong = {
      'the option "options" must be an object, but is missing': undefined,
      'the option "issuer" must be a string that is not empty, but is missing': { ...GOOD, issuer: undefined },
      'the option "audience" must be a string that is not empty, but is the number 7': { ...GOOD, audience: 7 },
      '"issuer" must be an http(s) address without query, for example https://id.example.com.': {
        ...GOOD,
        issuer: 'me',
      },
      'the option "jwtSecret" must be a string of at least 32 bytes, where there are no "keys", but is missing': {
        ...GOOD,
        jwtSecret: undefined,
      },
      '"jwtSecret" has 5 bytes; at least 32 are needed.': { ...GOOD, jwtSecret: 'short' },
      '"jwtRefreshSecret" is missing.': { ...GOOD, jwtRefreshSecret: undefined },
      '"jwtSecret" and "jwtRefreshSecret" must be different.': { ...GOOD, jwtRefreshSecret: SECRETS.jwtSecret },
      'the option "jwtSecret" must be left out beside "keys", but is a string of 44 characters': {
        ...GOOD,
        keys: { keys: [] },
      },
      'the option "accessTokenLifetime" must be a whole number of seconds, but is a string of 5 characters': {
        ...GOOD,
        accessTokenLifetime: '500ms',
      },
      '"refreshGrace" must be at most 300; within the grace period a stolen token cannot be told apart from a concurrent tab.':
        {
          ...GOOD,
          refreshGrace: '10m',
        },
      'the option "stores.audit" must be an object with append(), find(), prune(), but is an object': {
        ...GOOD,
        stores: { ...memoryStores(), audit: {} },
      },
      'the option "accountPages" must be true, false, or an object with name, home and theme, but is an object': {
        ...GOOD,
        accountPages: { colour: 'red' },
      },
      '"accountPages.home" must be a path of this site.': { ...GOOD, accountPages: { home: 'https://evil.example' } },
      '"oauthClients" must have an id and a secret of 32 characters or more for each client.': {
        ...GOOD,
        oauthClients: [{ id: 'api', secret: 'short' }],
      },
    };
    for (const [message, options] of Object.entries(wrong)) assert.equal(refusal(options), message);
    assert.match(refusal({ ...GOOD, stroes: {} }), /^the option "stroes" must be left out: authRoutes takes issuer, /);
    const keys = { keys: [{ ...weak, alg: 'RS256' }] };
    assert.match(refusal({ ...GOOD, jwtSecret: undefined, keys }), /^"keys": .*2048/);
    assert.equal(refusal(GOOD), undefined);
  });

  test('no message has a secret in it', () => {
    const secret = 'hunter2hunter2';
    for (const name of ['jwtSecret', 'jwtRefreshSecret']) {
      assert.ok(!refusal({ ...GOOD, [name]: secret }).includes(secret));
    }
    assert.ok(!refusal({ ...GOOD, oauthClients: [{ id: 'api', secret }] }).includes(secret));
  });
});

describe('bodies', () => {
  const login = { email: 'user@example.com', password: PASSWORD, tokenDelivery: 'body' };
  const parsers = {
    'no parser': () => {},
    'express.json()': (app) => app.use(express.json(), express.urlencoded()),
    'express.raw()': (app) => app.use(express.raw({ type: () => true })),
    'express.text()': (app) => app.use(express.text({ type: () => true })),
  };
  for (const [name, before] of Object.entries(parsers)) {
    test(`are read with ${name} in front`, async () => {
      const server = await started({ before });
      const { body } = await server.post('/auth/login', login);
      assert.equal(body.user.email, 'user@example.com');
      assert.equal((await server.refresh(body.refreshToken)).status, 200);
      const asked = await server.send('POST', '/oauth/introspect', {
        body: new URLSearchParams({ token: body.accessToken }).toString(),
        headers: {
          authorization: `Basic ${Buffer.from('api:0123456789abcdef0123456789abcdef').toString('base64')}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
      });
      assert.equal(asked.body.active, true, asked.text);
      const bare = await server.send('POST', '/auth/logout', { token: body.accessToken });
      assert.equal(bare.status, 204, bare.text);
      for (const body of ['{', '[]', '"x"', '{"email":{}}', '{"__proto__":{"email":"a@b.c"}}']) {
        const refused = await server.post('/auth/login', body, { headers: { 'content-type': 'application/json' } });
        assert.equal(refused.status, 400, `${body}: ${refused.text}`);
      }
    });
  }

  test('of other routes are left alone', async () => {
    const server = await started({
      behind: (app) => app.post('/echo', express.json(), (request, response) => response.json(request.body)),
    });
    assert.deepEqual((await server.post('/echo', { a: [1] })).body, { a: [1] });
  });
});

test('who goes away while sending, or names a host that is none, does no harm', async () => {
  const server = await started();
  const { port } = new URL(server.origin);
  const half = 'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"email":';
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(half);
  await wait(50);
  socket.destroy();
  const odd = await new Promise((done) => {
    const path = '/healthz';
    request({ port, host: '127.0.0.1', path, headers: { host: 'a/b?c' } }, (response) =>
      done(response.statusCode),
    ).end();
  });
  assert.equal(odd, 200);
  assert.equal((await server.get('/healthz')).status, 200);
  assert.deepEqual(server.logged, []);
});

test('under a prefix, and with a query', async () => {
  const auth = authRoutes({ ...GOOD, stores: memoryStores() });
  after(() => auth.close());
  const app = express().use('/api', auth);
  const server = app.listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  after(() => server.close());
  const origin = `http://127.0.0.1:${server.address().port}`;
  assert.equal((await fetch(`${origin}/api/healthz?x=/auth/login`)).status, 200);
  assert.equal((await fetch(`${origin}/healthz`)).status, 404);
});

test('the account pages are there when they are asked for', async () => {
  const without = await started();
  assert.equal((await without.get('/auth/account/sign-in')).status, 404);
  for (const before of [() => {}, (app) => app.use(express.urlencoded())]) {
    const server = await started({ accountPages: { name: 'The Portcullis', home: '/app' }, before });
    const page = await server.get('/auth/account/sign-in');
    assert.equal(page.status, 200, page.text);
    assert.match(page.headers.get('content-type'), /^text\/html/);
    assert.match(page.text, /The Portcullis/);
    const form = new URLSearchParams({ email: 'user@example.com', password: PASSWORD }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: server.origin };
    const signedIn = await server.send('POST', '/auth/account/sign-in', { body: form, headers });
    assert.deepEqual([signedIn.status, signedIn.headers.get('location')], [303, '/app'], signedIn.text);
    assert.match(signedIn.headers.get('set-cookie'), /^__Host-refresh=/);
  }
});

describe('behind a proxy', () => {
  const forwarded = { 'x-forwarded-host': 'id.example', 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.7' };
  const write = (server) =>
    server.post('/auth/logout', {}, { headers: { ...forwarded, origin: 'https://id.example' } });

  test('that is trusted, its word counts: whose page it is, and who asks', async () => {
    const server = await started({ before: (app) => app.set('trust proxy', 'loopback') });
    assert.equal((await write(server)).body.error, 'missing_token');
    await server.post('/auth/login', { email: 'user@example.com', password: 'wrong password' }, { headers: forwarded });
    const { accessToken: token } = await server.login('admin@example.com');
    const [entry] = (await server.get('/audit?event=sign_in_failed', { token })).body.entries;
    assert.equal(entry.client, '192.0.2.7');
  });

  test('that is not, it does not', async () => {
    const server = await started();
    assert.equal((await write(server)).body.error, 'cross_site_request');
  });
});

test('the rest of the application believes its tokens, until they are revoked', async () => {
  for (const algorithm of ['HS256', 'ES256', 'RS256', 'Ed25519']) {
    const server = await started({
      ...(algorithm === 'HS256' ? {} : { keys: privateKeys(algorithm) }),
      behind: (app, auth) => {
        const signedIn = authenticate({ ...auth.trust, user: ({ sub }) => ({ id: sub }) });
        app.get('/mine', signedIn, (request, response) => response.json(request.user));
        app.get('/reports', signedIn, authorize('manager'), (_, response) => response.json([]));
      },
    });
    const { accessToken: token, refreshToken, user } = await server.login('manager@example.com');
    assert.deepEqual((await server.get('/mine', { token })).body, { id: user.id }, algorithm);
    assert.equal((await server.get('/reports', { token })).status, 200);
    assert.equal((await server.get('/mine', { token: refreshToken })).status, 401, 'a refresh token is none');
    assert.equal((await server.get('/.well-known/jwks.json')).body.keys.length, algorithm === 'HS256' ? 0 : 1);
    assert.equal((await server.post('/auth/logout', { refreshToken })).status, 204);
    assert.equal((await server.get('/mine', { token })).body.error, 'invalid_token');
  }
});

test('what is revoked stays so for as long as leeway lets its tokens pass', async () => {
  let now = Date.now();
  const stores = memoryStores();
  const mine = (app, auth) => app.get('/mine', authenticate(auth.trust), (_, response) => response.json({}));
  const lifetimes = { accessTokenLifetime: '60s', sessionLifetime: '60s', leeway: '5m' };
  const server = await started({ ...lifetimes, stores, now: () => now });
  // Another process, which has heard of the log-out by the store alone.
  const other = await started({ ...lifetimes, stores, now: () => now, behind: mine });
  const kept = await server.login('user@example.com');
  const ended = await server.login('manager@example.com');
  assert.equal((await server.post('/auth/logout-all', { refreshToken: ended.refreshToken })).status, 204);
  now += 3 * 60_000;
  await stores.revocations.prune(now);
  assert.equal((await other.get('/mine', { token: kept.accessToken })).status, 200, 'within the leeway');
  assert.equal((await other.get('/mine', { token: ended.accessToken })).status, 401);
});

function privateKeys(alg) {
  const [type, options] = {
    ES256: ['ec', { namedCurve: 'P-256' }],
    RS256: ['rsa', { modulusLength: 2048 }],
    Ed25519: ['ed25519', {}],
  }[alg];
  return { keys: [{ ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), alg, kid: 'one' }] };
}

describe('a store that fails', () => {
  const broken = () => {
    throw new Error('the disk is gone');
  };
  const never = () => new Promise(() => {});
  const later = (store) =>
    Object.fromEntries(Object.entries(store).map(([verb, its]) => [verb, async (...given) => its(...given)]));

  test('makes a 503 that says when to come again, and a line for the log', async () => {
    const verbs = { accounts: ['findByEmail', 'create'], sessions: ['update'] };
    for (const [name, [verb]] of Object.entries(verbs)) {
      const stores = memoryStores();
      const server = await started({ stores });
      stores[name][verb] = broken;
      const answer = await server.post('/auth/login', { email: 'user@example.com', password: PASSWORD });
      assert.deepEqual([answer.status, answer.body.error], [503, 'unavailable']);
      assert.ok(Number(answer.headers.get('retry-after')) > 0);
      assert.ok(!answer.text.includes('disk'));
      assert.match(server.logged.at(-1).reason, /the disk is gone/);
      assert.equal(server.logged.at(-1).request, answer.headers.get('x-request-id'));
    }
  });

  test('makes a 503 too when it answers nonsense or never', { timeout: 60_000 }, async () => {
    for (const findByEmail of [() => ({ id: 7 }), () => 'x', never]) {
      const stores = memoryStores();
      const server = await started({ stores });
      stores.accounts.findByEmail = findByEmail;
      const answer = await server.post('/auth/login', { email: 'user@example.com', password: PASSWORD });
      assert.equal(answer.status, 503, answer.text);
    }
  });

  test('of the list does not fail a log-out, which gets there later', async () => {
    const stores = memoryStores();
    const server = await started({ stores });
    const { put } = stores.revocations;
    stores.revocations.put = broken;
    const { accessToken, refreshToken } = await server.login('user@example.com');
    assert.equal((await server.post('/auth/logout', { refreshToken })).status, 204);
    assert.equal((await server.get('/users/me', { token: accessToken })).status, 401, 'this process knows at once');
    assert.deepEqual(stores.sessions.waiting(10), ['demo-user']);
    stores.revocations.put = put;
    let listed = [];
    for (let tries = 0; tries < 100 && listed.length === 0; tries++) {
      await wait(100);
      listed = (await server.get('/auth/revocations')).body.sessions;
    }
    assert.deepEqual(listed, [claimsOf(accessToken).sid]);
    assert.deepEqual(stores.sessions.waiting(10), []);
  });

  test('half-way through a change of password leaves no other session, also when nobody asks again', async () => {
    for (const restart of [false, true]) {
      const stores = memoryStores();
      let ahead = 0;
      const now = () => Date.now() + ahead;
      const server = await started({ stores, now });
      const [one, owner] = [await server.login('user@example.com'), await server.login('user@example.com')];
      const { update } = stores.accounts;
      stores.accounts.update = broken;
      const form = { currentPassword: PASSWORD, newPassword: 'another long password' };
      const answer = await server.post('/auth/password', form, { token: owner.accessToken });
      assert.deepEqual([answer.status, answer.body.error], [503, 'unavailable']);
      assert.equal((await server.refresh(one.refreshToken)).body.error, 'session_ended');
      stores.accounts.update = update;

      // The account was not written, as far as anyone knows. Who comes in with the old password does not stay.
      const thief = await server.login('user@example.com');
      assert.deepEqual(stores.sessions.waiting(10), ['demo-user']);
      ahead = 61_000;
      const later = restart ? await started({ stores, now }) : server;
      let listed = [];
      for (let tries = 0; restart && tries < 100 && !listed.includes(claimsOf(thief.accessToken).sid); tries++) {
        await wait(100);
        listed = (await later.get('/auth/revocations')).body.sessions;
      }
      assert.equal(listed.includes(claimsOf(thief.accessToken).sid), restart, 'after a start nobody has to ask');
      assert.equal((await later.refresh(thief.refreshToken)).body.error, 'session_ended');
      assert.equal((await later.refresh(owner.refreshToken)).status, 200);
      const { entries } = stores.audit.find({ user: 'demo-user', event: 'sessions_ended', rows: 10 });
      assert.equal(entries.filter(({ detail }) => detail.includes('not heard of again')).length, 1);
    }
  });

  test('makes a 503 elsewhere in the application too, never a pass', async () => {
    const stores = memoryStores();
    const mine = (app, auth) => app.get('/mine', authenticate(auth.trust), (_, response) => response.json({}));
    const server = await started({ stores, behind: mine });
    const { accessToken: token } = await server.login('user@example.com');
    stores.revocations.get = broken;
    const answer = await server.get('/mine', { token });
    assert.deepEqual([answer.status, answer.body.error], [503, 'temporarily_unavailable']);
    assert.ok(Number(answer.headers.get('retry-after')) > 0);
    assert.match(server.logged.at(-1).reason, /the disk is gone/);
  });

  test('of the log does not fail anything', async () => {
    const stores = memoryStores();
    const server = await started({ stores });
    const { append } = stores.audit;
    stores.audit.append = broken;
    const { accessToken } = await server.login('user@example.com');
    assert.match(server.logged.at(-1).reason, /^audit\.append: the disk is gone$/);
    assert.equal(server.logged.at(-1).entries[0].event, 'signed_in', 'the entry itself is in the line');
    assert.equal((await server.get('/users/me', { token: accessToken })).status, 200);

    // It waits with its user's sessions, and is there once the log is.
    stores.audit.append = append;
    let found = [];
    for (let tries = 0; tries < 100 && found.length === 0; tries++) {
      await wait(100);
      ({ entries: found } = stores.audit.find({ user: 'demo-user', rows: 10 }));
    }
    assert.deepEqual(
      found.map(({ event }) => event),
      ['signed_in'],
    );
    assert.deepEqual(stores.sessions.waiting(10), []);
  });

  test('is no matter of whether it answers at once or later', async () => {
    const stores = Object.fromEntries(Object.entries(memoryStores()).map(([name, store]) => [name, later(store)]));
    const server = await started({ stores });
    const { refreshToken } = await server.login('user@example.com');
    assert.equal((await server.refresh(refreshToken)).status, 200);
  });
});

test('a record that was stored by the first version is still read', async () => {
  const stores = memoryStores();
  const server = await started({ stores });
  const ends = Date.now() + 86_400_000;
  const times = `"rotated_at":1795317651141,"created_at":1795317651141,"last_used_at":1795317651141,"expires_at":${ends}`;
  const session = `{"sid":"old","generation":3,${times},"device":{"user_agent":"node","place":"Ulm"}}`;
  const record = `{"sessions":{"old":${session}},"guard":{"failures":[1795317651684],"locks":0,"locked_until":0},"roles":{"names":["user"],"version":0},"pending":{}}`;
  stores.sessions.update('demo-user', () => ({ record, waiting: false }));
  const { accessToken: token } = await server.login('user@example.com');
  const { sessions } = (await server.get('/auth/sessions', { token })).body;
  const old = sessions.find(({ id }) => id === 'old');
  assert.deepEqual([old.place, old.createdAt, old.current], ['Ulm', 1795317651141, false]);
});

test('a limiter refuses before a hash is computed', async () => {
  const asked = [];
  const limiter = { allow: (...given) => asked.push(given) < 3 };
  const server = await started({ limiter });
  const attempt = () => server.post('/auth/login', { email: 'user@example.com', password: 'wrong password' });
  assert.equal((await attempt()).status, 401);
  const refused = await attempt();
  assert.deepEqual([refused.status, refused.body.error], [429, 'too_many_requests']);
  assert.deepEqual(
    asked.map(([limit]) => limit),
    ['client', 'account', 'client'],
  );
  assert.equal(asked[0][1], '127.0.0.1');
});
