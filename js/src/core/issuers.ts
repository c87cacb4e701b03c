/** Several issuers, each with keys of its own (RFC 8725 section 3.8). @module */
import { optionError } from './errors.js';
import type { KeyMaterial } from './keys.js';
import type { KeyFinder, KeyProvider } from './verifier.js';

/** Which keys speak for which issuer. Made by {@link issuers}. */
export class Issuers {
  /** The issuers, as their tokens' `iss` spells them: what a verifier's `issuer` lists. */
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

/** What an issuer's signatures are checked with. */
export type IssuerKeys = KeyMaterial | KeyProvider | KeyFinder;

/**
 * Keys by issuer, for `createVerifier({ key })`. The `iss` a token claims selects among these and nothing else: an address is never
 * made from it. A token passes only if its verified `iss` is the very one whose keys it was checked with, so no issuer can speak
 * for another, whatever keys or key names they have in common.
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
