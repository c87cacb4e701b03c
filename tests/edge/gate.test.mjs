/** The gate in real workerd, before an unchanged Node server: verdicts, identity, paths, streaming, sockets, failures. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { trustGate } from 'portcullis';
import { MEGABYTES, startUpstream, textOf } from '../support/upstream.mjs';
import { accessToken, freePort, SECRETS, STORES, serveWorker } from '../support/workerd.mjs';

let upstream;
let worker;

before(async () => {
  upstream = await startUpstream();
  worker = await serveWorker({
    policy: rules(upstream.port, await freePort()),
    bindings: SECRETS,
    services: { APP: "export default { fetch: (request) => new Response('bound ' + new URL(request.url).pathname) }" },
  });
});

after(async () => {
  await worker?.stop();
  upstream?.close();
});

test('a verdict is answered here', async () => {
  const missing = await get('/hello');
  assert.equal(missing.status, 401);
  assert.equal(missing.headers.get('www-authenticate'), 'Bearer realm="portcullis"');
  const allowed = await get('/hello', accessToken({ roles: ['user'] }));
  assert.equal(allowed.status, 200);
  assert.equal(await allowed.text(), 'hello');
  assert.equal((await get('/hello', `${accessToken()}x`)).status, 401);
  const refused = await get('/reports/1', accessToken({ roles: ['user'] }));
  assert.equal(refused.status, 403);
  assert.deepEqual(await refused.json(), {
    error: 'insufficient_scope',
    message: "You don't have permission to do this.",
  });
  assert.equal((await get('/nowhere', accessToken())).status, 404);
});

test('tokens of another type, issuer, audience or time are refused', async () => {
  const good = { roles: ['user'] };
  assert.equal((await get('/hello', accessToken(good, { typ: 'rt+jwt' }))).status, 401);
  for (const wrong of [{ iss: 'https://evil.example' }, { aud: 'other' }, { exp: 1 }, { sid: undefined }]) {
    assert.equal((await get('/hello', accessToken({ ...good, ...wrong }))).status, 401, JSON.stringify(wrong));
  }
});

test('identity from outside is stripped, the verified one set', async () => {
  const forged = {
    'x-portcullis-sub': 'root',
    'X-Portcullis-Roles': 'admin',
    'x-portcullis-anything': '1',
    'x-user-id': 'root',
    x_portcullis_sub: 'root',
    'X-Portcullis_Roles': 'admin',
    x_user_id: 'root',
  };
  const bearer = accessToken({ sub: '8', sid: 's', roles: ['manager'] });
  const seen = await (await get('/reports/7?a=b', bearer, forged)).json();
  assert.equal(seen.url, '/reports/7?a=b');
  assert.equal(seen.headers['x-portcullis-sub'], '8');
  assert.equal(seen.headers['x-portcullis-roles'], 'manager');
  assert.equal(seen.headers['x-portcullis-sid'], 's');
  const names = Object.keys(seen.headers).map((name) => name.replaceAll('_', '-'));
  for (const name of ['x-portcullis-anything', 'x-user-id', 'authorization']) assert.ok(!names.includes(name), name);
  assert.equal(names.filter((name) => name.startsWith('x-portcullis-')).length, 4, names.join());
  assert.match(seen.headers['x-portcullis-proof'], /^[\w-]+\.[\w-]+\.[\w-]+$/);
  const open = await (await get('/public/x', undefined, forged)).json();
  for (const name of ['x-portcullis-sub', 'x-portcullis-roles']) assert.equal(open.headers[name], undefined);
});

test('no upstream sees the refresh cookie', async () => {
  for (const [sent, seen] of [
    ['__Host-refresh=secret', undefined],
    ['a=b; __Host-refresh=secret; c=d', 'a=b; c=d'],
    ['__Host-refresh=secret; a="b,c"', 'a="b,c"'],
    ['a=b; __Host-refresh=secret;__Host-refresh = other', 'a=b'],
    ['a=b; x__Host-refresh=kept; refresh=kept', 'a=b; x__Host-refresh=kept; refresh=kept'],
  ]) {
    const { headers } = await (await get('/public/x', undefined, { cookie: sent })).json();
    assert.equal(headers.cookie, seen, sent);
  }
  const twice = await raw('/public/x', ['host', 'localhost', 'cookie', 'a=b', 'cookie', '__Host-refresh=secret']);
  assert.doesNotMatch(JSON.parse(twice.body).headers.cookie, /secret/);
});

test('an upstream is not told another method or path than was judged', async () => {
  const names = ['x-http-method-override', 'X-HTTP-Method', 'x_method_override', 'x-original-url', 'x-rewrite-url'];
  const forged = Object.fromEntries(names.map((name) => [name, 'DELETE']));
  const { headers } = await (await get('/public/x', undefined, forged)).json();
  for (const [name, value] of Object.entries(headers)) assert.notEqual(value, 'DELETE', name);
});

test('the upstream is sent the path that was judged', async () => {
  for (const [sent, seen] of [
    ['/public//a/./b/../c', '/public/a/c'],
    ['/public/%61%2e', '/public/a.'],
    ['/public/caf%c3%a9?x=%2f', '/public/caf%C3%A9?x=%2f'],
    ["/public/a|b'c^d", "/public/a%7Cb'c%5Ed"],
  ]) {
    assert.equal(JSON.parse((await raw(sent)).body).url, seen, sent);
  }
  for (const path of ['/public/%2e%2e/reports/1', '/public/..%2freports/1', '/public/%5c..%5creports', '/Reports/1']) {
    const { status } = await raw(path);
    assert.ok(status === 400 || status === 401, `${path}: ${status}`);
  }
  for (const path of ['/public/a;b', '/public/%00', '/public/%c0%af', '/public/%zz', '/public/%252e']) {
    assert.equal((await raw(path)).status, 400, path);
  }
});

test('answers of the upstream come back as they are', async () => {
  for (const status of [200, 201, 204, 301, 304, 404, 418, 500, 503]) {
    const answer = await raw(`/public/status/${status}`);
    assert.equal(answer.status, status);
    assert.equal(answer.headers['x-upstream'], 'yes');
  }
  assert.equal((await raw('/public/status/301')).headers.location, '/elsewhere');
});

test('a service binding is an upstream too', async () => {
  assert.equal(await (await get('/bound/x', accessToken())).text(), 'bound /bound/x');
});

test('an upstream below a path of its own can trust the gate', async () => {
  const { method, url, headers } = await (await get('/based/x?a=b', accessToken({ sub: '8' }))).json();
  assert.equal(url, '/v1/based/x?a=b');
  const trusted = trustGate({ key: SECRETS.GATE_KEY, upstream: 'based', basePath: '/v1' });
  const seen = { method: method ?? 'GET', url: `http://app.test${url}`, headers: new Headers(headers) };
  assert.equal(trusted.identify(seen).subject, '8');
});

test('an upstream that is away or slow is one clean error, and nothing is sent twice', async () => {
  assert.equal((await get('/away')).status, 502);
  const before = upstream.posts;
  const slow = await fetch(`${worker.url}/slow`, { method: 'POST', body: 'once' });
  assert.equal(slow.status, 504);
  assert.equal(upstream.posts, before + 1);
});

test('a body that breaks off is the mistake of whoever sends it', async () => {
  const { hostname, port } = new URL(worker.url);
  const socket = connect(Number(port), hostname);
  socket.write('POST /auth/login HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nno length\r\n');
  const [answer] = await once(socket, 'data');
  socket.destroy();
  assert.match(String(answer), /^HTTP\/1.1 400 /);
});

test('what cannot be asked about revocation is refused', async () => {
  assert.equal((await get('/strict', accessToken())).status, 503);
});

test('preflights are answered without credentials', async () => {
  const preflight = (origin) =>
    fetch(`${worker.url}/reports/1`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' },
    });
  const allowed = await preflight('https://app.example');
  assert.equal(allowed.status, 204);
  assert.equal(allowed.headers.get('access-control-allow-origin'), 'https://app.example');
  assert.match(allowed.headers.get('access-control-allow-headers'), /authorization/);
  assert.equal((await preflight('https://evil.example')).status, 403);
  const read = await get('/reports/1', accessToken({ roles: ['manager'] }), { origin: 'https://app.example' });
  assert.equal(read.headers.get('access-control-allow-origin'), 'https://app.example');
});

test('HEAD goes where GET goes, and a question without a rule about origins where its method goes', async () => {
  const head = (path, bearer) =>
    fetch(worker.url + path, {
      method: 'HEAD',
      headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` },
    });
  assert.equal((await head('/hello')).status, 401);
  assert.equal((await head('/hello', accessToken({ roles: ['user'] }))).status, 200);
  assert.equal((await head('/reports/1', accessToken({ roles: ['user'] }))).status, 403);
  const passed = await head('/reports/1', accessToken({ roles: ['manager'] }));
  assert.deepEqual([passed.status, passed.headers.get('x-upstream')], [200, 'yes']);
  // `/hello` says nothing of origins, so a preflight is a request like any other, and has no token.
  const headers = { origin: 'https://app.example', 'access-control-request-method': 'GET' };
  assert.equal((await fetch(`${worker.url}/hello`, { method: 'OPTIONS', headers })).status, 401);
});

test('large bodies stream both ways', async () => {
  const peak = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${worker.pid}/status`, 'utf8'))[1]) / 1024;
  await get('/public/x');
  const before = peak();
  const block = randomBytes(1024 * 1024);
  const sent = createHash('sha256');
  const upload = httpRequest(`${worker.url}/public/upload`, { method: 'POST' });
  const answered = once(upload, 'response');
  for (let i = 0; i < MEGABYTES; i++) {
    sent.update(block);
    if (!upload.write(block)) await once(upload, 'drain');
  }
  upload.end();
  const [response] = await answered;
  assert.equal(await textOf(response), sent.digest('hex'));

  const download = await fetch(`${worker.url}/public/download`);
  let received = 0;
  for await (const chunk of download.body) received += chunk.length;
  assert.equal(received, MEGABYTES * 1024 * 1024);
  const grown = peak() - before;
  assert.ok(grown < MEGABYTES / 2, `${grown} MB more memory for bodies of ${MEGABYTES} MB`);
});

test('server-sent events arrive one by one', async () => {
  const { body } = await get('/public/events');
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  assert.equal((await reader.read()).value, 'data: 1\n\n');
  upstream.emit('next-event');
  assert.equal((await reader.read()).value, 'data: 2\n\n');
  await reader.cancel();
});

test('a socket is upgraded through the gate', async () => {
  const upgrade = httpRequest(`${worker.url}/socket`, {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': randomBytes(16).toString('base64'),
      'sec-websocket-version': '13',
      authorization: `Bearer ${accessToken({ sub: '8' })}`,
    },
  });
  upgrade.end();
  const [response, socket] = await once(upgrade, 'upgrade');
  assert.equal(response.statusCode, 101);
  socket.write(frame('ping'));
  const [echo] = await once(socket, 'data');
  assert.equal(echo.subarray(2).toString(), 'ping from 8');
  socket.destroy();
  assert.equal((await get('/socket')).status, 401);
});

const NO_SENSE = /portcullis\.toml:6:10: error: role `nobody` is not defined/;

test('a policy that makes no sense is not built', async () => {
  const policy = '[roles]\nuser = {}\n\n[[rules]]\npath = "/a"\nroles = ["nobody"]\n';
  await assert.rejects(serveWorker({ policy, bindings: SECRETS }), NO_SENSE);
});

test('nor does one start that was not built, or changed afterwards', async () => {
  const policy = '[roles]\nuser = {}\n\n[[rules]]\npath = "/a"\nroles = ["user"]\n';
  const changes = [
    (built) => built.replaceAll('"user"', '"nobody"'),
    (built) => built.replace('"signed-in"', '"anyone"'),
    (built) => built.replace('"patterns"', '"pattern"'),
    () => policy,
    () => '',
  ];
  for (const change of changes) {
    const starting = serveWorker({ policy, change, bindings: SECRETS });
    await assert.rejects(starting, /policy\.json.+not what the build.+cargo xtask build/s);
  }
});

test('a policy that needs what is not there does not start', async () => {
  const rule = '[[rules]]\npath = "/a"\n';
  const app = (about) => `[upstreams]\napp = { ${about} }\n${rule}upstream = "app"\n`;
  const { GATE_KEY: _, ...withoutKey } = SECRETS;
  for (const [policy, bindings, said] of [
    [`${rule}answer = {}\nrate-limit = { binding = "API_LIMIT" }\n`, SECRETS, /needs API_LIMIT.+\[\[ratelimits\]\]/],
    [app('service = "APP"'), SECRETS, /needs APP.+\[\[services\]\]/],
    [app('url = "$APP_URL"'), SECRETS, /needs APP_URL.+\[vars\]/],
    [app('url = "http://a.example", identity = "internal-token"'), withoutKey, /GATE_KEY/],
    [rule, { ...SECRETS, GATE_KEY: 'short' }, /GATE_KEY.+openssl rand/],
    [rule, { ...SECRETS, GATE_KEY: SECRETS.JWT_SECRET }, /GATE_KEY.+openssl rand/],
  ]) {
    await assert.rejects(serveWorker({ policy, bindings }), said);
  }
});

test('without its stores, or with something else in their place, it does not start', async () => {
  const policy = '[[rules]]\npath = "/a"\n';
  for (const [name, place] of [
    ['DB', 'd1_databases'],
    ['REVOCATIONS', 'kv_namespaces'],
    ['USER_SESSIONS', 'durable_objects.bindings'],
  ]) {
    const stores = STORES.filter((store) => store !== name);
    for (const bindings of [SECRETS, { ...SECRETS, [name]: 'a variable' }]) {
      await assert.rejects(serveWorker({ policy, bindings, stores }), (error) => {
        assert.ok(error.message.includes(`${name} is not there or of another kind`), error.message);
        assert.ok(error.message.includes(`[[${place}]] in wrangler.toml`));
        return true;
      });
    }
  }
});

test('with something else in the place of a rate limit it does not start', async () => {
  const policy = '[[rules]]\npath = "/a"\n';
  for (const name of ['CLIENT_LIMIT', 'ACCOUNT_LIMIT']) {
    const starting = serveWorker({ policy, bindings: { ...SECRETS, [name]: 'a variable' } });
    await assert.rejects(starting, new RegExp(`${name} is no rate limit.+\\[\\[ratelimits\\]\\]`));
  }
});

function rules(port, silent) {
  return `
[roles]
manager = { inherits = ["user"] }
user = {}

[upstreams]
app = { url = "http://127.0.0.1:${port}" }
slow = { url = "http://127.0.0.1:${port}", timeout-seconds = 1 }
away = { url = "http://127.0.0.1:${silent}" }
bound = { service = "APP" }
based = { url = "http://127.0.0.1:${port}/v1" }

[defaults]
upstream = "app"
revocation = "off"
strip-headers = ["x-user-id"]

[[rules]]
path = "/hello"
roles = ["user"]
answer = { body = "hello" }

[[rules]]
path = "/reports/:id"
roles = ["manager"]
cors = { origins = ["https://app.example"] }

[[rules]]
path = "/public/*rest"
allow = "anyone"

[[rules]]
path = "/behind/*rest"
allow = "anyone"
pass-headers = ["x-forwarded-for", "x-forwarded-user", "x.trace"]

[[rules]]
path = "/slow"
allow = "anyone"
upstream = "slow"

[[rules]]
path = "/away"
allow = "anyone"
upstream = "away"

[[rules]]
path = "/bound/*rest"
upstream = "bound"

[[rules]]
path = "/based/*rest"
upstream = "based"

[[rules]]
path = "/strict"
revocation = "strict"

[[rules]]
path = "/socket"
`;
}

/** A masked text frame (RFC 6455 section 5.2), as clients send them. */
function frame(said) {
  const mask = randomBytes(4);
  const masked = Buffer.from(said).map((byte, at) => byte ^ mask[at % 4]);
  return Buffer.concat([Buffer.from([0x81, 0x80 | masked.length]), mask, masked]);
}

function get(path, bearer, headers = {}) {
  const authorization = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
  return fetch(worker.url + path, { headers: { ...headers, ...authorization }, redirect: 'manual' });
}

/** Sends a path byte for byte, which `fetch` would not. */
async function raw(path, headers = {}) {
  const { port } = new URL(worker.url);
  const sent = httpRequest({ host: '127.0.0.1', port, path, headers });
  sent.end();
  const [response] = await once(sent, 'response');
  return { status: response.statusCode, headers: response.headers, body: await textOf(response) };
}

test('no spelling of an identity or override header reaches an upstream that folds names', async () => {
  const marks = ['_', '.', '!', '~', '|', '^', '`', '#', '$', '%', '&', "'", '*', '+'];
  const raw = [];
  for (const mark of marks) {
    for (const name of [
      'X-Portcullis-Sub',
      'x-user-id',
      'X-HTTP-Method-Override',
      'x-original-url',
      'x-forwarded-host',
      'x-forwarded-for',
      'x-forwarded-user',
      'remote-user',
    ]) {
      raw.push(`${name.replaceAll('-', mark)}: forged`, `${name.replace('-', mark)}: forged`);
    }
    raw.push(`x${mark}anything: forged`);
  }
  const head = `GET /public/x HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\nx-plain-1: kept\r\n${raw.join('\r\n')}\r\n\r\n`;
  const answer = await sendRaw(head);
  const seen = JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1));
  assert.equal(seen.headers['x-plain-1'], 'kept');
  const forged = Object.entries(seen.headers).filter(([, value]) => String(value).includes('forged'));
  assert.deepEqual(forged, []);
});

test('what a sender says as a proxy would, of the user or the address, reaches no upstream', async () => {
  const claims = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'x-client-ip', 'x-forwarded-user', 'x-forwarded-email'];
  claims.push('remote-user', 'x-remote-user', 'x-auth-request-user', 'x-goog-authenticated-user-email');
  const forged = Object.fromEntries(claims.map((name) => [name, 'forged']));
  const { headers } = await (await get('/public/x', undefined, forged)).json();
  assert.deepEqual(
    Object.entries(headers).filter(([, value]) => String(value).includes('forged')),
    [],
  );
  const address = '203.0.113.9';
  const behind = await (await get('/public/x', undefined, { ...forged, 'cf-connecting-ip': address })).json();
  assert.equal(behind.headers['x-forwarded-for'], address);
  assert.equal(behind.headers['x-real-ip'], address);
  assert.equal(behind.headers['x-forwarded-host'], new URL(worker.url).host);
  assert.equal(behind.headers['x-forwarded-proto'], 'http');
});

test('a rule passes the claims of the proxy before the gate that it lists, and only these', async () => {
  const sent = { 'x-forwarded-for': '192.0.2.1, 198.51.100.2', 'x-forwarded-user': 'anna', 'x.trace': '1' };
  const others = { 'remote-user': 'forged', x_trace: 'forged', x_forwarded_user: 'forged' };
  const asked = { ...sent, ...others, 'cf-connecting-ip': '203.0.113.9' };
  const listed = (await (await get('/behind/x', undefined, asked)).json()).headers;
  for (const [name, value] of Object.entries(sent)) assert.equal(listed[name], value, name);
  assert.equal(listed['x-real-ip'], '203.0.113.9');
  for (const name of Object.keys(others)) assert.equal(listed[name], undefined, name);
  const unlisted = (await (await get('/public/x', undefined, asked)).json()).headers;
  assert.equal(unlisted['x-forwarded-for'], '203.0.113.9');
  assert.deepEqual([unlisted['x-forwarded-user'], unlisted['x.trace']], [undefined, undefined]);
});

test('a path that decodes to another encoding is refused, at any depth and behind any spelling', async () => {
  for (const path of [
    '/public/%25%32e%25%32e%25%32fadmin/secret.txt',
    '/public/%252e%252e/admin',
    '/public/%25%32%65%25%32%65/admin',
    '/public/%25252e/admin',
    '/public/a%25%35%63b',
  ]) {
    const answer = await sendRaw(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 400 /, path);
    assert.match(answer, /invalid_path/, path);
  }
});

test("GET and HEAD with a body are refused as the sender's mistake, and without one they pass", async () => {
  const send = (method, extra, body = '') =>
    sendRaw(`${method} /public/x HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n${extra}\r\n${body}`);
  const logged = worker.log().length;
  for (const method of ['GET', 'HEAD']) {
    assert.match(await send(method, 'content-length: 3\r\n', 'a=b'), /^HTTP\/1\.1 400 /, method);
    assert.match(
      await send(method, 'transfer-encoding: chunked\r\n', '3\r\na=b\r\n0\r\n\r\n'),
      /^HTTP\/1\.1 400 /,
      method,
    );
    assert.match(await send(method, 'content-length: 0\r\n'), /^HTTP\/1\.1 200 /, method);
    assert.match(await send(method, ''), /^HTTP\/1\.1 200 /, method);
  }
  assert.equal(worker.log().slice(logged).includes('upstream "'), false, 'nothing failed behind the gate');
});

test('a Host header that names no host is refused as the mistake of its sender', async () => {
  for (const host of ['a b%', '[::1', 'a:99999999']) {
    const answer = await sendRaw(`GET /public/x HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 400 /, host);
  }
});

test('another case of an open path reaches the upstream in the spelling of the rule', async () => {
  const seen = await (await get('/PUBLIC/Some%20Thing')).json();
  assert.equal(seen.url, '/public/Some%20Thing');
});

/** Sends bytes as they are, and gives what came back. */
function sendRaw(text) {
  return new Promise((resolve, reject) => {
    const socket = connect(worker.port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (bytes) => (answer += bytes));
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}
