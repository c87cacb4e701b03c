/** The build for browsers and Workers, with WebCrypto behind it: the same verdicts as with `node:crypto`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as node from 'portcullis';
import * as web from '../../js/dist/web/index.js';

const places = { issuer: 'https://id.example', audience: 'api' };
const ALGORITHMS = 'HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 ES256K EdDSA Ed25519'.split(
  ' ',
);

for (const alg of ALGORITHMS) {
  test(`${alg}: both engines make and check each other's tokens`, async () => {
    const jwk = node.exportJwk(await node.generateKey(alg, { kid: 'k' }), { private: true });
    for (const [maker, checker] of [
      [node, web],
      [web, node],
      [web, web],
    ]) {
      const token = await maker.createSigner({ key: jwk, ...places, expiresIn: '5m' }).sign({ sub: '7' });
      const verifier = checker.createVerifier({ key: jwk, ...places });
      assert.equal((await verifier.verify(token)).claims.sub, '7');
      const [head, body, signature] = token.split('.');
      const other = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`;
      await assert.rejects(verifier.verify(`${head}.${body}.${other}`), { code: 'ERR_SIGNATURE_INVALID' });
      await assert.rejects(verifier.verify(`${head}.${body.slice(0, -2)}.${signature}`), { stage: /format|signature/ });
    }
  });
}

test('keys are made everywhere, ES256K by the engine of our own', async () => {
  for (const alg of ['HS256', 'ES256', 'EdDSA', 'ES256K']) {
    const key = await web.generateKey(alg);
    assert.equal(node.importKey(web.exportJwk(key, { private: true })).alg, alg);
  }
});

test('what needs waiting says so in a synchronous call', async () => {
  const jwk = node.exportJwk(await node.generateKey('ES256'), { private: true });
  const signer = web.createSigner({ key: jwk, ...places });
  assert.throws(() => signer.signSync({}), { code: 'ERR_SYNC_UNAVAILABLE' });
  const verifier = web.createVerifier({ key: jwk, ...places });
  const token = await signer.sign({ sub: '7' });
  assert.throws(() => verifier.verifySync(token), { code: 'ERR_SYNC_UNAVAILABLE' });
});

test('many at once do not mix up their answers', async () => {
  const keys = await Promise.all(['ES256', 'RS256', 'EdDSA', 'PS256'].map((alg) => node.generateKey(alg)));
  const work = Array.from({ length: 80 }, async (_, index) => {
    const jwk = node.exportJwk(keys[index % keys.length], { private: true });
    const token = await web.createSigner({ key: jwk, ...places }).sign({ sub: String(index) });
    return (await web.createVerifier({ key: jwk, ...places }).verify(token)).claims.sub;
  });
  assert.deepEqual(
    await Promise.all(work),
    Array.from({ length: 80 }, (_, index) => String(index)),
  );
});

test('passwords: argon2id out, argon2 and bcrypt in', async () => {
  for (const module of [node, web]) {
    const hash = await module.hashPassword('correct horse battery staple');
    assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    assert.equal(await module.verifyPassword('correct horse battery staple', hash), true);
    assert.equal(await module.verifyPassword('wrong', hash), false);
    assert.equal(await module.needsRehash(hash), false);
  }
  const bcrypt = '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy';
  assert.equal(await node.verifyPassword('not it', bcrypt), false);
  assert.equal(await node.needsRehash(bcrypt), true);
  assert.equal(await node.verifyPassword('x', 'no hash at all'), false);
  const whole = 'é'.repeat(128);
  assert.equal(await node.verifyPassword(whole, await node.hashPassword(whole)), true);
  await assert.rejects(node.hashPassword(`${whole}x`), { code: 'ERR_OPTION_INVALID', claim: 'password' });
  await assert.rejects(node.hashPassword(7), { code: 'ERR_OPTION_INVALID', claim: 'password' });
});
