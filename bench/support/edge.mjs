/** The built Worker with everything it stands on, for `serve`. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { text } from './workerd.mjs';

export const ISSUER = 'http://localhost:8787';
export const PASSWORD = 'correct horse battery staple';
export const SECRET = 'a-shared-secret-of-more-than-thirty-two-bytes-for-this-bench-only';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Fields for objects with SQLite, of the classes named. */
export function objects(...classes) {
  const named = classes.map((name) => `(className = "${name}", uniqueKey = "${name}", enableSql = true)`);
  return `durableObjectNamespaces = [${named.join(', ')}], durableObjectStorage = (localDisk = "disk")`;
}

/** The Worker of `build/<build>` as `worker`, and the database behind it as `database`. */
export function withDatabase({ build = 'edge', vars = {} } = {}) {
  const settings = { ISSUER, AUDIENCE: ISSUER, JWT_SECRET: SECRET, JWT_REFRESH_SECRET: `another-${SECRET}`, ...vars };
  const inside = '(name = "fetcher", service = "database")';
  return {
    database: {
      entry: at('database-worker.mjs'),
      bindings: '(name = "DATABASE", durableObjectNamespace = "Database")',
      more: objects('Database'),
    },
    // An empty list: every key is unknown.
    list: { entry: at('empty-list-worker.mjs') },
    worker: {
      entry: at(`../../build/${build}/index.js`),
      bindings: [
        ...Object.entries(settings).map(([name, value]) => text(name, value)),
        '(name = "USER_SESSIONS", durableObjectNamespace = "UserSessions")',
        '(name = "REVOCATIONS", kvNamespace = "list")',
        `(name = "DB", wrapped = (moduleName = "cloudflare-internal:d1-api", innerBindings = [${inside}]))`,
      ].join(', '),
      more: objects('UserSessions'),
    },
  };
}

/** Makes the tables. */
export async function migrate(ports) {
  const body = readFileSync(at('../../migrations/0001_accounts.sql'), 'utf8');
  await fetch(`http://127.0.0.1:${ports.database}/exec`, { method: 'POST', body });
}

/** Posts JSON and gives the answer's, which must have the status expected. */
export async function post(url, body, expected = 200) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = await response.text();
  if (response.status !== expected) throw new Error(`${url}: ${response.status} ${answer.slice(0, 200)}`);
  return answer === '' ? undefined : JSON.parse(answer);
}
