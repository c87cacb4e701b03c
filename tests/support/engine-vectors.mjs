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

/** The same in portions, each with the keys its cases name: what one request or one page can hold is bounded. */
export function* portions({ keys, cases }, atOnce = 400) {
  for (let from = 0; from < cases.length; from += atOnce) {
    const some = cases.slice(from, from + atOnce);
    const used = new Set(some.map(({ key }) => key));
    yield { keys: keys.map((key, index) => (used.has(index) ? key : null)), cases: some };
  }
}

/** A private JWK for each algorithm that engines sign with. They protect nothing. */
export function privateKeys(algorithms) {
  const jwks = JSON.parse(readFileSync(`${root}/tests/vectors/keys/keys.jwk.json`, 'utf8'));
  const names = {
    ES256: 'p256',
    ES384: 'p384',
    ES512: 'p521',
    ES256K: 'secp256k1',
    EdDSA: 'ed25519',
    Ed25519: 'ed25519',
  };
  return Object.fromEntries(algorithms.map((alg) => [alg, jwks[names[alg] ?? 'rsa']]));
}

function bytes(text) {
  return Buffer.from(text, 'base64url');
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
