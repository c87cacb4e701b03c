/** Reads JSON without losing digits: a number that a JavaScript number cannot hold stays as it was written. */

import { TIME_CLAIMS } from './words.js';

/** Numbers of so many digits are always held exactly. */
const SAFE_DIGITS = 15;

/** Browsers of before 2025 may lack it: there such numbers are shown rounded, as everything else in them shows them. */
const { rawJSON } = JSON as typeof JSON & { rawJSON?: (text: string) => unknown };

/** The value of a JSON text; `JSON.stringify` gives each number back with its own digits. */
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
