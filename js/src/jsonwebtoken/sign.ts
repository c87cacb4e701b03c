import { forget, notify } from '../guard.js';
import { signingInput } from './compact.js';
import { checkAlgorithm, signText } from './engine.js';
import { importForSigning, type Material } from './key-material.js';
import { checkKeyFits } from './key-rules.js';
import { checkPayload, checkSignOptions } from './options.js';
import { after, nowInSeconds } from './timespan.js';
import type { SignOptions } from './types.js';
import { NONE, unsecuredToken } from './unsecured.js';

type Claims = Record<string, unknown>;
type Done = (error: unknown, token?: string) => unknown;

/** A token that is complete except for its signature. */
interface Draft {
  header: Record<string, unknown> & { alg: string };
  payload: unknown;
  material: Material | undefined;
  options: SignOptions;
}

/**
 * Makes a token.
 *
 * Without a callback, the token is returned and errors are thrown. With a callback, invalid arguments are reported
 * synchronously, and the token or another error on a later tick: the callback is called once in either case. If the
 * callback throws on that later tick, or rejects, this is reported on the console.
 */
export function sign(payload: unknown, key: unknown, options?: unknown, callback?: unknown): unknown {
  const reply = (typeof options === 'function' ? options : callback) as Done | undefined;
  const settings = (reply === options ? {} : options || {}) as SignOptions;
  if (!reply) return finish(prepare(payload, key, settings));
  let draft: Draft;
  try {
    draft = prepare(payload, key, settings);
  } catch (error) {
    const answer = reply(error);
    forget('the callback of sign', answer);
    return answer;
  }
  process.nextTick(finishLater, draft, reply);
  return undefined;
}

function finishLater(draft: Draft, reply: Done): void {
  let token: string;
  try {
    token = finish(draft);
  } catch (error) {
    notify('the callback of sign', () => reply(error));
    return;
  }
  notify('the callback of sign', () => reply(null, token));
}

function finish({ header, payload, material, options }: Draft): string {
  if (header.alg !== NONE) checkAlgorithm(header.alg);
  const input = signingInput(header, payload, options.encoding || 'utf8');
  if (header.alg === NONE || !material) return unsecuredToken(input, options.algorithm);
  const token = `${input}.${signText(header.alg, material.object, input)}`;
  if (!options.allowInsecureKeySizes && token.length < 256 && /^(?:RS|PS)/.test(header.alg)) throw tooSmall(header.alg);
  return token;
}

/** Checks everything, in the API's order, and adds the claims that the options request. */
function prepare(payload: unknown, key: unknown, options: SignOptions): Draft {
  const isObject = typeof payload === 'object' && !Buffer.isBuffer(payload);
  const header = {
    alg: options.algorithm || 'HS256',
    typ: isObject ? 'JWT' : undefined,
    kid: options.keyid,
    ...(options.header as object),
  };
  const material = importKey(key, options);
  checkKind(header.alg, material, options);
  if (payload === undefined) throw new Error('payload is required');
  if (isObject) checkPayload(payload);
  else refuseClaimOptions(payload, options);
  refuseSecondTime(payload as Claims, options);
  checkSignOptions(options);
  if (!options.allowInvalidAsymmetricKeyTypes) checkKeyFits(header.alg, material?.object);
  return { header, payload: isObject ? withClaims(payload as Claims, options) : payload, material, options };
}

function importKey(key: unknown, options: SignOptions): Material | undefined {
  if (!key && options.algorithm !== NONE) throw new Error('secretOrPrivateKey must have a value');
  if (key === undefined || key === null) return undefined;
  try {
    return importForSigning(key);
  } catch {
    throw new Error('secretOrPrivateKey is not valid key material');
  }
}

/**
 * Requires secrets for HMAC and private keys for the other algorithms. The text of a public key is rejected as a
 * secret.
 */
function checkKind(alg: unknown, material: Material | undefined, options: SignOptions): void {
  if (typeof alg !== 'string') throw new TypeError(`the header's "alg" must be a string, not ${typeof alg}`);
  const key = material?.object;
  if (alg.startsWith('HS')) {
    if (!key || material.unfit === 'empty') throw new Error('secretOrPrivateKey must have a value');
    if (key.type !== 'secret' || material.unfit) {
      throw new Error(`secretOrPrivateKey must be a symmetric key when using ${alg}`);
    }
  } else if (/^(?:RS|PS|ES)/.test(alg)) {
    if (key?.type !== 'private') throw new Error(`secretOrPrivateKey must be an asymmetric key when using ${alg}`);
    const bits = key.asymmetricKeyDetails?.modulusLength ?? Number.POSITIVE_INFINITY;
    if (bits < SMALLEST_RSA_BITS && !options.allowInsecureKeySizes && !alg.startsWith('ES')) throw tooSmall(alg);
  }
}

/** RFC 7518 section 3.3. */
const SMALLEST_RSA_BITS = 2048;

function tooSmall(alg: string): Error {
  return new Error(`secretOrPrivateKey has a minimum key size of ${SMALLEST_RSA_BITS} bits for ${alg}`);
}

const CLAIM_OPTIONS = ['expiresIn', 'notBefore', 'noTimestamp', 'audience', 'issuer', 'subject', 'jwtid'] as const;

/** Only objects have claims: with text, numbers and buffers, options that set a claim are not allowed. */
function refuseClaimOptions(payload: unknown, options: SignOptions): void {
  const given = CLAIM_OPTIONS.filter((name) => options[name] !== undefined);
  if (given.length > 0) throw new Error(`invalid ${given.join(',')} option for ${typeof payload} payload`);
}

function refuseSecondTime(payload: Claims, options: SignOptions): void {
  for (const [option, claim] of [
    ['expiresIn', 'exp'],
    ['notBefore', 'nbf'],
  ] as const) {
    if (payload[claim] !== undefined && options[option] !== undefined) {
      throw new Error(`Bad "options.${option}" option the payload already has an "${claim}" property.`);
    }
  }
}

const CLAIM_OF_OPTION = [
  ['audience', 'aud'],
  ['issuer', 'iss'],
  ['subject', 'sub'],
  ['jwtid', 'jti'],
] as const;

/**
 * The payload with the claims that the options request: a copy, unless `mutatePayload` requests the caller's own
 * object.
 */
function withClaims(given: Claims, options: SignOptions): Claims {
  const payload = options.mutatePayload ? given : { ...given };
  const start = (payload.iat as number) || nowInSeconds();
  if (options.noTimestamp) delete payload.iat;
  else payload.iat = start;
  if (options.notBefore !== undefined) payload.nbf = timeOf('notBefore', options.notBefore, start);
  if (options.expiresIn !== undefined) payload.exp = timeOf('expiresIn', options.expiresIn, start);
  for (const [option, claim] of CLAIM_OF_OPTION) {
    if (options[option] === undefined) continue;
    if (payload[claim] !== undefined) {
      throw new Error(`Bad "options.${option}" option. The payload already has an "${claim}" property.`);
    }
    payload[claim] = options[option];
  }
  return payload;
}

function timeOf(option: string, span: unknown, start: number): number {
  const time = after(start, span);
  if (time !== undefined) return time;
  throw new Error(`"${option}" should be a number of seconds or string representing a timespan eg: "1d", "20h", 60`);
}
