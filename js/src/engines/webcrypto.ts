/**
 * WebCrypto, which is asynchronous. Every operation is recorded and completed outside wasm, and the call is repeated
 * with the result. @module
 */
import type { Alg, Jwk } from '../core/types.js';
import type { Asked, Engine, KeySourceForHost } from './types.js';

type Usage = 'sign' | 'verify';

interface Filed {
  alg: Alg;
  source: KeySourceForHost;
  handles: Partial<Record<Usage, Promise<CryptoKey>>>;
  /**
   * The parameters of a signature check, once the host has completed one with this key: after that, only the host has
   * to be awaited.
   */
  proven: { alg: Parameters; key: CryptoKey } | undefined;
  /** The number of keys with this serial; the same key with two key ids counts twice. */
  holders: number;
}

class WebEngine implements Engine {
  asked: Asked | undefined;
  readonly #filed = new Map<number, Filed>();

  check(serial: number, message: Uint8Array, signature: Uint8Array): number {
    this.asked = { serial, message: message.slice(), signature: signature.slice() };
    return -1;
  }

  sign(serial: number, message: Uint8Array): undefined {
    this.asked = { serial, message: message.slice(), signature: undefined };
    return undefined;
  }

  takeFault(): unknown {
    return undefined;
  }

  answerCheck(asked: Asked): Promise<boolean> {
    const { message } = asked;
    const signature = asked.signature as Uint8Array<ArrayBuffer>;
    const filed = this.#filed.get(asked.serial);
    const proven = filed?.proven;
    if (proven !== undefined) return crypto.subtle.verify(proven.alg, proven.key, signature, message);
    return this.#answer(
      asked.serial,
      'verify',
      async ({ alg, key }) => {
        const good = await crypto.subtle.verify(parameters(alg), key, signature, message);
        if (filed !== undefined) filed.proven = { alg: parameters(alg), key };
        return good;
      },
      async (alg, jwk) => (await software()).check(jwk, alg, message, signature),
    );
  }

  async answerSign(asked: Asked): Promise<Uint8Array> {
    const { message } = asked;
    return this.#answer(
      asked.serial,
      'sign',
      async ({ alg, key }) => new Uint8Array(await crypto.subtle.sign(parameters(alg), key, message)),
      async (alg, jwk) => (await software()).sign(jwk, alg, message),
    );
  }

  adopt(serial: number, alg: Alg, source: KeySourceForHost): void {
    const filed = this.#filed.get(serial);
    if (filed === undefined) this.#filed.set(serial, { alg, source, handles: {}, proven: undefined, holders: 1 });
    else filed.holders += 1;
  }

  /** Nothing to do: handles are created while no wasm code runs. */
  ready(_serial: number): void {}

  forget(serial: number): void {
    const filed = this.#filed.get(serial);
    if (filed === undefined) return;
    filed.holders -= 1;
    if (filed.holders === 0) this.#filed.delete(serial);
  }

  /** The result of the host, or of the pure-Rust engine if the host does not support the algorithm. */
  async #answer<T>(
    serial: number,
    usage: Usage,
    host: (handle: { alg: Alg; key: CryptoKey }) => Promise<T>,
    instead: (alg: Alg, jwk: string) => Promise<T>,
  ): Promise<T> {
    const filed = this.#filed.get(serial);
    if (filed === undefined) throw new Error('the host was not told of this key');
    const { alg, source } = filed;
    try {
      filed.handles[usage] ??= cryptoKey(filed, usage);
      return await host({ alg, key: await filed.handles[usage] });
    } catch (error) {
      if ('native' in source || (error as Error).name !== 'NotSupportedError') throw error;
      return instead(alg, JSON.stringify(source.jwk()));
    }
  }
}

/** The module with the pure-Rust engines, loaded at first use. */
const software = () => import('../full.js');

async function cryptoKey({ alg, source }: Filed, usage: Usage): Promise<CryptoKey> {
  if ('native' in source) return source.native as CryptoKey;
  const jwk = source.jwk();
  const bare: Jwk = { ...(usage === 'verify' ? publicHalf(jwk) : jwk) };
  // The allowed operations were checked at import; a host could interpret these members differently.
  for (const member of ['alg', 'use', 'key_ops', 'ext', 'kid'] as const) delete bare[member];
  return crypto.subtle.importKey('jwk', bare as JsonWebKey, parameters(alg), false, [usage]);
}

function publicHalf(jwk: Jwk): Jwk {
  const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...rest } = jwk;
  return rest;
}

type Parameters = RsaHashedImportParams & EcdsaParams & EcKeyImportParams & RsaPssParams;

/** The parameters of an algorithm, for import, signing and verification. */
export function parameters(alg: Alg): Parameters {
  const hash = `SHA-${alg.slice(2, 5)}`;
  const of = (fields: object) => fields as Parameters;
  switch (alg) {
    case 'HS256':
    case 'HS384':
    case 'HS512':
      return of({ name: 'HMAC', hash });
    case 'RS256':
    case 'RS384':
    case 'RS512':
      return of({ name: 'RSASSA-PKCS1-v1_5', hash });
    case 'PS256':
    case 'PS384':
    case 'PS512':
      return of({ name: 'RSA-PSS', hash, saltLength: Number(alg.slice(2, 5)) / 8 });
    case 'ES256':
      return of({ name: 'ECDSA', hash, namedCurve: 'P-256' });
    case 'ES384':
      return of({ name: 'ECDSA', hash, namedCurve: 'P-384' });
    case 'ES512':
      return of({ name: 'ECDSA', hash, namedCurve: 'P-521' });
    case 'ES256K':
      return of({ name: 'ECDSA', hash, namedCurve: 'K-256' });
    case 'EdDSA':
    case 'Ed25519':
      return of({ name: 'Ed25519' });
  }
}

/** Creates an engine. */
export function webEngine(): Engine {
  return new WebEngine();
}
