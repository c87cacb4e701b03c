/** Several issuers, each with its own keys (RFC 8725 section 3.8). @module */
import { optionError } from './errors.js';
import type { KeyMaterial } from './keys.js';
import type { KeyFinder, KeyProvider } from './verifier.js';

/** The keys of each issuer. Created by {@link issuers}. */
export class Issuers {
  /** The issuers, exactly as in the `iss` of their tokens: use them as a verifier's `issuer`. */
  readonly names: readonly string[];
  readonly #keys: ReadonlyMap<string, IssuerKeys>;

  /** @internal */
  constructor(keys: ReadonlyMap<string, IssuerKeys>) {
    this.#keys = keys;
    this.names = Object.freeze([...keys.keys()]);
    Object.freeze(this);
  }

  /** The keys of `issuer`, compared character by character. @internal */
  keysOf(issuer: string): IssuerKeys | undefined {
    return this.#keys.get(issuer);
  }
}

/** What verifies an issuer's signatures. */
export type IssuerKeys = KeyMaterial | KeyProvider | KeyFinder;

/**
 * Keys by issuer, for `createVerifier({ key })`. The `iss` that a token claims only selects among these; it is never
 * used as a URL. A token is accepted only if its verified `iss` is the issuer whose keys verified it, so no issuer can
 * impersonate another, even if they share keys or key ids.
 *
 * @throws OptionError
 * @example
 * const key = issuers({ 'https://a.example': remoteKeys('https://a.example/jwks.json'), 'https://b.example': jwk });
 * const verifier = createVerifier({ key, issuer: key.names, audience: 'api' });
 */
export function issuers(keys: Readonly<Record<string, IssuerKeys>>): Issuers {
  if (typeof keys !== 'object' || keys === null || Array.isArray(keys)) {
    throw optionError('issuers', 'an object of keys by issuer', keys);
  }
  const entries = Object.entries(keys);
  if (entries.length === 0) throw optionError('issuers', 'at least one issuer', keys);
  for (const [name, key] of entries) {
    if (name === '') throw optionError('issuers', 'each issuer by name', name);
    if (key === undefined || key === null || (key as unknown) instanceof Issuers) {
      throw optionError(name, 'the keys of this issuer', key);
    }
  }
  return new Issuers(new Map(entries));
}
