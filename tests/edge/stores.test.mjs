// The behaviour every store has to show, on the Durable Object, D1 and KV. The cases are those of src/store/suite, which the stores
// in memory pass natively.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startWorker } from '../support/worker.mjs';

const worker = await startWorker({ seeded: true });
after(() => worker.stop());

const { body: cases } = await worker.get('/healthz', { headers: { 'x-test-suite': '*' } });

test('the suites are there', () => {
  assert.deepEqual(
    [...new Set(cases.map((name) => name.split('/')[0]))],
    ['sessions', 'accounts', 'revocations', 'log'],
  );
});

for (const name of cases) {
  test(name.replace('/', ': ').replaceAll('_', ' '), async () => {
    const { status, body, text } = await worker.get('/healthz', { headers: { 'x-test-suite': name } });
    assert.equal(status, 200, text);
    assert.equal(body.wrong, null);
  });
}
