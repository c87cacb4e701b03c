import { constants, createHmac, type KeyObject, sign, timingSafeEqual, verify } from 'node:crypto';
import { derFromHalves, halvesOfWidth } from './ecdsa.js';

/** Signatures by algorithm name, as base64url text. Which key may be used with which algorithm is decided before. */

type Family = 'HS' | 'RS' | 'PS' | 'ES';

interface Algorithm {
  family: Family;
  /** The hash's name, as `node:crypto` spells it. */
  hash: string;
  /** The curve whose numbers give an ECDSA signature its length, and that length. */
  curve: string;
  signatureBytes: number;
}

const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map(
  (['HS', 'RS', 'PS', 'ES'] as const).flatMap((family) => [
    [`${family}256`, { family, hash: 'sha256', curve: 'prime256v1', signatureBytes: 64 }],
    [`${family}384`, { family, hash: 'sha384', curve: 'secp384r1', signatureBytes: 96 }],
    [`${family}512`, { family, hash: 'sha512', curve: 'secp521r1', signatureBytes: 132 }],
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
  const message = Buffer.from(input);
  const signature = sign(algorithm.hash, message, { key, ...PADDING[algorithm.family] });
  if (algorithm.family === 'ES' && key.asymmetricKeyType !== 'ec') {
    throw new Error(`"${name}" needs a key on an elliptic curve, not "${key.asymmetricKeyType}"`);
  }
  if (algorithm.family !== 'ES' || fits(algorithm, key)) return signature.toString('base64url');
  return halvesOfWidth(signature, algorithm.signatureBytes / 2).toString('base64url');
}

/**
 * Whether `signature` is `key`'s over `input`.
 *
 * @throws TypeError for an algorithm that does not exist, and for an ECDSA signature of the wrong length
 */
export function verifyText(name: string, key: KeyObject, input: string, signature: string): boolean {
  const algorithm = lookUp(name);
  if (algorithm.family === 'HS') return sameText(hmac(algorithm, key, input), signature);
  const bytes = Buffer.from(signature, 'base64url');
  if (algorithm.family === 'ES' && bytes.length !== algorithm.signatureBytes) {
    throw new TypeError(`"${name}" signatures must be "${algorithm.signatureBytes}" bytes, saw "${bytes.length}"`);
  }
  try {
    return isSignature(algorithm, key, Buffer.from(input), bytes);
  } catch {
    // A key that cannot do this at all, which only callers who allow unfit keys can hand in.
    return false;
  }
}

function isSignature(algorithm: Algorithm, key: KeyObject, message: Buffer, signature: Buffer): boolean {
  if (algorithm.family === 'ES' && !fits(algorithm, key)) {
    return verify(algorithm.hash, message, key, derFromHalves(signature));
  }
  return verify(algorithm.hash, message, { key, ...PADDING[algorithm.family] }, signature);
}

const PADDING = {
  HS: {},
  RS: {},
  PS: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
  ES: { dsaEncoding: 'ieee-p1363' },
} as const;

/** Whether the key's curve is the algorithm's own. Only callers who allow unfit keys get here with another. */
function fits(algorithm: Algorithm, key: KeyObject): boolean {
  return key.asymmetricKeyDetails?.namedCurve === algorithm.curve;
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
  const [ours, theirs] = [Buffer.from(made), Buffer.from(given)];
  return ours.length === theirs.length && timingSafeEqual(ours, theirs);
}
