/** Browsers and other runtimes: the wasm is embedded in the file. @module */
import core from '../../wasm/core/portcullis_bg.wasm';
import { fromBase64 } from '../core/bytes.js';
import type { Platform } from './types.js';
import { webPlatform } from './web-platform.js';

export const platform: Platform = {
  name: 'web',
  core: () => compile(core),
  compile,
  ...webPlatform,
};

function compile(source: string | WebAssembly.Module): WebAssembly.Module {
  return new WebAssembly.Module(fromBase64(source as string));
}
