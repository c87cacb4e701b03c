// Every route with every status and every error code that /openapi.json promises: it can be had, and its body is what the schema says.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { describedBy } from '../support/described.mjs';
import { PASSWORD } from '../support/http-client.mjs';
import { startWorker } from '../support/worker.mjs';

const worker = await startWorker();
after(() => worker.stop());

const description = (await worker.get('/openapi.json')).body;
const assertDescribed = describedBy(description);
const admin = (await worker.login('admin@example.com')).accessToken;
const user = await worker.login('user@example.com');

const basic = { authorization: `Basic ${btoa('api:0123456789abcdef0123456789abcdef')}` };
const form = (text) => ({ headers: { ...basic, 'content-type': 'application/x-www-form-urlencoded' }, body: text });
const session = async () => worker.login('user@example.com');
const posted = (fields, more = {}) => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
  ...more,
});
const cookieOf = ({ refreshToken }) => `__Host-refresh=${refreshToken}`;
const browser = async () => ({ cookie: cookieOf(await session()) });
let made = 0;
const registration = () => ({ email: `made${++made}@example.com`, password: PASSWORD, name: 'Made' });

/** How to be served well: what to send to each route. */
const GOOD = {
  'post /auth/register': () => ({ body: registration() }),
  'post /auth/login': () => ({ body: { email: 'user@example.com', password: PASSWORD } }),
  'post /auth/refresh': async () => ({ body: { refreshToken: (await session()).refreshToken } }),
  'post /auth/logout': async () => ({ body: { refreshToken: (await session()).refreshToken } }),
  'post /auth/logout-all': async () => {
    const { refreshToken } = (await worker.post('/auth/register', { ...registration(), tokenDelivery: 'body' })).body;
    return { body: { refreshToken } };
  },
  'post /auth/password': async () => {
    const { accessToken } = (await worker.post('/auth/register', registration())).body;
    return { token: accessToken, body: { currentPassword: PASSWORD, newPassword: 'another long password' } };
  },
  'get /auth/sessions': () => ({ token: user.accessToken }),
  'delete /auth/sessions/{id}': async () => ({ token: user.accessToken, id: sidOf((await session()).accessToken) }),
  'get /auth/revocations': () => ({}),
  'get /users/me': () => ({ token: user.accessToken }),
  'put /users/me': () => ({ token: user.accessToken, body: { name: 'Somebody else' } }),
  'get /users': () => ({ token: admin }),
  'patch /users/{id}': () => ({ token: admin, id: 'demo-manager', body: { roles: ['manager', 'user'] } }),
  'post /users/{id}/logout': () => ({ token: admin, id: 'demo-manager' }),
  'get /audit': () => ({ token: admin }),
  'get /.well-known/jwks.json': () => ({}),
  'get /.well-known/openid-configuration': () => ({}),
  'post /oauth/introspect': () => form(`token=${user.accessToken}`),
  'post /oauth/revoke': async () => form(`token=${(await session()).refreshToken}`),
  'get /healthz': () => ({}),
  'get /openapi.json': () => ({}),
  'get /auth/account': () => ({}),
  'get /auth/account/sign-in': () => ({}),
  'post /auth/account/sign-in': () => posted({ email: 'user@example.com', password: PASSWORD }),
  'get /auth/account/register': () => ({}),
  'post /auth/account/register': () => posted(registration()),
  'get /auth/account/devices': browser,
  'post /auth/account/devices': async () => posted({ session: sidOf((await session()).accessToken) }, await browser()),
  'get /auth/account/password': browser,
  'post /auth/account/password': async () => {
    const made = (await worker.post('/auth/register', { ...registration(), tokenDelivery: 'body' })).body;
    return posted({ currentPassword: PASSWORD, newPassword: 'another long password' }, { cookie: cookieOf(made) });
  },
  'post /auth/account/sign-out': async () => posted({}, await browser()),
  'get /.well-known/change-password': () => ({}),
  'get /auth/account/pages.css': () => ({}),
  'get /auth/account/pages.js': () => ({}),
};

/** More than 64 KiB of headers, none of which is long. */
const LONG_HEADERS = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`x-long-${at}`, 'x'.repeat(8000)]));

/** How to be refused: what to change in a good request, for each status. */
const BAD = {
  303: (good) => ({ ...good, cookie: undefined }),
  304: async (good) => {
    const first = await worker.get('/auth/revocations');
    return { ...good, headers: { 'if-none-match': first.headers.get('etag') } };
  },
  400: (good, route) => {
    if (isPage(route))
      return {
        ...good,
        body: 'email=a&email=b&newPassword=a&newPassword=b&session=a&session=b&everywhere=a&everywhere=b',
      };
    if (good.body !== undefined) return { ...good, body: route.includes('/oauth/') ? 'x=y' : '{' };
    if (route === 'get /users' || route === 'get /audit') return { ...good, query: '?limit=0' };
    return { ...good, token: `${good.token}, Bearer ${good.token}` };
  },
  401: (good, route) => {
    if (isPage(route)) return { ...good, body: good.body.replace(/assword=[^&]*/, 'assword=wrong, and long enough') };
    if (route === 'post /auth/login') return { body: { ...good.body, password: 'wrong, and long enough' } };
    if (route.includes('/oauth/')) return { ...good, headers: { ...good.headers, authorization: 'Basic YTpi' } };
    return { ...good, token: undefined, body: undefined };
  },
  403: (good, route) =>
    route.startsWith('get ')
      ? { ...good, token: user.accessToken }
      : { ...good, headers: { ...good.headers, origin: 'https://evil.example' } },
  404: (good) => ({ ...good, id: 'nobody' }),
  409: (good, route) =>
    route.startsWith('patch ')
      ? { ...good, id: 'demo-admin' }
      : isPage(route)
        ? { ...good, body: good.body.replace(/email=[^&]*/, 'email=USER@example.com') }
        : { body: { ...good.body, email: 'USER@example.com' } },
  415: (good) => ({ ...good, headers: { ...good.headers, 'content-type': 'text/plain' }, body: 'x' }),
  413: (good) => ({ ...good, body: 'x'.repeat(65_537) }),
  414: (good) => ({ ...good, query: `?${'x'.repeat(16_384)}` }),
  431: (good) => ({ ...good, headers: { ...good.headers, ...LONG_HEADERS } }),
  429: (good) => ({ ...good, headers: { ...good.headers, 'x-test-limited': '1' } }),
  500: (good) => ({ ...good, headers: { ...good.headers, 'x-test-panic': '1' } }),
  503: (good) => ({
    ...good,
    headers: { ...good.headers, 'x-test-fail': 'database,sessions,revocations,audit' },
  }),
};

/** The same by error code, where a status may have several. */
const BY_CODE = {
  invalid_json: (good) => ({ ...good, headers: { ...good.headers, 'content-type': 'application/json' }, body: '{' }),
  invalid_request: (good) => ({
    ...good,
    headers: { ...good.headers, 'content-type': 'application/json' },
    body: '[7]',
  }),
  missing_token: (good) => ({ ...good, token: undefined, body: undefined }),
  invalid_token: (good) => (good.token ? { ...good, token: 'a.b.c' } : { ...good, body: { refreshToken: 'a.b.c' } }),
  invalid_credentials: (good) => ({ ...good, body: { ...good.body, currentPassword: 'wrong, and long enough' } }),
  session_ended: async (good) => {
    const { refreshToken } = await session();
    await worker.post('/auth/logout', { refreshToken });
    return { ...good, body: { refreshToken } };
  },
  token_reused: async (good) => {
    const { refreshToken } = await session();
    await worker.refresh(refreshToken);
    return { ...good, body: { refreshToken }, headers: { 'x-test-ahead': '31000' } };
  },
  cross_site_request: (good) => ({ ...good, headers: { ...good.headers, origin: 'https://evil.example' } }),
  insufficient_scope: (good) => ({ ...good, token: user.accessToken }),
};

const routes = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { responses }]) => ({ path, method, responses, route: `${method} ${path}` })),
);

test('every route is here', () => {
  assert.deepEqual(routes.map(({ route }) => route).sort(), Object.keys(GOOD).sort());
});

test('every method that is served is described', async () => {
  for (const path of Object.keys(description.paths)) {
    const refused = await worker.send('PROPFIND', path.replace('{id}', 'x'));
    assert.equal(refused.status, 405, path);
    const served = refused.headers
      .get('allow')
      .split(', ')
      .map((method) => method.toLowerCase());
    // HEAD is GET without its body, OPTIONS is a browser asking for another site's page (CORS).
    const described = served.filter((method) => method !== 'head' && method !== 'options');
    // `/users/me` has the form of `/users/{id}` too, and none of its methods.
    assert.deepEqual(described.sort(), Object.keys(description.paths[path]).sort(), path);
  }
});

/** What is served and not described, and why. */
const NOT_OF_THE_API = {
  '/': 'the inspector page, a file that the platform serves before the Worker is asked',
};

test('what else is served is known, and the rest is the gate', async () => {
  for (const path of Object.keys(NOT_OF_THE_API)) {
    assert.equal(description.paths[path], undefined);
    assert.equal((await worker.get(path)).status, 200, path);
  }
  for (const path of ['/auth', '/auth/', '/auth/account/', '/auth/login/x', '/oauth/token', '/.well-known/', '/user']) {
    const { status, body } = await worker.get(path);
    assert.ok(status === 404 || status === 401, `${path}: ${status} ${JSON.stringify(body)}`);
  }
});

/** The codes of a status, where it has any and a machine may read them. */
const codesOf = ({ description: codes, content }, status) =>
  status >= 400 && content['text/html'] === undefined ? codes.split(', ') : [undefined];
const promises = routes.flatMap(({ responses, ...route }) =>
  Object.entries(responses).flatMap(([text, response]) => {
    const codes = codesOf(response, Number(text));
    return codes.map((code) => ({ ...route, status: Number(text), code, one: codes.length === 1 }));
  }),
);

for (const { path, method, route, status, code, one } of promises) {
  test(`${route}: ${status} ${code ?? ''}`, async () => {
    const good = await GOOD[route]();
    const bad = one ? BAD[status] : BY_CODE[code];
    const { id = '', query = '', ...options } = status < 300 ? good : await bad(good, route);
    const answer = await worker.send(method.toUpperCase(), path.replace('{id}', id) + query, options);
    assert.equal(answer.status, status, answer.text);
    if (code !== undefined) assert.equal(answer.body.error, code);
    assertDescribed(answer, path, method);
  });
}

function isPage(route) {
  return route.includes(' /auth/account') || route.includes('change-password');
}

function sidOf(token) {
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).sid;
}
