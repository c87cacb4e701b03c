/**
 * Keys: one key, one algorithm, fixed when the key is imported. A token's `alg` only ever selects among keys.
 *
 * @module
 */
import { asBytes, utf8 } from './bytes.js';
import { checkOptions, rules } from './check.js';
import { door, optionError } from './errors.js';
import type { Alg, Jwk, Jwks, PrivateJwk } from './types.js';
import { wasm } from './wasm.js';

type Handle = ReturnType<ReturnType<typeof wasm>['WasmKey']['fromSecret']>;

/** Reads a key's handle. Only this package's own files have it. @internal */
export let handleOf: (key: Key) => Handle;

/** A key, ready to use. Its secret parts are not in this object: only `exportJwk` brings them out. */
export class Key<CanSign extends boolean = boolean> {
  /** The one algorithm this key is for. */
  readonly alg: Alg;
  /** Its name. */
  readonly kid: string | undefined;
  /** Whether it can sign: a secret, or a private key. */
  readonly canSign: CanSign;
  readonly #handle: Handle;

  static {
    handleOf = (key) => key.#handle;
  }

  /** @internal */
  constructor(handle: Handle) {
    this.alg = handle.alg as Alg;
    this.kid = handle.kid;
    this.canSign = handle.canSign as CanSign;
    this.#handle = handle;
    Object.freeze(this);
  }
}

/** A key that can sign. */
export type SigningKey = Key<true>;

/** As much of Node's `KeyObject` as matters here. */
export interface KeyObjectLike {
  readonly type: 'secret' | 'public' | 'private';
  export(options?: never): unknown;
}

/** As much of WebCrypto's `CryptoKey` as matters here. */
export interface CryptoKeyLike {
  readonly type: 'secret' | 'public' | 'private';
  readonly algorithm: object;
  readonly usages: readonly string[];
}

/** One key in any shape: PEM, JWK (object or JSON), secret (bytes or text), `KeyObject`, `CryptoKey`. */
export type OneKey = Key | string | Uint8Array | ArrayBuffer | Jwk | KeyObjectLike | CryptoKeyLike;
/** One key or several, in any shape. */
export type KeyMaterial = OneKey | Jwks | readonly OneKey[];
/** A key that can sign, in any shape that may hold one. */
export type SigningMaterial =
  | SigningKey
  | string
  | Uint8Array
  | ArrayBuffer
  | PrivateJwk
  | KeyObjectLike
  | CryptoKeyLike;

/** Options of {@link importKey}. */
export interface ImportOptions {
  /** The algorithm. Needed where the key does not fix one: a bare secret, an RSA key without `alg`. */
  alg?: Alg;
  /** Its name, instead of the one it may carry. */
  kid?: string;
}

/**
 * Imports one key.
 *
 * @throws OptionError, KeyError
 * @example
 * const key = importKey(process.env.JWT_SECRET, { alg: 'HS256' });
 */
export function importKey(material: Uint8Array | ArrayBuffer | PrivateJwk, options?: ImportOptions): SigningKey;
export function importKey(material: OneKey, options?: ImportOptions): Key;
export function importKey(material: OneKey, options: ImportOptions = {}): Key {
  checkOptions(options, { alg: rules.algorithm, kid: rules.text }, 'importKey');
  return importOne(material, options.alg, options.kid);
}

function importOne(material: unknown, alg: Alg | undefined, kid: string | undefined): Key {
  if (material instanceof Key) return material;
  const bytes = typeof material === 'string' ? utf8(material) : asBytes(material);
  if (bytes === undefined) throw optionError('key', 'a key', material);
  if (alg === undefined)
    throw optionError('alg', `${rules.algorithm[0]}: a bare secret does not say what it is for`, alg);
  return new Key(door(() => wasm().WasmKey.fromSecret(alg, bytes, kid)));
}

const imported = new WeakMap<object, Map<string, readonly Key[]>>();

/** Material as keys, each material once: the array's identity tells whether keys changed. @internal */
export function toKeys(material: KeyMaterial, algorithms: readonly Alg[] | undefined): readonly Key[] {
  if (typeof material !== 'object' || material === null) return importAll(material, algorithms);
  const want = algorithms?.join() ?? '';
  const known = imported.get(material)?.get(want);
  if (known !== undefined) return known;
  const keys = importAll(material, algorithms);
  const byWant = imported.get(material) ?? new Map<string, readonly Key[]>();
  imported.set(material, byWant.set(want, keys));
  return keys;
}

function importAll(material: KeyMaterial, algorithms: readonly Alg[] | undefined): readonly Key[] {
  if (Array.isArray(material)) return material.flatMap((one) => importAll(one, algorithms));
  if (material instanceof Key) return [material];
  return (algorithms ?? [undefined]).map((alg) => importOne(material, alg, undefined));
}

/** Material as the one key of a signer. @internal */
export function toSigningKey(material: SigningMaterial, alg: Alg | undefined, kid: string | undefined): Key {
  return importOne(material, alg, kid);
}
