/**
 * Keys: each key has one algorithm, fixed at import. A token's `alg` only selects among keys.
 *
 * @module
 */

import type { Engine, KeySourceForHost } from '../engines/types.js';
import { platform } from '../platform/current.js';
import type { HostedKey, NativeKey } from '../platform/types.js';
import { asBytes, utf8 } from './bytes.js';
import { checkOptions, jsonOf, rules } from './check.js';
import { isAuthError, optionError } from './errors.js';
import { capped, cut, MAX_JWKS_BYTES, MAX_PEM_BYTES, MAX_SECRET_BYTES } from './limits.js';
import { ALGORITHMS, type Alg, type Jwk, type Jwks, type PrivateJwk } from './types.js';
import { core, door, engine, hostReady, wasm } from './wasm.js';

type Handle = ReturnType<ReturnType<typeof wasm>['WasmKey']['fromSecret']>;

/** Returns a key's handle. Only the files of this package can call it. @internal */
export let handleOf: (key: Key) => Handle;

/**
 * Creates a key. `make` returns its handle, and is called again after a trap. The host reads the numbers from the
 * handle unless there is another `source`.
 */
let keyOf: (make: () => Handle, source?: KeySourceForHost, handle?: Handle) => Key;

/**
 * The handle of a key that is about to be used, with the host's own handle prepared. @throws KeyError if the host
 * rejects the key @internal
 */
export function inUse(key: Key): Handle {
  const handle = handleOf(key);
  if (handle.needsHost) hostReady(handle.serial);
  return handle;
}

/** A new set with the handles of keys that are about to be used. @throws KeyError @internal */
export function setOf(keys: readonly Key[]): InstanceType<ReturnType<typeof wasm>['WasmKeys']> {
  const handles = keys.map(inUse);
  const set = new (wasm().WasmKeys)();
  for (const handle of handles) set.push(handle);
  return set;
}

/** Older Workers have no such registry; there, a key's handle is kept as long as the isolate. */
const forgotten =
  typeof FinalizationRegistry === 'undefined'
    ? undefined
    : new FinalizationRegistry<{ host: Engine; serial: number }>(({ host, serial }) => host.forget(serial));

/** An imported key. Its secret parts are not in this object: only `exportJwk` returns them. */
export class Key<CanSign extends boolean = boolean> {
  /** The algorithm of this key. */
  readonly alg: Alg;
  /** Its name. */
  readonly kid: string | undefined;
  /** Whether it can sign: a secret, or a private key. */
  readonly canSign: CanSign;
  readonly #make: () => Handle;
  readonly #source: KeySourceForHost | undefined;
  #handle: Handle;
  #generation: number;

  static {
    handleOf = (key) => key.#current();
    keyOf = (make, source, handle = make()) => new Key(make, source, handle);
  }

  /** Keys must be imported or generated. */
  private constructor(make: () => Handle, source: KeySourceForHost | undefined, handle: Handle) {
    this.alg = handle.alg as Alg;
    this.kid = handle.kid;
    this.canSign = handle.canSign as CanSign;
    this.#make = make;
    this.#source = source;
    this.#handle = handle;
    this.#generation = core.generation;
    this.#showHost();
    Object.freeze(this);
  }

  #current(): Handle {
    if (this.#generation !== core.generation) {
      this.#handle = this.#make();
      this.#generation = core.generation;
      this.#showHost();
    }
    return this.#handle;
  }

  #showHost(): void {
    const handle = this.#handle;
    if (!handle.needsHost) return;
    const host = engine();
    host.adopt(handle.serial, this.alg, this.#source ?? { jwk: () => JSON.parse(handle.hostJwk()) });
    forgotten?.register(this, { host, serial: handle.serial });
  }
}

/** A key that can sign. */
export type SigningKey = Key<true>;

/** The part of Node's `KeyObject` that is used here. */
export interface KeyObjectLike {
  readonly type: 'secret' | 'public' | 'private';
  /** The bytes or the text of the key. */
  export(options?: never): unknown;
}

/** The part of WebCrypto's `CryptoKey` that is used here. */
export interface CryptoKeyLike {
  readonly type: 'secret' | 'public' | 'private';
  readonly algorithm: object;
  readonly usages: readonly string[];
}

/** A key in any form: PEM, JWK (object or JSON), secret (bytes or string), `KeyObject`, `CryptoKey`. */
export type OneKey = Key | string | Uint8Array | ArrayBuffer | Jwk | KeyObjectLike | CryptoKeyLike;
/** One key or several, in any form. */
export type KeyMaterial = OneKey | Jwks | readonly OneKey[];
/** A key that can sign, in any form. */
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
  /** The algorithm. Required if the key does not determine one: a bare secret, an RSA key without `alg`. */
  alg?: Alg;
  /** The key id, instead of the key's own. */
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
  if (material instanceof Key) return fitted(material, alg, kid);
  if (typeof material === 'string') return fromText(material, alg, kid);
  const bytes = asBytes(material);
  if (bytes !== undefined) return fromSecret(bytes, alg, kid);
  if (typeof material === 'object' && material !== null) {
    const native = platform.nativeKey(material, alg);
    if (native !== undefined) return fromNative(native, kid);
    if (isJwk(material)) return fromJwk(jsonOf('key', material), alg, kid);
  }
  throw optionError('key', 'PEM, a JWK, a secret, a KeyObject or a CryptoKey', material);
}

/** An imported key keeps its algorithm; another `alg` is an error, not a change. */
function fitted(key: Key, alg: Alg | undefined, kid: string | undefined): Key {
  if (alg !== undefined && alg !== key.alg) throw optionError('alg', `${key.alg}, which the key was imported for`, alg);
  if (kid === undefined || kid === key.kid) return key;
  return keyOf(() => handleOf(key).named(kid));
}

/** PEM and JSON are recognized by their format. Any other text is a secret, and is rejected if it looks like a key. */
function fromText(text: string, alg: Alg | undefined, kid: string | undefined): Key {
  if (alg?.startsWith('HS') && !text.trimStart().startsWith('{'))
    return fromSecret(utf8(cut(text, MAX_SECRET_BYTES)), alg, kid);
  if (text.includes('-----BEGIN ')) return fromPem(text, alg, kid);
  if (text.trimStart().startsWith('{')) return fromJwk(text, alg, kid);
  return fromSecret(utf8(cut(text, MAX_SECRET_BYTES)), alg, kid);
}

function fromPem(pem: string, alg: Alg | undefined, kid: string | undefined): Key {
  try {
    return made(() => wasm().WasmKey.fromPem(cut(pem, MAX_PEM_BYTES), alg, kid));
  } catch (error) {
    // The file does not include the public key; the host can derive it.
    const jwk = isAuthError(error) && error.code === 'ERR_KEY_INCOMPLETE' ? platform.jwkOfPem(pem) : undefined;
    if (jwk === undefined) throw error;
    return fromJwk(JSON.stringify(jwk), alg, kid);
  }
}

function fromJwk(json: string, alg: Alg | undefined, kid: string | undefined): Key {
  return made(() => wasm().WasmKey.fromJwk(cut(json, MAX_JWKS_BYTES), alg, kid));
}

function fromSecret(secret: Uint8Array, alg: Alg | undefined, kid: string | undefined): Key {
  if (alg === undefined)
    throw optionError('alg', `${rules.algorithm[0]}: a bare secret does not say what it is for`, alg);
  // A copy, because the caller may overwrite the original, and a key that is created again after a trap must be the
  // same key.
  const copy = new Uint8Array(secret.subarray(0, MAX_SECRET_BYTES + 1));
  return made(() => wasm().WasmKey.fromSecret(alg, copy, kid));
}

function fromNative({ hosted, secret, jwk, alg, native }: NativeKey, kid: string | undefined): Key {
  if (hosted !== undefined) return fromHosted(hosted, native, kid);
  if (secret !== undefined) return fromSecret(secret, alg, kid);
  const json = JSON.stringify(jwk);
  return keyOf(() => door(() => wasm().WasmKey.fromJwk(json, alg, kid)), { native });
}

/** A key whose numbers only the host has: wasm knows its algorithm and operations, and the engine does the rest. */
function fromHosted({ alg, bits, exponent, usages }: HostedKey, native: unknown, kid: string | undefined): Key {
  const [signs, verifies] = [usages.includes('sign'), usages.includes('verify')];
  return keyOf(() => door(() => wasm().WasmKey.hosted(alg, bits, exponent, signs, verifies, kid)), { native });
}

function isJwk(material: object): boolean {
  return Object.hasOwn(material, 'kty');
}

function made(make: () => Handle): Key {
  return keyOf(() => door(make));
}

/**
 * Imports a JWKS document, object or JSON. A key without `alg` gets the first of `algorithms` that it fits, or RS256.
 */
function fromJwks(jwks: string | Jwks, algorithms: readonly Alg[] = []): readonly Key[] {
  const json = typeof jwks === 'string' ? jwks : jsonOf('key', jwks);
  const given = cut(json, MAX_JWKS_BYTES);
  const wanted = [...algorithms];
  const read = () => door(() => wasm().WasmKeys.fromJwks(given, wanted));
  return keysIn(read(), (index) => {
    const set = read();
    const handle = set.at(index) as Handle;
    set.free();
    return handle;
  });
}

/** The keys of a set, which is freed. `again` returns the handle of one of them after a trap. @internal */
export function keysIn(
  set: { length: number; at(index: number): Handle | undefined; free(): void },
  again: (index: number) => Handle,
): readonly Key[] {
  const keyAt = (_: unknown, index: number) => keyOf(() => again(index), undefined, set.at(index) as Handle);
  const keys = Array.from({ length: set.length }, keyAt);
  set.free();
  return keys;
}

const imported = new WeakMap<object, Map<string, readonly Key[]>>();

/**
 * Key material as keys. The result for the same material is the same array, so its identity shows whether keys changed.
 * @internal
 */
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

/**
 * Keys for a report, which decides nothing: a key that does not name its algorithm gets the token's algorithm, or else
 * the most common one for such keys. @internal
 */
export function keysAsNamed(material: KeyMaterial, alg: unknown): readonly Key[] {
  if (Array.isArray(material)) return material.flatMap((one: OneKey) => keysAsNamed(one, alg));
  const named = ALGORITHMS.find((known) => known === alg);
  // In a set, `alg` applies to the keys that name none, but it would exclude the secrets.
  if (isJwks(material)) return toKeys(material, named && !named.startsWith('HS') ? [named] : undefined);
  let wrong: unknown;
  for (const algorithms of [undefined, named, 'RS256', 'HS256'] as const) {
    try {
      return toKeys(material, algorithms && [algorithms]);
    } catch (error) {
      wrong = error;
      if (algorithms === undefined && !(isAuthError(error) && error.code === 'ERR_OPTION_INVALID')) break;
    }
  }
  throw wrong;
}

function importAll(material: KeyMaterial, algorithms: readonly Alg[] | undefined): readonly Key[] {
  if (Array.isArray(material)) return material.flatMap((one) => importAll(one, algorithms));
  if (material instanceof Key) return [material];
  if (isJwks(material)) return fromJwks(material as Jwks, algorithms);
  const [only, ...others] = algorithms ?? [undefined];
  if (others.length === 0) return [importOne(material, only, undefined)];
  return importFitting(material, algorithms as readonly Alg[]);
}

/**
 * One key per algorithm that it fits. So a list such as RS256 and ES256 works with a key that fits only one of them.
 */
function importFitting(material: KeyMaterial, algorithms: readonly Alg[]): readonly Key[] {
  let wrong: unknown;
  const keys = algorithms.flatMap((alg) => {
    try {
      return [importOne(material, alg, undefined)];
    } catch (error) {
      if (!isAuthError(error) || error.code !== 'ERR_KEY_WRONG_KIND') throw error;
      wrong ??= error;
      return [];
    }
  });
  if (keys.length === 0) throw wrong;
  return keys;
}

function isJwks(material: unknown): boolean {
  if (typeof material === 'string') return /^\s*\{/.test(material) && material.includes('"keys"');
  return typeof material === 'object' && material !== null && Array.isArray((material as Jwks).keys);
}

/** Key material as the single key of a signer. @internal */
export function toSigningKey(material: SigningMaterial, alg: Alg | undefined, kid: string | undefined): Key {
  return importOne(material, alg, kid);
}

/** Options of {@link generateKey}. */
export interface GenerateOptions {
  /** The key id. `true` uses its thumbprint, which reveals nothing about the key; not for secrets. */
  kid?: string | true;
  /** Bits of an RSA modulus, 2048 to 8192 and a multiple of 8. Default: 2048. Only for RSA. */
  modulusLength?: number;
}

/** Generates a key for `alg`, with the host's randomness. */
export async function generateKey(alg: Alg, options: GenerateOptions = {}): Promise<SigningKey> {
  if (!rules.algorithm[1](alg)) throw optionError('alg', rules.algorithm[0], alg);
  checkOptions(options, GENERATE, 'generateKey');
  if (options.modulusLength !== undefined && !/^[RP]S/.test(alg)) {
    throw optionError('modulusLength', `left out: ${alg} keys have one size`, options.modulusLength);
  }
  if (options.kid === true && alg.startsWith('HS')) {
    throw optionError(
      'kid',
      'a string: a thumbprint is a hash of the secret, and a name is for everybody to see',
      true,
    );
  }
  const bits = options.modulusLength ?? 2048;
  const made = alg.startsWith('HS')
    ? fromJwk(
        door(() => wasm().WasmKey.generate(alg).privateJwk()),
        alg,
        undefined,
      )
    : importOne(await platform.generateJwk(alg, bits), alg, undefined);
  const kid = options.kid === true ? thumbprint(made) : options.kid;
  return (kid === undefined ? made : keyOf(() => handleOf(made).named(kid))) as SigningKey;
}

const GENERATE = {
  kid: ['a string, or true for the thumbprint', (value: unknown) => value === true || rules.text[1](value)],
  modulusLength: [
    '2048 to 8192, a multiple of 8',
    (value: unknown) =>
      Number.isInteger(value) && Number(value) % 8 === 0 && Number(value) >= 2048 && Number(value) <= 8192,
  ],
} as const;

/** The public key. @throws KeyError for a secret, which has none */
export function publicKey(key: Key): Key<false> {
  checkKey(key);
  const half = handleOf(key).publicHalf();
  // For a secret, or a non-extractable key, this throws the error that explains it.
  if (half === undefined) throw door(() => handleOf(key).publicJwk());
  return keyOf(() => handleOf(key).publicHalf() as Handle, undefined, half) as Key<false>;
}

/**
 * A key as a JWK: only the public key, unless `{ private: true }` is set.
 *
 * @throws KeyError for a secret without `{ private: true }`, and for a non-extractable `CryptoKey`
 */
export function exportJwk(key: Key, options: { private?: boolean } = {}): Jwk {
  checkKey(key);
  checkOptions(options, { private: rules.flag }, 'exportJwk');
  const handle = handleOf(key);
  return JSON.parse(door(() => (options.private ? handle.privateJwk() : handle.publicJwk())));
}

function checkKey(key: unknown): void {
  if (!(key instanceof Key)) throw optionError('key', 'what importKey or generateKey gave', key);
}

/** The public keys of several keys as a JWKS document; secrets are omitted. @throws OptionError, KeyError */
export function exportJwks(keys: readonly Key[]): Jwks {
  if (!Array.isArray(keys)) throw optionError('keys', 'an array of keys', keys);
  keys.forEach(checkKey);
  const set = new (wasm().WasmKeys)();
  for (const key of keys) set.push(handleOf(key));
  return JSON.parse(door(() => set.publicJwks()));
}

/** The RFC 7638 thumbprint with SHA-256: 43 characters that depend only on the key's numbers, the usual `kid`. */
export function thumbprint(material: Key | Jwk): string {
  const handle = handleOf(material instanceof Key ? material : importOne(material, undefined, undefined));
  return door(() => handle.thumbprint());
}

/**
 * Whether a secret is the text of a key, in any encoding that `importKey` rejects. @throws OptionError if it is too
 * long @internal
 */
export function isKeyText(secret: Uint8Array): boolean {
  const bytes = capped('secret', secret, MAX_SECRET_BYTES);
  return door(() => wasm().isKeyText(bytes));
}
