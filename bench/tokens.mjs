/**
 * Verify and sign in Node: Portcullis against jose, jsonwebtoken, fast-jwt, and the host's own primitive called bare.
 *
 * `node bench/tokens.mjs [--quick]` prints rows `{bench, case, ours, theirs, unit, ratio, aim?}` as JSON.
 */

import * as crypto from 'node:crypto';
import { createRequire } from 'node:module';
import { createSigner, createVerifier, importKey } from 'portcullis';
import { CLAIMS as SAID } from './support/claims.mjs';
import { duel, rows } from './support/duel.mjs';

const require = createRequire(new URL('../js/package.json', import.meta.url));
const jose = await import(require.resolve('jose'));
const jsonwebtoken = require('jsonwebtoken');
const fastJwt = require('fast-jwt');

const ROUNDS = process.argv.includes('--quick') ? 5 : 60;
const now = Math.floor(Date.now() / 1000);
const CLAIMS = { ...SAID, iat: now, exp: now + 3600 };
const EXPECTED = { issuer: CLAIMS.iss, audience: CLAIMS.aud };
const DIGESTS = { RS256: 'sha256', ES256: 'sha256', EdDSA: null };

console.log(
  JSON.stringify([...(await hmac()), ...(await pair('RS256')), ...(await pair('ES256')), ...(await pair('EdDSA'))]),
);

async function hmac() {
  const secret = Buffer.from('a-shared-secret-of-more-than-thirty-two-bytes-for-HS256');
  const key = crypto.createSecretKey(secret);
  const token = await new jose.SignJWT(CLAIMS).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(key);
  const ours = createVerifier({ key: secret, algorithms: ['HS256'], ...EXPECTED });
  const cached = createVerifier({ key: secret, algorithms: ['HS256'], ...EXPECTED, cache: true });
  const fast = fastVerifier('HS256', secret, false);
  const verify = await duel(
    {
      portcullis: () => ours.verifySync(token),
      'node:crypto alone': () => bareHmac(secret, token),
      'fast-jwt': () => fast(token),
      jsonwebtoken: () => jsonwebtoken.verify(token, key, { algorithms: ['HS256'], ...EXPECTED }),
      jose: () => jose.jwtVerify(token, key, { algorithms: ['HS256'], ...EXPECTED }),
    },
    ROUNDS,
  );
  const fastCached = fastVerifier('HS256', secret, true);
  const hit = await duel({ portcullis: () => cached.verifySync(token), 'fast-jwt': () => fastCached(token) }, ROUNDS);
  const signer = createSigner({ key: importKey(secret, { alg: 'HS256' }), typ: 'JWT' });
  const fastSign = fastJwt.createSigner({ key: secret, algorithm: 'HS256' });
  const sign = await duel(
    {
      portcullis: () => signer.signSync(CLAIMS),
      'fast-jwt': () => fastSign(CLAIMS),
      jsonwebtoken: () => jsonwebtoken.sign(CLAIMS, key, { algorithm: 'HS256' }),
      jose: () => new jose.SignJWT(CLAIMS).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(key),
    },
    ROUNDS,
  );
  return [
    ...rows('tokens', 'HS256 verify', verify, { 'fast-jwt': 1 / 0.65, jose: 1 / 0.12 }),
    ...rows('tokens', 'HS256 verify from the cache', hit, { 'fast-jwt': 2 }),
    ...rows('tokens', 'HS256 sign', sign, { 'fast-jwt': 1 / 0.7 }),
  ];
}

async function pair(alg) {
  const { privateKey, publicKey } = keys(alg);
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  const token = await new jose.SignJWT(CLAIMS).setProtectedHeader({ alg, typ: 'JWT' }).sign(privateKey);
  const ours = createVerifier({ key: importKey(publicKey, { alg }), algorithms: [alg], ...EXPECTED });
  const signer = createSigner({ key: importKey(privateKey, { alg }), typ: 'JWT' });
  const fast = fastVerifier(alg, pem, false);
  const old =
    alg === 'EdDSA'
      ? {}
      : { jsonwebtoken: () => jsonwebtoken.verify(token, publicKey, { algorithms: [alg], ...EXPECTED }) };
  const verify = await duel(
    {
      portcullis: () => ours.verifySync(token),
      'node:crypto alone': () => bareVerify(alg, publicKey, token),
      'fast-jwt': () => fast(token),
      jose: () => jose.jwtVerify(token, publicKey, { algorithms: [alg], ...EXPECTED }),
      ...old,
    },
    ROUNDS,
  );
  const sign = await duel(
    {
      portcullis: () => signer.signSync(CLAIMS),
      'node:crypto alone': () => bareSign(alg, privateKey, token),
      jose: () => new jose.SignJWT(CLAIMS).setProtectedHeader({ alg, typ: 'JWT' }).sign(privateKey),
    },
    ROUNDS,
  );
  const aims = { 'node:crypto alone': 1 / 1.15, 'fast-jwt': 1, jose: 1, jsonwebtoken: 1 };
  return [...rows('tokens', `${alg} verify`, verify, aims), ...rows('tokens', `${alg} sign`, sign)];
}

function keys(alg) {
  if (alg === 'RS256') return crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
  return alg === 'ES256'
    ? crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : crypto.generateKeyPairSync('ed25519');
}

function fastVerifier(alg, key, cache) {
  return fastJwt.createVerifier({ key, algorithms: [alg], allowedIss: CLAIMS.iss, allowedAud: CLAIMS.aud, cache });
}

/** The one call that cannot be left out, with the parts already cut. No claims are looked at. */
function bareVerify(alg, key, token) {
  const dot = token.lastIndexOf('.');
  const signature = Buffer.from(token.slice(dot + 1), 'base64url');
  const given = alg === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' } : key;
  if (!crypto.verify(DIGESTS[alg], Buffer.from(token.slice(0, dot)), given, signature))
    throw new Error('wrong signature');
}

function bareSign(alg, key, token) {
  const given = alg === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' } : key;
  return crypto.sign(DIGESTS[alg], Buffer.from(token.slice(0, token.lastIndexOf('.'))), given);
}

function bareHmac(secret, token) {
  const dot = token.lastIndexOf('.');
  const made = crypto.createHmac('sha256', secret).update(token.slice(0, dot)).digest();
  if (!crypto.timingSafeEqual(made, Buffer.from(token.slice(dot + 1), 'base64url'))) throw new Error('wrong signature');
}
