/** Cloudflare Workers: the runtime provides compiled wasm, because compiling at run time is not allowed. @module */
import core from '../../wasm/core/portcullis_bg.wasm';
import type { Platform } from './types.js';
import { webPlatform } from './web-platform.js';

export const platform: Platform = {
  name: 'workerd',
  core: () => compile(core),
  compile,
  ...webPlatform,
};

function compile(source: string | WebAssembly.Module): WebAssembly.Module {
  return source as WebAssembly.Module;
}
