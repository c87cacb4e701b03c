/** What the page shows about a token. Filled from the library's own report; nothing is judged here. */

/** The outcome of one check. `unknown` means that something is missing to say: a key, an expectation. */
export type Verdict = 'pass' | 'fail' | 'warn' | 'unknown';

/** One check. */
export interface Check {
  name: string;
  verdict: Verdict;
  sentence: string;
  /** What to do about it, when something is to be done. */
  fix?: string | undefined;
}

/** A part of the token, as it stood in the text. */
export interface Part {
  kind: 'header' | 'payload' | 'signature' | 'other';
  text: string;
}

/** A claim that holds a time, in milliseconds since 1970. */
export interface Moment {
  name: 'iat' | 'nbf' | 'exp';
  at: number;
}

/** Everything the page shows about one token. */
export interface View {
  /** What the text is: `a signed token (JWT)`, `an encrypted token (JWE)`, …. */
  what: string;
  parts: Part[];
  header: Record<string, unknown> | undefined;
  claims: Record<string, unknown> | undefined;
  checks: Check[];
  warnings: Check[];
}

/** The times among the claims, in the order of a token's life. */
export function moments(claims: Record<string, unknown> | undefined): Moment[] {
  const found: Moment[] = [];
  for (const name of ['iat', 'nbf', 'exp'] as const) {
    const value = claims?.[name];
    if (typeof value === 'number' && Number.isFinite(value)) {
      found.push({ name, at: value * 1000 });
    }
  }
  return found;
}
