/** One contract, kept by every adapter: the same requests, the same verdicts, the same words. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, describe, test } from 'node:test';
import { initTRPC } from '@trpc/server';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import express from 'express';
import { Hono } from 'hono';
import { createSigner, createVerifier } from 'portcullis';
import * as forExpress from 'portcullis/express';
import * as forFetch from 'portcullis/fetch';
import * as forHono from 'portcullis/hono';
import * as forTrpc from 'portcullis/trpc';

const key = Buffer.alloc(32, 7);
const places = { issuer: 'https://id.example', audience: 'api' };
const options = { key, algorithms: ['HS256'], ...places };
const signer = createSigner({ key, algorithm: 'HS256', ...places, expiresIn: '5m' });
const user = (claims) => (claims.sub === 'gone' ? null : { id: claims.sub, name: `user ${claims.sub}` });

/** The routes of the contract, where an app takes a path and middlewares. */
function route(app, { authenticate, authorize, optionalAuth }, show) {
  app.get('/me', authenticate(options), show);
  app.get('/user', authenticate({ ...options, user }), show);
  app.get('/cookie', authenticate({ ...options, cookie: 'at' }), show);
  app.get('/query', authenticate({ ...options, query: 'access_token' }), show);
  app.get('/realm', authenticate({ ...options, realm: 'the "api"' }), show);
  app.get('/optional', optionalAuth(options), show);
  app.get('/forgiving', optionalAuth({ ...options, invalidToken: 'treat-as-missing' }), show);
  app.get('/admin', authenticate(options), authorize('admin'), show);
  app.get('/staff', authenticate(options), authorize('admin', 'manager'), show);
  app.get('/reports', authenticate(options), authorize({ permissions: ['reports:read'] }), show);
  app.get('/both', authenticate(options), authorize({ roles: ['a', 'b'], all: true }), show);
}

/** Mounts the routes of the contract; gives a function that asks one of them. */
const mounts = {
  async express() {
    const show = (request, response) =>
      response.json({ sub: request.auth?.claims.sub ?? null, user: request.user ?? null });
    const app = express();
    route(app, forExpress, show);
    const server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    after(() => server.close());
    return (path, init) => fetch(`http://127.0.0.1:${server.address().port}${path}`, init);
  },

  fetch() {
    const { authenticate, authorize, optionalAuth } = forFetch;
    const show = (_request, who) => Response.json({ sub: who?.auth.claims.sub ?? null, user: who?.user ?? null });
    const asking = (rule) => (request, who) => rule.refusal(who.auth) ?? show(request, who);
    const routes = {
      '/me': authenticate(options).protect(show),
      '/user': authenticate({ ...options, user }).protect(show),
      '/cookie': authenticate({ ...options, cookie: 'at' }).protect(show),
      '/query': authenticate({ ...options, query: 'access_token' }).protect(show),
      '/realm': authenticate({ ...options, realm: 'the "api"' }).protect(show),
      '/optional': optionalAuth(options).protect(show),
      '/forgiving': optionalAuth({ ...options, invalidToken: 'treat-as-missing' }).protect(show),
      '/admin': authenticate(options).protect(asking(authorize('admin'))),
      '/staff': authenticate(options).protect(asking(authorize('admin', 'manager'))),
      '/reports': authenticate(options).protect(asking(authorize({ permissions: ['reports:read'] }))),
      '/both': authenticate(options).protect(asking(authorize({ roles: ['a', 'b'], all: true }))),
    };
    return (path, init) => {
      const request = new Request(`http://localhost${path}`, init);
      return routes[new URL(request.url).pathname](request);
    };
  },

  hono() {
    const show = (c) => c.json({ sub: c.get('auth')?.claims.sub ?? null, user: c.get('user') ?? null });
    const app = new Hono();
    route(app, forHono, show);
    return (path, init) => app.request(path, init);
  },

  trpc() {
    const { createAuthContext, requireAuth, requireRole } = forTrpc;
    const t = initTRPC.context().create();
    const show = ({ ctx }) => ({ sub: ctx.auth?.claims.sub ?? null, user: ctx.user ?? null });
    const me = t.procedure.use(requireAuth()).query(show);
    const router = t.router({
      me,
      user: me,
      cookie: me,
      query: me,
      realm: me,
      optional: t.procedure
        .use(({ ctx, next }) => {
          if (ctx.authError !== undefined) return requireAuth()._middlewares[0]({ ctx, next });
          return next({ ctx });
        })
        .query(show),
      forgiving: t.procedure.query(show),
      admin: t.procedure.use(requireRole('admin')).query(show),
      staff: t.procedure.use(requireRole('admin', 'manager')).query(show),
      reports: t.procedure.use(requireRole({ permissions: ['reports:read'] })).query(show),
      both: t.procedure.use(requireRole({ roles: ['a', 'b'], all: true })).query(show),
    });
    const contexts = {
      '/user': createAuthContext({ ...options, user }),
      '/cookie': createAuthContext({ ...options, cookie: 'at' }),
      '/query': createAuthContext({ ...options, query: 'access_token' }),
      '/forgiving': createAuthContext({ ...options, invalidToken: 'treat-as-missing' }),
    };
    const plain = createAuthContext(options);
    return async (path, init) => {
      const req = new Request(`http://localhost${path}`, init);
      const createContext = contexts[new URL(req.url).pathname] ?? plain;
      const response = await fetchRequestHandler({ endpoint: '', req, router, createContext });
      const body = await response.json();
      return Response.json(body.result?.data ?? { message: body.error.message }, { status: response.status });
    };
  },
};

const bearer = (claims) => ({ headers: { authorization: `Bearer ${signer.signSync(claims)}` } });
const tampered = (claims) => ({ headers: { authorization: `Bearer ${signer.signSync(claims).slice(0, -4)}AAAA` } });

for (const [name, mount] of Object.entries(mounts)) {
  const answersInHttp = name !== 'trpc';

  describe(name, async () => {
    const ask = await mount();

    async function expect(path, init, status, seen = {}) {
      const response = await ask(path, init);
      const body = await response.json();
      assert.equal(response.status, status, `${path}: ${JSON.stringify(body)}`);
      if (status === 200) assert.deepEqual(body, { sub: null, user: null, ...seen });
      else if (answersInHttp) assert.match(response.headers.get('www-authenticate') ?? '', seen.challenge ?? /./);
      return { response, body };
    }

    test('a good token passes', () => expect('/me', bearer({ sub: '7' }), 200, { sub: '7' }));

    test('no token: 401 and a challenge without an error code', async () => {
      await expect('/me', {}, 401, { challenge: /^Bearer$/ });
      await expect('/realm', {}, 401, { challenge: /^Bearer realm="the 'api'"$/ });
      await expect('/me', { headers: { authorization: 'Basic dXNlcjpwYXNz' } }, 401, { challenge: /^Bearer$/ });
    });

    test('a bad token: 401 invalid_token with the reason', async () => {
      await expect('/me', tampered({ sub: '7' }), 401, {
        challenge: /error="invalid_token", error_description="invalid signature"/,
      });
      await expect('/me', bearer({ sub: '7', exp: 1 }), 401, { challenge: /invalid_token.*expired/ });
      await expect('/me', bearer({ sub: '7', aud: 'other' }), 401, { challenge: /invalid_token/ });
      const { body } = await expect('/me', { headers: { authorization: 'Bearer x' } }, 401);
      assert.match(body.message, /three parts/);
    });

    test('credentials written wrongly, or twice: 400', async () => {
      const { authorization } = bearer({ sub: '7' }).headers;
      const wrong = { challenge: /error="invalid_request"/ };
      await expect('/me', { headers: { authorization: 'Bearer' } }, 400, wrong);
      await expect('/me', { headers: { authorization: `${authorization}, ${authorization}` } }, 400, wrong);
      await expect('/cookie', { headers: { authorization, cookie: 'at=x' } }, 400, wrong);
      await expect('/cookie', { headers: { cookie: 'at=x; at=y' } }, 400, wrong);
    });

    test('cookie and query only where asked for', async () => {
      const token = signer.signSync({ sub: '7' });
      await expect('/cookie', { headers: { cookie: `other=1; at=${token}` } }, 200, { sub: '7' });
      await expect(`/query?access_token=${token}`, {}, 200, { sub: '7' });
      await expect('/me', { headers: { cookie: `at=${token}` } }, 401);
      await expect(`/me?access_token=${token}`, {}, 401);
    });

    test('the application’s user', async () => {
      await expect('/user', bearer({ sub: '7' }), 200, { sub: '7', user: { id: '7', name: 'user 7' } });
      await expect('/user', bearer({ sub: 'gone' }), 401, { challenge: /invalid_token/ });
    });

    test('optional: missing passes, invalid does not, unless asked in words', async () => {
      await expect('/optional', {}, 200);
      await expect('/optional', bearer({ sub: '7' }), 200, { sub: '7' });
      await expect('/optional', tampered({ sub: '7' }), 401);
      await expect('/forgiving', tampered({ sub: '7' }), 200);
    });

    test('roles, inheritance and permissions: 403 without', async () => {
      const denied = { challenge: /error="insufficient_scope"/ };
      await expect('/admin', bearer({ sub: '1', roles: ['admin'] }), 200, { sub: '1' });
      await expect('/admin', bearer({ sub: '2', roles: ['manager'] }), 403, denied);
      await expect('/admin', bearer({ sub: '3' }), 403, denied);
      await expect('/admin', {}, 401, { challenge: /^Bearer$/ });
      await expect('/staff', bearer({ sub: '2', roles: 'manager' }), 200, { sub: '2' });
      await expect('/reports', bearer({ sub: '4', permissions: ['reports:read'] }), 200, { sub: '4' });
      await expect('/reports', bearer({ sub: '4', permissions: ['reports:write'] }), 403, {
        challenge: /scope="reports:read"/,
      });
      await expect('/both', bearer({ sub: '5', roles: ['a', 'b'] }), 200, { sub: '5' });
      await expect('/both', bearer({ sub: '5', roles: ['a'] }), 403, denied);
    });

    test('hostile members grant nothing', async () => {
      const claims = JSON.parse('{"sub":"7","__proto__":{"roles":["admin"]},"constructor":{"roles":["admin"]}}');
      await expect('/admin', bearer(claims), 403);
      await expect('/admin', bearer({ sub: '7', roles: ['__proto__', 'constructor', 'toString'] }), 403);
    });
  });
}

test('a wrong option is named when the middleware is made, not when a request comes', () => {
  const makers = [forExpress.authenticate, forFetch.authenticate, forHono.authenticate, forTrpc.createAuthContext];
  for (const make of makers) {
    assert.throws(() => make({ key, algorithms: ['HS256'], issuer: 'x' }), {
      code: 'ERR_OPTION_INVALID',
      claim: 'audience',
    });
    assert.throws(() => make({ ...options, cookie: 'no;cookie' }), { code: 'ERR_OPTION_INVALID', claim: 'cookie' });
    assert.throws(() => make({ ...options, verifer: {} }), { code: 'ERR_OPTION_INVALID', claim: 'verifer' });
  }
  assert.throws(() => forExpress.authorize(), { code: 'ERR_OPTION_INVALID', claim: 'roles' });
  assert.throws(() => forExpress.authorize({ role: 'admin' }), { code: 'ERR_OPTION_INVALID', claim: 'role' });
});

test('a ready verifier can be shared', async () => {
  const { request } = forFetch.authenticate({ verifier: createVerifier(options) });
  const { auth } = await request(new Request('http://localhost/', bearer({ sub: '7' })));
  assert.equal(auth.claims.sub, '7');
});

test('express: failWithError hands the error on, with its status', async () => {
  const app = express();
  app.get('/', forExpress.authenticate({ ...options, failWithError: true }));
  // Express knows an error handler by its four parameters.
  app.use((error, _request, response, _next) => response.status(error.status).json({ code: error.code }));
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const response = await fetch(`http://127.0.0.1:${server.address().port}/`, tampered({ sub: '7' }));
  assert.equal(response.status, 401);
  assert.deepEqual(await response.json(), { code: 'ERR_SIGNATURE_INVALID' });
  server.close();
});

test('express: a WebSocket upgrade is authenticated by the same call', async () => {
  const authenticate = forExpress.authenticate({ ...options, query: 'ticket' });
  const seen = [];
  const server = createServer().listen(0, '127.0.0.1');
  server.on('upgrade', (request, socket) => {
    authenticate.request(request).then(
      ({ auth }) => seen.push(auth.claims.sub),
      (error) => seen.push(error.status),
    );
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  await once(server, 'listening');
  const { request } = await import('node:http');
  for (const path of [`/?ticket=${signer.signSync({ sub: '7' })}`, '/']) {
    const upgrade = request({
      port: server.address().port,
      path,
      headers: { connection: 'upgrade', upgrade: 'websocket' },
    }).end();
    const [answer] = await once(upgrade, 'response');
    answer.resume();
  }
  assert.deepEqual(seen, ['7', 401]);
  server.close();
});

test('express: a failing user callback is the application’s error, not the client’s', async () => {
  const app = express();
  const user = () => {
    throw new Error('the database is down');
  };
  app.get('/', forExpress.authenticate({ ...options, user }));
  app.use((error, _request, response, _next) => response.status(error.status).json({ message: error.message }));
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const response = await fetch(`http://127.0.0.1:${server.address().port}/`, bearer({ sub: '7' }));
  assert.equal(response.status, 500);
  server.close();
});
