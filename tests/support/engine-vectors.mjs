/** Wycheproof's signature vectors for engines in JavaScript, and the judging of what they said. See `tests/README.md`. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The vectors, made anew: `{ keys, cases }`. Left out is what never reaches an engine: HMAC, and signatures whose length is not
 * the key's, which are refused before (`engine_software.rs` has those).
 */
export function vectors() {
  execFileSync('cargo', ['run', '--quiet', '--example', 'vectors'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const { keys, cases } = JSON.parse(readFileSync(`${root}/build/vectors/signatures.json`, 'utf8'));
  return { keys, cases: cases.filter((one) => bytes(one.signature).length === keys[one.key].signatureBytes) };
}

/** The bytes of a case. */
export function bytes(text) {
  return new Uint8Array(Buffer.from(text, 'base64url'));
}

/**
 * What is wrong with an engine's answers; nothing, it is hoped. An exception that no longer holds is wrong too.
 *
 * @param {{keys: object[], cases: object[]}} asked
 * @param {(boolean | string)[]} answers - one per case; a string is what the engine threw
 * @param {{algorithms?: Record<string, string>, cases?: Record<string, string>}} exceptions - algorithm, or `source id` -> reason
 */
export function faults({ keys, cases }, answers, exceptions = {}) {
  const { algorithms = {}, cases: excepted = {} } = exceptions;
  const unsaid = new Set(Object.keys(algorithms));
  const wrong = [];
  cases.forEach((one, index) => {
    const { alg } = keys[one.key];
    const label = `${one.source} ${one.id}`;
    const right = answers[index] === one.valid;
    if (right && excepted[label]) wrong.push(`${label} is right: not so ${excepted[label]}`);
    if (!right && algorithms[alg]) unsaid.delete(alg);
    else if (!right && !excepted[label]) wrong.push(`${label} (${one.comment}): ${answers[index]}, not ${one.valid}`);
  });
  for (const alg of unsaid) wrong.push(`${alg} is right: not so ${algorithms[alg]}`);
  return wrong;
}
