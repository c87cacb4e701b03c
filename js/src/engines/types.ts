/** The interface between the host's crypto and the rest of this package. @module */
import type { Alg, Jwk } from '../core/types.js';

/** The source of the host's own handle of a key. */
export type KeySourceForHost = { jwk: () => Jwk } | { native: unknown };

/** An operation that cannot be completed synchronously. */
export interface Asked {
  serial: number;
  message: Uint8Array<ArrayBuffer>;
  /** `undefined` for signing. */
  signature: Uint8Array<ArrayBuffer> | undefined;
}

/** An engine. `check` and `sign` are called from wasm and must not throw. */
export interface Engine {
  /** 1 valid, 0 invalid, -1 asynchronous: {@link Engine.asked} then contains the operation until the next call. */
  check(serial: number, message: Uint8Array, signature: Uint8Array): number;
  /** The signature; `undefined` if asynchronous; empty if signing failed. */
  sign(serial: number, message: Uint8Array): Uint8Array | undefined;
  /** The last pending operation. */
  readonly asked: Asked | undefined;
  /** The error of the last call, if the host rejected a key; reading it clears it. */
  takeFault(): unknown;
  /** Completes a pending operation: the result of a signature check. */
  answerCheck(asked: Asked): Promise<boolean>;
  /** Completes a pending operation: a signature. */
  answerSign(asked: Asked): Promise<Uint8Array>;
  /** Stores the source for the handle of key `serial`. */
  adopt(serial: number, alg: Alg, source: KeySourceForHost): void;
  /**
   * Creates the handle of a key that is about to be used. This is not done at the first signature: reading the key's
   * numbers may grow the memory of wasm, which would invalidate the message that `check` and `sign` read during a call.
   */
  ready(serial: number): void;
  /** Forgets a key. */
  forget(serial: number): void;
}
