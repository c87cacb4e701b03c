/** The stores of `authRoutes` in PostgreSQL, over a `Pool` of `pg`. The tables are those of schema.sql. */
import { postgresSessions } from './sessions.js';

export function postgresStores(pool) {
  return {
    accounts: accounts(pool),
    sessions: postgresSessions(pool),
    revocations: revocations(pool),
    audit: audit(pool),
  };
}

/** The columns of an account, by the names that the service has for them. */
const COLUMNS = {
  id: 'id',
  email: 'email',
  emailKey: 'email_key',
  name: 'name',
  roles: 'roles',
  version: 'version',
  passwordHash: 'password_hash',
  createdAt: 'created_at',
};

function accounts(pool) {
  const one = async (text, values) => {
    const { rows } = await pool.query(text, values);
    return rows[0] && accountOf(rows[0]);
  };
  return {
    async create(account) {
      const names = Object.keys(COLUMNS);
      const columns = names.map((name) => COLUMNS[name]).join(', ');
      const places = names.map((_, index) => `$${index + 1}`).join(', ');
      // Of two that come at once one gets no row back.
      const text = `INSERT INTO portcullis_accounts (${columns}) VALUES (${places})
        ON CONFLICT (email_key) DO NOTHING RETURNING *`;
      const values = names.map((name) => written(name, account[name]));
      return (await one(text, values)) !== undefined;
    },
    findById: (id) => one('SELECT * FROM portcullis_accounts WHERE id = $1', [id]),
    findByEmail: (emailKey) => one('SELECT * FROM portcullis_accounts WHERE email_key = $1', [emailKey]),
    update(id, changes, when, keeper) {
      const values = [id];
      const pairs = (of) =>
        Object.entries(of).map(([name, value]) => `${COLUMNS[name]} = $${values.push(written(name, value))}`);
      const set = pairs(changes).join(', ');
      const conditions = ['id = $1', ...pairs(when)];
      let locked = '';
      if (keeper !== undefined) {
        // Of two changes that look at each other's rows, one waits here and then sees what the other has written.
        const [keeperId, role] = [
          `$${values.push(keeper.id)}`,
          `$${values.push(JSON.stringify([keeper.role]))}::jsonb`,
        ];
        locked = `WITH locked AS (SELECT id, roles FROM portcullis_accounts WHERE id IN ($1, ${keeperId}) ORDER BY seq FOR UPDATE)`;
        conditions.push(`EXISTS (SELECT FROM locked WHERE locked.id = ${keeperId} AND locked.roles @> ${role})`);
      }
      const where = conditions.join(' AND ');
      return one(`${locked} UPDATE portcullis_accounts SET ${set} WHERE ${where} RETURNING *`, values);
    },
    async list(cursor, rows) {
      const text = 'SELECT * FROM portcullis_accounts WHERE seq > $1 ORDER BY seq LIMIT $2';
      const found = await pool.query(text, [placeOf(cursor) ?? 0, rows + 1]);
      const page = found.rows.slice(0, rows);
      return { accounts: page.map(accountOf), next: nextOf(found.rows, page) };
    },
  };
}

function revocations(pool) {
  return {
    async put(key, at, until) {
      const text = `INSERT INTO portcullis_revocations AS kept (key, at, until) VALUES ($1, $2, $3) ON CONFLICT (key)
        DO UPDATE SET at = greatest(kept.at, excluded.at), until = greatest(kept.until, excluded.until)`;
      await pool.query(text, [key, at, until]);
    },
    async get(key) {
      const { rows } = await pool.query('SELECT at FROM portcullis_revocations WHERE key = $1', [key]);
      return rows[0] && Number(rows[0].at);
    },
    async since(since) {
      const { rows } = await pool.query('SELECT key, at FROM portcullis_revocations WHERE at >= $1', [since]);
      return rows.map(({ key, at }) => ({ key, at: Number(at) }));
    },
    async prune(now) {
      await pool.query('DELETE FROM portcullis_revocations WHERE until < $1', [now]);
    },
  };
}

function audit(pool) {
  return {
    async append(entries) {
      // One statement, so all of them or none; in their order; and none that is there already, for what may have got lost comes once more.
      const text = `INSERT INTO portcullis_audit (at, event, "user", actor, session, client, user_agent, detail, request)
        SELECT at, event, "user", actor, session, client, user_agent, detail, request
        FROM jsonb_to_recordset($1::jsonb) AS new (place INTEGER, at BIGINT, event TEXT, "user" TEXT, actor TEXT,
          session TEXT, client TEXT, user_agent TEXT, detail TEXT, request TEXT)
        WHERE NOT EXISTS (SELECT FROM portcullis_audit AS old WHERE (old.at, old.event, old."user", old.actor, old.session,
          old.client, old.user_agent, old.detail, old.request) = (new.at, new.event, new."user", new.actor, new.session,
          new.client, new.user_agent, new.detail, new.request))
        ORDER BY place`;
      const rows = entries.map(({ userAgent, ...entry }, place) => ({ ...entry, user_agent: userAgent, place }));
      await pool.query(text, [JSON.stringify(rows)]);
    },
    async find({ event, user, from, to, cursor, rows }) {
      const asked = { 'event =': event, '"user" =': user, 'at >=': from, 'at <': to, 'seq <': placeOf(cursor) };
      const wanted = Object.entries(asked).filter(([, value]) => value !== undefined);
      const where = ['TRUE', ...wanted.map(([condition], index) => `${condition} $${index + 2}`)].join(' AND ');
      const text = `SELECT * FROM portcullis_audit WHERE ${where} ORDER BY seq DESC LIMIT $1`;
      const found = await pool.query(text, [rows + 1, ...wanted.map(([, value]) => value)]);
      const page = found.rows.slice(0, rows);
      return { entries: page.map(entryOf), next: nextOf(found.rows, page) };
    },
    async prune(before) {
      await pool.query('DELETE FROM portcullis_audit WHERE at < $1', [before]);
    },
  };
}

/** A value as it is handed to `pg`, which would take a list for an array of PostgreSQL's. */
function written(name, value) {
  return name === 'roles' ? JSON.stringify(value) : value;
}

/** `pg` gives a BIGINT as text, for it may be larger than a number. A time is not. */
function accountOf({ email_key: emailKey, password_hash: passwordHash, created_at: createdAt, seq: _, ...row }) {
  return { ...row, emailKey, passwordHash, createdAt: Number(createdAt) };
}

function entryOf({ user_agent: userAgent, at, seq: _, ...row }) {
  return { ...row, at: Number(at), userAgent };
}

function nextOf(found, page) {
  return found.length > page.length ? page.at(-1).seq : null;
}

/** A cursor that is none asks for the first page. */
function placeOf(cursor) {
  const seq = Number(cursor ?? undefined);
  return Number.isSafeInteger(seq) ? seq : undefined;
}
