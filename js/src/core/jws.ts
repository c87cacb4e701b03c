/** JWS with any payload (RFC 7515, compact serialization), for content that is not a claims set. @module */

import { asBytes, utf8 } from './bytes.js';
import { checkOptions, jsonOf, rules } from './check.js';
import { optionError } from './errors.js';
import { inUse, type KeyMaterial, type SigningMaterial, setOf, toKeys, toSigningKey } from './keys.js';
import { capped, cappedToken, MAX_SIGNED_BYTES } from './limits.js';
import type { Alg, Header } from './types.js';
import { checkLater, door, signLater, wasm } from './wasm.js';

/** Options of {@link sign}. */
export interface JwsSignOptions {
  key: SigningMaterial;
  /** Required if the key does not determine an algorithm. */
  algorithm?: Alg;
  /** Additional header members; `alg` and `kid` come from the key. */
  header?: Record<string, unknown>;
}

/** Options of {@link verify}. */
export interface JwsVerifyOptions {
  key: KeyMaterial;
  /** Accepted algorithms. Required if the key does not determine one. */
  algorithms?: readonly Alg[];
}

/** The content of a JWS with a verified signature. Issuer, audience and time are not checked. */
export interface JwsContent {
  header: Header;
  payload: Uint8Array;
}

/** A compact JWS with `payload`; a string is encoded as UTF-8. Rejects with an `AuthError`. */
export async function sign(payload: Uint8Array | ArrayBuffer | string, options: JwsSignOptions): Promise<string> {
  checkOptions(options, { key: rules.key, algorithm: rules.algorithm, header: rules.object }, 'jws.sign');
  const given = typeof payload === 'string' ? utf8(capped('payload', payload, MAX_SIGNED_BYTES)) : asBytes(payload);
  if (given === undefined) throw optionError('payload', 'bytes or a string', payload);
  const bytes = capped('payload', given, MAX_SIGNED_BYTES);
  const key = inUse(toSigningKey(options.key, options.algorithm, undefined));
  const header =
    options.header === undefined ? undefined : capped('header', jsonOf('header', options.header), MAX_SIGNED_BYTES);
  const { jwsSign } = wasm();
  const token = door(() => jwsSign(key, header, bytes, undefined));
  if (token !== undefined) return token;
  const signature = await signLater();
  return door(() => jwsSign(key, header, bytes, signature)) as string;
}

/** The content of a compact JWS. Rejects with an `AuthError`. */
export async function verify(token: string, options: JwsVerifyOptions): Promise<JwsContent> {
  checkOptions(options, { key: rules.key, algorithms: rules.algorithms }, 'jws.verify');
  if (typeof token !== 'string') throw optionError('token', 'a string', token);
  cappedToken(token);
  const material = toKeys(options.key, options.algorithms);
  const { jwsVerify } = wasm();
  const keys = door(() => setOf(material));
  const algorithms = options.algorithms === undefined ? undefined : [...options.algorithms];
  let content = door(() => jwsVerify(token, keys, algorithms, undefined));
  if (content === undefined) {
    const good = await checkLater();
    content = door(() => jwsVerify(token, keys, algorithms, good));
  }
  if (content === undefined) throw new Error('the host answered, and was asked again');
  const { header, payload } = content;
  content.free();
  keys.free();
  return { header: JSON.parse(header), payload };
}
