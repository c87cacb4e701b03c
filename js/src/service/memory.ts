/** In-memory stores, for tests and first trials. They define the behavior of other stores. @module */
import type {
  AccountStore,
  AuditEntry,
  AuditStore,
  AuthStores,
  RevocationStore,
  SessionRecord,
  SessionStore,
  StoredAccount,
} from './types.js';

/** Stores everything in memory. It is lost when the process ends. */
export function memoryStores(): AuthStores {
  return { accounts: accounts(), sessions: sessions(), revocations: revocations(), audit: audit() };
}

function accounts(): AccountStore {
  const rows = new Map<string, StoredAccount>();
  const copy = (account: StoredAccount | undefined) => account && structuredClone(account);
  const find = (fits: (account: StoredAccount) => boolean) => copy([...rows.values()].find(fits));
  return {
    create(account) {
      if (find(({ emailKey }) => emailKey === account.emailKey) !== undefined) return false;
      rows.set(account.id, structuredClone(account));
      return true;
    },
    findById: (id) => copy(rows.get(id)),
    findByEmail: (key) => find(({ emailKey }) => emailKey === key),
    update(id, changes, when, keeper) {
      const row = rows.get(id);
      if (keeper !== undefined && rows.get(keeper.id)?.roles.includes(keeper.role) !== true) return undefined;
      const fits = row && Object.entries(when).every(([field, value]) => row[field as keyof StoredAccount] === value);
      return fits ? copy(Object.assign(row, structuredClone(changes))) : undefined;
    },
    list(cursor, most) {
      const start = Number(cursor ?? 0) || 0;
      const page = [...rows.values()].slice(start, start + most);
      const end = start + page.length;
      return { accounts: structuredClone(page), next: end < rows.size ? String(end) : null };
    },
  };
}

function sessions(): SessionStore {
  const records = new Map<string, SessionRecord>();
  return {
    update(user, change) {
      const next = change(records.get(user)?.record);
      if (next !== undefined) records.set(user, next);
    },
    waiting: (rows) => [...records].flatMap(([user, { waiting }]) => (waiting ? [user] : [])).slice(0, rows),
  };
}

function revocations(): RevocationStore {
  const entries = new Map<string, { at: number; until: number }>();
  return {
    put(key, at, until) {
      const known = entries.get(key);
      entries.set(key, { at: Math.max(at, known?.at ?? at), until: Math.max(until, known?.until ?? until) });
    },
    get: (key) => entries.get(key)?.at,
    since: (since) => [...entries].flatMap(([key, { at }]) => (at >= since ? [{ key, at }] : [])),
    prune(now) {
      for (const [key, { until }] of entries) if (until < now) entries.delete(key);
    },
  };
}

function audit(): AuditStore {
  let log: { seq: number; entry: AuditEntry }[] = [];
  let last = 0;
  const known = new Set<string>();
  return {
    append(entries) {
      for (const entry of entries) {
        const text = keyOf(entry);
        if (!known.has(text)) log.push({ seq: ++last, entry });
        known.add(text);
      }
    },
    find({ event, user, from, to, cursor, rows }) {
      const fits = ({ seq, entry }: (typeof log)[number]) =>
        !(seq >= Number(cursor)) &&
        (event === undefined || entry.event === event) &&
        (user === undefined || entry.user === user) &&
        (from === undefined || entry.at >= from) &&
        (to === undefined || entry.at < to);
      const found = log.filter(fits).reverse();
      const page = found.slice(0, rows);
      const next = found.length > rows ? String(page.at(-1)?.seq) : null;
      return { entries: page.map(({ entry }) => entry), next };
    },
    prune(before) {
      log = log.filter(({ entry }) => entry.at >= before);
      known.clear();
      for (const { entry } of log) known.add(keyOf(entry));
    },
  };
}

function keyOf(entry: AuditEntry): string {
  return JSON.stringify(Object.entries(entry).sort());
}
