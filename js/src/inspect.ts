/**
 * Explains any text a person pastes: what it is, what is in it, each check a server makes, and what to do. A report is never a
 * verification: decide nothing by it.
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

/** What a check came to. */
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

/** Everything there is to say about a text. */
export interface Report {
  /** What the text is. */
  kind: 'jwt' | 'jws' | 'jwe' | 'jws-json' | 'jwe-json' | 'truncated' | 'key' | 'other' | 'empty' | 'too-long';
  /** The most important thing, in one sentence. */
  summary: string;
  /** What stood around the token or was done to it, outermost first. */
  wrappings: { name: string; sentence: string }[];
  /** The token itself; `null` when there is none. */
  token: string | null;
  /** Its parts, as they stand between the dots. */
  parts: { name: string; encoded: string; text: string | null; bytes: number | null; fault: string | null }[];
  /** Nobody vouches for it. */
  header: Header | null;
  /** Nobody vouches for them. */
  claims: Claims | null;
  /** The dates among the claims; `at` in milliseconds since 1970. */
  moments: { claim: 'auth_time' | 'iat' | 'nbf' | 'exp'; at: number; utc: string | null; relative: string }[];
  /** Each check a server makes, in its order. */
  checks: Finding[];
  /** What a server might accept and should not have been made this way. */
  warnings: Finding[];
  /** What to do, most urgent first. */
  advice: string[];
}

/** Options of {@link inspect}. */
export interface InspectOptions {
  /**
   * Keys to check the signature with. Without them the report says that nobody has. A secret or RSA key that does not say what it is
   * for is taken for what the token says, which a verifier never does.
   */
  keys?: KeyMaterial;
  /** The moment to judge dates at, in milliseconds. */
  now?: number;
  /** What the server asks of a token, as `createVerifier` takes it. What is left out is not looked at. */
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
