/** The host's crypto, as wasm and the rest of this package see it. @module */
import type { Alg, Jwk } from '../core/types.js';

/** What the host makes its own handle of a key from. */
export type KeySourceForHost = { jwk: () => Jwk } | { native: unknown };

/** A question that could not be answered at once. */
export interface Asked {
  serial: number;
  message: Uint8Array<ArrayBuffer>;
  /** `undefined` when a signature is asked for. */
  signature: Uint8Array<ArrayBuffer> | undefined;
}

/** An engine. `check` and `sign` are called from inside wasm and must not throw. */
export interface Engine {
  /** 1 good, 0 bad, -1 later: {@link Engine.asked} then holds the question until the next call. */
  check(serial: number, message: Uint8Array, signature: Uint8Array): number;
  /** The signature, `undefined` for later, an empty one when it could not be made. */
  sign(serial: number, message: Uint8Array): Uint8Array | undefined;
  /** The last question put off. */
  readonly asked: Asked | undefined;
  /** What went wrong in the last call, if the host refused a key; taking it clears it. */
  takeFault(): unknown;
  /** Answers a question put off: the verdict on a signature. */
  answerCheck(asked: Asked): Promise<boolean>;
  /** Answers a question put off: a signature. */
  answerSign(asked: Asked): Promise<Uint8Array>;
  /** Files what the handle of key `serial` is to be made from. */
  adopt(serial: number, alg: Alg, source: KeySourceForHost): void;
  /**
   * Makes the handle of a key that is about to be used. Not left to the first signature: reading the key's numbers may grow the
   * memory of wasm, and then the message that `check` and `sign` look at inside a call would be gone.
   */
  ready(serial: number): void;
  /** Forgets a key. */
  forget(serial: number): void;
}
