/** The page's runtime: its wasm is a file beside the script, compiled while it arrives, and smaller than the library's. */

import type { Platform } from '../platform/types.js';
import { webPlatform } from '../platform/web-platform.js';

let core: WebAssembly.Module | undefined;

/** Fetches and compiles the wasm. Nothing of the library may be called before this is done. */
export async function loadCore(): Promise<void> {
  const file = new URL('./page.wasm', import.meta.url);
  try {
    core = await WebAssembly.compileStreaming(fetch(file));
  } catch {
    // A static host that serves .wasm under another type than application/wasm.
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
