/** Issues tokens: signs claims with a key. @module */
import { atOnce } from '../guard.js';
import { checkOptions, jsonOf, many, present, rules, seconds } from './check.js';
import { errorOf, optionError } from './errors.js';
import { inUse, type Key, type SigningMaterial, toSigningKey } from './keys.js';
import { capped, MAX_SIGNED_BYTES } from './limits.js';
import type { Alg, Claims, Duration } from './types.js';
import { core, door, LATER, put, signLater, take, wasm } from './wasm.js';

/** Options of {@link createSigner}. The claims passed to `sign(claims)` take precedence. */
export interface SignerOptions {
  /** A key with its private part. */
  key: SigningMaterial;
  /** Required if the key does not determine an algorithm: a bare secret, an RSA key. */
  algorithm?: Alg;
  /** The header's `typ`. Default: `JWT`; access tokens use `at+jwt` (RFC 9068). */
  typ?: string;
  /** The header's `kid`, if the key has none or it should be another one. */
  kid?: string;
  /** Additional header members, which are also signed. `alg`, `typ` and `kid` have their own options. */
  header?: Record<string, unknown>;
  /** `exp`, from now. */
  expiresIn?: Duration;
  /** `nbf`, from now. */
  notBefore?: Duration;
  issuer?: string;
  audience?: string | readonly string[];
  subject?: string;
  /** `true` adds a unique `jti` to every token; a function provides its own. */
  jwtId?: boolean | (() => string);
  /** Whether tokens contain `iat`. Default: `true`. */
  issuedAt?: boolean;
  /** The current time in milliseconds, for tests. Default: `Date.now`. */
  now?: () => number;
}

/** Signs claims. Created by {@link createSigner}. */
export interface Signer<C extends object = Claims> {
  /** Creates a token. Rejects with an `AuthError`. */
  sign(claims: C): Promise<string>;
  /** Creates a token synchronously. Throws `ERR_SYNC_UNAVAILABLE` if the host can only sign asynchronously. */
  signSync(claims: C): string;
}

const ALLOWED = {
  key: rules.key,
  algorithm: rules.algorithm,
  typ: rules.text,
  kid: rules.text,
  header: rules.object,
  expiresIn: rules.duration,
  notBefore: rules.duration,
  issuer: rules.text,
  audience: rules.texts,
  subject: rules.text,
  jwtId: ['true, false or a function', (value: unknown) => ['boolean', 'function'].includes(typeof value)],
  issuedAt: rules.flag,
  now: rules.callback,
} as const;

/**
 * A signer.
 *
 * @example
 * const signer = createSigner({ key: secret, algorithm: 'HS256', issuer: 'https://id.example', audience: 'api', expiresIn: '15m' });
 * const token = signer.signSync({ sub: '7' });
 */
export function createSigner<C extends object = Claims>(options: SignerOptions): Signer<C> {
  checkOptions(options, ALLOWED, 'createSigner');
  if (options.key === undefined) throw optionError('key', ALLOWED.key[0], undefined);
  return new TokenSigner<C>(options);
}

type Handle = InstanceType<ReturnType<typeof wasm>['WasmSigner']>;

class TokenSigner<C extends object> implements Signer<C> {
  readonly #forWasm: string;
  #handle: Handle;
  #generation: number;
  /** Referenced here because a host drops the handle of a key that is no longer referenced. */
  protected readonly key: Key;
  readonly #now: () => number;
  readonly #fixed: Claims | undefined;
  readonly #issuedAt: boolean;
  readonly #expiresIn: number | undefined;
  readonly #notBefore: number | undefined;
  readonly #jwtId: (() => string) | undefined;

  constructor(options: SignerOptions) {
    const key = toSigningKey(options.key, options.algorithm, options.kid);
    this.key = key;
    if (options.header !== undefined) capped('header', jsonOf('header', options.header), MAX_SIGNED_BYTES);
    this.#forWasm = JSON.stringify({ typ: options.typ ?? 'JWT', header: options.header });
    this.#handle = this.#open();
    this.#generation = core.generation;
    this.#now = options.now ?? Date.now;
    this.#fixed = fixedClaims(options);
    this.#issuedAt = options.issuedAt ?? true;
    this.#expiresIn = options.expiresIn === undefined ? undefined : seconds('expiresIn', options.expiresIn);
    this.#notBefore = options.notBefore === undefined ? undefined : seconds('notBefore', options.notBefore);
    this.#jwtId = options.jwtId === true ? () => crypto.randomUUID() : options.jwtId || undefined;
  }

  signSync(claims: C): string {
    const text = this.#textOf(claims);
    const handle = this.#current();
    const answer = door(() => handle.sign(put(text, MAX_SIGNED_BYTES)));
    if (answer === LATER) {
      const message = 'this host makes such signatures asynchronously: use sign()';
      throw errorOf({ code: 'ERR_SYNC_UNAVAILABLE', stage: 'option', outside: 'internal', message });
    }
    return take(answer);
  }

  async sign(claims: C): Promise<string> {
    const text = this.#textOf(claims);
    const handle = this.#current();
    const answer = door(() => handle.sign(put(text, MAX_SIGNED_BYTES)));
    if (answer !== LATER) return take(answer);
    const signature = await signLater();
    return take(door(() => handle.resume(put(text, MAX_SIGNED_BYTES), signature)));
  }

  #open(): Handle {
    const { WasmSigner } = wasm();
    return door(() => new WasmSigner(inUse(this.key), this.#forWasm));
  }

  /** The handle, created again after a trap. */
  #current(): Handle {
    if (this.#generation !== core.generation) {
      this.#handle = this.#open();
      this.#generation = core.generation;
    }
    return this.#handle;
  }

  #textOf(given: C): string {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      throw optionError('claims', 'an object', given);
    }
    const now = Math.floor(present(this.#now) / 1000);
    // Copying two objects into one costs six times as much as copying one.
    const claims = (this.#fixed === undefined ? { ...given } : { ...this.#fixed, ...given }) as Claims;
    if (this.#issuedAt && claims.iat === undefined) claims.iat = now;
    if (this.#expiresIn !== undefined && claims.exp === undefined) claims.exp = Math.floor(now + this.#expiresIn);
    if (this.#notBefore !== undefined && claims.nbf === undefined) claims.nbf = Math.floor(now + this.#notBefore);
    if (this.#jwtId !== undefined && claims.jti === undefined) claims.jti = idOf(this.#jwtId);
    checkDate('exp', claims.exp);
    checkDate('nbf', claims.nbf);
    checkDate('iat', claims.iat);
    return capped('claims', jsonOf('claims', claims), MAX_SIGNED_BYTES);
  }
}

/** @throws OptionError if it is not an object of claims: a promise would be signed as an empty object */
function idOf(make: () => string): string {
  const wrong = (given: unknown) => optionError('jwtId', 'a function that gives a string that is not empty', given);
  return atOnce('jwtId', make(), rules.text[1], wrong);
}

function fixedClaims({ issuer, audience, subject }: SignerOptions): Claims | undefined {
  if (issuer === undefined && audience === undefined && subject === undefined) return undefined;
  const claims: Claims = {};
  if (issuer !== undefined) claims.iss = issuer;
  if (audience !== undefined) claims.aud = typeof audience === 'string' ? audience : [...(many(audience) ?? [])];
  if (subject !== undefined) claims.sub = subject;
  return claims;
}

function checkDate(name: string, value: unknown): void {
  if (value !== undefined && !Number.isFinite(value)) {
    throw optionError(name, 'a number of seconds since 1970', value);
  }
}

/** Creates one token, without keeping the signer. */
export async function sign<C extends object = Claims>(claims: C, options: SignerOptions): Promise<string> {
  return createSigner<C>(options).sign(claims);
}
