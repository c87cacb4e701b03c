/**
 * The behaviour every store has to show, on the stores of `portcullis/express` and on those of examples/postgres: the cases of src/store/suite, which the Worker's stores
 * pass too. They come in a wasm module of their own, which takes the place of the one that ships.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import { SECRETS } from '../support/express-auth.mjs';
import { startPostgres } from '../support/postgres.mjs';

const built = new URL('../../target/xtask/service-test/', import.meta.url);
const glue = await import(new URL('portcullis.js', built));
glue.initSync({ module: new WebAssembly.Module(readFileSync(new URL('portcullis_bg.wasm', built))) });

let latest;
class WasmService extends glue.WasmService {
  constructor(...given) {
    super(...given);
    latest = this;
  }
}
const require = createRequire(import.meta.url);
const shipped = join(dirname(require.resolve('portcullis/express')), 'service.js');
/** What the package has in this place, without the restart after a trap. */
const instance = {
  generation: 0,
  doors: () => ({ ...glue, WasmService }),
  run: (call) => call(),
  onTrap: () => () => {},
};
require.cache[shipped] = { id: shipped, filename: shipped, loaded: true, exports: { instance } };
const { authRoutes, memoryStores, sqliteStores } = require('portcullis/express');

/** The same stores behind promises, as those of a database elsewhere. */
function later(stores) {
  const delayed = (store) =>
    Object.fromEntries(
      Object.entries(store).map(([verb, its]) => [
        verb,
        async (...given) => {
          await new Promise((done) => setImmediate(done));
          return its(...given);
        },
      ]),
    );
  return Object.fromEntries(Object.entries(stores).map(([name, store]) => [name, delayed(store)]));
}

const postgres = await startPostgres();
after(postgres.stop);

const STORES = {
  memory: memoryStores,
  'memory, answering later': () => later(memoryStores()),
  SQLite: () => sqliteStores(new DatabaseSync(':memory:')),
  'PostgreSQL, by examples/postgres': () => postgres.stores,
};

for (const [name, stores] of Object.entries(STORES)) {
  describe(name, () => {
    let ahead = 0;
    const given = stores();
    const auth = authRoutes({
      issuer: 'https://id.example',
      audience: 'api',
      ...SECRETS,
      stores: given,
      now: () => Date.now() + ahead,
    });
    auth.close();
    const service = latest;
    for (const one of JSON.parse(glue.storeCases())) {
      test(one.replace('/', ': ').replaceAll('_', ' '), async () => {
        const call = service.runCase(one, (millis) => (ahead += millis));
        let outcome = call.poll();
        for (; outcome === undefined; outcome = call.poll()) await new Promise((done) => setImmediate(done));
        assert.deepEqual(outcome, [undefined]);
      });
    }
    // Not among the cases: KV cannot, so the Worker puts each key once at a time.
    test('an older moment that comes late does not replace a newer one in the revocation list', async () => {
      const { revocations } = given;
      const [newer, until] = [Date.now(), Date.now() + 3_600_000];
      for (const at of [newer, newer - 1000]) await revocations.put('u:overtaken', at, until);
      assert.equal(await revocations.get('u:overtaken'), newer);
      const listed = (await revocations.since(newer - 2000)).filter(({ key }) => key === 'u:overtaken');
      assert.deepEqual(
        listed.map(({ at }) => at),
        [newer],
      );
    });
  });
}
