/** After a trap in a wasm module, every door works again, with the objects that were made before. */
import assert from 'node:assert/strict';
import { createPrivateKey, createSecretKey, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { after, test } from 'node:test';

/** How many more calls into any module go well; `undefined` for all of them. */
let callsLeft;
const Real = WebAssembly.Instance;
/** A fault from outside: the call after the last good one traps, as a bug or exhausted memory would make it. */
WebAssembly.Instance = function Instance(module, imports) {
  const { exports } = new Real(module, imports);
  return { exports: Object.fromEntries(Object.entries(exports).map(([name, value]) => [name, trapping(value)])) };
};

function trapping(value) {
  if (typeof value !== 'function') return value;
  return (...given) => {
    if (callsLeft !== undefined && callsLeft-- === 0) {
      callsLeft = undefined;
      throw new WebAssembly.RuntimeError('unreachable');
    }
    return value(...given);
  };
}

const portcullis = await import('portcullis');
const { inspect } = await import('portcullis/inspect');
const { startExpress } = await import('../support/express-auth.mjs');

/** Lets `work` trap at its first call into a module, its second, and so on to its last; after each trap it has to work. */
async function atEveryCall(work) {
  for (let good = 0; ; good++) {
    assert.ok(good < 500, 'the work ends');
    callsLeft = good;
    let trapped;
    try {
      await work();
    } catch (error) {
      trapped = error;
    }
    const isOver = callsLeft !== undefined;
    callsLeft = undefined;
    if (isOver) {
      assert.equal(trapped, undefined);
      assert.ok(good > 0, 'the work calls into a module');
      return;
    }
    await work();
  }
}

const secret = Buffer.alloc(32, 7);
const checks = { issuer: null, audience: null };
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'one' };
const { d: _, ...publicJwk } = jwk;

const KEYS = {
  'a secret': [secret, 'HS256'],
  'a JWK': [jwk, 'ES256'],
  PEM: [privateKey.export({ format: 'pem', type: 'pkcs8' }), 'ES256'],
  'a KeyObject': [createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' })), 'ES256'],
  'a secret KeyObject': [createSecretKey(secret), 'HS256'],
  'a generated secret': [await portcullis.generateKey('HS256', { kid: 'two' }), 'HS256'],
  'a generated key pair': [await portcullis.generateKey('EdDSA', { kid: true }), 'EdDSA'],
  'a key of the software engine': [await portcullis.generateKey('ES256K'), 'ES256K'],
};

for (const [name, [key, algorithm]] of Object.entries(KEYS)) {
  test(`a signer and a verifier with ${name} work again after a trap`, async () => {
    const signer = portcullis.createSigner({ key, algorithm });
    const verifier = portcullis.createVerifier({ key, algorithms: [algorithm], ...checks });
    const token = await signer.sign({ sub: 'ada' });
    await atEveryCall(async () =>
      assert.equal((await verifier.verify(await signer.sign({ sub: 'ada' }))).claims.sub, 'ada'),
    );
    assert.equal((await verifier.verify(token)).claims.sub, 'ada', 'the key is the same as before');
    await assert.rejects(verifier.verify(`${token.slice(0, -8)}AAAAAAAA`), { code: 'ERR_SIGNATURE_INVALID' });
  });
}

test('a secret that its owner overwrote is still the same key after a trap', async () => {
  const bytes = Buffer.from(secret);
  const key = portcullis.importKey(bytes, { alg: 'HS256' });
  bytes.fill(0);
  const signer = portcullis.createSigner({ key });
  await atEveryCall(() => signer.sign({}));
  const token = await signer.sign({});
  await portcullis.verify(token, { key: secret, algorithms: ['HS256'], ...checks });
});

test('key sets, public halves and JWS work again after a trap', async () => {
  const key = portcullis.importKey(jwk);
  const half = portcullis.publicKey(key);
  const verifier = portcullis.createVerifier({ key: { keys: [publicJwk] }, ...checks });
  const token = await portcullis.sign({ sub: 'ada' }, { key });
  await atEveryCall(async () => {
    await verifier.verify(token);
    await portcullis.jws.verify(token, { key: half });
    assert.equal(portcullis.exportJwk(half).kid, 'one');
    assert.equal(portcullis.decode(token).claims.sub, 'ada');
  });
});

test('keys at an address are fetched again after a trap', async () => {
  const server = createServer((_, response) => response.end(JSON.stringify({ keys: [publicJwk] })));
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  after(() => server.close());
  const url = `http://127.0.0.1:${server.address().port}/`;
  const verifier = portcullis.createVerifier({
    key: portcullis.remoteKeys(url, { allowLoopbackHttp: true }),
    ...checks,
  });
  const token = await portcullis.sign({}, { key: jwk });
  await verifier.verify(token);
  await atEveryCall(() => verifier.verify(token));
});

test('policies, inspection and passwords work again after a trap', async () => {
  const policy = portcullis.policy({ roles: { admin: {} }, rules: [{ path: '/admin', roles: 'admin' }] });
  await atEveryCall(() => {
    assert.equal(policy.decide({ roles: ['admin'] }, { method: 'GET', path: '/admin' }).allowed, true);
    assert.equal(policy.decide({ roles: [] }, { method: 'GET', path: '/admin' }).status, 403);
    assert.match(policy.table(), /admin/);
  });
  const { kind } = await inspect('abc');
  await atEveryCall(async () => assert.equal((await inspect('abc')).kind, kind));
  const hash = await portcullis.hashPassword('correct horse battery staple');
  // Hashes are made on threads, each with an instance of its own; what is asked of a stored hash is answered here.
  await atEveryCall(async () => assert.equal(await portcullis.needsRehash(hash), false));
  assert.equal(await portcullis.verifyPassword('wrong', hash), false);
});

test('the auth service answers after a trap at any point, and no request is left without an answer', async () => {
  const server = await startExpress({ limiter: false });
  after(() => server.stop());
  const { accessToken, refreshToken } =
    (await server.login('user@example.com')).body ?? (await server.login('user@example.com'));
  const seen = new Set();
  let token = refreshToken;
  await atEveryCall(async () => {
    const statuses = [];
    const renewed = await server.post('/auth/refresh', { refreshToken: token });
    statuses.push(renewed.status);
    if (renewed.status === 200) token = renewed.body.refreshToken;
    statuses.push((await server.get('/users/me', { token: accessToken })).status);
    for (const status of statuses) seen.add(status);
    if (statuses.some((status) => status !== 200)) throw new Error(statuses.join());
  });
  assert.deepEqual([...seen].sort(), [200, 500]);
  assert.ok(server.logged.some(({ status, reason }) => status === 500 && reason.includes('stopped')));
});
