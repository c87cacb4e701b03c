/** Tokens by `jose` and `jsonwebtoken` verify here and ours there, for every algorithm they share with us. */
import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import * as jose from 'jose';
import jsonwebtoken from 'jsonwebtoken';
import { createSigner, createVerifier, exportJwk, generateKey, importKey, jws } from 'portcullis';

const places = { issuer: 'https://id.example', audience: 'api' };
const claims = { sub: '7', roles: ['admin'], name: 'Zażółć gęślą jaźń' };
const JOSE = 'HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ');
const JSONWEBTOKEN = 'HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512'.split(' ');

const keys = new Map();
/** One key per algorithm, as ours, as JWKs and as the other libraries take it. */
async function keyFor(alg) {
  if (keys.has(alg)) return keys.get(alg);
  const key = await generateKey(alg, { kid: `the ${alg} key` });
  const privateJwk = exportJwk(key, { private: true });
  const isSecret = alg.startsWith('HS');
  const publicJwk = isSecret ? privateJwk : exportJwk(key);
  const secret = isSecret ? Buffer.from(privateJwk.k, 'base64url') : undefined;
  const one = {
    key,
    privateJwk,
    publicJwk,
    forSign: secret ?? createPrivateKey({ key: privateJwk, format: 'jwk' }),
    forVerify: secret ?? createPublicKey({ key: publicJwk, format: 'jwk' }),
  };
  keys.set(alg, one);
  return one;
}

for (const alg of JOSE) {
  test(`jose, ${alg}: both directions, sync and async`, async () => {
    const { key, privateJwk, publicJwk } = await keyFor(alg);
    const theirs = await new jose.SignJWT(claims)
      .setProtectedHeader({ alg, kid: privateJwk.kid })
      .setIssuer(places.issuer)
      .setAudience(places.audience)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(await jose.importJWK(privateJwk, alg));
    const verifier = createVerifier({ key: publicJwk, ...places });
    assert.equal(verifier.verifySync(theirs).claims.name, claims.name);
    assert.equal((await verifier.verify(theirs)).claims.sub, '7');

    const signer = createSigner({ key, ...places, expiresIn: '5m' });
    for (const ours of [signer.signSync(claims), await signer.sign(claims)]) {
      const { payload, protectedHeader } = await jose.jwtVerify(ours, await jose.importJWK(publicJwk, alg), places);
      assert.equal(payload.name, claims.name);
      assert.deepEqual(protectedHeader, { alg, typ: 'JWT', kid: privateJwk.kid });
    }
  });
}

for (const alg of JSONWEBTOKEN) {
  test(`jsonwebtoken, ${alg}: both directions`, async () => {
    const { key, forSign, forVerify, privateJwk } = await keyFor(alg);
    const theirs = jsonwebtoken.sign(claims, forSign, {
      algorithm: alg,
      ...places,
      expiresIn: 300,
      keyid: privateJwk.kid,
    });
    assert.equal(createVerifier({ key: forVerify, algorithms: [alg], ...places }).verifySync(theirs).claims.sub, '7');

    const ours = createSigner({ key, ...places, expiresIn: '5m' }).signSync(claims);
    assert.equal(jsonwebtoken.verify(ours, forVerify, { algorithms: [alg], ...places }).name, claims.name);
  });
}

for (const alg of ['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'ES256K', 'EdDSA']) {
  test(`${alg}: PEM, KeyObject and JWK are the same key`, async () => {
    const { forSign, forVerify, privateJwk, publicJwk } = await keyFor(alg);
    const privatePem = forSign.export({ type: 'pkcs8', format: 'pem' });
    const publicPem = forVerify.export({ type: 'spki', format: 'pem' });
    for (const signing of [privatePem, forSign, privateJwk, JSON.stringify(privateJwk)]) {
      const token = createSigner({ key: signing, algorithm: alg, ...places }).signSync(claims);
      for (const checking of [publicPem, forVerify, publicJwk, { keys: [publicJwk] }]) {
        const kid = typeof checking === 'string' || checking === forVerify ? undefined : publicJwk.kid;
        const named = signing === privatePem || signing === forSign ? undefined : kid;
        if (kid !== named && kid !== undefined) continue;
        const verifier = createVerifier({ key: checking, algorithms: [alg], ...places });
        assert.equal(verifier.verifySync(token).claims.sub, '7');
      }
    }
  });
}

test('CryptoKeys of WebCrypto', async () => {
  const ec = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  const hmac = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, true, ['sign', 'verify']);
  for (const [signing, checking] of [
    [hmac, hmac],
    [ec.publicKey && ec.privateKey, ec.publicKey],
  ]) {
    if (!signing.extractable) continue;
    const token = createSigner({ key: signing, ...places }).signSync(claims);
    assert.equal(createVerifier({ key: checking, ...places }).verifySync(token).claims.sub, '7');
  }
  assert.equal(importKey(ec.publicKey).alg, 'ES256');
});

test('a key of another kind is refused, and says which kinds fit', async () => {
  const { forVerify } = await keyFor('RS256');
  assert.throws(() => importKey(forVerify, { alg: 'ES256' }), { code: 'ERR_KEY_WRONG_KIND', message: /ES256/ });
  assert.throws(() => importKey(forVerify.export({ type: 'spki', format: 'pem' }), { alg: 'HS256' }), {
    code: 'ERR_KEY_WEAK',
  });
  assert.throws(() => createSigner({ key: forVerify, algorithm: 'RS256' }), { code: 'ERR_KEY_WRONG_KIND' });
});

test('private members never leak through a public export', async () => {
  for (const alg of ['RS256', 'ES256', 'EdDSA']) {
    const { key } = await keyFor(alg);
    for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.ok(!(member in exportJwk(key)));
    assert.ok(!JSON.stringify(key).includes('"d"'));
  }
  const { key } = await keyFor('HS256');
  assert.throws(() => exportJwk(key), { code: 'ERR_KEY_WRONG_KIND' });
});

test('jws signs and verifies any bytes, and jose agrees', async () => {
  const payload = crypto.getRandomValues(new Uint8Array(1000));
  for (const alg of ['HS256', 'ES256', 'EdDSA']) {
    const { key, publicJwk } = await keyFor(alg);
    const token = await jws.sign(payload, { key, header: { cty: 'application/octet-stream' } });
    const { header, payload: back } = await jws.verify(token, { key: publicJwk });
    assert.deepEqual(back, payload);
    assert.equal(header.cty, 'application/octet-stream');
    const theirs = await jose.compactVerify(token, await jose.importJWK(publicJwk, alg));
    assert.deepEqual(new Uint8Array(theirs.payload), payload);
  }
});

test('header members of one’s own, but not those that decide', async () => {
  const { key } = await keyFor('HS256');
  const token = createSigner({ key, header: { cty: 'x' }, typ: 'at+jwt' }).signSync({});
  assert.deepEqual(jose.decodeProtectedHeader(token), { alg: 'HS256', typ: 'at+jwt', cty: 'x', kid: 'the HS256 key' });
  for (const header of [{ alg: 'none' }, { typ: 'x' }, { crit: ['b64'] }, { jwk: {} }]) {
    assert.throws(() => createSigner({ key, header }), { code: 'ERR_OPTION_INVALID' });
  }
});
