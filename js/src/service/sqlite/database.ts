/** A SQLite database that the application opened: its interface, tables and transactions. @module */
import accounts from '../../../../migrations/0001_accounts.sql';
import { optionError } from '../../internal.js';
import tables from './tables.sql';

/** The part of a `DatabaseSync` (node:sqlite) or a `Database` (better-sqlite3) that is used. */
export interface SqliteDatabase {
  /** Executes statements without a result. */
  exec(sql: string): unknown;
  /** Prepares a statement. */
  prepare(sql: string): SqliteStatement;
}

/** A prepared statement. */
export interface SqliteStatement {
  /** The first row. */
  // biome-ignore lint/suspicious/noExplicitAny: the two libraries type their bindings differently
  get(...values: any[]): unknown;
  /** Every row. */
  // biome-ignore lint/suspicious/noExplicitAny: the two libraries type their bindings differently
  all(...values: any[]): unknown[];
  /** Executes it as a write. */
  // biome-ignore lint/suspicious/noExplicitAny: the two libraries type their bindings differently
  run(...values: any[]): unknown;
}

/** Applied in this order, once per database. Those of D1 come first, so that the tables are identical. */
export const MIGRATIONS: readonly (readonly [name: string, sql: string])[] = [
  ['0001_accounts', accounts],
  ['sessions', tables],
];

/** How long to wait for the transaction of another process, in milliseconds. */
const BUSY_MILLIS = 5000;

type Value = string | number | null;

/** Prepared statements and transactions. */
export class Database {
  readonly #statements = new Map<string, SqliteStatement>();

  /** @throws OptionError if it is not a database; the database's own error if it has other tables with these names */
  constructor(private readonly database: SqliteDatabase) {
    if (typeof database?.exec !== 'function' || typeof database.prepare !== 'function') {
      throw optionError('database', 'a DatabaseSync of node:sqlite or a Database of better-sqlite3', database);
    }
    database.exec(`PRAGMA busy_timeout = ${BUSY_MILLIS}`);
    // With write-ahead logging, readers and the writer do not wait for each other. An in-memory database does not
    // change.
    database.exec('PRAGMA journal_mode = WAL');
    this.#migrate();
  }

  first<T>(sql: string, ...values: Value[]): T | undefined {
    return (this.#statement(sql).get(...values) as T | null | undefined) ?? undefined;
  }

  all<T>(sql: string, ...values: Value[]): T[] {
    return this.#statement(sql).all(...values) as T[];
  }

  run(sql: string, ...values: Value[]): void {
    this.#statement(sql).run(...values);
  }

  /** Executes all writes of `work` or none, without writes of other processes in between. */
  transaction<T>(work: () => T): T {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.database.exec('COMMIT');
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  /** SQLite itself rolls some failed transactions back; the error to report is the first one. */
  #rollBack(): void {
    try {
      this.database.exec('ROLLBACK');
    } catch {
      // There was no open transaction.
    }
  }

  #statement(sql: string): SqliteStatement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const made = this.database.prepare(sql);
    this.#statements.set(sql, made);
    return made;
  }

  /** Tables with these names belong to the application. */
  #refuseOthers(): void {
    const sql = "SELECT name FROM sqlite_schema WHERE name IN ('users', 'audit')";
    const others = this.all<{ name: string }>(sql).map(({ name }) => name);
    if (others.length === 0) return;
    const expected = `one without tables of the application's own named ${others.join(' and ')}: open a file for these alone`;
    throw optionError('database', expected, this.database);
  }

  #migrate(): void {
    this.transaction(() => {
      this.database.exec('CREATE TABLE IF NOT EXISTS portcullis_migrations (name TEXT PRIMARY KEY) WITHOUT ROWID');
      const applied = this.all<{ name: string }>('SELECT name FROM portcullis_migrations').map(({ name }) => name);
      if (applied.length === 0) this.#refuseOthers();
      for (const [name, sql] of MIGRATIONS.filter(([name]) => !applied.includes(name))) {
        this.database.exec(sql);
        this.run('INSERT INTO portcullis_migrations VALUES (?)', name);
      }
    });
  }
}
