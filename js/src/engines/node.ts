/** `node:crypto`, which answers at once. @module */
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
import type { Asked, Engine, KeySourceForHost } from './types.js';

interface Handle {
  hash: string | null;
  forVerify: KeyObject | VerifyKeyObjectInput;
  forSign: KeyObject | SignKeyObjectInput | undefined;
}

interface Filed {
  alg: Alg;
  source: KeySourceForHost;
  /** How many keys of this serial there are; the same key under two names is two. */
  holders: number;
}

const NO_SIGNATURE = new Uint8Array(0);

class NodeEngine implements Engine {
  readonly asked = undefined;
  readonly #filed = new Map<number, Filed>();
  readonly #handles = new Map<number, Handle>();
  #fault: unknown;

  check(serial: number, message: Uint8Array, signature: Uint8Array): number {
    try {
      const handle = this.#handleOf(serial);
      return verifyNow(handle.hash, message, handle.forVerify as KeyObject, signature) ? 1 : 0;
    } catch (error) {
      this.#fault = error;
      return 0;
    }
  }

  sign(serial: number, message: Uint8Array): Uint8Array {
    try {
      const handle = this.#handleOf(serial);
      return handle.forSign === undefined ? NO_SIGNATURE : signNow(handle.hash, message, handle.forSign as KeyObject);
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

  answerCheck(_asked: Asked): Promise<boolean> {
    return Promise.reject(new Error('node:crypto never makes one wait'));
  }

  answerSign(_asked: Asked): Promise<Uint8Array> {
    return Promise.reject(new Error('node:crypto never makes one wait'));
  }

  adopt(serial: number, alg: Alg, source: KeySourceForHost): void {
    const filed = this.#filed.get(serial);
    if (filed === undefined) this.#filed.set(serial, { alg, source, holders: 1 });
    else filed.holders += 1;
  }

  forget(serial: number): void {
    const filed = this.#filed.get(serial);
    if (filed === undefined) return;
    filed.holders -= 1;
    if (filed.holders > 0) return;
    this.#filed.delete(serial);
    this.#handles.delete(serial);
  }

  ready(serial: number): void {
    const filed = this.#filed.get(serial);
    if (filed === undefined || this.#handles.has(serial)) return;
    const { publicKey, privateKey } = keyObjects(filed.source);
    this.#handles.set(serial, {
      hash: hashOf(filed.alg),
      forVerify: withParameters(filed.alg, publicKey),
      forSign: privateKey && withParameters(filed.alg, privateKey),
    });
  }

  #handleOf(serial: number): Handle {
    const handle = this.#handles.get(serial);
    if (handle === undefined) throw new Error('the host was not told of this key');
    return handle;
  }
}

function keyObjects(source: KeySourceForHost): { publicKey: KeyObject; privateKey: KeyObject | undefined } {
  const key = 'native' in source ? toKeyObject(source.native) : fromJwk(source.jwk());
  if (key.type !== 'private') return { publicKey: key, privateKey: undefined };
  return { publicKey: createPublicKey(key), privateKey: key };
}

function toKeyObject(native: unknown): KeyObject {
  return native instanceof KeyObject ? native : KeyObject.from(native as Parameters<typeof KeyObject.from>[0]);
}

function fromJwk(jwk: Jwk): KeyObject {
  const key = jwk as never;
  return 'd' in jwk ? createPrivateKey({ key, format: 'jwk' }) : createPublicKey({ key, format: 'jwk' });
}

function hashOf(alg: Alg): string | null {
  if (alg === 'EdDSA' || alg === 'Ed25519') return null;
  return `sha${alg.slice(2, 5)}`;
}

/** The key with the parameters its algorithm fixes: signature form of RFC 7518 section 3.4, salt as long as the hash. */
function withParameters(alg: Alg, key: KeyObject): KeyObject | VerifyKeyObjectInput {
  if (alg.startsWith('ES')) return { key, dsaEncoding: 'ieee-p1363' };
  if (alg.startsWith('PS')) {
    return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  }
  return key;
}

/** A fresh engine. */
export function nodeEngine(): Engine {
  return new NodeEngine();
}
