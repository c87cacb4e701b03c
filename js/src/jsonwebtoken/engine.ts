/** Signatures by algorithm name, as base64url text. The caller has checked that the key fits the algorithm. */

import { constants, createHmac, type KeyObject, sign, timingSafeEqual, verify } from 'node:crypto';
import { derFromHalves, halvesFromDer } from '../signatures/ecdsa.js';

interface Algorithm {
  family: 'HS' | 'RS' | 'PS' | 'ES';
  /** The name of the hash in `node:crypto`. */
  hash: string;
  /** The length of an ECDSA signature: two numbers as wide as the curve's field. */
  signatureBytes: number;
}

const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map(
  (['HS', 'RS', 'PS', 'ES'] as const).flatMap((family) => [
    [`${family}256`, { family, hash: 'sha256', signatureBytes: 64 }],
    [`${family}384`, { family, hash: 'sha384', signatureBytes: 96 }],
    [`${family}512`, { family, hash: 'sha512', signatureBytes: 132 }],
  ]),
);

/**
 * Rejects unknown algorithm names.
 *
 * @throws TypeError that lists the known algorithms
 */
export function checkAlgorithm(name: string): void {
  lookUp(name);
}

/**
 * The signature of `key` over `input`, in base64url.
 *
 * @throws TypeError for an unknown algorithm; the errors of `node:crypto` for a key that cannot be used
 */
export function signText(name: string, key: KeyObject, input: string): string {
  const algorithm = lookUp(name);
  if (algorithm.family === 'HS') return hmac(algorithm, key, input);
  const signature = sign(algorithm.hash, Buffer.from(input), forUse(algorithm, key));
  if (algorithm.family !== 'ES') return signature.toString('base64url');
  if (key.asymmetricKeyType !== 'ec') {
    throw new Error(`"${name}" needs a key on an elliptic curve, not "${key.asymmetricKeyType}"`);
  }
  return halvesFromDer(signature, algorithm.signatureBytes / 2).toString('base64url');
}

/**
 * Whether `key` made `signature` over `input`.
 *
 * @throws TypeError for an unknown algorithm, and for an ECDSA signature of the wrong length
 */
export function verifyText(name: string, key: KeyObject, input: string, signature: string): boolean {
  const algorithm = lookUp(name);
  if (algorithm.family === 'HS') return sameText(hmac(algorithm, key, input), signature);
  const bytes = Buffer.from(signature, 'base64');
  if (algorithm.family === 'ES' && bytes.length !== algorithm.signatureBytes) {
    throw new TypeError(`"${name}" signatures must be "${algorithm.signatureBytes}" bytes, saw "${bytes.length}"`);
  }
  const native = algorithm.family === 'ES' ? derFromHalves(bytes) : bytes;
  try {
    return verify(algorithm.hash, Buffer.from(input), forUse(algorithm, key), native);
  } catch {
    // A key that cannot be used for this, which only callers who allow such keys can pass.
    return false;
  }
}

/** Only the key if no options are needed: reading an options object takes Node up to 20 µs. */
function forUse(algorithm: Algorithm, key: KeyObject) {
  if (algorithm.family !== 'PS') return key;
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
}

function lookUp(name: string): Algorithm {
  const algorithm = ALGORITHMS.get(name);
  if (algorithm) return algorithm;
  throw new TypeError(`"${name}" is not a valid algorithm.\n  Supported algorithms are:\n  ${SUPPORTED}`);
}

const SUPPORTED = `${[...ALGORITHMS.keys()].map((name) => `"${name}"`).join(', ')} and "none".`;

function hmac(algorithm: Algorithm, key: KeyObject, input: string): string {
  return createHmac(algorithm.hash, key).update(input).digest('base64url');
}

/** Compares in constant time. */
function sameText(made: string, given: string): boolean {
  if (made.length !== given.length) return false;
  const pads = scratch(made.length);
  pads[0].write(made, 'latin1');
  pads[1].write(given, 'latin1');
  return timingSafeEqual(pads[0], pads[1]);
}

const scratches = new Map<number, readonly [Buffer, Buffer]>();

/** Two buffers for comparing texts of a length: there are three lengths, one per hash. */
function scratch(length: number): readonly [Buffer, Buffer] {
  const known = scratches.get(length);
  if (known) return known;
  const made = [Buffer.alloc(length), Buffer.alloc(length)] as const;
  scratches.set(length, made);
  return made;
}
