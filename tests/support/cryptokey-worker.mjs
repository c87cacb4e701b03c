/** A Worker that signs and checks with CryptoKeys it made, none of which may be exported, and says how that went. */
import { createVerifier, importKey, sign } from 'portcullis';

const places = { issuer: 'https://id.example', audience: 'api' };
const rsa = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
const KINDS = [
  { name: 'HMAC', hash: 'SHA-256' },
  { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', ...rsa },
  { name: 'RSA-PSS', hash: 'SHA-384', ...rsa },
  { name: 'ECDSA', namedCurve: 'P-256' },
  { name: 'Ed25519' },
];

async function verdict(kind) {
  const made = await crypto.subtle.generateKey(kind, false, ['sign', 'verify']);
  const { privateKey, publicKey } = 'privateKey' in made ? made : { privateKey: made, publicKey: made };
  const token = await sign({ sub: '7' }, { key: privateKey, ...places });
  const verifier = createVerifier({ key: publicKey, ...places });
  const { claims } = await verifier.verify(token);
  const other = await sign({ sub: '8' }, { key: privateKey, ...places });
  const mixed = `${token.slice(0, token.lastIndexOf('.'))}${other.slice(other.lastIndexOf('.'))}`;
  const refused = await verifier.verify(mixed).catch(({ code }) => code);
  return [importKey(publicKey).alg, claims.sub, refused];
}

export default {
  async fetch(request) {
    if (new URL(request.url).pathname !== '/verdicts') return new Response('ready');
    return Response.json(await Promise.all(KINDS.map(verdict)));
  },
};
