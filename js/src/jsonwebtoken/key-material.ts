import { createPrivateKey, createPublicKey, createSecretKey, KeyObject } from 'node:crypto';
import { BoundedCache } from './bounded-cache.js';
import { looksLikePublicKey } from './public-key-text.js';

/**
 * Converts the keys that callers pass to a `KeyObject`.
 *
 * Parsing a key is slower than using it, so parsed keys are cached: at most {@link REMEMBERED_KEYS} per kind, in this
 * process's memory, until newer ones replace them. An entry contains the text of the key, which is compared completely.
 * Key objects are cached as long as the caller references them.
 */
export interface Material {
  readonly object: KeyObject;
  /** Why this secret must not be used for HMAC. Missing for valid secrets and for asymmetric keys. */
  readonly unfit?: 'empty' | 'public key';
}

/** Maximum number of cached keys of a kind. An application with more tenants parses keys more often. */
const REMEMBERED_KEYS = 128;
/** The longest cached key text, in characters. An RSA key of 16384 bits in PEM has about 12,700. */
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

  /** Only PEM text can be an asymmetric key here, so plain secrets are not parsed as one. */
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
 * A key for verification. Private keys in PEM are converted to their public keys; any other text is a secret.
 *
 * @throws the errors of `node:crypto` for input that cannot be a key
 */
export function importForVerifying(input: unknown): Material {
  return verifying.import(input);
}

/**
 * A key for signing. Anything except a private key is a secret.
 *
 * @throws the errors of `node:crypto` for input that cannot be a key
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
