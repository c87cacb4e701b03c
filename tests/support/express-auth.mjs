/** An Express application with `authRoutes`, the demo accounts in it, for tests. */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import express from 'express';
import { authRoutes, memoryStores } from 'portcullis/express';
import { client } from './http-client.mjs';

export const SECRETS = {
  jwtSecret: 'an access secret of a good length, for tests',
  jwtRefreshSecret: 'a refresh secret of a good length, for tests',
};
const OAUTH_CLIENTS = [{ id: 'api', secret: '0123456789abcdef0123456789abcdef' }];

/**
 * Starts one. `options` go to `authRoutes`; `before` and `behind` put more on the application, before and behind the
 * routes; `http` are options of Node's server.
 * Gives what the tests of the Worker get too, and `auth`.
 */
export async function startExpress(given = {}) {
  const { stores = memoryStores(), before = () => {}, behind = () => {}, http = {}, ...options } = given;
  await seed(stores.accounts);
  const app = express();
  app.disable('x-powered-by').set('env', 'test');
  before(app);
  const issuer = 'https://id.example';
  const logged = [];
  const auth = authRoutes({
    issuer,
    audience: 'https://api.example',
    ...(options.keys === undefined ? SECRETS : {}),
    oauthClients: OAUTH_CLIENTS,
    logger: { info() {}, error: (line) => logged.push(line) },
    stores,
    ...options,
  });
  app.use(auth);
  behind(app, auth);
  app.use((_request, response) => response.status(404).json({ error: 'not_found', message: 'Not found.' }));
  const server = createServer(http, app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    origin,
    auth,
    logged,
    stores,
    async stop() {
      auth.close();
      server.closeAllConnections();
      server.close();
    },
    ...client(origin),
  };
}

/** The demo accounts, as the Worker's local database has them. */
export async function seed(accounts) {
  const database = new DatabaseSync(':memory:');
  for (const file of ['0001_accounts.sql', 'demo/accounts.sql']) {
    database.exec(readFileSync(new URL(`../../migrations/${file}`, import.meta.url), 'utf8'));
  }
  for (const row of database.prepare('SELECT * FROM users').all()) {
    await accounts.create({
      id: row.id,
      email: row.email,
      emailKey: row.email_key,
      name: row.name,
      roles: JSON.parse(row.roles),
      version: row.version,
      passwordHash: row.password_hash,
      createdAt: row.created_at,
    });
  }
  database.close();
}
