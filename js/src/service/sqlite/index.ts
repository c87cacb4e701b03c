/** Stores in a SQLite database: accounts, sessions, revocations and the audit log survive a restart. @module */
import type {
  AccountStore,
  AuditEntry,
  AuditStore,
  AuthStores,
  RevocationStore,
  SessionStore,
  StoredAccount,
} from '../types.js';
import { Database, type SqliteDatabase } from './database.js';

export type { SqliteDatabase, SqliteStatement } from './database.js';

/**
 * Stores everything in a SQLite database that the application opened with `node:sqlite` or `better-sqlite3`. Creates
 * its tables (`users` and `audit`, as in D1, and four that begin with `portcullis_`) if they do not exist, and switches
 * the database to write-ahead logging. Several processes may share a file.
 *
 * @throws OptionError, and the errors of the database
 * @example
 * import { DatabaseSync } from 'node:sqlite';
 *
 * app.use(authRoutes({ ...options, stores: sqliteStores(new DatabaseSync('auth.db')) }));
 */
export function sqliteStores(database: SqliteDatabase): AuthStores {
  const db = new Database(database);
  return { accounts: accounts(db), sessions: sessions(db), revocations: revocations(db), audit: audit(db) };
}

interface UserRow {
  seq: number;
  id: string;
  email: string;
  email_key: string;
  name: string;
  roles: string;
  version: number;
  password_hash: string;
  created_at: number;
}

function accountOf(row: UserRow | undefined): StoredAccount | undefined {
  if (row === undefined) return undefined;
  const { id, email, name, version } = row;
  const roles = JSON.parse(row.roles);
  const { email_key: emailKey, password_hash: passwordHash, created_at: createdAt } = row;
  return { id, email, emailKey, name, roles, version, passwordHash, createdAt };
}

const COLUMNS = { name: 'name', roles: 'roles', version: 'version', passwordHash: 'password_hash' } as const;

/** `column = ?` for each field, and the values of the parameters. */
function equations(fields: object): { equations: string[]; values: (string | number)[] } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return {
    equations: entries.map(([field]) => `${COLUMNS[field as keyof typeof COLUMNS]} = ?`),
    values: entries.map(([, value]) => (Array.isArray(value) ? JSON.stringify(value) : value)),
  };
}

function accounts(db: Database): AccountStore {
  return {
    // The table's constraint decides: of two concurrent inserts, one gets no row back.
    create: (account) =>
      db.first(
        `INSERT INTO users (id, email, email_key, name, roles, version, password_hash, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (email_key) DO NOTHING RETURNING id`,
        account.id,
        account.email,
        account.emailKey,
        account.name,
        JSON.stringify(account.roles),
        account.version,
        account.passwordHash,
        account.createdAt,
      ) !== undefined,
    findById: (id) => accountOf(db.first<UserRow>('SELECT * FROM users WHERE id = ?', id)),
    findByEmail: (key) => accountOf(db.first<UserRow>('SELECT * FROM users WHERE email_key = ?', key)),
    update(id, changes, when, keeper) {
      const [write, fits] = [equations(changes), equations(when)];
      const conditions = ['id = ?', ...fits.equations];
      const values = [...write.values, id, ...fits.values];
      if (keeper !== undefined) {
        conditions.push('EXISTS (SELECT 1 FROM users AS keeper WHERE keeper.id = ? AND instr(keeper.roles, ?) > 0)');
        values.push(keeper.id, JSON.stringify(keeper.role));
      }
      const sql = `UPDATE users SET ${write.equations.join(', ')} WHERE ${conditions.join(' AND ')} RETURNING *`;
      return accountOf(db.first<UserRow>(sql, ...values));
    },
    list(cursor, most) {
      const sql = 'SELECT * FROM users WHERE seq > ? ORDER BY seq LIMIT ?';
      const rows = db.all<UserRow>(sql, Number(cursor ?? 0) || 0, most + 1);
      const page = rows.slice(0, most);
      const next = rows.length > most ? String(page.at(-1)?.seq) : null;
      return { accounts: page.map((row) => accountOf(row) as StoredAccount), next };
    },
  };
}

function sessions(db: Database): SessionStore {
  return {
    update(user, change) {
      db.transaction(() => {
        const row = db.first<{ record: string }>('SELECT record FROM portcullis_sessions WHERE user = ?', user);
        const next = change(row?.record);
        if (next === undefined) return;
        const sql = 'INSERT OR REPLACE INTO portcullis_sessions (user, record, waiting) VALUES (?, ?, ?)';
        db.run(sql, user, next.record, next.waiting ? 1 : 0);
      });
    },
    waiting(rows) {
      const found = db.all<{ user: string }>('SELECT user FROM portcullis_sessions WHERE waiting LIMIT ?', rows);
      return found.map(({ user }) => user);
    },
  };
}

function revocations(db: Database): RevocationStore {
  return {
    put(key, at, until) {
      const sql = `INSERT INTO portcullis_revocations (key, at, until) VALUES (?, ?, ?) ON CONFLICT (key)
        DO UPDATE SET at = max(at, excluded.at), until = max(until, excluded.until)`;
      db.run(sql, key, at, until);
    },
    get: (key) => db.first<{ at: number }>('SELECT at FROM portcullis_revocations WHERE key = ?', key)?.at,
    since: (since) => db.all('SELECT key, at FROM portcullis_revocations WHERE at >= ?', since),
    prune: (now) => db.run('DELETE FROM portcullis_revocations WHERE until < ?', now),
  };
}

interface AuditRow extends Omit<AuditEntry, 'userAgent'> {
  seq: number;
  user_agent: string;
}

function audit(db: Database): AuditStore {
  const fields = ['at', 'event', 'user', 'actor', 'session', 'client', 'user_agent', 'detail', 'request'];
  // Checking whether the entry exists costs one lookup in the index by time.
  const insert = `INSERT INTO audit (${fields.join(', ')}) SELECT ${fields.map(() => '?').join(', ')}
    WHERE NOT EXISTS (SELECT 1 FROM audit WHERE ${fields.map((field) => `${field} = ?`).join(' AND ')})`;
  return {
    append(entries) {
      db.transaction(() => {
        for (const { at, event, user, actor, session, client, userAgent, detail, request } of entries) {
          const values = [at, event, user, actor, session, client, userAgent, detail, request];
          db.run(insert, ...values, ...values);
        }
      });
    },
    find({ event, user, from, to, cursor, rows }) {
      const asked = { 'event = ?': event, 'user = ?': user, 'at >= ?': from, 'at < ?': to, 'seq < ?': before(cursor) };
      const wanted = Object.entries(asked).filter(([, value]) => value !== undefined);
      const where = ['1', ...wanted.map(([condition]) => condition)].join(' AND ');
      const values = wanted.map(([, value]) => value as string | number);
      const found = db.all<AuditRow>(
        `SELECT * FROM audit WHERE ${where} ORDER BY seq DESC LIMIT ?`,
        ...values,
        rows + 1,
      );
      const page = found.slice(0, rows);
      return { entries: page.map(entryOf), next: found.length > rows ? String(page.at(-1)?.seq) : null };
    },
    prune: (start) => db.run('DELETE FROM audit WHERE at < ?', start),
  };
}

/** An invalid cursor means the first page. */
function before(cursor: string | undefined): number | undefined {
  const seq = Number(cursor);
  return Number.isSafeInteger(seq) ? seq : undefined;
}

function entryOf({ seq: _, user_agent: userAgent, ...row }: AuditRow): AuditEntry {
  return { ...row, userAgent };
}
