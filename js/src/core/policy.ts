/** Policies: who may do what, written down once, decided in wasm by the same functions as at the edge. @module */
import { policyDoors } from '../policy-doors.js';
import { checkOptions, jsonOf, OWN_LIMIT, type Rule, rules } from './check.js';
import { optionError } from './errors.js';
import { capped, cut, MAX_DOCUMENT_BYTES, MAX_PATH_BYTES, MAX_POLICY_BYTES, MAX_SIGNED_BYTES } from './limits.js';
import type { Claims } from './types.js';

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
  /** 200 for a pass, 401 for want of a good token, 403 for everything else, 400 or 414 for a path without a single meaning. */
  status: number;
  /** The rule that decided, by name; `null` when none names the request. */
  rule: string | null;
  /** The line of that rule in the policy's text. */
  line: number | null;
  /** Why, as a sentence. */
  why: string;
  /** The path as it was judged. Send this one on, not the one that came. */
  path: string | null;
}

/** Something to say about a policy's text. */
export interface Finding {
  severity: 'error' | 'warning';
  /** From 1. */
  line: number;
  /** In characters, from 1. */
  column: number;
  message: string;
  /** What to do about it. */
  help: string | null;
}

/** A compiled policy. */
export interface Policy {
  /** The verdict on a request whose token had these claims; `undefined` for a request without a token. */
  decide(claims: Claims | undefined, asked: Asked): Decision;
  /** The walk to that verdict, rule by rule, for people. */
  explain(claims: Claims | undefined, asked: Asked): string;
  /** Who can do what: rules down, roles across. */
  table(format?: 'text' | 'html'): string;
  /** The names of the roles, from the one that may do least. */
  readonly roles: readonly string[];
  /** The claim that carries a token's roles. */
  readonly rolesClaim: string;
  /** What works but is likely not meant. */
  readonly warnings: readonly string[];
}

const FILE = { file: rules.text } as const;
const TEXT: Rule = ['a string', (value) => typeof value === 'string', OWN_LIMIT];
const ASKED = {
  method: [...rules.text, OWN_LIMIT],
  // Even an empty one, for it comes from outside: what it comes to is the policy's to say.
  path: TEXT,
  host: TEXT,
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
  /** The handle, made again after a trap. */
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
    // No rule names a method or a host that is as long as this, so a cut one is judged like the whole.
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

/** All there is to say about a policy, without throwing: errors and warnings in the order of the text. */
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
