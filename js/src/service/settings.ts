/** Converts options to the settings of the service, with the names of the Worker's variables. @module */
import {
  capped,
  checkOptions,
  type Duration,
  errorOf,
  MAX_JWKS_BYTES,
  OWN_LIMIT,
  optionError,
  type Rule,
  rules,
  seconds,
} from '../internal.js';
import type { AuthServiceOptions } from './types.js';

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const member = (value: unknown, name: string): unknown => (value as Record<string, unknown> | null)?.[name];
const hasVerbs = (store: unknown, verbs: readonly string[]) =>
  typeof store === 'object' && store !== null && verbs.every((verb) => typeof member(store, verb) === 'function');

const isPages = (value: unknown) =>
  rules.object[1](value) &&
  Object.entries(value as object).every(([name, text]) => ['name', 'home', 'theme'].includes(name) && isText(text));

/** All stores, and their required methods. */
const STORES = {
  accounts: ['create', 'findById', 'findByEmail', 'update', 'list'],
  sessions: ['update', 'waiting'],
  revocations: ['put', 'get', 'since', 'prune'],
  audit: ['append', 'find', 'prune'],
} as const;

/** The rules of {@link AuthServiceOptions}. */
export const ALLOWED: Record<keyof AuthServiceOptions, Rule> = {
  issuer: rules.text,
  audience: rules.text,
  keys: [
    'a JWKS of private keys, an object or JSON',
    (value) => isText(value) || Array.isArray(member(value, 'keys')),
    OWN_LIMIT,
  ],
  jwtSecret: rules.text,
  jwtRefreshSecret: rules.text,
  stores: rules.object,
  accessTokenLifetime: rules.duration,
  sessionLifetime: rules.duration,
  refreshGrace: rules.duration,
  leeway: rules.duration,
  cookieName: rules.text,
  cookieDomain: rules.text,
  allowedOrigins: rules.names,
  minPasswordChars: rules.count,
  auditRetention: rules.duration,
  oauthClients: [
    'an array of { id, secret }',
    (value) => Array.isArray(value) && value.every((one) => isText(member(one, 'id')) && isText(member(one, 'secret'))),
  ],
  accountPages: [
    'true, false, or an object with name, home and theme',
    (value) => typeof value === 'boolean' || isPages(value),
  ],
  limiter: ['false or an object with allow()', (value) => value === false || hasVerbs(value, ['allow'])],
  logger: ['an object with info() and error()', (value) => hasVerbs(value, ['info', 'error'])],
  now: rules.callback,
};

/** Settings by name. */
export type Settings = Record<string, string>;

/** The option names for the Worker's variables. */
const NAMES = {
  ISSUER: 'issuer',
  AUDIENCE: 'audience',
  JWT_KEYS: 'keys',
  JWT_SECRET: 'jwtSecret',
  JWT_REFRESH_SECRET: 'jwtRefreshSecret',
  ACCESS_TOKEN_SECONDS: 'accessTokenLifetime',
  SESSION_SECONDS: 'sessionLifetime',
  REFRESH_GRACE_SECONDS: 'refreshGrace',
  LEEWAY_SECONDS: 'leeway',
  COOKIE_NAME: 'cookieName',
  COOKIE_DOMAIN: 'cookieDomain',
  ALLOWED_ORIGINS: 'allowedOrigins',
  MIN_PASSWORD_CHARS: 'minPasswordChars',
  AUDIT_RETENTION_DAYS: 'auditRetention',
  OAUTH_CLIENTS: 'oauthClients',
  ACCOUNT_PAGES: 'accountPages',
  ACCOUNT_NAME: 'accountPages.name',
  ACCOUNT_HOME: 'accountPages.home',
  ACCOUNT_THEME: 'accountPages.theme',
} as const;

/** Converts the service's message about a setting to one about the corresponding option. */
export function settingError(thrown: unknown): unknown {
  let subject: string | undefined;
  const message = String((thrown as Error)?.message ?? thrown).replace(/\b[A-Z]+(?:_[A-Z]+)*\b/g, (word) => {
    const name = Object.hasOwn(NAMES, word) ? NAMES[word as keyof typeof NAMES] : undefined;
    subject ??= name;
    return name === undefined ? word : `"${name}"`;
  });
  if (subject === undefined) return thrown;
  const fault = { code: 'ERR_OPTION_INVALID', stage: 'option', outside: 'internal', message, subject } as const;
  return errorOf(fault);
}

/** Validates the options and converts them to settings. @throws OptionError */
export function settingsOf(options: AuthServiceOptions, more: Record<string, Rule>, what: string): Settings {
  checkOptions(options, { ...ALLOWED, ...more }, what);
  checkStores(options.stores);
  for (const name of ['issuer', 'audience'] as const) {
    if (options[name] === undefined) throw optionError(name, ALLOWED[name][0], undefined);
  }
  if (options.keys === undefined && options.jwtSecret === undefined) {
    throw optionError('jwtSecret', 'a string of at least 32 bytes, where there are no "keys"', undefined);
  }
  if (options.keys !== undefined && options.jwtSecret !== undefined) {
    throw optionError('jwtSecret', 'left out beside "keys"', options.jwtSecret);
  }
  const pages = options.accountPages === true ? {} : options.accountPages || undefined;
  const settings: Record<keyof typeof NAMES, string | undefined> = {
    ISSUER: options.issuer,
    AUDIENCE: options.audience,
    JWT_KEYS: keysOf(options.keys),
    JWT_SECRET: options.jwtSecret,
    JWT_REFRESH_SECRET: options.jwtRefreshSecret,
    ACCESS_TOKEN_SECONDS: whole('accessTokenLifetime', options.accessTokenLifetime),
    SESSION_SECONDS: whole('sessionLifetime', options.sessionLifetime),
    REFRESH_GRACE_SECONDS: whole('refreshGrace', options.refreshGrace),
    LEEWAY_SECONDS: whole('leeway', options.leeway),
    COOKIE_NAME: options.cookieName,
    COOKIE_DOMAIN: options.cookieDomain,
    ALLOWED_ORIGINS: json(options.allowedOrigins),
    MIN_PASSWORD_CHARS: options.minPasswordChars?.toString(),
    AUDIT_RETENTION_DAYS: whole('auditRetention', options.auditRetention, 86_400, 'days'),
    OAUTH_CLIENTS: json(options.oauthClients),
    // An application usually has its own pages, so these are only enabled on request.
    ACCOUNT_PAGES: pages === undefined ? 'off' : 'on',
    ACCOUNT_NAME: pages?.name,
    ACCOUNT_HOME: pages?.home,
    ACCOUNT_THEME: pages?.theme,
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Settings;
}

function keysOf(keys: AuthServiceOptions['keys']): string | undefined {
  if (keys === undefined) return undefined;
  return capped('keys', typeof keys === 'object' ? JSON.stringify(keys) : keys, MAX_JWKS_BYTES);
}

function checkStores(stores: unknown): void {
  for (const [name, verbs] of Object.entries(STORES)) {
    const store = member(stores, name);
    if (!hasVerbs(store, verbs)) throw optionError(`stores.${name}`, `an object with ${verbs.join('(), ')}()`, store);
  }
}

/** A list as JSON: a joined string would be split incorrectly if an entry contained the separator. */
function json(list: readonly unknown[] | undefined): string | undefined {
  return list === undefined ? undefined : JSON.stringify(list);
}

function whole(name: string, value: Duration | undefined, unit = 1, units = 'seconds'): string | undefined {
  if (value === undefined) return undefined;
  const count = seconds(name, value) / unit;
  if (!Number.isInteger(count)) throw optionError(name, `a whole number of ${units}`, value);
  return String(count);
}
