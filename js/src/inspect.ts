/**
 * Explains any pasted text: what it is, what it contains, each check of a server, and what to do. A report is not a
 * verification: do not base decisions on it.
 *
 * @module
 */
import {
  type Alg,
  type Claims,
  checkOptions,
  type Duration,
  type Header,
  type InspectQuestion,
  inspectText,
  type KeyMaterial,
  keysAsNamed,
  many,
  rules,
  seconds,
  toKeys,
} from './internal.js';

/** The result of a check. */
export type InspectVerdict = 'pass' | 'fail' | 'warn' | 'not-checked';

/** A check or a warning. */
export interface Finding {
  /** Stable name. */
  name: string;
  verdict: InspectVerdict;
  sentence: string;
  /** What to do about it. */
  fix: string | null;
}

/** The complete report about a text. */
export interface Report {
  /** The kind of the text. */
  kind: 'jwt' | 'jws' | 'jwe' | 'jws-json' | 'jwe-json' | 'truncated' | 'key' | 'other' | 'empty' | 'too-long';
  /** The most important result, in one sentence. */
  summary: string;
  /** The layers around the token, outermost first. */
  wrappings: { name: string; sentence: string }[];
  /** The token itself; `null` if there is none. */
  token: string | null;
  /** Its parts between the dots. */
  parts: { name: string; encoded: string; text: string | null; bytes: number | null; fault: string | null }[];
  /** Not verified. */
  header: Header | null;
  /** Not verified. */
  claims: Claims | null;
  /** The date claims; `at` in milliseconds since 1970. */
  moments: { claim: 'auth_time' | 'iat' | 'nbf' | 'exp'; at: number; utc: string | null; relative: string }[];
  /** The checks of a server, in its order. */
  checks: Finding[];
  /** Weaknesses that a server might accept. */
  warnings: Finding[];
  /** What to do, most urgent first. */
  advice: string[];
}

/** Options of {@link inspect}. */
export interface InspectOptions {
  /**
   * Keys to verify the signature with. Without keys, the report says that the signature is not verified. If a secret or
   * RSA key does not name its algorithm, the token's algorithm is used, which a verifier never does.
   */
  keys?: KeyMaterial;
  /** The time at which dates are checked, in milliseconds. */
  now?: number;
  /** The server's expectations, with the same options as `createVerifier`. Omitted ones are not checked. */
  algorithms?: readonly Alg[];
  issuer?: string | readonly string[] | null;
  audience?: string | readonly string[] | null;
  subject?: string | readonly string[];
  typ?: string;
  leeway?: Duration;
  maxAge?: Duration;
  requiredClaims?: readonly string[];
}

/** Explains a text. @throws OptionError, KeyError */
export async function inspect(text: string, options: InspectOptions = {}): Promise<Report> {
  const allowed = {
    keys: rules.key,
    now: ['milliseconds since 1970', (value: unknown) => Number.isFinite(value)] as const,
    algorithms: rules.algorithms,
    issuer: rules.textsOrNull,
    audience: rules.textsOrNull,
    subject: rules.texts,
    typ: rules.text,
    leeway: rules.duration,
    maxAge: rules.duration,
    requiredClaims: rules.names,
  };
  checkOptions(options, allowed, 'inspect');
  const question: InspectQuestion = {
    text: rules.text[1](text) ? text : String(text ?? ''),
    now: options.now ?? Date.now(),
    keys: undefined,
    expectations: undefined,
  };
  if (options.keys !== undefined) {
    question.keys = options.algorithms
      ? toKeys(options.keys, options.algorithms)
      : keysAsNamed(options.keys, (JSON.parse(await inspectText(question)) as Report).header?.alg);
  }
  question.expectations = expectationsOf(options);
  return JSON.parse(await inspectText(question));
}

function expectationsOf({ keys: _keys, now: _now, ...asked }: InspectOptions): string | undefined {
  if (Object.values(asked).every((value) => value === undefined)) return undefined;
  return JSON.stringify({
    ...asked,
    issuer: many(asked.issuer),
    audience: many(asked.audience),
    subject: many(asked.subject),
    leeway: asked.leeway === undefined ? undefined : seconds('leeway', asked.leeway),
    maxAge: asked.maxAge === undefined ? undefined : seconds('maxAge', asked.maxAge),
  });
}
