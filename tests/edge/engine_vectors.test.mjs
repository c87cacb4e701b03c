/** Wycheproof's signature vectors on WebCrypto as workerd has it. Bundles the engine from source, beside the built wasm. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { serve } from '../../bench/support/workerd.mjs';
import { faults, vectors } from '../support/engine-vectors.mjs';

/** Cases per request: a request's body and time are bounded. */
const AT_ONCE = 400;

test('WebCrypto in workerd judges every vector right', async () => {
  const asked = vectors();
  const entry = fileURLToPath(new URL('../support/engine-worker.mjs', import.meta.url));
  const { ports, stop } = await serve({ engine: { entry, more: 'compatibilityFlags = ["nodejs_compat"]' } });
  try {
    const said = [];
    for (let from = 0; from < asked.cases.length; from += AT_ONCE) {
      const cases = asked.cases.slice(from, from + AT_ONCE);
      const used = new Set(cases.map(({ key }) => key));
      const keys = asked.keys.map((key, index) => (used.has(index) ? key : null));
      const body = JSON.stringify({ keys, cases });
      const reply = await fetch(`http://127.0.0.1:${ports.engine}/`, { method: 'POST', body });
      said.push(...(await reply.json()));
    }
    const why =
      'Web Cryptography has no secp256k1; the package turns to its larger wasm module, which stays out of this';
    assert.deepEqual(faults(asked, said, { algorithms: { ES256K: why } }), []);
  } finally {
    await stop();
  }
});
