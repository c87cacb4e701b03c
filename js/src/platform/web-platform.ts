/** The common part of runtimes with WebCrypto and without `node:crypto`: their keys, and how text is copied. @module */
import type { Alg, Jwk } from '../core/types.js';
import { parameters, webEngine } from '../engines/webcrypto.js';
import { described, isCryptoKey } from './crypto-key.js';
import type { NativeKey, Platform, TextPort } from './types.js';

const decoder = new TextDecoder();
const encoder = new TextEncoder();

class EncoderPort implements TextPort {
  readonly #memory: WebAssembly.Memory;
  #view: Uint8Array;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
    this.#view = new Uint8Array(memory.buffer);
  }

  read(start: number, end: number): string {
    return decoder.decode(this.#current().subarray(start, end));
  }

  write(start: number, text: string): number {
    return encoder.encodeInto(text, this.#current().subarray(start)).written;
  }

  /** A memory that grows moves its bytes and leaves an empty view. */
  #current(): Uint8Array {
    if (this.#view.byteLength === 0) this.#view = new Uint8Array(this.#memory.buffer);
    return this.#view;
  }
}

/** Such a runtime, except for the source of its wasm. */
export const webPlatform: Omit<Platform, 'name' | 'core' | 'compile'> = {
  engine: webEngine,
  textIn: (memory) => new EncoderPort(memory),
  nativeKey,
  jwkOfPem: () => undefined,
  hash: async (module, call, given) => (module[call] as (...given: unknown[]) => unknown)(...given),
  generateJwk,
};

/** Exporting a CryptoKey is asynchronous or not allowed, so it is used through the host. */
function nativeKey(value: object, alg: Alg | undefined): NativeKey | undefined {
  if (!isCryptoKey(value)) return undefined;
  const hosted = described(value, alg);
  return { hosted, alg: hosted.alg, native: value };
}

/** A new key pair. */
async function generateJwk(alg: Alg, modulusLength: number): Promise<Jwk> {
  const how = { ...parameters(alg), modulusLength, publicExponent: new Uint8Array([1, 0, 1]) };
  const pair = await generatePair(how);
  if (pair === undefined) return JSON.parse((await import('../full.js')).generate(alg));
  const { alg: _alg, key_ops: _ops, ext: _ext, ...jwk } = await crypto.subtle.exportKey('jwk', pair.privateKey);
  return jwk as Jwk;
}

/** The host's key pair; nothing if it does not support the algorithm. */
async function generatePair(how: ReturnType<typeof parameters>): Promise<CryptoKeyPair | undefined> {
  try {
    return (await crypto.subtle.generateKey(how, true, ['sign', 'verify'])) as CryptoKeyPair;
  } catch (error) {
    if ((error as Error).name === 'NotSupportedError') return undefined;
    throw error;
  }
}
