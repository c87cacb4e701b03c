// Generated requests as raw bytes on a socket: none is answered with a 5xx. A Worker without stores gets them too, which answers 503
// where it needs one and says when to try again. RAW_HTTP_REQUESTS sets how many are sent to each; RAW_HTTP_SEED repeats a run.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { startWorker } from '../support/worker.mjs';
import { accessToken, SECRETS, serveWorker } from '../support/workerd.mjs';

const REQUESTS = Number(process.env.RAW_HTTP_REQUESTS ?? 500);
const SEED = Number(process.env.RAW_HTTP_SEED ?? Date.now() % 1_000_000);
const AT_ONCE = 8;
/** What workerd answers to a method that it does not know. The Worker is not asked. */
const NOT_ASKED = /^HTTP\/1\.1 501 /;

const policy = `
[[rules]]
path = "/open/*rest"
allow = "anyone"
answer = { body = "open" }

[[rules]]
path = "/closed/*rest"
revocation = "off"
answer = { body = "closed" }
`;
const bindings = { ...SECRETS, OAUTH_CLIENTS: JSON.stringify({ api: '0123456789abcdef'.repeat(2) }) };
const live = await startWorker({ build: 'edge', policy, vars: bindings });
after(() => live.stop());
const storeless = await serveWorker({ policy, bindings });
after(() => storeless.stop());

test(`${REQUESTS} raw requests to a Worker with live stores end without a 5xx (seed ${SEED})`, (context) =>
  sendMany(context, live.origin, false));

test(`${REQUESTS} raw requests to a Worker without stores end without a 5xx but 503 (seed ${SEED})`, (context) =>
  sendMany(context, storeless.url, true));

async function sendMany(context, origin, isStoreless) {
  const statuses = {};
  const faults = [];
  let state = SEED;
  const random = (below) => {
    // mulberry32, so that a seed repeats a run.
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
  let sent = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (sent < REQUESTS) {
        sent += 1;
        const request = generated(random, !isStoreless);
        let answer = await exchange(origin, request);
        // The proxy of the development server now and then loses a connection whose body nobody reads. A fault of the Worker comes again.
        if (!isStoreless && /^HTTP\/1\.[01] 5/.test(answer)) answer = await exchange(origin, request);
        const status = /^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1] ?? 'none';
        statuses[status] = (statuses[status] ?? 0) + 1;
        const isStore = isStoreless && status === '503' && /^retry-after: \d+\r$/im.test(answer);
        if (status.startsWith('5') && !isStore && !NOT_ASKED.test(answer)) {
          faults.push(`${status}: ${JSON.stringify(request.toString('latin1').slice(0, 600))}`);
        }
      }
    }),
  );
  context.diagnostic(JSON.stringify(statuses));
  assert.deepEqual(faults.slice(0, 10), []);
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'get', 'G T', 'X'.repeat(300)];
const TARGETS = [
  '/auth/login',
  '/auth/register',
  '/auth/refresh',
  '/auth/logout',
  '/auth/logout-all',
  '/auth/password',
  '/auth/sessions',
  '/auth/sessions/x',
  '/auth/revocations',
  '/users',
  '/users/me',
  '/users/x',
  '/users/x/logout',
  '/audit',
  '/healthz',
  '/openapi.json',
  '/.well-known/jwks.json',
  '/oauth/introspect',
  '/oauth/revoke',
  '/auth/account',
  '/auth/account/sign-in',
  '/auth/account/register',
  '/auth/account/devices',
  '/auth/account/password',
  '/auth/account/sign-out',
  '/open/a',
  '/closed/a',
  '*',
  'http://other.example/healthz',
  '//',
  '/',
];
const PIECES = [
  '%',
  '%2e',
  '%2f',
  '%00',
  '%ff',
  '%25%32e',
  '..',
  ';',
  '?',
  '&',
  '=',
  '#',
  '\\',
  'é',
  '\0',
  '\t',
  ' ',
  '"',
  '<',
  'a',
];
const JSON_BODIES = [
  '{"email":"a@example.com","password":"a long enough password","name":"A"}',
  '{"refreshToken":"a.b.c"}',
  '{"roles":["admin"]}',
  '{"name":"A"}',
  '{"email":7}',
  '[]',
  'null',
  '{',
  '"\\ud800"',
  '{"a":1e999}',
  '{"email":"a@b","email":"c@d"}',
  '['.repeat(500),
  '\ufeff{}',
];
const FORM_BODIES = [
  'token=a.b.c',
  'email=a%40example.com&password=b',
  'token=%',
  'a=b&a=b',
  '=',
  'session=x',
  '%00=%ff',
  '&&&',
];
const TYPES = [
  'application/json',
  'application/x-www-form-urlencoded',
  'text/plain',
  'multipart/form-data',
  ';;',
  'application/json; charset=utf-16',
];
const FIELDS = [
  ['cookie', ['__Host-refresh=a.b.c', '__Host-refresh=', '__Host-refresh=a; __Host-refresh=b', ';;;=', '\xff']],
  ['origin', ['null', 'https://evil.example', 'http://', '']],
  ['sec-fetch-site', ['cross-site', 'same-origin', 'x']],
  ['if-none-match', ['*', '"x"', ',,,', 'W/']],
  ['access-control-request-method', ['POST', '']],
  ['cf-connecting-ip', ['::1', 'x', '']],
  ['cf-ray', ['x', '\xe9', 'a'.repeat(3000)]],
  ['expect', ['100-continue', 'x']],
  ['user-agent', ['\xff'.repeat(300), '']],
  ['accept-encoding', ['gzip', 'x;q=9']],
  ['content-encoding', ['gzip', 'br', 'x']],
  ['x.portcullis.sub', ['admin']],
];

/** Behind the proxy of the development server, which answers an address without a meaning itself, those are left out. */
function generated(random, isBehindProxy) {
  const one = (list) => list[random(list.length)];
  const maybe = (chance) => random(100) < chance;
  let target = one(TARGETS);
  for (let count = random(4); count > 0 && maybe(60); count--) {
    const at = random(target.length + 1);
    target = target.slice(0, at) + one(PIECES) + target.slice(at);
  }
  if (isBehindProxy && !target.startsWith('/')) target = `/${target}`;
  const method = maybe(60) ? one(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) : one(METHODS);
  const body = Buffer.from(one([JSON_BODIES, FORM_BODIES])[random(8)], maybe(80) ? 'utf8' : 'latin1');
  const long = maybe(1) ? Buffer.alloc(70_000, 'x') : body;
  const token = maybe(50) ? accessToken({ roles: ['admin'] }) : one(['a.b.c', '', 'a b', 'x'.repeat(9000), 'a,b']);
  const lines = [
    `${method} ${target} HTTP/1.1`,
    `host: ${isBehindProxy || maybe(95) ? 'id.example' : one(['', ':', 'a b', '[::1', 'é'])}`,
  ];
  if (maybe(60)) lines.push(`authorization: ${one(['Bearer', 'bearer', 'Basic', 'Negotiate', ''])} ${token}`);
  if (maybe(70)) lines.push(`content-type: ${one(TYPES)}`);
  for (let count = random(4); count > 0; count--) {
    const [name, values] = one(FIELDS);
    lines.push(`${name}: ${one(values)}`);
  }
  const isChunked = maybe(15);
  const sends = method !== 'GET' && method !== 'HEAD' ? true : maybe(20);
  if (sends && isChunked) lines.push('transfer-encoding: chunked');
  if (sends && !isChunked) lines.push(`content-length: ${maybe(95) ? long.length : one(['-1', 'x', '0', '+3', ''])}`);
  lines.push('connection: close', '', '');
  const chunked = Buffer.concat([Buffer.from(`${long.length.toString(16)}\r\n`), long, Buffer.from('\r\n0\r\n\r\n')]);
  return Buffer.concat([
    Buffer.from(lines.join('\r\n'), 'latin1'),
    sends ? (isChunked ? chunked : long) : Buffer.alloc(0),
  ]);
}

/** The answer to the bytes of one request, or what there is of it when the connection ends. */
function exchange(origin, request) {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1');
    let answer = '';
    const end = () => {
      socket.destroy();
      resolve(answer.replace(/^HTTP\/1\.1 1\d\d [\s\S]*?\r\n\r\n/, ''));
    };
    socket.setTimeout(10_000, end);
    socket
      .on('data', (data) => (answer += data.toString('latin1')))
      .on('error', end)
      .on('close', end);
    socket.end(request);
  });
}
