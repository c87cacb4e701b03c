/**
 * Errors: one class per stage, one stable code per cause. An error never contains a token, a key or a secret.
 *
 * @module
 */

/** The stage at which a token (or an option) was rejected, in the order of the checks. */
export type Stage =
  | 'option'
  | 'request'
  | 'format'
  | 'header'
  | 'algorithm'
  | 'key'
  | 'signature'
  | 'claims'
  | 'revocation'
  | 'access'
  | 'password'
  | 'callback';

/** What an HTTP client may learn (RFC 6750 section 3.1). */
export type Outside =
  | 'unauthenticated'
  | 'invalid_request'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'cross_site_request'
  | 'internal'
  | 'unavailable';

/** Codes of {@link OptionError}. */
export type OptionCode = 'ERR_OPTION_INVALID' | 'ERR_SYNC_UNAVAILABLE';
/** Codes of {@link RequestError}. */
export type RequestCode = 'ERR_CREDENTIALS_AMBIGUOUS' | 'ERR_CREDENTIALS_MALFORMED' | 'ERR_CROSS_SITE_REQUEST';
/** Codes of {@link FormatError}. */
export type FormatCode =
  | 'ERR_TOKEN_MISSING'
  | 'ERR_TOKEN_TOO_LONG'
  | 'ERR_TOKEN_CHARACTERS'
  | 'ERR_TOKEN_PARTS'
  | 'ERR_TOKEN_BASE64';
/** Codes of {@link HeaderError}. */
export type HeaderCode = 'ERR_HEADER_INVALID' | 'ERR_HEADER_CRIT';
/** Codes of {@link AlgorithmError}. */
export type AlgorithmCode = 'ERR_ALG_NOT_ALLOWED';
/** Codes of {@link KeyError}. */
export type KeyCode =
  | 'ERR_KEY_INVALID'
  | 'ERR_KEY_WEAK'
  | 'ERR_KEY_WRONG_KIND'
  | 'ERR_KEY_INCOMPLETE'
  | 'ERR_KEY_NOT_FOUND'
  | 'ERR_KEY_AMBIGUOUS'
  | 'ERR_KEY_UNAVAILABLE';
/** Codes of {@link SignatureError}. */
export type SignatureCode = 'ERR_SIGNATURE_MISSING' | 'ERR_SIGNATURE_INVALID' | 'ERR_SIGNING_FAILED';
/** Codes of {@link ClaimError}. */
export type ClaimCode =
  | 'ERR_HEADER_TYP'
  | 'ERR_CLAIMS_INVALID'
  | 'ERR_CLAIM_MISSING'
  | 'ERR_CLAIM_TYPE'
  | 'ERR_CLAIM_MISMATCH'
  | 'ERR_TOKEN_EXPIRED'
  | 'ERR_TOKEN_NOT_YET_VALID'
  | 'ERR_TOKEN_ISSUED_IN_FUTURE'
  | 'ERR_TOKEN_TOO_OLD';
/** Codes of {@link RevocationError}. */
export type RevocationCode = 'ERR_TOKEN_REVOKED' | 'ERR_REVOCATION_UNAVAILABLE';
/** Codes of {@link AccessError}. */
export type AccessCode = 'ERR_ACCESS_DENIED';

/** Codes of {@link PasswordError}. */
export type PasswordCode = 'ERR_HASHING_UNAVAILABLE';
/** Codes of {@link CallbackError}. */
export type CallbackCode = 'ERR_CALLBACK_TIMEOUT' | 'ERR_CALLBACK_INVALID';

/** All codes. */
export type ErrorCode =
  | OptionCode
  | RequestCode
  | FormatCode
  | HeaderCode
  | AlgorithmCode
  | KeyCode
  | SignatureCode
  | ClaimCode
  | RevocationCode
  | AccessCode
  | PasswordCode
  | CallbackCode;

/** The details of an error. */
export interface Fault<C extends ErrorCode = ErrorCode> {
  code: C;
  stage: Stage;
  message: string;
  outside: Outside;
  /** The claim, header member or option at fault. */
  subject?: string | null;
  /** The accepted values. */
  expected?: string | null;
  /** The actual value; never a token, never key material. */
  actual?: string | null;
}

const STATUS: Record<Outside, number> = {
  unauthenticated: 401,
  invalid_request: 400,
  invalid_token: 401,
  insufficient_scope: 403,
  cross_site_request: 403,
  internal: 500,
  unavailable: 503,
};

/** The base class of all errors of this package. Narrow it by class, or by `code`. */
export class PortcullisError<C extends ErrorCode = ErrorCode> extends Error {
  /** The stable code, `ERR_…`. */
  readonly code: C;
  /** The stage at which it occurred. */
  readonly stage: Stage;
  /** What an HTTP client may learn. */
  readonly outside: Outside;
  /** The corresponding HTTP status. */
  readonly status: number;
  /** The claim, header member or option at fault. */
  declare readonly claim?: string;
  /** The accepted values. */
  declare readonly expected?: string;
  /** The actual value; never a token, never key material. */
  declare readonly actual?: string;

  constructor(fault: Fault<C>, options?: ErrorOptions) {
    super(fault.message, options);
    this.code = fault.code;
    this.stage = fault.stage;
    this.outside = fault.outside;
    this.status = STATUS[fault.outside] ?? 500;
    if (fault.subject != null) this.claim = fault.subject;
    if (fault.expected != null) this.expected = fault.expected;
    if (fault.actual != null) this.actual = fault.actual;
  }
}

/** An invalid option of the caller: `claim` is its name. */
export class OptionError extends PortcullisError<OptionCode> {
  override readonly stage = 'option' as const;
}
/** A request with invalid credentials. */
export class RequestError extends PortcullisError<RequestCode> {
  override readonly stage = 'request' as const;
}
/** A missing or malformed token. */
export class FormatError extends PortcullisError<FormatCode> {
  override readonly stage = 'format' as const;
}
/** An invalid JOSE header. */
export class HeaderError extends PortcullisError<HeaderCode> {
  override readonly stage = 'header' as const;
}
/** An algorithm that is not allowed. */
export class AlgorithmError extends PortcullisError<AlgorithmCode> {
  override readonly stage = 'algorithm' as const;
}
/** A key that is invalid, unusable, unknown or could not be fetched. */
export class KeyError extends PortcullisError<KeyCode> {
  override readonly stage = 'key' as const;
}
/** The signature. */
export class SignatureError extends PortcullisError<SignatureCode> {
  override readonly stage = 'signature' as const;
}
/** An invalid claim, in a token with a valid signature. */
export class ClaimError extends PortcullisError<ClaimCode> {
  override readonly stage = 'claims' as const;
}
/** The token has been revoked. */
export class RevocationError extends PortcullisError<RevocationCode> {
  override readonly stage = 'revocation' as const;
}
/** The user does not have permission. */
export class AccessError extends PortcullisError<AccessCode> {
  override readonly stage = 'access' as const;
}

/** A password hash cannot be computed at the moment. */
export class PasswordError extends PortcullisError<PasswordCode> {
  override readonly stage = 'password' as const;
}
/** A function of the application that did not settle in time, or returned an invalid value: `claim` is its name. */
export class CallbackError extends PortcullisError<CallbackCode> {
  override readonly stage = 'callback' as const;
}

/** Any error of this package; `stage` and `code` distinguish them. */
export type AuthError =
  | OptionError
  | RequestError
  | FormatError
  | HeaderError
  | AlgorithmError
  | KeyError
  | SignatureError
  | ClaimError
  | RevocationError
  | AccessError
  | PasswordError
  | CallbackError;

/** Whether `value` is an error of this package. */
export function isAuthError(value: unknown): value is AuthError {
  return value instanceof PortcullisError;
}

const CLASSES: Record<Stage, new (fault: Fault<never>, options?: ErrorOptions) => PortcullisError> = {
  option: OptionError,
  request: RequestError,
  format: FormatError,
  header: HeaderError,
  algorithm: AlgorithmError,
  key: KeyError,
  signature: SignatureError,
  claims: ClaimError,
  revocation: RevocationError,
  access: AccessError,
  password: PasswordError,
  callback: CallbackError,
};

for (const [stage, its] of Object.entries(CLASSES)) {
  Object.defineProperty(its.prototype, 'name', { value: its.name || stage, configurable: true, writable: true });
}

/** The class of an error's stage. @internal */
export function errorOf(fault: Fault, options?: ErrorOptions): AuthError {
  return new CLASSES[fault.stage](fault as Fault<never>, options) as AuthError;
}

/** Converts an exception of a wasm export: its JSON becomes an error, anything else is returned unchanged. @internal */
export function fromDoor(thrown: unknown): unknown {
  return typeof thrown === 'string' && thrown.startsWith('{"') ? errorOf(JSON.parse(thrown)) : thrown;
}

/** An invalid option: its name, the given value and the allowed values. @internal */
export function optionError(name: string, expected: string, given: unknown): OptionError {
  const actual = describe(given);
  return errorOf({
    code: 'ERR_OPTION_INVALID',
    stage: 'option',
    outside: 'internal',
    message: `the option "${name}" must be ${expected}, but is ${actual}`,
    subject: name,
    expected,
    actual,
  }) as OptionError;
}

/** A function of the application that did not settle in time. @internal */
export function callbackTimeout(name: string): AuthError {
  const message = `the function "${name}" did not answer in time`;
  return errorOf({ code: 'ERR_CALLBACK_TIMEOUT', stage: 'callback', outside: 'unavailable', message, subject: name });
}

/** A function of the application that returned an invalid value. @internal */
export function callbackInvalid(name: string, expected: string, given: unknown): AuthError {
  const actual = describe(given);
  const message = `the function "${name}" must return ${expected}, but returned ${actual}`;
  const fault = { code: 'ERR_CALLBACK_INVALID', stage: 'callback', outside: 'internal' } as const;
  return errorOf({ ...fault, message, subject: name, expected, actual });
}

/** A description of a value; for strings and bytes only the length, because they may be secrets. */
export function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (typeof value === 'string') return value === '' ? 'an empty string' : `a string of ${value.length} characters`;
  if (typeof value === 'number' || typeof value === 'boolean') return `the ${typeof value} ${value}`;
  if (typeof value === 'bigint' || typeof value === 'symbol') return `a ${typeof value}`;
  if (typeof value === 'function') return 'a function';
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const maker = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof maker === 'string' && maker !== 'Object' ? `a ${maker}` : 'an object';
}
