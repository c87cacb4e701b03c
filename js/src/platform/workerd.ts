/** Cloudflare Workers: wasm arrives compiled, because compiling at run time is not allowed there. @module */
import core from '../../wasm/core/portcullis_bg.wasm';
import { webEngine } from '../engines/webcrypto.js';
import type { Platform } from './types.js';
import { generateJwk, nativeKey } from './web-keys.js';

const decoder = new TextDecoder();
const encoder = new TextEncoder();

export const platform: Platform = {
  name: 'workerd',
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
  return source as WebAssembly.Module;
}
