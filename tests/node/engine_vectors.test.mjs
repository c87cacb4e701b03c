/**
 * The engine suite on the engines that JavaScript brings: the same vectors, from the same crate, as the pure-Rust engine judges in
 * `tests/engine_software.rs`.
 */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ALGORITHMS, judged, misbehaviour, mounted } from '../support/engine-behaviour.mjs';
import { faults, privateKeys, vectors } from '../support/engine-vectors.mjs';
import { source } from '../support/sources.mjs';

const { nodeEngine } = await source('engines/node.ts');
const { webEngine } = await source('engines/webcrypto.ts');

let asked;

before(() => {
  asked = vectors();
});

const ENGINES = {
  'node:crypto': { made: () => nodeEngine(webEngine()), exceptions: {} },
  WebCrypto: { made: webEngine, exceptions: { ES256K: 'Web Cryptography has no secp256k1' } },
};

for (const [name, { made, exceptions }] of Object.entries(ENGINES)) {
  test(`${name} judges every vector right`, async () => {
    assert.deepEqual(faults(asked, await judged(made(), asked), { algorithms: exceptions }), []);
  });

  test(`${name} signs, and accepts nothing but its own signatures`, async () => {
    assert.deepEqual(await misbehaviour(mounted(made()), privateKeys(ALGORITHMS), exceptions), []);
  });
}
