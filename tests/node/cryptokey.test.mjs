/** CryptoKeys as keys, in Node and in the build for browsers and Workers; what must not be exported stays with the host. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as node from 'portcullis';
import * as web from '../../js/dist/web/index.js';

const places = { issuer: 'https://id.example', audience: 'api' };
const { subtle } = crypto;
const rsa = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
const KINDS = {
  HS256: { name: 'HMAC', hash: 'SHA-256' },
  HS512: { name: 'HMAC', hash: 'SHA-512' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', ...rsa },
  PS384: { name: 'RSA-PSS', hash: 'SHA-384', ...rsa },
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  ES512: { name: 'ECDSA', namedCurve: 'P-521' },
  EdDSA: { name: 'Ed25519' },
};

async function made(alg, extractable = false) {
  const key = await subtle.generateKey(KINDS[alg], extractable, ['sign', 'verify']);
  return alg.startsWith('HS') ? { privateKey: key, publicKey: key } : key;
}

for (const alg of Object.keys(KINDS)) {
  for (const extractable of [false, true]) {
    test(`${alg}, ${extractable ? '' : 'not '}extractable: Node and the web sign and check with the key itself`, async () => {
      const { privateKey, publicKey } = await made(alg, extractable);
      for (const [maker, checker] of [
        [node, node],
        [node, web],
        [web, node],
        [web, web],
      ]) {
        const token = await maker.sign({ sub: '7' }, { key: privateKey, ...places, expiresIn: '5m' });
        assert.equal(node.decode(token).header.alg, alg);
        const verifier = checker.createVerifier({ key: publicKey, ...places });
        assert.equal((await verifier.verify(token)).claims.sub, '7');
        const other = await maker.sign({ sub: '8' }, { key: privateKey, ...places });
        const mixed = `${token.slice(0, token.lastIndexOf('.'))}${other.slice(other.lastIndexOf('.'))}`;
        await assert.rejects(verifier.verify(mixed), { code: 'ERR_SIGNATURE_INVALID' });
      }
      const signer = node.createSigner({ key: privateKey, ...places });
      if (!extractable) return assert.throws(() => signer.signSync({}), { code: 'ERR_SYNC_UNAVAILABLE' });
      const verifier = node.createVerifier({ key: publicKey, ...places });
      assert.equal(verifier.verifySync(signer.signSync({ sub: '7' })).claims.sub, '7');
    });
  }
}

test('on the web such keys make one wait, HMAC too', async () => {
  const { privateKey } = await made('HS256');
  const signer = web.createSigner({ key: privateKey, ...places });
  assert.throws(() => signer.signSync({}), { code: 'ERR_SYNC_UNAVAILABLE' });
  const verifier = web.createVerifier({ key: privateKey, ...places });
  const token = await signer.sign({});
  assert.throws(() => verifier.verifySync(token), { code: 'ERR_SYNC_UNAVAILABLE' });
});

test('jws takes them, and names stick to them', async () => {
  for (const { jws, importKey } of [node, web]) {
    const { privateKey } = await made('HS256');
    const key = importKey(privateKey, { kid: 'k' });
    const { header, payload } = await jws.verify(await jws.sign('text', { key }), { key });
    assert.deepEqual([header.kid, new TextDecoder().decode(payload)], ['k', 'text']);
  }
});

for (const [name, module] of Object.entries({ node, web })) {
  const { importKey, createSigner, createVerifier, exportJwk, publicKey, thumbprint } = module;

  test(`${name}: what must not be exported does not come out`, async () => {
    for (const alg of ['HS256', 'ES256']) {
      const key = importKey((await made(alg)).privateKey);
      for (const take of [
        () => exportJwk(key),
        () => exportJwk(key, { private: true }),
        () => publicKey(key),
        () => thumbprint(key),
      ]) {
        assert.throws(take, { code: 'ERR_KEY_WRONG_KIND' });
      }
    }
  });

  test(`${name}: one key, one algorithm, and it is the CryptoKey's`, async () => {
    const pair = await made('ES256');
    assert.equal(importKey(pair.publicKey).alg, 'ES256');
    assert.throws(() => importKey(pair.publicKey, { alg: 'ES384' }), { code: 'ERR_KEY_WRONG_KIND', message: /ES256/ });
    const secret = (await made('HS256')).privateKey;
    assert.throws(() => importKey(secret, { alg: 'HS512' }), { code: 'ERR_KEY_WRONG_KIND' });
    createVerifier({ key: pair.publicKey, algorithms: ['RS256', 'ES256'], ...places });
    const foreign = await subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt']);
    assert.throws(() => importKey(foreign), { code: 'ERR_OPTION_INVALID' });
  });

  test(`${name}: usages bind`, async () => {
    const raw = crypto.getRandomValues(new Uint8Array(32));
    for (const extractable of [true, false]) {
      const checks = await subtle.importKey('raw', raw, KINDS.HS256, extractable, ['verify']);
      assert.equal(importKey(checks).canSign, false);
      assert.throws(() => createSigner({ key: checks, ...places }), { code: 'ERR_KEY_WRONG_KIND' });
      const signs = await subtle.importKey('raw', raw, KINDS.HS256, extractable, ['sign']);
      const token = await createSigner({ key: signs, ...places }).sign({ sub: '7' });
      assert.equal((await createVerifier({ key: checks, ...places }).verify(token)).claims.sub, '7');
      await assert.rejects(createVerifier({ key: signs, ...places }).verify(token), { stage: 'key' });
    }
    const { publicKey: pub } = await made('ES256');
    assert.throws(() => createSigner({ key: pub, ...places }), { code: 'ERR_KEY_WRONG_KIND' });
  });

  test(`${name}: weak ones are refused`, async () => {
    for (const extractable of [true, false]) {
      const short = await subtle.importKey('raw', new Uint8Array(16).fill(7), KINDS.HS256, extractable, ['sign']);
      assert.throws(() => importKey(short), { code: 'ERR_KEY_WEAK' });
      const usages = ['sign', 'verify'];
      const small = await subtle.generateKey({ ...KINDS.RS256, modulusLength: 1024 }, extractable, usages);
      assert.throws(() => importKey(small.privateKey), { code: 'ERR_KEY_WEAK' });
    }
  });
}
