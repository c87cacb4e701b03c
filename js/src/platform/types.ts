/**
 * The differences between runtimes: where the wasm comes from, who checks signatures, and the fastest way to copy text
 * to and from its memory. The build replaces `current.ts` with one of the files in this directory.
 *
 * @module
 */
import type { Alg, Jwk } from '../core/types.js';
import type { Engine } from '../engines/types.js';

/** The description of a key whose numbers only the host has. */
export interface HostedKey {
  alg: Alg;
  /** Bits of an RSA modulus or a secret; 0 for other keys. */
  bits: number;
  /** An RSA key's public exponent, big-endian; empty for other keys. */
  exponent: Uint8Array;
  /** The operations that the host allows: `sign`, `verify`. */
  usages: readonly string[];
}

/** A key object of the host, in the form that this package imports. */
export interface NativeKey {
  /** Set if the numbers are not available; then only `native` is used. */
  hosted?: HostedKey;
  /** The bytes of a secret. */
  secret?: Uint8Array;
  /** The numbers of any other key. */
  jwk?: Jwk;
  /** The algorithm, if the object or the caller determines one. */
  alg: Alg | undefined;
  /** The object itself, for the engine. */
  native: unknown;
}

/** Text in the memory of a wasm instance. The memory can grow at any time; existing bytes stay at their addresses. */
export interface TextPort {
  /** The text from `start` to `end`: ASCII, or UTF-8 if `wide`. */
  read(start: number, end: number, wide: boolean): string;
  /** Writes a text as UTF-8 at `start`, where there must be enough room, and returns its length in bytes. */
  write(start: number, text: string): number;
}

/** The exports of the larger module that compute a password hash. */
export type HashCall = 'hashPassword' | 'verifyPassword' | 'argon2id' | 'fitsHash';

/** The part of the larger module that hashing needs. */
export type HashModule = Pick<typeof import('../full.js'), HashCall | 'module'>;

/** A runtime. */
export interface Platform {
  /** For messages. */
  readonly name: 'node' | 'web' | 'workerd';
  /** The module for tokens and keys. */
  core(): WebAssembly.Module;
  /** A wasm module from the form in which the build embedded it: text, or a module that the runtime compiled. */
  compile(source: string | WebAssembly.Module): WebAssembly.Module;
  /** The host's crypto. */
  engine(): Engine;
  /** Copies text to and from a memory. */
  textIn(memory: WebAssembly.Memory): TextPort;
  /** The content of a `KeyObject` or `CryptoKey`; `undefined` if `value` is neither. */
  nativeKey(value: object, alg: Alg | undefined): NativeKey | undefined;
  /** The JWK of a PEM file whose public key has to be derived; `undefined` if the host cannot do that synchronously. */
  jwkOfPem(pem: string): Jwk | undefined;
  /**
   * Computes a password hash: on a worker thread if the runtime has threads. Rejects with a PasswordError if it cannot
   * be computed now.
   */
  hash(module: HashModule, call: HashCall, given: readonly unknown[]): Promise<unknown>;
  /** A new key pair, including the private key. */
  generateJwk(alg: Alg, modulusLength: number): Promise<Jwk>;
}
