/**
 * The larger wasm module: password hashing, and the pure-Rust engines for algorithms that a host's crypto lacks. Loaded
 * at first use, so that other users do not pay for it.
 *
 * @module
 */
import * as glue from '../wasm/full/portcullis.js';
import source from '../wasm/full/portcullis_bg.wasm';
import {
  bounded,
  capped,
  compile,
  Instance,
  MAX_JWKS_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_OPTION_BYTES,
  PASSWORD_BOUNDS,
} from './internal.js';

/** The compiled module, for other threads. */
export const module = compile(source);

const BOUNDS = {
  ...PASSWORD_BOUNDS,
  softwareCheck: [MAX_JWKS_BYTES, MAX_OPTION_BYTES, MAX_MESSAGE_BYTES, MAX_OPTION_BYTES],
  softwareGenerate: [MAX_OPTION_BYTES],
  softwareSign: [MAX_JWKS_BYTES, MAX_OPTION_BYTES, MAX_MESSAGE_BYTES],
} as const;

const full = new Instance(bounded(glue, BOUNDS), () => module);
full.doors();

export const argon2id: typeof glue.argon2id = (...given) => called((doors) => doors.argon2id(...given));
export const fitsHash: typeof glue.fitsHash = (...given) => called((doors) => doors.fitsHash(...given));
export const hashPassword: typeof glue.hashPassword = (...given) => called((doors) => doors.hashPassword(...given));
export const passwordHashIsOutdated: typeof glue.passwordHashIsOutdated = (...given) =>
  called((doors) => doors.passwordHashIsOutdated(...given));
export const passwordHashIsReadable: typeof glue.passwordHashIsReadable = (...given) =>
  called((doors) => doors.passwordHashIsReadable(...given));
export const verifyPassword: typeof glue.verifyPassword = (...given) =>
  called((doors) => doors.verifyPassword(...given));

/** Whether the key made `signature` over `message`. */
export function check(jwk: string, alg: string, message: Uint8Array, signature: Uint8Array): boolean {
  capped('message', message, MAX_MESSAGE_BYTES);
  return called((doors) => doors.softwareCheck(jwk, alg, message, signature));
}

/** The signature of the key over `message`. */
export function sign(jwk: string, alg: string, message: Uint8Array): Uint8Array {
  capped('message', message, MAX_MESSAGE_BYTES);
  return called((doors) => doors.softwareSign(jwk, alg, message));
}

/** A new key pair as a JWK, including the private key. */
export function generate(alg: string): string {
  return called((doors) => doors.softwareGenerate(alg));
}

/** This module keeps no state between calls, so the call after a trap simply gets a new instance. */
function called<T>(call: (doors: typeof glue) => T): T {
  const doors = full.doors();
  return full.run(() => call(doors));
}
