/** From options to the settings of the service, under the names of the Worker's variables. @module */
import { checkOptions, type Duration, errorOf, optionError, type Rule, rules, seconds } from '../internal.js';
import type { AuthServiceOptions } from './types.js';

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const member = (value: unknown, name: string): unknown => (value as Record<string, unknown> | null)?.[name];
const hasVerbs = (store: unknown, verbs: readonly string[]) =>
  typeof store === 'object' && store !== null && verbs.every((verb) => typeof member(store, verb) === 'function');

/** Every store, and what is asked of it. */
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
  keys: ['a JWKS of private keys, an object or JSON', (value) => isText(value) || Array.isArray(member(value, 'keys'))],
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
  limiter: ['false or an object with allow()', (value) => value === false || hasVerbs(value, ['allow'])],
  logger: ['an object with info() and error()', (value) => hasVerbs(value, ['info', 'error'])],
  now: rules.callback,
};

/** Settings by name. */
export type Settings = Record<string, string>;

/** The options' names for the Worker's. */
const NAMES: Record<string, keyof AuthServiceOptions> = {
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
};

/** What the service says of a setting, said of the option it came from. */
export function settingError(thrown: unknown): unknown {
  let subject: string | undefined;
  const message = String((thrown as Error)?.message ?? thrown).replace(/\b[A-Z]+(?:_[A-Z]+)*\b/g, (word) => {
    const name = Object.hasOwn(NAMES, word) ? NAMES[word] : undefined;
    subject ??= name;
    return name === undefined ? word : `"${name}"`;
  });
  if (subject === undefined) return thrown;
  const fault = { code: 'ERR_OPTION_INVALID', stage: 'option', outside: 'internal', message, subject } as const;
  return errorOf(fault);
}

/** Checks the options and spells them as settings. @throws OptionError */
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
  const texts: Partial<Record<keyof AuthServiceOptions, string | undefined>> = {
    issuer: options.issuer,
    audience: options.audience,
    keys: typeof options.keys === 'object' ? JSON.stringify(options.keys) : options.keys,
    jwtSecret: options.jwtSecret,
    jwtRefreshSecret: options.jwtRefreshSecret,
    accessTokenLifetime: whole('accessTokenLifetime', options.accessTokenLifetime),
    sessionLifetime: whole('sessionLifetime', options.sessionLifetime),
    refreshGrace: whole('refreshGrace', options.refreshGrace),
    leeway: whole('leeway', options.leeway),
    cookieName: options.cookieName,
    cookieDomain: options.cookieDomain,
    allowedOrigins: options.allowedOrigins?.join(','),
    minPasswordChars: options.minPasswordChars?.toString(),
    auditRetention: whole('auditRetention', options.auditRetention, 86_400, 'days'),
    oauthClients: options.oauthClients?.map(({ id, secret }) => `${id}:${secret}`).join(','),
  };
  const settings = Object.entries(NAMES).map(([name, option]) => [name, texts[option]] as const);
  // An application that has routes of its own has pages of its own.
  return {
    ACCOUNT_PAGES: 'off',
    ...Object.fromEntries(settings.filter(([, value]) => value !== undefined)),
  } as Settings;
}

function checkStores(stores: unknown): void {
  for (const [name, verbs] of Object.entries(STORES)) {
    const store = member(stores, name);
    if (!hasVerbs(store, verbs)) throw optionError(`stores.${name}`, `an object with ${verbs.join('(), ')}()`, store);
  }
}

function whole(name: string, value: Duration | undefined, unit = 1, units = 'seconds'): string | undefined {
  if (value === undefined) return undefined;
  const count = seconds(name, value) / unit;
  if (!Number.isInteger(count)) throw optionError(name, `a whole number of ${units}`, value);
  return String(count);
}
