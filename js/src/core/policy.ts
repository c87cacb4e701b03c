/** Policies: who may do what, defined in one file, evaluated in wasm by the same functions as at the edge. @module */
import { policyDoors } from '../policy-doors.js';
import { checkOptions, jsonOf, OWN_LIMIT, type Rule, rules } from './check.js';
import { optionError } from './errors.js';
import { capped, cut, MAX_DOCUMENT_BYTES, MAX_PATH_BYTES, MAX_POLICY_BYTES, MAX_SIGNED_BYTES } from './limits.js';
import type { Claims } from './types.js';

/** The request that is to be authorized. */
export interface Asked {
  method: string;
  /** The path of the request target, without a query. */
  path: string;
  /** The host, for rules with `hosts`. */
  host?: string;
  /** Whether there was a token that is invalid. This is not the same as a missing token. */
  invalidToken?: boolean;
}

/** A verdict. */
export interface Decision {
  allowed: boolean;
  /** 200 if allowed, 401 if a valid token is missing, 403 otherwise, 400 or 414 for an ambiguous path. */
  status: number;
  /** The name of the rule that decided; `null` if no rule matches the request. */
  rule: string | null;
  /** The line of that rule in the text of the policy. */
  line: number | null;
  /** The reason, as a sentence. */
  why: string;
  /** The normalized path that was checked. Forward this path, not the original one. */
  path: string | null;
}

/** A finding about the text of a policy. */
export interface Finding {
  severity: 'error' | 'warning';
  /** From 1. */
  line: number;
  /** In characters, from 1. */
  column: number;
  message: string;
  /** How to fix it. */
  help: string | null;
}

/** A compiled policy. */
export interface Policy {
  /** Decides about a request whose token had these claims; `undefined` for a request without a token. */
  decide(claims: Claims | undefined, asked: Asked): Decision;
  /** The explanation of that decision, rule by rule, for people. */
  explain(claims: Claims | undefined, asked: Asked): string;
  /** The access table: rules as rows, roles as columns. */
  table(format?: 'text' | 'html'): string;
  /** The names of the roles, from the one with the fewest permissions. */
  readonly roles: readonly string[];
  /** The claim that contains a token's roles. */
  readonly rolesClaim: string;
  /** Findings that are probably mistakes. */
  readonly warnings: readonly string[];
}

const FILE = { file: rules.text } as const;
const TEXT: Rule = ['a string', (value) => typeof value === 'string', OWN_LIMIT];
const ASKED = {
  method: [...rules.text, OWN_LIMIT],
  // An empty path is allowed here, because it is client input; the policy decides about it.
  path: TEXT,
  host: TEXT,
  invalidToken: rules.flag,
} as const;

/**
 * Compiles a policy: the text of a `portcullis.toml`, or the same as an object.
 *
 * @throws OptionError that lists all errors with their positions
 * @example
 * const rules = policy({ roles: { admin: {} }, rules: [{ path: '/admin/*rest', roles: 'admin' }] });
 * rules.decide(claims, { method: 'GET', path: '/admin/users' }).allowed;
 */
export function policy(config: string | object, options: { file?: string } = {}): Policy {
  checkOptions(options, FILE, 'policy');
  const text = textOf(config);
  const file = options.file ?? (typeof config === 'string' ? 'portcullis.toml' : 'policy');
  const open = () => {
    const { WasmPolicy } = policyDoors().instance.doors();
    return {
      handle: policyDoors().instance.run(() => new WasmPolicy(file, text)),
      generation: policyDoors().instance.generation,
    };
  };
  let opened = open();
  /** The handle, created again after a trap. */
  const current = () => {
    if (opened.generation !== policyDoors().instance.generation) opened = open();
    return opened.handle;
  };
  const { handle } = opened;
  const question = (claims: Claims | undefined, asked: Asked): string => {
    checkOptions(asked, ASKED, 'decide');
    const { method, path, host, invalidToken } = asked;
    if (method === undefined) throw optionError('method', rules.text[0], method);
    if (path === undefined) throw optionError('path', TEXT[0], path);
    // No rule contains a method or a host of this length, so the decision for a truncated one is the same.
    const request = JSON.stringify({
      method: cut(method, MAX_PATH_BYTES),
      path: cut(path, MAX_PATH_BYTES),
      host: host === undefined ? undefined : cut(host, MAX_PATH_BYTES),
      invalid: invalidToken,
    });
    return claims === undefined
      ? request
      : `${request}\n${capped('claims', jsonOf('claims', claims), MAX_SIGNED_BYTES)}`;
  };
  const ask = (verb: 'decide' | 'explain', claims: Claims | undefined, asked: Asked) => {
    const text = question(claims, asked);
    const its = current();
    const { instance, area } = policyDoors();
    const answer = instance.run(() => area?.take(its[verb](area.put(text, MAX_DOCUMENT_BYTES))));
    return JSON.parse(answer as string);
  };
  return {
    roles: Object.freeze(JSON.parse(handle.roles())),
    rolesClaim: handle.rolesClaim,
    warnings: Object.freeze(handle.warnings.split('\n').filter((line) => line !== '')),
    decide: (claims, asked) => ask('decide', claims, asked),
    explain: (claims, asked) => ask('explain', claims, asked),
    table: (format = 'text') => {
      const its = current();
      return policyDoors().instance.run(() => its.table(format === 'html'));
    },
  };
}

/** All findings about a policy, without throwing: errors and warnings in the order of the text. */
export function checkPolicy(config: string | object, options: { file?: string } = {}): Finding[] {
  checkOptions(options, FILE, 'checkPolicy');
  const text = textOf(config);
  const doors = policyDoors().instance.doors();
  return JSON.parse(policyDoors().instance.run(() => doors.checkPolicy(options.file ?? 'portcullis.toml', text)));
}

function textOf(config: string | object): string {
  if (typeof config === 'string') return capped('policy', config, MAX_POLICY_BYTES);
  if (!rules.object[1](config)) throw optionError('policy', 'TOML text or an object', config);
  return capped('policy', jsonOf('policy', config), MAX_POLICY_BYTES);
}
