/** CryptoKeys as keys in workerd, which makes its own kind of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { serve } from '../../bench/support/workerd.mjs';

test('CryptoKeys that must not be exported sign and check in workerd', async () => {
  const entry = fileURLToPath(new URL('../support/cryptokey-worker.mjs', import.meta.url));
  const { ports, stop } = await serve({ keys: { entry } });
  try {
    const reply = await fetch(`http://127.0.0.1:${ports.keys}/verdicts`);
    assert.equal(reply.status, 200);
    assert.deepEqual(
      await reply.json(),
      ['HS256', 'RS256', 'PS384', 'ES256', 'EdDSA'].map((alg) => [alg, '7', 'ERR_SIGNATURE_INVALID']),
    );
  } finally {
    await stop();
  }
});
