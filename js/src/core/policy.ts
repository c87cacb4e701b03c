/** Policies: who may do what, written down once, decided in wasm by the same functions as at the edge. @module */
import { checkOptions, rules } from './check.js';
import { door, optionError } from './errors.js';
import type { Claims } from './types.js';
import { put, take, wasm } from './wasm.js';

/** What a request asks for. */
export interface Asked {
  method: string;
  /** The path of the request target, without a query. */
  path: string;
  /** The host, for rules that name hosts. */
  host?: string;
  /** Whether there was a token that did not verify. It is not the same as none. */
  invalidToken?: boolean;
}

/** A verdict. */
export interface Decision {
  allowed: boolean;
  /** 200 for a pass, 401 for want of a good token, 403 for everything else, 400 for a path without a single meaning. */
  status: number;
  /** The rule that decided; `null` when none names the request. */
  rule: string | null;
  /** Why, as a sentence. */
  why: string;
}

/** A compiled policy. */
export interface Policy {
  /** The verdict on a request whose token had these claims; `undefined` for a request without a token. */
  decide(claims: Claims | undefined, asked: Asked): Decision;
  /** What works but is likely not meant. */
  readonly warnings: readonly string[];
}

const ASKED = {
  method: rules.text,
  path: rules.text,
  host: rules.text,
  invalidToken: rules.flag,
} as const;

/**
 * Compiles a policy: the text of a `portcullis.toml`, or the same as an object.
 *
 * @throws OptionError which lists everything wrong, each with its place
 * @example
 * const rules = policy({ roles: { admin: {} }, rules: [{ path: '/admin/*rest', roles: 'admin' }] });
 * rules.decide(claims, { method: 'GET', path: '/admin/users' }).allowed;
 */
export function policy(config: string | object): Policy {
  const isText = typeof config === 'string';
  if (!isText && !rules.object[1](config)) throw optionError('policy', 'TOML text or an object', config);
  const { WasmPolicy } = wasm();
  const handle = door(
    () => new WasmPolicy(isText ? 'portcullis.toml' : 'policy', isText ? config : JSON.stringify(config)),
  );
  return {
    warnings: Object.freeze(handle.warnings.split('\n').filter((line) => line !== '')),
    decide(claims, asked) {
      checkOptions(asked, ASKED, 'decide');
      const { method, path, host, invalidToken } = asked;
      const question = JSON.stringify({ method, path, host, claims, invalid: invalidToken });
      return JSON.parse(take(handle.decide(put(question))));
    },
  };
}
