/**
 * The program of a thread of the pool: computes password hashes, one at a time. A trap ends the thread, and the pool
 * creates another. @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { argon2id, fitsHash, hashPassword, initSync, verifyPassword } from '../../wasm/full/portcullis.js';
import type { HashCall } from './types.js';

const calls = { argon2id, fitsHash, hashPassword, verifyPassword };
initSync({ module: workerData as WebAssembly.Module });

parentPort?.on('message', ({ call, given }: { call: HashCall; given: never[] }) => {
  parentPort?.postMessage({ answer: (calls[call] as (...given: never[]) => unknown)(...given) });
});
parentPort?.postMessage({ ready: true });
