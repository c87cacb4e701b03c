/** Parses JSON without losing digits: a number that a JavaScript number cannot represent keeps its notation. */

import { TIME_CLAIMS } from './words.js';

/** Numbers with at most this many digits are always exact. */
const SAFE_DIGITS = 15;

/** Browsers from before 2025 may not support it. They show such numbers rounded. */
const { rawJSON } = JSON as typeof JSON & { rawJSON?: (text: string) => unknown };

/** The value of a JSON text; `JSON.stringify` returns each number with its original digits. */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, keepDigits);
}

function keepDigits(name: string, value: unknown, { source = '' }: { source?: string } = {}): unknown {
  if (typeof value !== 'number' || rawJSON === undefined || TIME_CLAIMS.has(name)) {
    return value;
  }
  const digits = source.replace(/e.*/i, '').replace(/\D/g, '').replace(/^0+/, '');
  return digits.length > SAFE_DIGITS ? rawJSON(source) : value;
}
