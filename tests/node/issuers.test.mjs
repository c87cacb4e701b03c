/** Several issuers behind one verifier: nobody speaks for another. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import * as node from 'portcullis';
import * as web from '../../js/dist/web/index.js';

const [A, B] = ['https://a.example', 'https://b.example'];
const audience = 'api';
let keyA;
let keyB;
let server;
let jwksOfA;
const asked = [];

before(async () => {
  [keyA, keyB] = await Promise.all([node.generateKey('ES256', { kid: 'k' }), node.generateKey('RS256', { kid: 'k' })]);
  server = createServer((request, response) => {
    asked.push(request.url);
    response.setHeader('content-type', 'application/json').end(JSON.stringify(node.exportJwks([keyA])));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  jwksOfA = `http://127.0.0.1:${server.address().port}/jwks.json`;
});
after(() => server?.close());

const tokenOf = (issuer, key) => node.sign({ sub: '7' }, { key, issuer, audience });

for (const [name, module] of Object.entries({ node, web })) {
  const { createVerifier, exportJwk, importKey, issuers, remoteKeys } = module;
  const keys = () =>
    issuers({ [A]: remoteKeys(jwksOfA, { allowLoopbackHttp: true }), [B]: exportJwk(importKey(node.exportJwk(keyB))) });

  test(`${name}: each issuer’s tokens pass with its own keys`, async () => {
    const key = keys();
    assert.deepEqual(key.names, [A, B]);
    for (const issuer of [key.names, null]) {
      const verifier = createVerifier({ key, issuer, audience });
      assert.equal((await verifier.verify(await tokenOf(A, keyA))).claims.iss, A);
      assert.equal((await verifier.verify(await tokenOf(B, keyB))).claims.iss, B);
    }
  });

  test(`${name}: a token signed by one that names the other is refused`, async () => {
    const verifier = createVerifier({ key: keys(), issuer: [A, B], audience });
    // `kid` is the same on both sides; the algorithm is not.
    await assert.rejects(verifier.verify(await tokenOf(A, keyB)), { code: 'ERR_ALG_NOT_ALLOWED' });
    await assert.rejects(verifier.verify(await tokenOf(B, keyA)), { code: 'ERR_ALG_NOT_ALLOWED' });
    const other = await node.generateKey('ES256', { kid: 'k' });
    const same = createVerifier({
      key: issuers({ [A]: node.exportJwk(keyA), [B]: node.exportJwk(other) }),
      issuer: [A, B],
      audience,
    });
    await assert.rejects(same.verify(await tokenOf(A, other)), { code: 'ERR_SIGNATURE_INVALID' });
    await assert.rejects(same.verify(await tokenOf(B, keyA)), { code: 'ERR_SIGNATURE_INVALID' });
  });

  test(`${name}: unknown issuers are refused, and nobody is asked for their keys`, async () => {
    const verifier = createVerifier({ key: keys(), issuer: [A, B], audience });
    const before = asked.length;
    for (const issuer of ['https://c.example', `${A}/`, A.toUpperCase(), '__proto__', 'constructor']) {
      await assert.rejects(verifier.verify(await tokenOf(issuer, keyA)), { code: 'ERR_KEY_NOT_FOUND', claim: 'iss' });
    }
    await assert.rejects(verifier.verify(await tokenOf(undefined, keyA)), { code: 'ERR_KEY_NOT_FOUND' });
    for (const iss of [[A], { [A]: A }, 7, null]) {
      const token = await node.sign({ iss }, { key: keyA, audience });
      await assert.rejects(verifier.verify(token), (error) => module.isAuthError(error) && error.status === 401);
    }
    assert.equal(asked.length, before);
    await assert.rejects(verifier.verify('no token'), { stage: 'format' });
    await assert.rejects(verifier.verify(''), { code: 'ERR_TOKEN_MISSING' });
  });

  test(`${name}: the cache holds no verdict for another issuer`, async () => {
    const jwk = node.exportJwk(keyA);
    const verifier = createVerifier({ key: issuers({ [A]: jwk, [B]: jwk }), issuer: [A, B], audience, cache: true });
    for (const issuer of [A, B, A, B]) {
      assert.equal((await verifier.verify(await tokenOf(issuer, keyA))).claims.iss, issuer);
    }
  });

  test(`${name}: a list of issuers narrows`, async () => {
    const verifier = createVerifier({ key: keys(), issuer: B, audience });
    await assert.rejects(verifier.verify(await tokenOf(A, keyA)), { code: 'ERR_KEY_NOT_FOUND' });
    assert.equal((await verifier.verify(await tokenOf(B, keyB))).claims.iss, B);
    const unknown = { key: keys(), issuer: 'https://c.example', audience };
    assert.throws(() => createVerifier(unknown), { code: 'ERR_OPTION_INVALID', claim: 'issuer' });
    assert.throws(() => createVerifier({ key: keys(), audience }), { code: 'ERR_OPTION_INVALID', claim: 'issuer' });
  });

  test(`${name}: wrong tables are refused when they are made`, () => {
    for (const wrong of [undefined, null, [], {}, { '': 'x' }, { [A]: undefined }, { [A]: keys() }]) {
      assert.throws(() => issuers(wrong), { code: 'ERR_OPTION_INVALID' });
    }
  });
}

test('at once where keys are at hand', async () => {
  const key = node.issuers({ [A]: node.exportJwk(keyA), [B]: (header) => (header.kid === 'k' ? keyB : []) });
  const verifier = node.createVerifier({ key, issuer: key.names, audience });
  assert.equal(verifier.verifySync(await tokenOf(A, keyA)).claims.iss, A);
  assert.equal(verifier.verifySync(await tokenOf(B, keyB)).claims.iss, B);
});
