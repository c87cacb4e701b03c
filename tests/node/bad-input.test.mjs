/** What callers and strangers get wrong: every answer is one of our errors, named, and nothing slips through. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { test } from 'node:test';
import * as node from 'portcullis';
import { authenticate } from 'portcullis/express';
import { createAuthContext } from 'portcullis/trpc';
import * as web from '../../js/dist/web/index.js';

const secret = Buffer.alloc(32, 7);
const places = { issuer: 'https://id.example', audience: 'api' };
const options = { key: secret, algorithms: ['HS256'], ...places };
const signer = node.createSigner({ key: secret, algorithm: 'HS256', ...places, expiresIn: '15m' });
const optionError = (claim) => ({ code: 'ERR_OPTION_INVALID', claim });

test('an option that comes from a prototype is refused by name', () => {
  const own = { key: secret, algorithms: ['HS256'], audience: 'api' };
  assert.throws(() => node.createVerifier({ __proto__: { issuer: null }, ...own }), optionError('issuer'));
  assert.throws(() => node.createVerifier(Object.assign(Object.create({ issuer: null }), own)), optionError('issuer'));
  class Options {
    get issuer() {
      return null;
    }
  }
  assert.throws(() => node.createVerifier(Object.assign(new Options(), own)), {
    ...optionError('issuer'),
    message: /not of their prototype/,
  });
});

test('a polluted Object.prototype leaves out no check', () => {
  Object.prototype.issuer = null;
  try {
    assert.throws(() => node.createVerifier({ key: secret, algorithms: ['HS256'], audience: 'api' }), {
      code: 'ERR_OPTION_INVALID',
    });
  } finally {
    delete Object.prototype.issuer;
  }
});

test('members called __proto__ and constructor in options, headers and claims change nothing', () => {
  const parsed = JSON.parse('{"__proto__":{"issuer":null},"audience":"api"}');
  assert.throws(() => node.createVerifier({ ...parsed, ...options }), optionError('__proto__'));
  assert.throws(() => node.createVerifier(JSON.parse('{"__proto__":{}}')), optionError('__proto__'));
  assert.throws(() => node.createVerifier(JSON.parse('{"constructor":{}}')), optionError('constructor'));
  const hostile = JSON.parse('{"sub":"7","__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}');
  const header = JSON.parse('{"__proto__":{"alg":"none"},"constructor":1}');
  const token = node.createSigner({ key: secret, algorithm: 'HS256', ...places, header }).signSync(hostile);
  const { claims, header: read } = node.createVerifier(options).verifySync(token);
  assert.equal(claims.admin, undefined);
  assert.equal(read.alg, 'HS256');
  assert.equal({}.admin, undefined);
  assert.deepEqual(Object.keys(claims).sort(), ['__proto__', 'aud', 'constructor', 'iat', 'iss', 'sub']);
});

test('a promise of another kind is waited for, and its false refuses', async () => {
  // biome-ignore lint/suspicious/noThenProperty: that is what makes it a promise of another kind
  const later = (value) => ({ then: (done) => void setImmediate(done, value) });
  const token = signer.signSync({ sub: '7' });
  const verifierOf = (more) => node.createVerifier({ ...options, ...more });
  await assert.rejects(verifierOf({ check: () => later(false) }).verify(token), { code: 'ERR_CLAIM_MISMATCH' });
  assert.throws(() => verifierOf({ check: () => later(true) }).verifySync(token), { code: 'ERR_SYNC_UNAVAILABLE' });
  await verifierOf({ check: () => later(true) }).verify(token);
  await verifierOf({ revocations: { isRevoked: () => later(false) } }).verify(token);
  await assert.rejects(verifierOf({ revocations: { isRevoked: () => later(true) } }).verify(token), {
    code: 'ERR_TOKEN_REVOKED',
  });
  await verifierOf({ key: () => later(node.importKey(secret, { alg: 'HS256' })) }).verify(token);
});

test('text that UTF-8 cannot hold is refused by its characters', async () => {
  const token = signer.signSync({ sub: '7' });
  for (const module of [node, web]) {
    for (const text of [`\ud83d${token}`, `${token}\udd11`, '\ud83d'.repeat(9000)]) {
      const { code } = await module
        .createVerifier(options)
        .verify(text)
        .catch((error) => error);
      assert.equal(code, text.length > 8192 ? 'ERR_TOKEN_TOO_LONG' : 'ERR_TOKEN_CHARACTERS');
    }
  }
});

test('claims that JSON cannot hold are refused by name', async () => {
  const circle = {};
  circle.self = circle;
  for (const claims of [{ n: 1n }, circle, { toJSON: () => 'text' }, { toJSON: () => undefined }, null, [], 'x']) {
    assert.throws(() => signer.signSync(claims), optionError('claims'));
    await assert.rejects(signer.sign(claims), optionError('claims'));
  }
});

test('dates are numbers when they are signed', () => {
  for (const [name, value] of Object.entries({ exp: 'soon', nbf: Number.NaN, iat: '1' })) {
    assert.throws(() => signer.signSync({ [name]: value }), optionError(name));
  }
});

test('what JSON cannot hold is named wherever it stands', async () => {
  const circle = { kty: 'oct' };
  circle.self = circle;
  const header = { x: 1n };
  assert.throws(() => node.importKey(circle, { alg: 'HS256' }), optionError('key'));
  assert.throws(() => node.createVerifier({ ...options, key: { keys: [circle] } }), optionError('key'));
  assert.throws(() => node.createSigner({ key: secret, algorithm: 'HS256', header }), optionError('header'));
  await assert.rejects(node.jws.sign('x', { key: secret, algorithm: 'HS256', header }), optionError('header'));
  assert.throws(() => node.policy({ roles: circle }), optionError('policy'));
  const rules = node.policy({ rules: [{ path: '/' }] });
  assert.throws(() => rules.decide({ n: 1n }, { method: 'GET', path: '/' }), optionError('claims'));
});

test('a policy is asked with a method and a path; what the path is worth is its own to say', () => {
  const rules = node.policy({ rules: [{ path: '/' }] });
  assert.throws(() => rules.decide(undefined, { path: '/' }), optionError('method'));
  assert.throws(() => rules.decide(undefined, { method: 'GET' }), optionError('path'));
  for (const asked of [{ path: '' }, { path: '*' }, { path: '/', host: '' }, { path: '//[' }]) {
    const { allowed, status } = rules.decide(undefined, { method: 'GET', ...asked });
    assert.ok(!allowed && status >= 400 && status < 500, JSON.stringify({ asked, status }));
  }
});

test('no date is judged, and no token passes, by a clock that gives no number', async () => {
  const token = node.createSigner({ key: secret, algorithm: 'HS256', ...places, issuedAt: false }).signSync({ exp: 1 });
  for (const now of [() => Number.NaN, () => undefined, () => new Date(), () => '1']) {
    assert.throws(() => node.createVerifier({ ...options, now }).verifySync(token), optionError('now'));
    await assert.rejects(node.createVerifier({ ...options, now }).verify(token), optionError('now'));
    assert.throws(() => node.createSigner({ key: secret, algorithm: 'HS256', now }).signSync({}), optionError('now'));
  }
});

test('a verifier has at least one key, and a name gives no hash of a secret away', async () => {
  assert.throws(() => node.createVerifier({ key: [], ...places }), optionError('key'));
  await assert.rejects(node.generateKey('HS256', { kid: true }), optionError('kid'));
  await assert.rejects(node.verify('x'), { ...optionError('options of createVerifier') });
});

test('what is no key is refused by name', () => {
  for (const no of [undefined, null, {}, 'text', 5]) {
    assert.throws(() => node.publicKey(no), optionError('key'));
    assert.throws(() => node.exportJwk(no), optionError('key'));
    assert.throws(() => node.exportJwks([no]), optionError('key'));
  }
  assert.throws(() => node.exportJwks(undefined), optionError('keys'));
  for (const no of [undefined, null, {}, 5]) assert.throws(() => node.thumbprint(no), optionError('key'));
  assert.throws(() => node.policy('', { flie: 'x' }), optionError('flie'));
  assert.throws(() => node.checkPolicy('', { file: 5 }), optionError('file'));
});

test('an RSA key is as large as was asked for, and only RSA keys have a size', async () => {
  for (const module of [node, web]) {
    for (const [alg, modulusLength] of [
      ['RS256', undefined],
      ['PS512', 3072],
    ]) {
      const { n } = module.exportJwk(await module.generateKey(alg, { modulusLength }));
      assert.equal(Buffer.from(n, 'base64url').length * 8, modulusLength ?? 2048);
    }
    for (const modulusLength of [1024, 8193, 2048.5, '4096']) {
      await assert.rejects(module.generateKey('RS256', { modulusLength }), optionError('modulusLength'));
    }
    for (const alg of ['ES256', 'HS256', 'EdDSA']) {
      await assert.rejects(module.generateKey(alg, { modulusLength: 2048 }), optionError('modulusLength'));
    }
  }
});

test('an RSA JWK without its primes says what to do', async () => {
  const { kty, n, e, d } = node.exportJwk(await node.generateKey('RS256'), { private: true });
  assert.throws(() => node.importKey({ kty, n, e, d }, { alg: 'RS256' }), {
    code: 'ERR_KEY_INVALID',
    message: /p, q, dp, dq, qi.*export the key again with them, or give it as PEM/,
  });
});

test('an empty password is a wrong one, and none to be stored', async () => {
  const hash = await node.hashPassword('correct horse battery staple');
  assert.equal(await node.verifyPassword('', hash), false);
  await assert.rejects(node.hashPassword(''), optionError('password'));
});

for (const [name, module] of Object.entries({ node, web })) {
  test(`${name}: what WebCrypto throws over a key arrives as an error of ours, with its cause`, async () => {
    const made = { name: 'ECDSA', namedCurve: 'P-256' };
    const { privateKey, publicKey } = await crypto.subtle.generateKey(made, false, ['sign', 'verify']);
    const token = await module.sign({ sub: '7' }, { key: privateKey, ...places });
    // As a host may break its word: a key that says one thing and is another.
    const lying = (key, usages) => ({
      [Symbol.toStringTag]: 'CryptoKey',
      type: key.type,
      extractable: false,
      algorithm: key.algorithm,
      usages,
    });
    const cases = [
      [module.verify(token, { key: lying(publicKey, ['verify']), ...places }), 'ERR_KEY_INVALID', /refused the key/],
      [module.sign({}, { key: lying(privateKey, ['sign']), ...places }), 'ERR_SIGNING_FAILED', /could not sign/],
      [module.jws.sign('x', { key: lying(privateKey, ['sign']) }), 'ERR_SIGNING_FAILED', /could not sign/],
      [module.jws.verify(token, { key: lying(publicKey, ['verify']) }), 'ERR_KEY_INVALID', /refused the key/],
    ];
    for (const [attempt, code, message] of cases) {
      const error = await attempt.then(
        () => assert.fail('passed'),
        (thrown) => thrown,
      );
      assert.deepEqual([module.isAuthError(error), error.code, error.status], [true, code, 500]);
      assert.match(error.message, message);
      assert.ok(error.cause instanceof Error);
    }
  });
}

test('two Authorization headers are two credentials, though Node shows but one', async () => {
  const gate = authenticate(options);
  const server = http.createServer((request, response) => gate(request, response, () => response.end('in'))).listen(0);
  await once(server, 'listening');
  try {
    const { port } = server.address();
    const token = signer.signSync({ sub: '7' });
    const ask = async (lines) => {
      const socket = net.connect(port, '127.0.0.1');
      socket.end(
        `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`,
      );
      let text = '';
      for await (const chunk of socket) text += chunk;
      return Number(text.split(' ')[1]);
    };
    assert.equal(await ask([`Authorization: Bearer ${token}`]), 200);
    assert.equal(await ask([`Authorization: Bearer ${token}`, 'Authorization: Bearer x']), 400);
    assert.equal(await ask([`Authorization: Bearer ${token}`, 'Authorization: Basic eDp5']), 400);
  } finally {
    server.close();
  }
});

test('a request target that is no URL fails nothing but itself in tRPC', async () => {
  const context = createAuthContext({ ...options, header: false, query: 'token' });
  const token = signer.signSync({ sub: '7' });
  for (const [url, sub] of [
    ['//[', undefined],
    ['*', undefined],
    ['http://%', undefined],
    [`//[?token=${token}`, '7'],
    [`/trpc/a?token=${token}`, '7'],
  ]) {
    const { auth, authError } = await context({ req: { headers: {}, url } });
    assert.deepEqual([auth?.claims.sub, authError], [sub, undefined], url);
  }
});
