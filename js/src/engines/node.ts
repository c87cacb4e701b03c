/** `node:crypto`, which is synchronous; WebCrypto, which is asynchronous, for non-extractable CryptoKeys. @module */
import {
  constants,
  createPrivateKey,
  createPublicKey,
  KeyObject,
  type SignKeyObjectInput,
  sign as signNow,
  type VerifyKeyObjectInput,
  verify as verifyNow,
} from 'node:crypto';
import type { Alg, Jwk } from '../core/types.js';
import { derFromHalves, halvesFromDer } from '../signatures/ecdsa.js';
import type { Asked, Engine, KeySourceForHost } from './types.js';

interface Handle {
  hash: string | null;
  /** Bytes of each of the two numbers in an ECDSA signature; 0 for other algorithms. */
  width: number;
  forVerify: KeyObject | VerifyKeyObjectInput;
  forSign: KeyObject | SignKeyObjectInput | undefined;
}

interface Filed {
  alg: Alg;
  source: KeySourceForHost;
  /** The number of keys with this serial; the same key with two key ids counts twice. */
  holders: number;
}

/** RFC 7518 section 3.4, RFC 8812 section 3.2. */
const WIDTHS: ReadonlyMap<Alg, number> = new Map([
  ['ES256', 32],
  ['ES256K', 32],
  ['ES384', 48],
  ['ES512', 66],
]);

const LATER = 'later';
const NO_SIGNATURE = new Uint8Array(0);

class NodeEngine implements Engine {
  readonly #filed = new Map<number, Filed>();
  readonly #handles = new Map<number, Handle | typeof LATER>();
  /** For keys that only WebCrypto can use. */
  readonly #web: Engine;
  #fault: unknown;

  constructor(web: Engine) {
    this.#web = web;
  }

  get asked(): Asked | undefined {
    return this.#web.asked;
  }

  check(serial: number, message: Uint8Array, signature: Uint8Array): number {
    try {
      const handle = this.#handleOf(serial);
      if (handle === LATER) return this.#web.check(serial, message, signature);
      const native = handle.width > 0 ? derFromHalves(signature) : signature;
      return verifyNow(handle.hash, message, handle.forVerify as KeyObject, native) ? 1 : 0;
    } catch (error) {
      this.#fault = error;
      return 0;
    }
  }

  sign(serial: number, message: Uint8Array): Uint8Array | undefined {
    try {
      const handle = this.#handleOf(serial);
      if (handle === LATER) return this.#web.sign(serial, message);
      if (handle.forSign === undefined) return NO_SIGNATURE;
      const native = signNow(handle.hash, message, handle.forSign as KeyObject);
      return handle.width > 0 ? halvesFromDer(native, handle.width) : native;
    } catch (error) {
      this.#fault = error;
      return NO_SIGNATURE;
    }
  }

  takeFault(): unknown {
    const fault = this.#fault;
    this.#fault = undefined;
    return fault;
  }

  answerCheck(asked: Asked): Promise<boolean> {
    return this.#web.answerCheck(asked);
  }

  answerSign(asked: Asked): Promise<Uint8Array> {
    return this.#web.answerSign(asked);
  }

  adopt(serial: number, alg: Alg, source: KeySourceForHost): void {
    if (isWebOnly(source)) this.#web.adopt(serial, alg, source);
    const filed = this.#filed.get(serial);
    if (filed === undefined) this.#filed.set(serial, { alg, source, holders: 1 });
    else filed.holders += 1;
  }

  forget(serial: number): void {
    const filed = this.#filed.get(serial);
    if (filed === undefined) return;
    filed.holders -= 1;
    if (isWebOnly(filed.source)) this.#web.forget(serial);
    if (filed.holders > 0) return;
    this.#filed.delete(serial);
    this.#handles.delete(serial);
  }

  ready(serial: number): void {
    const filed = this.#filed.get(serial);
    if (filed === undefined || this.#handles.has(serial)) return;
    if (isWebOnly(filed.source)) {
      this.#handles.set(serial, LATER);
      return;
    }
    const { publicKey, privateKey } = keyObjects(filed.source);
    this.#handles.set(serial, {
      hash: hashOf(filed.alg),
      width: WIDTHS.get(filed.alg) ?? 0,
      forVerify: withParameters(filed.alg, publicKey),
      forSign: privateKey && withParameters(filed.alg, privateKey),
    });
  }

  #handleOf(serial: number): Handle | typeof LATER {
    const handle = this.#handles.get(serial);
    if (handle === undefined) throw new Error('the host was not told of this key');
    return handle;
  }
}

/** Whether the key is a CryptoKey: an extractable one arrives as a `KeyObject`. */
function isWebOnly(source: KeySourceForHost): boolean {
  return 'native' in source && !(source.native instanceof KeyObject);
}

function keyObjects(source: KeySourceForHost): { publicKey: KeyObject; privateKey: KeyObject | undefined } {
  const key = 'native' in source ? (source.native as KeyObject) : fromJwk(source.jwk());
  if (key.type !== 'private') return { publicKey: key, privateKey: undefined };
  return { publicKey: createPublicKey(key), privateKey: key };
}

function fromJwk(jwk: Jwk): KeyObject {
  const key = jwk as never;
  return 'd' in jwk ? createPrivateKey({ key, format: 'jwk' }) : createPublicKey({ key, format: 'jwk' });
}

function hashOf(alg: Alg): string | null {
  if (alg === 'EdDSA' || alg === 'Ed25519') return null;
  return `sha${alg.slice(2, 5)}`;
}

/**
 * The key with the parameters of its algorithm: a salt as long as the hash. Only the key if no parameters are needed,
 * see `signatures/ecdsa.ts`.
 */
function withParameters(alg: Alg, key: KeyObject): KeyObject | VerifyKeyObjectInput {
  if (!alg.startsWith('PS')) return key;
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
}

/** Creates an engine; `web` is used for keys that only WebCrypto can use. */
export function nodeEngine(web: Engine): Engine {
  return new NodeEngine(web);
}
