/**
 * PostgreSQL for tests: PGlite, which is PostgreSQL in wasm, behind the driver `pg`; or, where POSTGRES_URL is set, the server there, in
 * schemas of the test's own.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Duplex } from 'node:stream';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { postgresStores } from '../../examples/postgres/stores.js';

const SCHEMA = readFileSync(new URL('../../examples/postgres/schema.sql', import.meta.url), 'utf8');

/** What `pg` takes for a socket: PostgreSQL's own messages, carried to PGlite and back. */
class Wire extends Duplex {
  #database;

  constructor(database) {
    super();
    this.#database = database;
  }

  connect() {
    queueMicrotask(() => this.emit('connect'));
  }

  setNoDelay() {}
  setKeepAlive() {}
  ref() {}
  unref() {}
  _read() {}

  _write(messages, _encoding, done) {
    this.#database.execProtocolRaw(messages).then((answers) => {
      this.push(answers);
      done();
    }, done);
  }

  _final(done) {
    this.push(null);
    done();
  }
}

let started;

/** Stores in a database of their own, and what takes it away again. */
export async function startPostgres() {
  const schema = `test_${randomBytes(6).toString('hex')}`;
  const pool = process.env.POSTGRES_URL === undefined ? await inWasm(schema) : onServer(schema);
  await pool.query(`CREATE SCHEMA ${schema}`);
  await pool.query(SCHEMA);
  const stop = async () => {
    await pool.query(`DROP SCHEMA ${schema} CASCADE`);
    await pool.end();
  };
  return { stores: postgresStores(pool), stop };
}

/** One engine for all, for it takes seconds to start. It knows one session, so a pool has one connection, and sets what it looks at. */
async function inWasm(schema) {
  started ??= PGlite.create();
  const database = await started;
  await database.query(`SET search_path TO ${schema}`);
  return new pg.Pool({ max: 1, user: 'postgres', database: 'postgres', stream: () => new Wire(database) });
}

function onServer(schema) {
  return new pg.Pool({ connectionString: process.env.POSTGRES_URL, options: `-c search_path=${schema}` });
}
