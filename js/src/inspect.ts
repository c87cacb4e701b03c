/**
 * Explains any text a person pastes: what it is, what is in it, each check a server makes, and what to do. A report is never a
 * verification: decide nothing by it.
 *
 * @module
 */
import {
  type Claims,
  checkOptions,
  type Header,
  type InspectQuestion,
  inspectText,
  type KeyMaterial,
  rules,
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
  kind: string;
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
  moments: { claim: string; at: number; utc: string | null; relative: string }[];
  /** Each check a server makes, in its order. */
  checks: Finding[];
  /** What a server might accept and should not have been made this way. */
  warnings: Finding[];
  /** What to do, most urgent first. */
  advice: string[];
}

/** Options of {@link inspect}. */
export interface InspectOptions {
  /** Keys to check the signature with. Without them the report says that nobody has. */
  keys?: KeyMaterial;
  /** The moment to judge dates at, in milliseconds. */
  now?: number;
}

/** Explains a text. @throws OptionError, KeyError */
export async function inspect(text: string, options: InspectOptions = {}): Promise<Report> {
  const allowed = {
    keys: ['a key', (value: unknown) => value !== null] as const,
    now: ['milliseconds since 1970', (value: unknown) => Number.isFinite(value)] as const,
  };
  checkOptions(options, allowed, 'inspect');
  const question: InspectQuestion = {
    text: rules.text[1](text) ? text : String(text ?? ''),
    now: options.now ?? Date.now(),
    keys: options.keys === undefined ? undefined : toKeys(options.keys, undefined),
  };
  return JSON.parse(await inspectText(question));
}
