/**
 * What differs between runtimes, and nothing else: where the wasm comes from, who checks signatures, and the quickest way to
 * move text in and out of its memory. The build puts one of the files beside this one in the place of `current.ts`.
 *
 * @module
 */
import type { Alg, Jwk } from '../core/types.js';
import type { Engine } from '../engines/types.js';

/** What is known of a key whose numbers stay with the host. */
export interface HostedKey {
  alg: Alg;
  /** Bits of an RSA modulus or a secret; 0 for other keys. */
  bits: number;
  /** An RSA key's public exponent, big-endian; empty for other keys. */
  exponent: Uint8Array;
  /** What the host does with it: `sign`, `verify`. */
  usages: readonly string[];
}

/** A key object of the host's, as this package takes it in. */
export interface NativeKey {
  /** Set where the numbers cannot be had; then nothing else but `native` counts. */
  hosted?: HostedKey;
  /** The bytes of a secret. */
  secret?: Uint8Array;
  /** The numbers of any other key. */
  jwk?: Jwk;
  /** The algorithm, where the object fixes one or the caller said so. */
  alg: Alg | undefined;
  /** The object itself, for the engine. */
  native: unknown;
}

/** Text in the memory of one wasm instance. The memory may grow at any time; bytes already there stay where they are. */
export interface TextPort {
  /** The text from `start` to `end`: ASCII, or UTF-8 where `wide`. */
  read(start: number, end: number, wide: boolean): string;
  /** Writes a text as UTF-8 from `start` on, where there is room enough, and says how many bytes it took. */
  write(start: number, text: string): number;
}

/** The calls of the larger module that compute a password hash. */
export type HashCall = 'hashPassword' | 'verifyPassword' | 'argon2id' | 'fitsHash';

/** As much of the larger module as hashing needs. */
export type HashModule = Pick<typeof import('../full.js'), HashCall | 'module'>;

/** A runtime. */
export interface Platform {
  /** For messages. */
  readonly name: 'node' | 'web' | 'workerd';
  /** The module for tokens and keys. */
  core(): WebAssembly.Module;
  /** A wasm module from what the build put into the file: text, or a module the runtime compiled. */
  compile(source: string | WebAssembly.Module): WebAssembly.Module;
  /** The host's crypto. */
  engine(): Engine;
  /** The way to move text in and out of a memory. */
  textIn(memory: WebAssembly.Memory): TextPort;
  /** What a `KeyObject` or `CryptoKey` holds; `undefined` when `value` is neither. */
  nativeKey(value: object, alg: Alg | undefined): NativeKey | undefined;
  /** The JWK of a PEM file whose public half has to be worked out; `undefined` where the host cannot at once. */
  jwkOfPem(pem: string): Jwk | undefined;
  /** Computes a password hash: beside the main thread where the runtime has threads. Rejects with a PasswordError where it cannot now. */
  hash(module: HashModule, call: HashCall, given: readonly unknown[]): Promise<unknown>;
  /** A new key pair, private half included. */
  generateJwk(alg: Alg, modulusLength: number): Promise<Jwk>;
}
