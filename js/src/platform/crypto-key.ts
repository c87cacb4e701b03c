/** What WebCrypto's own key objects say about their algorithm. @module */
import type { Alg } from '../core/types.js';

interface KeyAlgorithmLike {
  name: string;
  hash?: { name: string };
  namedCurve?: string;
}

const PREFIX: Record<string, string> = { HMAC: 'HS', 'RSASSA-PKCS1-v1_5': 'RS', 'RSA-PSS': 'PS' };
const CURVES: Record<string, Alg> = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512', 'K-256': 'ES256K' };

/** The one algorithm a CryptoKey is for; `undefined` when it is for none of ours. */
export function algOf(algorithm: object): Alg | undefined {
  const { name, hash, namedCurve } = algorithm as KeyAlgorithmLike;
  if (name === 'Ed25519') return 'EdDSA';
  if (name === 'ECDSA') return CURVES[namedCurve ?? ''];
  const prefix = Object.hasOwn(PREFIX, name) ? PREFIX[name] : undefined;
  const bits = /^SHA-(256|384|512)$/.exec(hash?.name ?? '')?.[1];
  return prefix === undefined || bits === undefined ? undefined : (`${prefix}${bits}` as Alg);
}

/** Whether `value` is a CryptoKey, of this realm or another. */
export function isCryptoKey(value: object): value is CryptoKey {
  return Object.prototype.toString.call(value) === '[object CryptoKey]';
}
