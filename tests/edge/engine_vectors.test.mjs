/**
 * The engine suite on what checks signatures in workerd: the package's engine over WebCrypto, bundled from source, and the
 * Worker's own engine in Rust, through a door of its build for tests.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { serve } from '../../bench/support/workerd.mjs';
import { ALGORITHMS } from '../support/engine-behaviour.mjs';
import { faults, portions, privateKeys, vectors } from '../support/engine-vectors.mjs';

const WHY = 'Web Cryptography has no secp256k1';
const ENGINES = {
  engine: {
    name: "the package's engine",
    exceptions: { ES256K: `${WHY}; the package turns to its larger wasm module, which stays out of this` },
  },
  rust: {
    name: "the Worker's engine in Rust",
    exceptions: { ES256K: `${WHY}; the Worker refuses such keys when it starts` },
  },
};

let asked;
let served;

before(async () => {
  asked = vectors();
  const entryOf = (name) => ({
    entry: fileURLToPath(new URL(`../support/${name}.mjs`, import.meta.url)),
    more: 'compatibilityFlags = ["nodejs_compat"]',
  });
  served = await serve({ engine: entryOf('engine-worker'), rust: entryOf('rust-engine-worker') });
});
after(() => served?.stop());

async function ask(port, question) {
  const reply = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: JSON.stringify(question) });
  assert.equal(reply.status, 200);
  return reply.json();
}

for (const [worker, { name, exceptions }] of Object.entries(ENGINES)) {
  test(`${name} judges every vector right in workerd`, async () => {
    const said = [];
    for (const portion of portions(asked)) said.push(...(await ask(served.ports[worker], portion)));
    assert.deepEqual(faults(asked, said, { algorithms: exceptions }), []);
  });

  test(`${name} signs, and accepts nothing but its own signatures`, async () => {
    const keys = privateKeys(ALGORITHMS);
    assert.deepEqual(await ask(served.ports[worker], { keys, exceptions }), []);
  });
}
