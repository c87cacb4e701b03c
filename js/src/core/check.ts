/** Validates options: an error names the option, the given value and the allowed values. @module */
import { atOnce } from '../guard.js';
import { optionError } from './errors.js';
import { MAX_OPTION_BYTES, MAX_SIGNED_BYTES } from './limits.js';
import { ALGORITHMS, type Alg, type Duration } from './types.js';

type Check = (value: unknown) => boolean;

/** Marks a rule whose option has its own length limit where it is read. */
export const OWN_LIMIT = 'own limit';

/**
 * The rule for an option: a description of the allowed values, and the test. Strings are limited by the general limits,
 * unless the rule says otherwise.
 */
export type Rule = readonly [allowed: string, check: Check, limit?: typeof OWN_LIMIT];

const isString: Check = (value) => typeof value === 'string';
const isText: Check = (value) => typeof value === 'string' && value !== '';
const isTextList: Check = (value) => Array.isArray(value) && value.length > 0 && value.every(isText);

/** Rules that many options share. */
export const rules = {
  text: ['a string that is not empty', isText],
  texts: ['a string or an array of strings', (value) => isText(value) || isTextList(value)],
  textsOrNull: [
    'a string, an array of strings, or null to leave the check out',
    (value) => value === null || isText(value) || isTextList(value),
  ],
  names: ['an array of strings', (value) => Array.isArray(value) && value.every(isString)],
  callback: ['a function', (value) => typeof value === 'function'],
  key: ['a key', (value) => value !== null && value !== undefined, OWN_LIMIT],
  flag: ['true or false', (value) => typeof value === 'boolean'],
  object: ['an object', (value) => typeof value === 'object' && value !== null && !Array.isArray(value)],
  count: ['a whole number above zero', (value) => Number.isSafeInteger(value) && (value as number) > 0],
  duration: ['a number of seconds, or text such as "30s", "15m", "7d"', (value) => secondsOf(value) !== undefined],
  algorithms: [
    `an array of ${ALGORITHMS.join(', ')}`,
    (value) => Array.isArray(value) && value.length > 0 && value.every(isAlg),
  ],
  algorithm: [`one of ${ALGORITHMS.join(', ')}`, isAlg],
} satisfies Record<string, Rule>;

function isAlg(value: unknown): value is Alg {
  return ALGORITHMS.includes(value as Alg);
}

/**
 * Checks `options` against `allowed`: unknown members are rejected, and each known member must follow its rule. A
 * member from a prototype is rejected: it would be read without having been checked, and it may come from prototype
 * pollution.
 *
 * @throws OptionError
 */
export function checkOptions(options: unknown, allowed: Record<string, Rule>, what: string): void {
  if (!rules.object[1](options)) throw optionError(`options of ${what}`, 'an object', options);
  for (const [name, value] of Object.entries(options as object)) {
    const rule = Object.hasOwn(allowed, name) ? allowed[name] : undefined;
    if (rule === undefined) {
      throw optionError(name, `left out: ${what} takes ${Object.keys(allowed).join(', ')}`, value);
    }
    if (value !== undefined && !rule[1](value)) throw optionError(name, rule[0], value);
    if (rule[2] !== OWN_LIMIT) checkLength(name, value);
  }
  for (const name of Object.keys(allowed)) {
    if (name in (options as object) && !Object.hasOwn(options as object, name)) {
      throw optionError(name, 'a member of the options themselves, not of their prototype', (options as never)[name]);
    }
  }
}

/** Strings are copied into a module, so their length is checked first. */
function checkLength(name: string, value: unknown): void {
  if (typeof value === 'string' && value.length > MAX_OPTION_BYTES) {
    throw optionError(name, `at most ${MAX_OPTION_BYTES} bytes`, value);
  }
  if (!Array.isArray(value)) return;
  const total = value.reduce((sum: number, one) => sum + (typeof one === 'string' ? one.length : 0), 0);
  if (total > MAX_SIGNED_BYTES) throw optionError(name, `at most ${MAX_SIGNED_BYTES} bytes together`, value);
}

/**
 * A value as JSON. A value that JSON cannot represent (a bigint, a circular structure) is an error that names it.
 * @throws OptionError
 */
export function jsonOf(name: string, value: object): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw optionError(name, `what JSON can hold (${(cause as Error).message.split('\n', 1)[0]})`, value);
  }
  if (text?.startsWith('{') !== true) throw optionError(name, 'an object, in JSON too', value);
  return text;
}

/**
 * The current time from `now`. If it is not a number, dates cannot be checked, so no token may be accepted. @throws
 * OptionError
 */
export function present(now: () => number): number {
  const wrong = (given: unknown) => optionError('now', 'a function that gives milliseconds since 1970', given);
  const moment = now();
  return Number.isFinite(moment) ? moment : atOnce('now', moment, Number.isFinite, wrong);
}

const UNIT_SECONDS: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

function secondsOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : undefined;
  const [, count, unit] = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d|w)$/.exec(typeof value === 'string' ? value : '') ?? [];
  return count === undefined || unit === undefined ? undefined : Number(count) * (UNIT_SECONDS[unit] as number);
}

/** A duration in seconds. @throws OptionError */
export function seconds(name: string, value: Duration): number {
  const found = secondsOf(value);
  if (found === undefined) throw optionError(name, rules.duration[0], value);
  return found;
}

/** One value or several, as an array; `null` and `undefined` are returned unchanged. */
export function many(value: string | readonly string[] | null | undefined): readonly string[] | undefined {
  if (value === null || value === undefined) return undefined;
  return typeof value === 'string' ? [value] : value;
}
