/** `GET /<contestant>/<n>` verifies n times. The clock stands still in here, so whoever asks must measure. */

import { jwtVerify, SignJWT } from 'jose';
import { createVerifier, importKey } from 'portcullis';
import { CLAIMS } from './claims.mjs';

const EXPECTED = { issuer: CLAIMS.iss, audience: CLAIMS.aud };
const KEYS = {
  HS256: { name: 'HMAC', hash: 'SHA-256' },
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
  EdDSA: { name: 'Ed25519' },
};
let contestants;

export default {
  async fetch(request) {
    contestants ??= await prepare();
    const [, name, times] = new URL(request.url).pathname.split('/');
    const work = contestants[decodeURIComponent(name)];
    if (!work) return Response.json(Object.keys(contestants));
    for (let time = 0; time < Number(times); time++) await work();
    return new Response('done');
  },
};

async function prepare() {
  const made = { loop: async () => {} };
  for (const [alg, algorithm] of Object.entries(KEYS)) Object.assign(made, await forAlg(alg, algorithm));
  return made;
}

async function forAlg(alg, algorithm) {
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const [signing, verifying] = alg === 'HS256' ? [pair, pair] : [pair.privateKey, pair.publicKey];
  const now = Math.floor(Date.now() / 1000);
  const fresh = { ...CLAIMS, iat: now, exp: now + 86_400 };
  const token = await new SignJWT(fresh).setProtectedHeader({ alg, typ: 'JWT' }).sign(signing);
  const { alg: _, key_ops: __, ext: ___, ...jwk } = await crypto.subtle.exportKey('jwk', verifying);
  const ours = createVerifier({ key: importKey(jwk, { alg }), algorithms: [alg], ...EXPECTED });
  const params = alg === 'ES256' ? { name: 'ECDSA', hash: 'SHA-256' } : algorithm;
  return {
    [`${alg}-portcullis`]: alg === 'HS256' ? async () => ours.verifySync(token) : () => ours.verify(token),
    [`${alg}-jose`]: () => jwtVerify(token, verifying, { algorithms: [alg], ...EXPECTED }),
    [`${alg}-WebCrypto alone`]: async () => {
      const dot = token.lastIndexOf('.');
      const signature = Uint8Array.fromBase64(token.slice(dot + 1), { alphabet: 'base64url' });
      const signed = new TextEncoder().encode(token.slice(0, dot));
      if (!(await crypto.subtle.verify(params, verifying, signature, signed))) throw new Error('wrong signature');
    },
  };
}
