import { asError, forget, isThenable, once, whenLate } from '../guard.js';
import { MAX_JSONWEBTOKEN_BYTES } from '../internal.js';
import { checkClaims } from './claims.js';
import { hasThreeParts, objectInside, type Parts, takeApart } from './compact.js';
import { verifyText } from './engine.js';
import { JsonWebTokenError } from './errors.js';
import { importForVerifying, type Material } from './key-material.js';
import { checkKeyFits } from './key-rules.js';
import { nowInSeconds } from './timespan.js';
import type { Algorithm, GetPublicKeyOrSecret, Jwt, VerifyOptions } from './types.js';
import { isUnsecured, NONE } from './unsecured.js';

type Done = (error: unknown, value?: unknown) => unknown;

/**
 * Verifies a token and returns its payload (or, with `complete`, all its parts).
 *
 * Without a callback, the result is returned and errors are thrown. With a callback, it receives `(error)` or `(null,
 * result)`, exactly once. A key given as a function `(header, done)` requires a callback; if that function throws,
 * rejects or does not answer within 30 seconds, the callback receives a `JsonWebTokenError`. An exception of the
 * callback goes to the code that called it; its rejection is reported on the console.
 */
export function verify(token: unknown, key: unknown, options?: unknown, callback?: unknown): unknown {
  const reply = (typeof options === 'function' && !callback ? options : callback) as Done | undefined;
  const settings: VerifyOptions = { ...(reply === options ? undefined : (options as VerifyOptions)) };
  if (!reply) return verifyNow(token, key, settings);
  return typeof key === 'function'
    ? verifyLater(token, key as GetPublicKeyOrSecret, settings, reply)
    : answer(reply, () => verifyNow(token, key, settings));
}

function verifyNow(token: unknown, key: unknown, options: VerifyOptions): unknown {
  const now = timeFrom(options);
  const parts = read(token);
  if (typeof key === 'function') {
    throw new JsonWebTokenError('verify must be called asynchronous if secret or public key is provided as a callback');
  }
  return judge(parts, key, options, now);
}

/** Calls the caller's function for the key. Only its first answer counts. */
function verifyLater(token: unknown, getKey: GetPublicKeyOrSecret, options: VerifyOptions, reply: Done): unknown {
  let now: number;
  let parts: Parts;
  try {
    now = timeFrom(options);
    parts = read(token);
  } catch (error) {
    return tell(reply, error);
  }
  let inTime = (): void => undefined;
  const failed = (error: unknown) =>
    tell(reply, new JsonWebTokenError(`error in secret or public key callback: ${(error as Error).message}`));
  const done = once((error: unknown, key?: unknown) => {
    inTime();
    forget('the key function', key);
    if (error) failed(error);
    else answer(reply, () => judge(parts, key, options, now));
  });
  askForKey(getKey, parts, done);
  if (!done.called) inTime = whenLate('the callback of verify', () => done(new Error('no answer in time')));
  return undefined;
}

/** An exception or rejection of the function is its answer; an exception of the callback inside it is not. */
function askForKey(
  getKey: GetPublicKeyOrSecret,
  parts: Parts,
  done: ((error: unknown, key?: unknown) => void) & { called: boolean },
): void {
  let asked: unknown;
  try {
    asked = getKey(parts.head.read() as unknown as Jwt['header'], done);
  } catch (error) {
    if (done.called) throw error;
    done(asError('the key function', error));
    return;
  }
  if (!isThenable(asked)) return;
  const rejected = (error: unknown) => {
    if (done.called) throw error;
    done(asError('the key function', error));
  };
  forget('the callback of verify', Promise.resolve(asked).then(undefined, rejected));
}

/**
 * Runs `work` and passes the result to the callback. An exception of the callback goes to its caller, not back to the
 * callback.
 */
function answer(reply: Done, work: () => unknown): unknown {
  let value: unknown;
  try {
    value = work();
  } catch (error) {
    return tell(reply, error);
  }
  return tell(reply, null, value);
}

function tell(reply: Done, ...given: Parameters<Done>): unknown {
  const answer = reply(...given);
  forget('the callback of verify', answer);
  return answer;
}

/** Checks the options that can be invalid before any token is parsed, and returns the current time. */
function timeFrom(options: VerifyOptions): number {
  const { clockTimestamp, nonce, allowInvalidAsymmetricKeyTypes, clockTolerance } = options;
  if (clockTimestamp && typeof clockTimestamp !== 'number') {
    throw new JsonWebTokenError('clockTimestamp must be a number');
  }
  if (nonce !== undefined && (typeof nonce !== 'string' || nonce.trim() === '')) {
    throw new JsonWebTokenError('nonce must be a non-empty string');
  }
  if (allowInvalidAsymmetricKeyTypes !== undefined && typeof allowInvalidAsymmetricKeyTypes !== 'boolean') {
    throw new JsonWebTokenError('allowInvalidAsymmetricKeyTypes must be a boolean');
  }
  // A string would be concatenated with `exp`, and NaN makes every comparison false: in both cases nothing would ever
  // expire.
  if ((clockTolerance && typeof clockTolerance !== 'number') || Number.isNaN(clockTolerance)) {
    throw new JsonWebTokenError('clockTolerance must be a number');
  }
  return clockTimestamp || nowInSeconds();
}

function read(token: unknown): Parts {
  if (!token) throw new JsonWebTokenError('jwt must be provided');
  if (typeof token !== 'string') throw new JsonWebTokenError('jwt must be a string');
  if (token.length > MAX_JSONWEBTOKEN_BYTES) throw new JsonWebTokenError('jwt malformed');
  if (!hasThreeParts(token)) throw new JsonWebTokenError('jwt malformed');
  const parts = takeApart(token, false);
  if (!parts) throw new JsonWebTokenError('invalid token');
  parts.payload = objectInside(parts.payload);
  return parts;
}

function judge(parts: Parts, key: unknown, options: VerifyOptions, now: number): unknown {
  checkSignature(parts, key, options);
  const { head, payload, signature } = parts;
  if (head.isCritical) {
    throw new JsonWebTokenError('the token\'s "crit" header asks for an extension that is not supported');
  }
  if (payload === null) throw new JsonWebTokenError('invalid token');
  checkClaims(payload as never, options, now);
  return options.complete === true ? { header: head.read(), payload, signature } : payload;
}

function checkSignature({ head, input, signature }: Parts, key: unknown, options: VerifyOptions): void {
  if (!signature && key) throw new JsonWebTokenError('jwt signature is required');
  if (signature && !key) throw new JsonWebTokenError('secret or public key must be provided');
  if (!signature && !options.algorithms) {
    throw new JsonWebTokenError('please specify "none" in "algorithms" to verify unsigned tokens');
  }
  const material = key === undefined || key === null ? undefined : importKey(key);
  const algorithms = options.algorithms || defaultAlgorithms(material);
  if (!Array.isArray(algorithms) && typeof algorithms !== 'string') {
    throw new JsonWebTokenError('algorithms must be an array of algorithm names');
  }
  const alg = head.alg as Algorithm;
  if (algorithms.indexOf(alg) === -1 || typeof alg !== 'string') throw new JsonWebTokenError('invalid algorithm');
  checkKind(alg, material, signature);
  if (!options.allowInvalidAsymmetricKeyTypes) checkKeyFits(alg, material?.object);
  const good =
    alg === NONE || !material ? alg === NONE && isUnsecured(signature) : check(alg, material, input, signature);
  if (!good) throw new JsonWebTokenError('invalid signature');
}

function check(alg: string, material: Material, input: string, signature: string): boolean {
  if (material.unfit) return false;
  if (!alg) throw Object.assign(new Error('Missing algorithm parameter for jws.verify'), { code: 'MISSING_ALGORITHM' });
  return verifyText(alg, material.object, input, signature);
}

function importKey(key: unknown): Material {
  try {
    return importForVerifying(key);
  } catch {
    throw new JsonWebTokenError('secretOrPublicKey is not valid key material');
  }
}

const SECRET_ALGORITHMS: Algorithm[] = ['HS256', 'HS384', 'HS512'];
const RSA_ALGORITHMS: Algorithm[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
const EC_ALGORITHMS: Algorithm[] = ['ES256', 'ES384', 'ES512'];

/** The algorithms of a key if the caller lists none. */
function defaultAlgorithms(material: Material | undefined): readonly Algorithm[] {
  const key = material?.object;
  if (!key || key.type === 'secret') return SECRET_ALGORITHMS;
  return key.asymmetricKeyType === 'ec' ? EC_ALGORITHMS : RSA_ALGORITHMS;
}

/**
 * Requires secrets for HMAC and public keys for the other algorithms, so that a public key is never used as a secret.
 */
function checkKind(alg: string, material: Material | undefined, signature: string): void {
  if (alg.startsWith('HS')) {
    if (!material || (material.unfit === 'empty' && signature)) {
      throw new JsonWebTokenError('secret or public key must be provided');
    }
    if (material.object.type !== 'secret' || material.unfit === 'public key') {
      throw new JsonWebTokenError(`secretOrPublicKey must be a symmetric key when using ${alg}`);
    }
  } else if (/^(?:RS|PS|ES)/.test(alg) && material?.object.type !== 'public') {
    throw new JsonWebTokenError(
      material
        ? `secretOrPublicKey must be an asymmetric key when using ${alg}`
        : 'secret or public key must be provided',
    );
  }
}
