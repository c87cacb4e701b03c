/** What is put into KV from a user's object: overlapping puts of one key end with the newest. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { orderedPuts } from '../../src/edge/ordered-puts.mjs';

/** A namespace whose puts arrive when the test says so. */
function slowNamespace() {
  const stored = new Map();
  const underWay = [];
  return {
    stored,
    underWay,
    put(key, value, options) {
      const { promise, resolve, reject } = Promise.withResolvers();
      const arrive = () => {
        stored.set(key, value);
        resolve();
      };
      underWay.push({ key, value, options, arrive, fail: () => reject(new Error('KV PUT failed: 429')) });
      return promise;
    },
  };
}

test('a first put that is delayed does not replace the moment of a later one', async () => {
  const kv = slowNamespace();
  const list = orderedPuts(kv);
  const puts = [list.put('u:1', '1000', { expirationTtl: 60 }), list.put('u:1', '2000'), list.put('u:1', '3000')];
  assert.deepEqual(
    kv.underWay.map(({ value, options }) => [value, options]),
    [['1000', { expirationTtl: 60 }]],
  );
  kv.underWay[0].arrive();
  await turn();
  assert.deepEqual(
    kv.underWay.map(({ value }) => value),
    ['1000', '3000'],
    'of those that waited, the newest is sent',
  );
  kv.underWay[1].arrive();
  await Promise.all(puts);
  assert.equal(kv.stored.get('u:1'), '3000');
});

test('a put that fails lets the next one go, and each caller hears of its own', async () => {
  const kv = slowNamespace();
  const list = orderedPuts(kv);
  const [first, second] = [list.put('u:1', '1000'), list.put('u:1', '2000')];
  kv.underWay[0].fail();
  await assert.rejects(first, /429/);
  kv.underWay[1].arrive();
  await second;
  assert.equal(kv.stored.get('u:1'), '2000');

  const [third, fourth, fifth] = ['3000', '4000', '5000'].map((at) => list.put('u:1', at));
  kv.underWay[2].arrive();
  await third;
  kv.underWay[3].fail();
  await assert.rejects(fourth, /429/);
  await assert.rejects(fifth, /429/);
  assert.equal(kv.stored.get('u:1'), '3000');
});

test('keys do not wait for each other', async () => {
  const kv = slowNamespace();
  const list = orderedPuts(kv);
  const puts = [list.put('u:1', '1000'), list.put('r:u:1', ''), list.put('s:2', '1000')];
  for (const { arrive } of kv.underWay) arrive();
  await Promise.all(puts);
  assert.deepEqual([...kv.stored.keys()], ['u:1', 'r:u:1', 's:2']);
});
