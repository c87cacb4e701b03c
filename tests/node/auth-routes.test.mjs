/** `authRoutes` in Express: the suites that the Worker passes, over every store of the package. */
import { DatabaseSync } from 'node:sqlite';
import { memoryStores, sqliteStores } from 'portcullis/express';
import { concurrencySuite } from '../support/concurrency-suite.mjs';
import { SECRETS, startExpress } from '../support/express-auth.mjs';
import { journeySuite } from '../support/journey-suite.mjs';
import { theftSuite } from '../support/theft-suite.mjs';

const STORES = { memory: memoryStores, SQLite: () => sqliteStores(new DatabaseSync(':memory:')) };

for (const [name, stores] of Object.entries(STORES)) {
  const start = ({ graceSeconds = 30 } = {}) => startExpress({ stores: stores(), refreshGrace: graceSeconds });
  journeySuite(`Express, ${name}`, start, SECRETS.jwtSecret);
  concurrencySuite(`Express, ${name}`, start);
  theftSuite(`Express, ${name}`, start);
}
