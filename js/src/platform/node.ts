/** Node, Deno and Bun: the wasm stands in the file itself, signatures are `node:crypto`'s, at once. @module */
import { Buffer } from 'node:buffer';
import core from '../../wasm/core/portcullis_bg.wasm';
import { nodeEngine } from '../engines/node.js';
import type { Platform } from './types.js';

let view: Buffer | undefined;

export const platform: Platform = {
  name: 'node',
  core: () => new WebAssembly.Module(Buffer.from(core as string, 'base64')),
  engine: nodeEngine,
  readText(memory, start, end) {
    if (view === undefined || view.buffer !== memory.buffer) {
      view = Buffer.from(memory.buffer, memory.byteOffset, memory.byteLength);
    }
    return view.toString('utf8', start, end);
  },
};
