/** Node, Deno and Bun: the wasm stands in the file itself, signatures are `node:crypto`'s, at once. @module */
import { Buffer } from 'node:buffer';
import { createPrivateKey, generateKeyPair, KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import core from '../../wasm/core/portcullis_bg.wasm';
import { optionError } from '../core/errors.js';
import type { Alg, Jwk } from '../core/types.js';
import { nodeEngine } from '../engines/node.js';
import { webEngine } from '../engines/webcrypto.js';
import { described, isCryptoKey } from './crypto-key.js';
import type { NativeKey, Platform } from './types.js';

let view: FastBuffer | undefined;

/** Node's buffers have the encodings as methods of their own, at half the price of `write` and `toString`. */
type FastBuffer = Buffer & {
  utf8Write(text: string, start: number): number;
  asciiSlice(start: number, end: number): string;
};

function viewOf(memory: Uint8Array): FastBuffer {
  if (view === undefined || view.buffer !== memory.buffer) {
    view = Buffer.from(memory.buffer, memory.byteOffset, memory.byteLength) as FastBuffer;
    view.utf8Write ??= function (this: Buffer, text, start) {
      return this.write(text, start, 'utf8');
    };
    view.asciiSlice ??= function (this: Buffer, start, end) {
      return this.toString('latin1', start, end);
    };
  }
  return view;
}

export const platform: Platform = {
  name: 'node',
  core: () => compile(core),
  compile,
  engine: () => nodeEngine(webEngine()),
  readText: (memory, start, end, wide) =>
    wide ? viewOf(memory).toString('utf8', start, end) : viewOf(memory).asciiSlice(start, end),
  writeText: (memory, start, text) => viewOf(memory).utf8Write(text, start),
  nativeKey,
  jwkOfPem: (pem) => jwkOf(createPrivateKey(pem)),
  generateJwk,
};

function nativeKey(value: object, alg: Alg | undefined): NativeKey | undefined {
  if (value instanceof KeyObject) return fromKeyObject(value, alg);
  if (!isCryptoKey(value)) return undefined;
  return fromCryptoKey(value, alg);
}

/** What may be exported comes in with its numbers and its uses; what may not stays with the host, and makes one wait. */
function fromCryptoKey(key: CryptoKey, asked: Alg | undefined): NativeKey {
  const hosted = described(key, asked);
  const { alg } = hosted;
  if (!key.extractable) return { hosted, alg, native: key };
  const native = KeyObject.from(key as never);
  return { jwk: { ...jwkOf(native), key_ops: [...key.usages] }, alg, native };
}

function fromKeyObject(key: KeyObject, alg: Alg | undefined): NativeKey {
  if (key.type === 'secret') return { secret: key.export(), alg, native: key };
  // What is secret in a private key goes into wasm with the rest: choosing and checking keys is done there, signing here.
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
  return new WebAssembly.Module(Buffer.from(source as string, 'base64'));
}
