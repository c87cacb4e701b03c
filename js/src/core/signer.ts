/** Issuing: claims and a key to a token. @module */
import { atOnce } from '../guard.js';
import { checkOptions, jsonOf, many, present, rules, seconds } from './check.js';
import { errorOf, optionError } from './errors.js';
import { inUse, type Key, type SigningMaterial, toSigningKey } from './keys.js';
import { capped, MAX_SIGNED_BYTES } from './limits.js';
import type { Alg, Claims, Duration } from './types.js';
import { core, door, LATER, put, signLater, take, wasm } from './wasm.js';

/** Options of {@link createSigner}. What `sign(claims)` is given wins over what stands here. */
export interface SignerOptions {
  /** What signatures are made with: a key with its private part. */
  key: SigningMaterial;
  /** Needed where the key does not fix an algorithm: a bare secret, an RSA key. */
  algorithm?: Alg;
  /** The header's `typ`. `JWT` unless set; access tokens are `at+jwt` (RFC 9068). */
  typ?: string;
  /** The header's `kid`, where the key has none or another is wanted. */
  kid?: string;
  /** More header members, signed like the rest. `alg`, `typ` and `kid` have their own options. */
  header?: Record<string, unknown>;
  /** `exp`, from now. */
  expiresIn?: Duration;
  /** `nbf`, from now. */
  notBefore?: Duration;
  issuer?: string;
  audience?: string | readonly string[];
  subject?: string;
  /** `true` gives every token a `jti` of its own; a function makes them. */
  jwtId?: boolean | (() => string);
  /** Whether tokens carry `iat`. They do unless this is `false`. */
  issuedAt?: boolean;
  /** The present moment in milliseconds, for tests. `Date.now` unless set. */
  now?: () => number;
}

/** Signs claims. Made by {@link createSigner}. */
export interface Signer<C extends object = Claims> {
  /** A token. Rejects with an `AuthError`. */
  sign(claims: C): Promise<string>;
  /** A token at once. Throws `ERR_SYNC_UNAVAILABLE` where the host can only sign by waiting. */
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
  /** Held on to: a host forgets the handle of a key that nobody holds. */
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

  /** The handle, made again after a trap. */
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
    // Copying two objects into one costs six times what copying one does.
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

/** @throws OptionError when it is none: a promise would be signed as an empty object */
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

/** One token, without keeping the signer. */
export async function sign<C extends object = Claims>(claims: C, options: SignerOptions): Promise<string> {
  return createSigner<C>(options).sign(claims);
}
