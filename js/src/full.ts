/**
 * The larger wasm module: password hashing, and the pure-Rust engines for what a host's crypto lacks. Loaded when it is first
 * needed, so that nobody pays for it who does not use it.
 *
 * @module
 */
import * as glue from '../wasm/full/portcullis.js';
import source from '../wasm/full/portcullis_bg.wasm';
import { compile, door } from './internal.js';

/** The compiled module, for other threads. */
export const module = compile(source);

glue.initSync({ module });

export const { argon2id, fitsHash, hashPassword, passwordHashIsOutdated, passwordHashIsReadable, verifyPassword } =
  glue;

/** Whether `signature` over `message` is the key's. */
export function check(jwk: string, alg: string, message: Uint8Array, signature: Uint8Array): boolean {
  return door(() => glue.softwareCheck(jwk, alg, message, signature));
}

/** The key's signature over `message`. */
export function sign(jwk: string, alg: string, message: Uint8Array): Uint8Array {
  return door(() => glue.softwareSign(jwk, alg, message));
}

/** A new key pair as a JWK, private half included. */
export function generate(alg: string): string {
  return door(() => glue.softwareGenerate(alg));
}
