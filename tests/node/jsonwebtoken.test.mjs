/** `portcullis/jsonwebtoken` as its users see it: options, messages and what is refused. */

import assert from 'node:assert/strict';
import { createHmac, createSecretKey, generateKeyPairSync } from 'node:crypto';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import jwt, {
  decode,
  JsonWebTokenError,
  NotBeforeError,
  sign,
  TokenExpiredError,
  verify,
} from 'portcullis/jsonwebtoken';
import * as calls from '../support/jsonwebtoken-calls.mjs';

const secret = 'a shared secret';
const { rsa, p256 } = calls.KEYS.pairs;
const pem = (key) => key.export({ type: key.type === 'public' ? 'spki' : 'pkcs8', format: 'pem' });
const now = () => Math.floor(Date.now() / 1000);

describe('the module', () => {
  test('gives the same members by name, as the default import and through require', () => {
    const required = createRequire(import.meta.url)('portcullis/jsonwebtoken');
    const names = ['decode', 'verify', 'sign', 'JsonWebTokenError', 'NotBeforeError', 'TokenExpiredError'];
    assert.deepEqual(Object.keys(jwt), names);
    assert.deepEqual(Object.keys(required), names);
    assert.equal(required.__esModule, undefined);
    assert.deepEqual([jwt.decode, jwt.verify, jwt.sign], [decode, verify, sign]);
    assert.equal(required.verify(required.sign({ a: 1 }, secret), secret).a, 1);
  });

  test('can be stubbed member by member, as tests of applications do', () => {
    const original = jwt.verify;
    jwt.verify = () => 'stubbed';
    try {
      assert.equal(jwt.verify('x', 'y'), 'stubbed');
    } finally {
      jwt.verify = original;
    }
  });
});

describe('sign', () => {
  test('writes alg, typ and kid in this order, and typ only for objects', () => {
    const head = (token) => Buffer.from(token.split('.')[0], 'base64url').toString();
    assert.equal(head(sign({}, secret, { keyid: 'k1' })), '{"alg":"HS256","typ":"JWT","kid":"k1"}');
    assert.equal(head(sign('text', secret)), '{"alg":"HS256"}');
    assert.equal(head(sign({}, secret, { header: { typ: 'at+jwt', x: 1 } })), '{"alg":"HS256","typ":"at+jwt","x":1}');
  });

  test('sets the claims that options ask for, counted from the iat it finds', () => {
    const options = { expiresIn: '1h', notBefore: 10, audience: ['a', 'b'], issuer: 'i', subject: 's', jwtid: 'j' };
    const claims = decode(sign({ iat: 1000, own: true }, secret, options));
    assert.deepEqual(claims, {
      iat: 1000,
      own: true,
      nbf: 1010,
      exp: 4600,
      aud: ['a', 'b'],
      iss: 'i',
      sub: 's',
      jti: 'j',
    });
  });

  test('leaves the payload alone unless mutatePayload asks for it', () => {
    const payload = { sub: 'x' };
    sign(payload, secret, { expiresIn: 60 });
    assert.deepEqual(payload, { sub: 'x' });
    sign(payload, secret, { expiresIn: 60, mutatePayload: true });
    assert.equal(payload.exp - payload.iat, 60);
  });

  for (const [what, args, message] of [
    ['no key', [{}, ''], 'secretOrPrivateKey must have a value'],
    ['a key that is none', [{}, {}], 'secretOrPrivateKey is not valid key material'],
    [
      'a secret for RSA',
      [{}, secret, { algorithm: 'RS256' }],
      'secretOrPrivateKey must be an asymmetric key when using RS256',
    ],
    ['a private key for HMAC', [{}, rsa.privateKey], 'secretOrPrivateKey must be a symmetric key when using HS256'],
    [
      'another curve',
      [{}, p256.privateKey, { algorithm: 'ES384' }],
      '"alg" parameter "ES384" requires curve "secp384r1".',
    ],
    [
      'a small RSA key',
      [{}, calls.KEYS.pairs.smallRsa.privateKey, { algorithm: 'RS256' }],
      'secretOrPrivateKey has a minimum key size of 2048 bits for RS256',
    ],
    ['no payload', [undefined, secret], 'payload is required'],
    ['a list as payload', [[], secret], 'Expected "payload" to be a plain object.'],
    [
      'claim options for text',
      ['text', secret, { expiresIn: 1, issuer: 'i' }],
      'invalid expiresIn,issuer option for string payload',
    ],
    [
      'exp twice',
      [{ exp: 1 }, secret, { expiresIn: 1 }],
      'Bad "options.expiresIn" option the payload already has an "exp" property.',
    ],
    [
      'aud twice',
      [{ aud: 'x' }, secret, { audience: 'y' }],
      'Bad "options.audience" option. The payload already has an "aud" property.',
    ],
    ['an unknown option', [{}, secret, { expiresin: 1 }], '"expiresin" is not allowed in "options"'],
    ['options that are none', [{}, secret, 'HS256'], 'Expected "options" to be a plain object.'],
    ['a wrong time', [{ iat: 'now' }, secret], '"iat" should be a number of seconds'],
    [
      'a wrong timespan',
      [{}, secret, { expiresIn: 1.5 }],
      '"expiresIn" should be a number of seconds or string representing a timespan',
    ],
    [
      'an unknown timespan',
      [{}, secret, { notBefore: '1 monkey' }],
      '"notBefore" should be a number of seconds or string representing a timespan eg: "1d", "20h", 60',
    ],
    ['an unknown algorithm', [{}, secret, { algorithm: 'HS1' }], '"algorithm" must be a valid string enum value'],
  ]) {
    test(`refuses ${what}, thrown and in the callback`, () => {
      assert.throws(() => sign(...args), { name: 'Error', message });
      let reported;
      sign(...args.slice(0, 2), args[2] ?? {}, (error) => {
        reported = error;
      });
      assert.equal(reported.message, message);
    });
  }

  test('calls back once, later, and never both with an error and a token', async () => {
    const seen = [];
    sign({ aud: 'x' }, secret, { audience: 'y' }, (...args) => seen.push(args));
    sign({}, secret, {}, (...args) => seen.push(args));
    assert.equal(seen.length, 1);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(seen.length, 2);
    assert.deepEqual(seen[0].length, 1);
    assert.equal(seen[1][0], null);
  });
});

describe('verify', () => {
  const claims = { sub: 's', iss: 'i', aud: ['a', 'b'], jti: 'j', nonce: 'n' };
  const token = sign(claims, secret);

  test('gives the payload, or with complete all of it', () => {
    assert.equal(verify(token, secret).sub, 's');
    const whole = verify(token, secret, { complete: true });
    assert.deepEqual(Object.keys(whole), ['header', 'payload', 'signature']);
    assert.deepEqual(whole.header, { alg: 'HS256', typ: 'JWT' });
    assert.equal(whole.signature, token.split('.')[2]);
  });

  test('gives text back as text, and objects inside text as objects', () => {
    assert.equal(verify(sign('text', secret), secret), 'text');
    assert.deepEqual(verify(sign('{"a":1}', secret), secret), { a: 1 });
    assert.equal(verify(sign('12', secret), secret), '12');
  });

  for (const [what, options, message] of [
    ['another audience', { audience: ['x', /^y/] }, 'jwt audience invalid. expected: x or /^y/'],
    ['another issuer', { issuer: ['x', 'y'] }, 'jwt issuer invalid. expected: x,y'],
    ['another subject', { subject: 'x' }, 'jwt subject invalid. expected: x'],
    ['another id', { jwtid: 'x' }, 'jwt jwtid invalid. expected: x'],
    ['another nonce', { nonce: 'x' }, 'jwt nonce invalid. expected: x'],
    ['another algorithm', { algorithms: ['HS512'] }, 'invalid algorithm'],
    [
      'an unknown maxAge',
      { maxAge: '1 monkey' },
      '"maxAge" should be a number of seconds or string representing a timespan eg: "1d", "20h", 60',
    ],
    ['a wrong clockTimestamp', { clockTimestamp: 'now' }, 'clockTimestamp must be a number'],
    ['an empty nonce', { nonce: ' ' }, 'nonce must be a non-empty string'],
    ['a wrong flag', { allowInvalidAsymmetricKeyTypes: 1 }, 'allowInvalidAsymmetricKeyTypes must be a boolean'],
  ]) {
    test(`refuses ${what}`, () => {
      assert.throws(() => verify(token, secret, options), { name: 'JsonWebTokenError', message });
      assert.throws(() => verify(token, secret, options), JsonWebTokenError);
    });
  }

  for (const [what, args, message] of [
    ['no token', ['', secret], 'jwt must be provided'],
    ['a token that is no text', [5, secret], 'jwt must be a string'],
    ['two parts', ['a.b', secret], 'jwt malformed'],
    ['three parts that are no token', ['a.b.c', secret], 'invalid token'],
    ['no signature', [token.replace(/[^.]*$/, ''), secret], 'jwt signature is required'],
    ['no key', [token, undefined], 'secret or public key must be provided'],
    [
      'neither',
      [token.replace(/[^.]*$/, ''), undefined],
      'please specify "none" in "algorithms" to verify unsigned tokens',
    ],
    ['a key that is none', [token, {}], 'secretOrPublicKey is not valid key material'],
    [
      'a public key for HMAC',
      [token, rsa.publicKey, { algorithms: ['HS256'] }],
      'secretOrPublicKey must be a symmetric key when using HS256',
    ],
    [
      'a secret for RSA',
      [sign({}, rsa.privateKey, { algorithm: 'RS256' }), secret, { algorithms: ['RS256'] }],
      'secretOrPublicKey must be an asymmetric key when using RS256',
    ],
    ['another secret', [token, 'another'], 'invalid signature'],
    [
      'no iat under maxAge',
      [sign({}, secret, { noTimestamp: true }), secret, { maxAge: 5 }],
      'iat required when maxAge is specified',
    ],
    [
      'a key function without a callback',
      [token, () => {}],
      'verify must be called asynchronous if secret or public key is provided as a callback',
    ],
  ]) {
    test(`refuses ${what}`, () => {
      assert.throws(() => verify(...args), { name: 'JsonWebTokenError', message });
    });
  }

  test('tells when a token ended or begins, to the second, tolerance included', () => {
    const at = (clockTimestamp, clockTolerance) => ({ clockTimestamp, clockTolerance });
    const expiring = sign({ exp: 2000 }, secret);
    assert.equal(verify(expiring, secret, at(1999)).exp, 2000);
    assert.throws(() => verify(expiring, secret, at(2000)), { message: 'jwt expired', expiredAt: new Date(2_000_000) });
    assert.equal(verify(expiring, secret, at(2004, 5)).exp, 2000);
    assert.throws(() => verify(expiring, secret, at(2005, 5)), TokenExpiredError);
    const starting = sign({ nbf: 2000 }, secret);
    assert.equal(verify(starting, secret, at(2000)).nbf, 2000);
    assert.throws(() => verify(starting, secret, at(1999)), { message: 'jwt not active', date: new Date(2_000_000) });
    assert.throws(() => verify(starting, secret, at(1994, 5)), NotBeforeError);
    const aged = sign({ iat: 1000 }, secret);
    assert.equal(verify(aged, secret, { ...at(1059), maxAge: '1m' }).iat, 1000);
    assert.throws(() => verify(aged, secret, { ...at(1060), maxAge: '1m' }), {
      message: 'maxAge exceeded',
      expiredAt: new Date(1_060_000),
    });
  });

  test('answers errors as JSON the way the original does', () => {
    const error = new TokenExpiredError('jwt expired', new Date(0));
    assert.equal(
      JSON.stringify(error),
      '{"name":"TokenExpiredError","message":"jwt expired","expiredAt":"1970-01-01T00:00:00.000Z"}',
    );
    assert.ok(error instanceof JsonWebTokenError && error instanceof Error);
    assert.match(error.stack, /jsonwebtoken\.test/);
  });

  test('asks a key function once and takes its first answer only', async () => {
    const seen = [];
    const getKey = (header, done) => {
      assert.deepEqual(header, { alg: 'HS256', typ: 'JWT' });
      setImmediate(() => {
        done(null, secret);
        done(new Error('second'));
      });
    };
    verify(token, getKey, (...args) => seen.push(args));
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    assert.equal(seen.length, 1);
    assert.equal(seen[0][1].sub, 's');
  });
});

describe('unsigned tokens', () => {
  test('exist only for those who ask for them by name', () => {
    const token = sign({ a: 1 }, null, { algorithm: 'none' });
    assert.equal(token.split('.')[2], '');
    assert.throws(() => verify(token, undefined), {
      message: 'please specify "none" in "algorithms" to verify unsigned tokens',
    });
    assert.throws(() => verify(token, secret, { algorithms: ['none', 'HS256'] }), {
      message: 'jwt signature is required',
    });
    assert.equal(verify(token, undefined, { algorithms: ['none'] }).a, 1);
  });

  test('are not made by a header alone', () => {
    assert.throws(() => sign({}, secret, { header: { alg: 'none' } }), /needs the option algorithm: "none"/);
  });

  test('under any spelling but the one', () => {
    for (const alg of ['None', 'NONE', 'nOnE']) {
      const token = calls.signed('none', JSON.stringify({ alg, typ: 'JWT' }), '{}');
      assert.throws(() => verify(token, undefined, { algorithms: ['none'] }), { message: 'invalid algorithm' });
    }
  });
});

describe('what earlier libraries let through', () => {
  const forge = (key, payload = '{"admin":true}', header = '{"alg":"HS256","typ":"JWT"}') => {
    const input = `${calls.base64url(header)}.${calls.base64url(payload)}`;
    return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
  };

  test('CVE-2015-9235, CVE-2022-23540: a public key is no HMAC secret', () => {
    const key = pem(rsa.publicKey);
    assert.throws(() => verify(forge(key), key), { message: 'invalid algorithm' });
    assert.throws(() => verify(forge(key), key, { algorithms: ['HS256', 'RS256'] }), /must be a symmetric key/);
  });

  test('CVE-2022-29217, CVE-2023-48223, CVE-2026-34950: nor is it one in disguise', () => {
    for (const key of calls.UNSAFE_SECRETS.filter((one) => one.length !== 0 && one.symmetricKeySize !== 0)) {
      const bytes = key.export?.() ?? key;
      assert.throws(() => verify(forge(bytes), key), /secretOrPublicKey must be a symmetric key when using HS256/);
      assert.throws(() => sign({}, key), /secretOrPrivateKey must be a symmetric key when using HS256/);
    }
  });

  test('CVE-2019-20933, GHSA-gmvf-9v4p-v8jc: an empty secret is none', () => {
    for (const key of ['', Buffer.alloc(0), createSecretKey(Buffer.alloc(0)), new Uint8Array(0)]) {
      assert.throws(() => verify(forge(''), key), { message: 'secret or public key must be provided' });
      assert.throws(() => sign({}, key), { message: 'secretOrPrivateKey must have a value' });
    }
  });

  test('GHSA-8wpc-h4q6-8fxv, CVE-2025-65945: a key function that finds nothing opens nothing', async () => {
    const unsigned = forge('').replace(/[^.]*$/, '');
    for (const token of [forge(''), unsigned]) {
      for (const found of [undefined, null, '', Buffer.alloc(0)]) {
        for (const options of [{}, { algorithms: ['HS256'] }, { algorithms: ['RS256'] }]) {
          const error = await new Promise((resolve) => {
            verify(
              token,
              (_header, done) => process.nextTick(done, null, found),
              options,
              (refusal) => resolve(refusal),
            );
          });
          assert.ok(error instanceof JsonWebTokenError, `${token} ${found} ${error}`);
        }
      }
    }
  });

  test('CVE-2022-23541: a key function cannot turn an RSA key into a secret', async () => {
    const error = await new Promise((resolve) => {
      verify(forge(pem(rsa.publicKey)), (_header, done) => done(null, pem(rsa.publicKey)), {}, resolve);
    });
    assert.equal(error.message, 'invalid algorithm');
  });

  test('CVE-2022-23539: a key of another kind or curve does not serve', () => {
    const token = calls.signed('ES256', '{"alg":"ES256"}', '{}');
    assert.throws(() => verify(token, rsa.publicKey, { algorithms: ['ES256'] }), {
      message: '"alg" parameter for "rsa" key type must be one of: RS256, PS256, RS384, PS384, RS512, PS512.',
    });
    const ed = generateKeyPairSync('ed25519').publicKey;
    assert.throws(() => verify(token, ed, { algorithms: ['ES256'] }), { message: 'Unknown key type "ed25519".' });
  });

  test('CVE-2020-15084: without a list, only the algorithms of the key’s kind are accepted', () => {
    assert.throws(() => verify(forge('s'), p256.publicKey), { message: 'invalid algorithm' });
    assert.throws(() => verify(calls.signed('ES256', '{"alg":"ES256"}', '{}'), 's'), { message: 'invalid algorithm' });
  });

  test('CVE-2026-35042, CVE-2026-32597: a header that must be understood is not ignored', () => {
    for (const crit of ['["b64"]', '["exp"]', '[]', '"x"', 'null']) {
      const token = forge(secret, '{}', `{"alg":"HS256","crit":${crit},"b64":false}`);
      assert.throws(() => verify(token, secret), /"crit" header/);
    }
  });

  test('CVE-2025-30144, CVE-2024-53861: an issuer is the whole text and one text', () => {
    for (const iss of [['good', 'bad'], 'goo', 'good ', 'GOOD', undefined, { good: 1 }]) {
      const token = forge(secret, JSON.stringify({ iss }));
      for (const issuer of ['good', ['good']]) assert.throws(() => verify(token, secret, { issuer }), /issuer invalid/);
    }
    assert.throws(() => verify(forge(secret, '{"iss":"x"}'), secret, { issuer: /good/ }), /issuer invalid/);
  });

  test('CVE-2026-35039: keys remembered for one secret never serve another', () => {
    const secrets = ['a', 'b', 'ab', Buffer.from('a'), Buffer.from('é', 'latin1'), 'é', 'Ã©'];
    for (const one of secrets) {
      for (const other of secrets) {
        const same = Buffer.from(one).equals(Buffer.from(other));
        const check = () => verify(forge(one), other);
        if (same) check();
        else assert.throws(check, { message: 'invalid signature' });
      }
    }
    const changing = Buffer.from('first');
    const token = sign({}, changing);
    verify(token, changing);
    changing.write('other');
    assert.throws(() => verify(token, changing), { message: 'invalid signature' });
  });

  test('hostile member names change nothing', () => {
    const payload = JSON.parse('{"__proto__":{"admin":true},"constructor":1,"toString":2,"sub":"x"}');
    const read = verify(sign(payload, secret), secret);
    assert.equal(read.admin, undefined);
    assert.equal(read.constructor, 1);
    assert.ok(Object.hasOwn(read, '__proto__'));
    assert.equal({}.admin, undefined);
    assert.throws(
      () => sign({}, secret, JSON.parse('{"__proto__":{"algorithm":"none"}}')),
      /"__proto__" is not allowed/,
    );
    assert.throws(() => sign({}, secret, { constructor: 1 }), { message: '"constructor" is not allowed in "options"' });
  });

  test('a tolerance that is no number does not stop the clock', () => {
    const expired = sign({ exp: now() - 100 }, secret);
    for (const clockTolerance of ['10', 'x', Number.NaN]) {
      assert.throws(() => verify(expired, secret, { clockTolerance }), { message: 'clockTolerance must be a number' });
    }
  });
});
