// Every route with every status that /openapi.json promises: it can be had, and its body is what the schema says.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import Ajv from 'ajv/dist/2020.js';
import { PASSWORD } from '../support/http-client.mjs';
import { startWorker } from '../support/worker.mjs';

// The account pages are forms and HTML, with tests of their own.
const worker = await startWorker({ vars: { ACCOUNT_PAGES: 'off' } });
after(() => worker.stop());

const description = (await worker.get('/openapi.json')).body;
const admin = (await worker.login('admin@example.com')).accessToken;
const user = await worker.login('user@example.com');

const basic = { authorization: `Basic ${btoa('api:0123456789abcdef0123456789abcdef')}` };
const form = (text) => ({ headers: { ...basic, 'content-type': 'application/x-www-form-urlencoded' }, body: text });
const session = async () => worker.login('user@example.com');
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
};

/** How to be refused: what to change in a good request, for each status. */
const BAD = {
  304: async (good) => {
    const first = await worker.get('/auth/revocations');
    return { ...good, headers: { 'if-none-match': first.headers.get('etag') } };
  },
  400: (good, route) => {
    if (good.body !== undefined) return { ...good, body: route.includes('/oauth/') ? 'x=y' : '{' };
    if (route === 'get /users' || route === 'get /audit') return { ...good, query: '?limit=0' };
    return { ...good, token: `${good.token}, Bearer ${good.token}` };
  },
  401: (good, route) => {
    if (route === 'post /auth/login') return { body: { ...good.body, password: 'wrong, and long enough' } };
    if (route.includes('/oauth/')) return { ...good, headers: { ...good.headers, authorization: 'Basic YTpi' } };
    return { ...good, token: undefined, body: undefined };
  },
  403: (good, route) =>
    route.startsWith('get ')
      ? { ...good, token: user.accessToken }
      : { ...good, headers: { ...good.headers, origin: 'https://evil.example' } },
  404: (good) => ({ ...good, id: 'nobody' }),
  409: (good) => ({ body: { ...good.body, email: 'USER@example.com' } }),
  413: (good) => ({ ...good, body: 'x'.repeat(65_537) }),
  429: (good) => ({ ...good, headers: { ...good.headers, 'x-test-limited': '1' } }),
  500: (good) => ({ ...good, headers: { ...good.headers, 'x-test-panic': '1' } }),
  503: (good) => ({
    ...good,
    headers: { ...good.headers, 'x-test-fail': 'database,sessions,revocations,audit' },
  }),
};

const routes = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { responses }]) => ({ path, method, responses, route: `${method} ${path}` })),
);

test('every route is here', () => {
  assert.deepEqual(routes.map(({ route }) => route).sort(), Object.keys(GOOD).sort());
});

const promises = routes.flatMap(({ responses, ...route }) =>
  Object.keys(responses).map((status) => ({ ...route, status: Number(status) })),
);

for (const { path, method, route, status } of promises) {
  test(`${route}: ${status}`, async () => {
    const good = await GOOD[route]();
    const asked = status < 300 ? good : await BAD[status](good, route);
    const { id = '', query = '', ...options } = asked;
    const answer = await worker.send(method.toUpperCase(), path.replace('{id}', id) + query, options);
    assert.equal(answer.status, status, answer.text);
    assertDescribed(answer, path, method);
    if (status === 429 || status === 503) assert.ok(Number(answer.headers.get('retry-after')) > 0);
    if (status === 401) assert.ok(answer.headers.get('www-authenticate').length > 0);
  });
}

/** The body is of the schema that stands for this status, and has no member that is not in it. */
function assertDescribed(answer, path, method) {
  const { content } = description.paths[path][method].responses[answer.status];
  if (content === undefined) return assert.equal(answer.text, '');
  const type = Object.keys(content)[0];
  assert.equal(answer.headers.get('content-type'), type);
  const escaped = [path, method, 'responses', String(answer.status), 'content', type, 'schema']
    .map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))
    .map(encodeURIComponent);
  const validate = ajv().compile({ $ref: `openapi#/paths/${escaped.join('/')}` });
  assert.ok(validate(answer.body), `${JSON.stringify(validate.errors)} in ${answer.text.slice(0, 500)}`);
}

function ajv() {
  const closed = structuredClone(description);
  for (const schema of Object.values(closed.components.schemas)) {
    if (schema.properties !== undefined) schema.additionalProperties = false;
  }
  const validator = new Ajv({ strict: false, validateSchema: true });
  validator.addSchema(closed, 'openapi', false, false);
  return validator;
}

function sidOf(token) {
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).sid;
}
