/** Reads the algorithm of WebCrypto's key objects. @module */
import { errorOf, optionError } from '../core/errors.js';
import type { Alg } from '../core/types.js';
import type { HostedKey } from './types.js';

interface KeyAlgorithmLike {
  name: string;
  hash?: { name: string };
  namedCurve?: string;
  modulusLength?: number;
  publicExponent?: Uint8Array;
  /** Bits of a secret. */
  length?: number;
}

const PREFIX: Record<string, string> = { HMAC: 'HS', 'RSASSA-PKCS1-v1_5': 'RS', 'RSA-PSS': 'PS' };
const CURVES: Record<string, Alg> = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512', 'K-256': 'ES256K' };

/**
 * The description of a CryptoKey. @throws AuthError if it is not for signatures, or for another algorithm than `asked`
 */
export function described(key: CryptoKey, asked: Alg | undefined): HostedKey {
  const own = algOf(key.algorithm);
  if (own === undefined) throw optionError('key', 'a CryptoKey for signatures', key);
  if (asked !== undefined && asked !== own && !(own === 'EdDSA' && asked === 'Ed25519')) {
    const message = `the CryptoKey is for ${own}, not for ${asked}`;
    const [subject, expected, actual] = ['key', `a key for ${asked}`, `a key for ${own}`];
    throw errorOf({
      code: 'ERR_KEY_WRONG_KIND',
      stage: 'key',
      outside: 'internal',
      message,
      subject,
      expected,
      actual,
    });
  }
  const { modulusLength, length, publicExponent } = key.algorithm as KeyAlgorithmLike;
  return {
    alg: asked ?? own,
    bits: modulusLength ?? length ?? 0,
    exponent: new Uint8Array(publicExponent ?? []),
    usages: key.usages,
  };
}

/** The algorithm of a CryptoKey; `undefined` if it is not supported. */
function algOf(algorithm: object): Alg | undefined {
  const { name, hash, namedCurve } = algorithm as KeyAlgorithmLike;
  if (name === 'Ed25519') return 'EdDSA';
  if (name === 'ECDSA') return CURVES[namedCurve ?? ''];
  const prefix = Object.hasOwn(PREFIX, name) ? PREFIX[name] : undefined;
  const bits = /^SHA-(256|384|512)$/.exec(hash?.name ?? '')?.[1];
  return prefix === undefined || bits === undefined ? undefined : (`${prefix}${bits}` as Alg);
}

/** Whether `value` is a CryptoKey, of this or another realm. */
export function isCryptoKey(value: object): value is CryptoKey {
  return Object.prototype.toString.call(value) === '[object CryptoKey]';
}
