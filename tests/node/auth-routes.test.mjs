/** `authRoutes` in Express: the suites that the Worker passes, over every store of the package and those of examples/postgres. */
import { DatabaseSync } from 'node:sqlite';
import { memoryStores, sqliteStores } from 'portcullis/express';
import { concurrencySuite } from '../support/concurrency-suite.mjs';
import { SECRETS, startExpress } from '../support/express-auth.mjs';
import { journeySuite } from '../support/journey-suite.mjs';
import { startPostgres } from '../support/postgres.mjs';
import { theftSuite } from '../support/theft-suite.mjs';

const STORES = {
  memory: () => ({ stores: memoryStores() }),
  SQLite: () => ({ stores: sqliteStores(new DatabaseSync(':memory:')) }),
  PostgreSQL: startPostgres,
};

for (const [name, open] of Object.entries(STORES)) {
  const start = async ({ graceSeconds = 30 } = {}) => {
    const { stores, stop = () => {} } = await open();
    const server = await startExpress({ stores, refreshGrace: graceSeconds });
    return { ...server, stop: () => server.stop().then(stop) };
  };
  journeySuite(`Express, ${name}`, start, SECRETS.jwtSecret);
  concurrencySuite(`Express, ${name}`, start);
  theftSuite(`Express, ${name}`, start);
}
