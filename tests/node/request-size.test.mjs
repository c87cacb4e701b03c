/** The limits of a request to the service's own routes: address, headers, body. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { authRoutes, memoryStores } from 'portcullis/express';
import { SECRETS } from '../support/express-auth.mjs';

const ORIGIN = 'https://app.example';
const auths = [];

/** A service behind a server that takes larger headers than Node does unless told. What the service passes on is a 599. */
async function serve(options = {}) {
  const auth = authRoutes({
    issuer: 'https://id.example',
    audience: 'api',
    allowedOrigins: [ORIGIN],
    stores: memoryStores(),
    accountPages: true,
    logger: { info() {}, error() {} },
    ...SECRETS,
    ...options,
  });
  const server = createServer({ maxHeaderSize: 1024 * 1024 }, (asked, response) =>
    auth(asked, response, (error) => response.writeHead(599).end(error?.message ?? 'passed on')),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  auths.push({ auth, server });
  return async (path, { method = 'GET', headers = {}, body } = {}) => {
    const { port } = server.address();
    const asked = request({ port, path, method, headers, maxHeaderSize: 1024 * 1024 });
    asked.end(body);
    const [response] = await once(asked, 'response');
    return { status: response.statusCode, headers: response.headers, text: await text(response), port };
  };
}

let ask;
before(async () => {
  ask = await serve();
});
after(() => {
  for (const { auth, server } of auths) {
    auth.close();
    server.close();
  }
});

const longUrl = (bytes, port) => {
  const start = '/healthz?';
  return start + 'a'.repeat(bytes - `http://localhost:${port}`.length - start.length);
};

/** A problem as every other one: JSON with a stable code, not to be stored, with the request's id. */
function assertProblem(reply, status, code) {
  const body = JSON.parse(reply.text);
  assert.deepEqual([reply.status, body.error, Object.keys(body)], [status, code, ['error', 'message']]);
  assert.equal(reply.headers['content-type'], 'application/json');
  assert.equal(reply.headers['cache-control'], 'no-store');
  assert.match(reply.headers['x-request-id'], /^[0-9a-f]{16}$/);
}

test('an address above the limit is a 414, and the longest one is answered', async () => {
  const { port } = await ask('/healthz');
  const headers = { host: `localhost:${port}` };
  assert.equal((await ask(longUrl(16_384, port), { headers })).status, 200);
  assertProblem(await ask(longUrl(16_385, port), { headers }), 414, 'uri_too_long');
  assertProblem(await ask(longUrl(300_000, port), { headers }), 414, 'uri_too_long');
});

test('headers above the limit are a 431, however they are distributed', async () => {
  assert.equal((await ask('/healthz', { headers: { 'x-much': 'a'.repeat(60_000) } })).status, 200);
  assertProblem(await ask('/healthz', { headers: { 'x-much': 'a'.repeat(65_536) } }), 431, 'headers_too_large');
  const many = Object.fromEntries(Array.from({ length: 70 }, (_, at) => [`x-${at}`, 'a'.repeat(1000)]));
  assertProblem(await ask('/healthz', { headers: many }), 431, 'headers_too_large');
  assertProblem(await ask('/healthz', { headers: { 'x-much': 'a'.repeat(800_000) } }), 431, 'headers_too_large');
});

test('a body above the limit is a 413, and the largest one is read', async () => {
  const post = (length) => ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"email":"${'a'.repeat(length - 12)}"}`,
  });
  assertProblem(await ask('/auth/login', post(65_536)), 400, 'invalid_request');
  assertProblem(await ask('/auth/login', post(65_537)), 413, 'body_too_large');
  assertProblem(await ask('/auth/login', post(3_000_000)), 413, 'body_too_large');
});

test('a page of an allowed origin may read the refusal', async () => {
  const reply = await ask('/healthz', { headers: { origin: ORIGIN, 'x-much': 'a'.repeat(70_000) } });
  assert.equal(reply.status, 431);
  assert.equal(reply.headers['access-control-allow-origin'], ORIGIN);
});

test("a path of somebody else's is passed on, however large the request is", async () => {
  assert.equal((await ask(`/elsewhere?${'a'.repeat(70_000)}`)).text, 'passed on');
  assert.equal((await ask('/elsewhere', { headers: { 'x-much': 'a'.repeat(70_000) } })).text, 'passed on');
});

test('an error after the body was read reaches the error handler', async () => {
  const failing = await serve({
    clientAddress() {
      throw new Error('boom');
    },
  });
  const body = JSON.stringify({ email: 'ann@example.com', password: 'x' });
  const reply = await failing('/auth/login', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  assert.deepEqual([reply.status, reply.text], [599, 'boom']);
  const tooLong = await serve({ clientAddress: () => 'a'.repeat(70_000) });
  assert.match((await tooLong('/healthz')).text, /the option "clientAddress" must be at most 65536 bytes/);
});
