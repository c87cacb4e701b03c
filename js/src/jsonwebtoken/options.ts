/** The options and registered claims that `sign` accepts, and the messages for all others. */

type Rule = readonly [isValid: (value: unknown) => boolean, message: string];

/**
 * Checks the options of `sign`.
 *
 * @throws Error that names the first unknown or invalid option
 */
export function checkSignOptions(options: unknown): void {
  checkMembers('options', options, SIGN_OPTIONS, false);
}

/**
 * Checks that a payload is a plain object whose time claims are numbers.
 *
 * @throws Error that names the first invalid claim
 */
export function checkPayload(payload: unknown): void {
  checkMembers('payload', payload, TIME_CLAIMS, true);
}

const SIGNING_ALGORITHMS = new Set<unknown>([
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'],
  ...['HS256', 'HS384', 'HS512', 'none'],
]);

const timespan = (name: string): Rule => [
  (value) => Number.isInteger(value) || (isString(value) && Boolean(value)),
  `"${name}" should be a number of seconds or string representing a timespan`,
];
const text = (name: string): Rule => [isString, `"${name}" must be a string`];
const flag = (name: string): Rule => [isBoolean, `"${name}" must be a boolean`];
const seconds = (name: string): Rule => [isNumber, `"${name}" should be a number of seconds`];

const SIGN_OPTIONS = new Map<string, Rule>([
  ['expiresIn', timespan('expiresIn')],
  ['notBefore', timespan('notBefore')],
  ['audience', [(value) => isString(value) || Array.isArray(value), '"audience" must be a string or array']],
  ['algorithm', [(value) => SIGNING_ALGORITHMS.has(value), '"algorithm" must be a valid string enum value']],
  ['header', [isPlainObject, '"header" must be an object']],
  ['encoding', text('encoding')],
  ['issuer', text('issuer')],
  ['subject', text('subject')],
  ['jwtid', text('jwtid')],
  ['noTimestamp', flag('noTimestamp')],
  ['keyid', text('keyid')],
  ['mutatePayload', flag('mutatePayload')],
  ['allowInsecureKeySizes', flag('allowInsecureKeySizes')],
  ['allowInvalidAsymmetricKeyTypes', flag('allowInvalidAsymmetricKeyTypes')],
]);

const TIME_CLAIMS = new Map<string, Rule>([
  ['iat', seconds('iat')],
  ['exp', seconds('exp')],
  ['nbf', seconds('nbf')],
]);

function checkMembers(name: string, value: unknown, rules: ReadonlyMap<string, Rule>, othersAllowed: boolean): void {
  if (!isPlainObject(value)) throw new Error(`Expected "${name}" to be a plain object.`);
  for (const key of Object.keys(value)) {
    const rule = rules.get(key);
    if (!rule && !othersAllowed) throw new Error(`"${key}" is not allowed in "${name}"`);
    if (rule && !rule[0](value[key])) throw new Error(rule[1]);
  }
}

/** Literals, `Object.create(null)` and objects of another realm; not arrays or instances of classes. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (Object.prototype.toString.call(value) !== '[object Object]') return false;
  const prototype = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return true;
  const maker = Object.hasOwn(prototype, 'constructor') && prototype.constructor;
  return typeof maker === 'function' && maker instanceof maker && sourceOf(maker) === SOURCE_OF_OBJECT;
}

const sourceOf = (maker: unknown): string => Function.prototype.toString.call(maker);
const SOURCE_OF_OBJECT = sourceOf(Object);

// Includes boxed values: `new String("x")` is a string in this API.
function isString(value: unknown): boolean {
  return typeof value === 'string' || value instanceof String;
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' || value instanceof Number;
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean' || value instanceof Boolean;
}
