/** The requirements of `authorize`, compiled to a policy with one rule and evaluated like any other policy. @module */
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

/** The requirements of `authorize`. If both roles and permissions are given, both must be met. */
export interface Requirements {
  /** Roles, of which the user must have one, or a role that inherits it. */
  roles?: readonly string[];
  /** Permissions, of which the user must have one. */
  permissions?: readonly string[];
  /** Whether all roles and all permissions are required instead of one of each. */
  all?: boolean;
  /** Which roles include which other roles. Default: `{ admin: ['manager'], manager: ['user'] }`. */
  inherits?: Readonly<Record<string, readonly string[]>>;
  /**
   * The claims that contain roles and permissions; dots separate the members of nested objects. Default: `roles` and
   * `permissions`.
   */
  claims?: { roles?: string; permissions?: string };
}

/** The arguments of `authorize`: roles, or {@link Requirements}. */
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
  /** The required permissions, as the `scope` of a challenge. */
  readonly scope: string | undefined;
}

/** Compiles the arguments of `authorize`. @throws OptionError */
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

/** Every named role must be declared; a misspelled one would otherwise go unnoticed in a policy file. */
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
