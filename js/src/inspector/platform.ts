/**
 * The page's runtime: its wasm is a separate file, compiled while it downloads, and smaller than that of the library.
 */

import type { Platform } from '../platform/types.js';
import { webPlatform } from '../platform/web-platform.js';

let core: WebAssembly.Module | undefined;

/** Fetches and compiles the wasm. No function of the library may be called before this is done. */
export async function loadCore(): Promise<void> {
  const file = new URL('./page.wasm', import.meta.url);
  try {
    core = await WebAssembly.compileStreaming(fetch(file));
  } catch {
    // For a static host that does not serve .wasm as application/wasm.
    const answer = await fetch(file);
    core = await WebAssembly.compile(await answer.arrayBuffer());
  }
}

export const platform: Platform = {
  name: 'web',
  core: () => {
    if (!core) {
      throw new Error('the WebAssembly module is not loaded yet');
    }
    return core;
  },
  compile: (source) => source as WebAssembly.Module,
  ...webPlatform,
};
