/**
 * Node, Deno and Bun: the wasm is embedded in the file, compressed; `node:crypto` computes signatures synchronously.
 * @module
 */
import { Buffer } from 'node:buffer';
import { createPrivateKey, generateKeyPair, KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliDecompressSync } from 'node:zlib';
import core from '../../wasm/core/portcullis_bg.wasm';
import { optionError } from '../core/errors.js';
import type { Alg, Jwk } from '../core/types.js';
import { nodeEngine } from '../engines/node.js';
import { webEngine } from '../engines/webcrypto.js';
import { described, isCryptoKey } from './crypto-key.js';
import { HashPool } from './hash-pool.js';
import type { NativeKey, Platform, TextPort } from './types.js';

/** Node's buffers have a method for each encoding, which takes half the time of `write` and `toString`. */
type FastBuffer = Buffer & {
  utf8Write(text: string, start: number): number;
  asciiSlice(start: number, end: number): string;
};

class BufferPort implements TextPort {
  readonly #memory: WebAssembly.Memory;
  #view: FastBuffer;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
    this.#view = fastView(memory);
  }

  read(start: number, end: number, wide: boolean): string {
    const view = this.#current();
    return wide ? view.toString('utf8', start, end) : view.asciiSlice(start, end);
  }

  write(start: number, text: string): number {
    return this.#current().utf8Write(text, start);
  }

  /** A memory that grows moves its bytes and leaves an empty view. */
  #current(): FastBuffer {
    if (this.#view.byteLength === 0) this.#view = fastView(this.#memory);
    return this.#view;
  }
}

function fastView(memory: WebAssembly.Memory): FastBuffer {
  const view = Buffer.from(memory.buffer) as FastBuffer;
  view.utf8Write ??= function (this: Buffer, text, start) {
    return this.write(text, start, 'utf8');
  };
  view.asciiSlice ??= function (this: Buffer, start, end) {
    return this.toString('latin1', start, end);
  };
  return view;
}

const hashes = new HashPool();

export const platform: Platform = {
  name: 'node',
  core: () => compile(core),
  compile,
  engine: () => nodeEngine(webEngine()),
  textIn: (memory) => new BufferPort(memory),
  nativeKey,
  jwkOfPem: (pem) => jwkOf(createPrivateKey(pem)),
  hash: (module, call, given) => hashes.run(module, call, given),
  generateJwk,
};

function nativeKey(value: object, alg: Alg | undefined): NativeKey | undefined {
  if (value instanceof KeyObject) return fromKeyObject(value, alg);
  if (!isCryptoKey(value)) return undefined;
  return fromCryptoKey(value, alg);
}

/**
 * An extractable key is imported with its numbers and operations; a non-extractable one stays with the host, and is
 * asynchronous.
 */
function fromCryptoKey(key: CryptoKey, asked: Alg | undefined): NativeKey {
  const hosted = described(key, asked);
  const { alg } = hosted;
  if (!key.extractable) return { hosted, alg, native: key };
  const native = KeyObject.from(key as never);
  return { jwk: { ...jwkOf(native), key_ops: [...key.usages] }, alg, native };
}

function fromKeyObject(key: KeyObject, alg: Alg | undefined): NativeKey {
  if (key.type === 'secret') return { secret: key.export(), alg, native: key };
  // The private numbers also go into wasm: it selects and validates keys, and the host signs.
  return { jwk: jwkOf(key), alg, native: key };
}

function jwkOf(key: KeyObject): Jwk {
  try {
    return key.export({ format: 'jwk' }) as Jwk;
  } catch {
    throw optionError('key', 'an RSA, elliptic-curve or Ed25519 key', key);
  }
}

const CURVES: Record<string, string> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521', ES256K: 'secp256k1' };

async function generateJwk(alg: Alg, modulusLength: number): Promise<Jwk> {
  const generate = promisify(generateKeyPair) as (type: string, options: object) => Promise<{ privateKey: KeyObject }>;
  const namedCurve = CURVES[alg];
  if (namedCurve !== undefined) return jwkOf((await generate('ec', { namedCurve })).privateKey);
  if (alg === 'EdDSA' || alg === 'Ed25519') return jwkOf((await generate('ed25519', {})).privateKey);
  return jwkOf((await generate('rsa', { modulusLength })).privateKey);
}

function compile(source: string | WebAssembly.Module): WebAssembly.Module {
  return new WebAssembly.Module(brotliDecompressSync(Buffer.from(source as string, 'base64')));
}
