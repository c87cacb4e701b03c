/** What `authorize` asks for, compiled to a policy of one rule and decided like every other. @module */
import {
  type AuthError,
  type Claims,
  checkOptions,
  type Decision,
  errorOf,
  optionError,
  policy,
  rules,
} from '../internal.js';

/** What `authorize` asks for. With both roles and permissions, both are asked. */
export interface Requirements {
  /** Roles, one of which the holder must have, or a role that inherits it. */
  roles?: readonly string[];
  /** Permissions, one of which the holder must have. */
  permissions?: readonly string[];
  /** Whether every role and every permission is needed instead of one of each. */
  all?: boolean;
  /** Which roles have the rights of which others. `{ admin: ['manager'], manager: ['user'] }` unless set. */
  inherits?: Readonly<Record<string, readonly string[]>>;
  /** The claims that carry roles and permissions; dots reach into objects. `roles` and `permissions` unless set. */
  claims?: { roles?: string; permissions?: string };
}

/** What `authorize` takes: roles, or {@link Requirements}. */
export type RequirementArguments = readonly string[] | readonly [Requirements];

const PATH = '/';
const INHERITS = { admin: ['manager'], manager: ['user'] };
const ALLOWED = {
  roles: rules.names,
  permissions: rules.names,
  all: rules.flag,
  inherits: rules.object,
  claims: rules.object,
} as const;

/** A check of claims. */
export interface Requirement {
  /** @throws AccessError */
  check(claims: Claims): void;
  /** The permissions asked for, as the `scope` of a challenge. */
  readonly scope: string | undefined;
}

/** Compiles what `authorize` was given. @throws OptionError */
export function requirement(given: RequirementArguments): Requirement {
  const asked = normalise(given);
  const { roles = [], permissions = [], all = false } = asked;
  const one = (names: readonly string[], kind: string) => ({ any: names.map((name) => ({ [kind]: [name] })) });
  const every = (names: readonly string[], kind: string) => names.map((name) => ({ [kind]: [name] }));
  const conditions = all
    ? [...every(roles, 'roles'), ...every(permissions, 'permissions')]
    : [...(roles.length > 0 ? [{ roles }] : []), ...(permissions.length > 0 ? [one(permissions, 'permissions')] : [])];
  const compiled = policy({
    roles: declared(roles, asked.inherits ?? INHERITS),
    ...(asked.claims === undefined ? {} : { claims: asked.claims }),
    rules: [{ path: PATH, allow: 'signed-in', all: conditions }],
  });
  return {
    scope: permissions.length > 0 ? permissions.join(' ') : undefined,
    check(claims) {
      const decision = compiled.decide(claims, { method: 'GET', path: PATH });
      if (!decision.allowed) throw denied(decision);
    },
  };
}

function normalise(given: RequirementArguments): Requirements {
  const [first] = given;
  const asked = typeof first === 'object' ? first : { roles: given as readonly string[] };
  checkOptions(asked, ALLOWED, 'authorize');
  if ((asked.roles?.length ?? 0) + (asked.permissions?.length ?? 0) === 0) {
    throw optionError(
      'roles',
      'at least one role or permission: to let every signed-in user pass, use authenticate',
      given,
    );
  }
  return asked;
}

/** Every role that is named anywhere must be declared; a misspelt one would otherwise go unnoticed in a file. */
function declared(roles: readonly string[], inherits: Readonly<Record<string, readonly string[]>>): object {
  const names = new Set([...roles, ...Object.keys(inherits), ...Object.values(inherits).flat()]);
  const entries = [...names].map((name) => [
    name,
    { inherits: Object.hasOwn(inherits, name) ? (inherits[name] ?? []) : [] },
  ]);
  return Object.fromEntries(entries);
}

function denied(decision: Decision): AuthError {
  return errorOf({
    code: 'ERR_ACCESS_DENIED',
    stage: 'access',
    outside: 'insufficient_scope',
    message: `insufficient permissions: ${decision.why}`,
  });
}
