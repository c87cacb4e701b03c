/** Browsers and everything else: the wasm stands in the file itself, signatures are WebCrypto's. @module */
import core from '../../wasm/core/portcullis_bg.wasm';
import { fromBase64 } from '../core/bytes.js';
import { webEngine } from '../engines/webcrypto.js';
import type { Platform } from './types.js';
import { generateJwk, nativeKey } from './web-keys.js';

const decoder = new TextDecoder();
const encoder = new TextEncoder();

export const platform: Platform = {
  name: 'web',
  core: () => compile(core),
  compile,
  engine: webEngine,
  readText: (memory, start, end) => decoder.decode(memory.subarray(start, end)),
  writeText: (memory, start, text) => encoder.encodeInto(text, memory.subarray(start)).written,
  nativeKey,
  jwkOfPem: () => undefined,
  generateJwk,
};

function compile(source: string | WebAssembly.Module): WebAssembly.Module {
  return new WebAssembly.Module(fromBase64(source as string));
}
