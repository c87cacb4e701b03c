/** After a trap in a wasm module, every door works again, with the objects that were made before. */
import assert from 'node:assert/strict';
import { createPrivateKey, createSecretKey, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { atEveryCall } from '../support/traps.mjs';

const portcullis = await import('portcullis');
const { inspect } = await import('portcullis/inspect');

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
