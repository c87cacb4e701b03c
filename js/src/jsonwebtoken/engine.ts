/** Signatures by algorithm name, as base64url text. Which key may be used with which algorithm is decided before. */

import { constants, createHmac, type KeyObject, sign, timingSafeEqual, verify } from 'node:crypto';
import { derFromHalves, halvesFromDer } from '../signatures/ecdsa.js';

interface Algorithm {
  family: 'HS' | 'RS' | 'PS' | 'ES';
  /** The hash's name, as `node:crypto` spells it. */
  hash: string;
  /** The length of an ECDSA signature: two numbers as wide as the curve's. */
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
 * Refuses names that are no algorithm's.
 *
 * @throws TypeError naming the algorithms there are
 */
export function checkAlgorithm(name: string): void {
  lookUp(name);
}

/**
 * The signature of `key` over `input`, in base64url.
 *
 * @throws TypeError for an algorithm that does not exist; what `node:crypto` throws for a key that cannot do this
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
 * Whether `signature` is `key`'s over `input`.
 *
 * @throws TypeError for an algorithm that does not exist, and for an ECDSA signature of the wrong length
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
    // A key that cannot do this at all, which only callers who allow unfit keys can hand in.
    return false;
  }
}

/** The bare key wherever it will do: looking at an options object costs Node up to 20 µs. */
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

/** Compares without telling by its time where two texts differ. */
function sameText(made: string, given: string): boolean {
  if (made.length !== given.length) return false;
  const pads = scratch(made.length);
  pads[0].write(made, 'latin1');
  pads[1].write(given, 'latin1');
  return timingSafeEqual(pads[0], pads[1]);
}

const scratches = new Map<number, readonly [Buffer, Buffer]>();

/** Two buffers to compare texts of a length in: there are three lengths, one per hash. */
function scratch(length: number): readonly [Buffer, Buffer] {
  const known = scratches.get(length);
  if (known) return known;
  const made = [Buffer.alloc(length), Buffer.alloc(length)] as const;
  scratches.set(length, made);
  return made;
}
