/** `portcullis/inspect` in Node: keys in every shape a person has them. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { importKey, sign } from 'portcullis';
import { inspect } from 'portcullis/inspect';

const secret = 'a secret of at least thirty-two bytes';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' });
const jwk = rsa.publicKey.export({ format: 'jwk' });
const signedWith = (material, alg) => sign({ sub: '7' }, { key: importKey(material, { alg }) });

async function check(name, token, keys) {
  const { checks } = await inspect(token, { keys });
  return checks.find((one) => one.name === name).verdict;
}

test('a key that does not say what it is for is taken for what the token says', async () => {
  const text = await signedWith(secret, 'HS256');
  for (const keys of [secret, Buffer.from(secret), [pem, secret]]) {
    assert.equal(await check('signature', text, keys), 'pass');
  }
  for (const alg of ['RS256', 'PS384']) {
    const token = await signedWith(rsa.privateKey, alg);
    for (const keys of [pem, jwk, rsa.publicKey, JSON.stringify(jwk), { keys: [jwk] }, [secret, pem]]) {
      assert.equal(await check('signature', token, keys), 'pass', `${alg} ${JSON.stringify(keys)}`);
    }
  }
});

test('a key of another kind than the token says checks nothing', async () => {
  const text = await signedWith(secret, 'HS256');
  const token = await signedWith(rsa.privateKey, 'RS256');
  for (const [signed, keys] of [
    [text, pem],
    [text, { keys: [jwk] }],
    [token, secret],
  ]) {
    assert.equal(await check('algorithm', signed, keys), 'fail');
    assert.equal(await check('signature', signed, keys), 'not-checked');
  }
});

test('a key that protects nothing is refused by name', async () => {
  const text = await signedWith(secret, 'HS256');
  await assert.rejects(inspect(text, { keys: 'short' }), { code: 'ERR_KEY_WEAK' });
  await assert.rejects(inspect('no token', { keys: '' }), { code: 'ERR_KEY_WEAK' });
});
