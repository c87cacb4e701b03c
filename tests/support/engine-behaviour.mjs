/**
 * What a signature engine must do, for mounting on each engine that JavaScript can reach; the same as `engine_suite.rs` asks of
 * engines in Rust. Runs wherever an engine does: it imports nothing.
 */

/** The algorithms whose signatures engines make and check. HMAC is never the host's. */
export const ALGORITHMS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 ES256K EdDSA Ed25519'.split(' ');

const MESSAGE = new TextEncoder().encode('eyJhbGciOiJub25lIn0.e30');
const utf8 = (text) => new TextEncoder().encode(text);

/**
 * Signs and checks under every algorithm: changed, cut, grown and swapped signatures are no good, nor is what another algorithm
 * made with the same numbers. Gives what went wrong.
 *
 * @param {{sign(jwk: object, alg: string, message: Uint8Array): Promise<Uint8Array>,
 *   check(jwk: object, alg: string, message: Uint8Array, signature: Uint8Array): Promise<boolean>,
 *   judgesLengths?: boolean}} engine - whether signatures of another length get that far
 * @param {Record<string, object>} keys - algorithm -> private JWK
 * @param {Record<string, string>} exceptions - algorithm -> why this engine cannot; one that can after all is wrong
 * @returns {Promise<string[]>}
 */
export async function misbehaviour(engine, keys, exceptions = {}) {
  const wrong = [];
  const made = {};
  for (const alg of ALGORITHMS) {
    try {
      made[alg] = await engine.sign(keys[alg], alg, MESSAGE);
      if (exceptions[alg]) wrong.push(`${alg} is signed: not so ${exceptions[alg]}`);
    } catch (error) {
      if (!exceptions[alg]) wrong.push(`${alg} is not signed: ${error}`);
    }
  }
  const says = (alg, message, signature) => engine.check(keys[alg], alg, message, signature).catch(String);
  const expect = async (what, answer, expected) => {
    const got = await answer;
    if (got !== expected) wrong.push(`${what}: ${got}, not ${expected}`);
  };
  for (const [alg, signature] of Object.entries(made)) {
    await expect(`${alg}, its own`, says(alg, MESSAGE, signature), true);
    await expect(`${alg}, another message`, says(alg, utf8('another'), signature), false);
    await expect(`${alg}, no message`, says(alg, new Uint8Array(0), signature), false);
    for (const [bent, bytes] of misshapen(signature)) {
      // One of another length never gets as far as a host, and hosts do as they like with it: some throw, some pass over a zero.
      if (bytes.length !== signature.length && !engine.judgesLengths) continue;
      await expect(`${alg}, ${bent}`, says(alg, MESSAGE, bytes), false);
    }
    for (const other of Object.keys(made).filter((one) => one !== alg && sameNumbers(one, alg))) {
      await expect(`${alg} checked as ${other}`, says(other, MESSAGE, signature), false);
    }
  }
  return wrong;
}

/** Algorithms of one RSA key; EdDSA and Ed25519 are two names of one thing. */
function sameNumbers(one, other) {
  return /^[RP]S/.test(one) && /^[RP]S/.test(other);
}

/** Cut, grown, emptied, zeroed, filled, swapped and bent; zeroed r and s are CVE-2022-21449. */
function misshapen(signature) {
  const { length } = signature;
  const half = length / 2;
  const joined = (...parts) => Uint8Array.from(parts.flatMap((part) => [...part]));
  const zeros = (count) => new Uint8Array(count);
  const flipped = (at) => signature.map((byte, index) => (index === at ? byte ^ 1 : byte));
  return Object.entries({
    empty: zeros(0),
    'cut at the end': signature.slice(0, -1),
    'cut at the start': signature.slice(1),
    'grown at the end': joined(signature, [0]),
    'grown at the start': joined([0], signature),
    'all zeros': zeros(length),
    'all ones': new Uint8Array(length).fill(0xff),
    'halves swapped': joined(signature.slice(half), signature.slice(0, half)),
    'first half zero': joined(zeros(half), signature.slice(half)),
    'second half zero': joined(signature.slice(0, half), zeros(length - half)),
    'first byte flipped': flipped(0),
    'middle byte flipped': flipped(half),
    'last byte flipped': flipped(length - 1),
  });
}

/**
 * An engine's answers to Wycheproof's vectors, as many as cases: true, false, or what it threw. `keys` may have gaps where no case
 * names one.
 */
export async function judged(engine, { keys, cases }) {
  keys.forEach((key, serial) => {
    if (key?.jwk) engine.adopt(serial, key.alg, { jwk: () => ({ ...key.jwk }) });
  });
  const answers = [];
  for (const { key, message, signature } of cases) {
    try {
      engine.ready(key);
      const answer = engine.check(key, bytes(message), bytes(signature));
      const good = answer === -1 ? await engine.answerCheck(engine.asked) : answer === 1;
      const fault = engine.takeFault();
      answers.push(fault === undefined ? good : String(fault));
    } catch (error) {
      answers.push(String(error));
    }
  }
  return answers;
}

function bytes(text) {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** An engine of `js/src/engines` under the names used here. */
export function mounted(engine) {
  let serial = 0;
  const adopt = (jwk, alg) => {
    serial += 1;
    engine.adopt(serial, alg, { jwk: () => ({ ...jwk }) });
    engine.ready(serial);
    return serial;
  };
  const settled = () => {
    const fault = engine.takeFault();
    if (fault !== undefined) throw fault;
  };
  return {
    async sign(jwk, alg, message) {
      const signature = engine.sign(adopt(jwk, alg), message) ?? (await engine.answerSign(engine.asked));
      settled();
      return signature;
    },
    async check(jwk, alg, message, signature) {
      const answer = engine.check(adopt(jwk, alg), message, signature);
      const good = answer === -1 ? await engine.answerCheck(engine.asked) : answer === 1;
      settled();
      return good;
    },
  };
}
