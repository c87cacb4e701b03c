import { createPrivateKey, createPublicKey, createSecretKey, KeyObject } from 'node:crypto';
import { BoundedCache } from './bounded-cache.js';
import { looksLikePublicKey } from './public-key-text.js';

/**
 * From what callers hand in as a key to a `KeyObject`.
 *
 * Parsing a key costs more than using it, so what was made from a text or from bytes is remembered: at most
 * {@link REMEMBERED_KEYS} per kind, in this process's memory, until newer ones push it out. The entry holds the key's own text,
 * which is compared in full. Key objects are remembered for as long as the caller holds them.
 */
export interface Material {
  readonly object: KeyObject;
  /** Why this secret must not be used for HMAC. Absent for good secrets and for asymmetric keys. */
  readonly unfit?: 'empty' | 'public key';
}

/** How many keys of a kind are remembered. An application with more tenants than this parses keys more often. */
const REMEMBERED_KEYS = 128;
/** The longest key text that is remembered, in characters. An RSA key of 16384 bits in PEM has about 12,700. */
const LONGEST_REMEMBERED = 16_384;

type Importer = (input: never) => KeyObject;

class Importing {
  readonly #texts = new BoundedCache<Material>(REMEMBERED_KEYS, LONGEST_REMEMBERED);
  readonly #bytes = new BoundedCache<Material>(REMEMBERED_KEYS, LONGEST_REMEMBERED);
  readonly #asymmetric: Importer;

  constructor(asymmetric: Importer) {
    this.#asymmetric = asymmetric;
  }

  import(input: unknown): Material {
    if (typeof input === 'string') return this.#texts.get(input, this.#fromText);
    if (input instanceof KeyObject) return fromKeyObject(input);
    if (ArrayBuffer.isView(input)) {
      const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
      return this.#bytes.get(bytes.toString('latin1'), this.#fromLatin1);
    }
    return this.#fromAnything(input);
  }

  readonly #fromText = (text: string): Material => this.#fromPemOrSecret(Buffer.from(text), text);

  readonly #fromLatin1 = (latin1: string): Material => {
    const bytes = Buffer.from(latin1, 'latin1');
    return this.#fromPemOrSecret(bytes, bytes);
  };

  /** Only armoured text can be an asymmetric key here, so plain secrets are spared the attempt to parse one. */
  #fromPemOrSecret(bytes: Buffer, pem: string | Buffer): Material {
    return bytes.includes('-----BEGIN') ? this.#fromAnything(pem) : fromSecret(bytes);
  }

  #fromAnything(input: unknown): Material {
    try {
      return { object: this.#asymmetric(input as never) };
    } catch {
      const secret = typeof input === 'string' ? Buffer.from(input) : (input as Buffer);
      return fromKeyObject(createSecretKey(secret));
    }
  }
}

const verifying = new Importing(createPublicKey as Importer);
const signing = new Importing(createPrivateKey as Importer);
const keyObjects = new WeakMap<KeyObject, Material>();

/**
 * A key to verify with. Private keys in PEM give their public half; what is no asymmetric key is a secret.
 *
 * @throws what `node:crypto` throws for input that cannot be a key at all
 */
export function importForVerifying(input: unknown): Material {
  return verifying.import(input);
}

/**
 * A key to sign with. What is no private key is a secret.
 *
 * @throws what `node:crypto` throws for input that cannot be a key at all
 */
export function importForSigning(input: unknown): Material {
  return signing.import(input);
}

function fromSecret(bytes: Buffer): Material {
  return judged(createSecretKey(bytes), bytes);
}

function fromKeyObject(object: KeyObject): Material {
  let material = keyObjects.get(object);
  if (!material) {
    material = object.type === 'secret' ? judged(object, object.export()) : { object };
    keyObjects.set(object, material);
  }
  return material;
}

function judged(object: KeyObject, bytes: Buffer): Material {
  if (bytes.length === 0) return { object, unfit: 'empty' };
  return looksLikePublicKey(bytes) ? { object, unfit: 'public key' } : { object };
}
