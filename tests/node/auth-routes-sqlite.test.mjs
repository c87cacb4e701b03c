/** The SQLite stores: what survives a restart, and several processes on one file. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sqliteStores } from 'portcullis/express';
import { startExpress } from '../support/express-auth.mjs';
import { claimsOf, client } from '../support/http-client.mjs';

const folder = mkdtempSync(join(tmpdir(), 'portcullis-sqlite-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The application over a file, started again and again. */
async function open(name, options = {}) {
  const database = new DatabaseSync(join(folder, name));
  const server = await startExpress({ stores: sqliteStores(database), ...options });
  const stop = async () => {
    await server.stop();
    database.close();
  };
  return { ...server, stop };
}

/** The application over a file, in a process of its own. */
async function startChild(file) {
  const script = fileURLToPath(new URL('../support/express-child.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  return { child, origin: String(line).trim() };
}

test('accounts, sessions, lockouts, revocations and the log survive a restart', async () => {
  const first = await open('restart.db');
  const made = await first.register('new@example.com');
  const ended = await first.login('user@example.com');
  await first.post('/auth/logout', { refreshToken: ended.refreshToken });
  for (let guess = 0; guess < 10; guess++) await first.login('manager@example.com', `wrong password ${guess}`);
  await first.stop();

  const second = await open('restart.db');
  assert.equal((await second.get('/users/me', { token: made.accessToken })).body.name, 'Somebody');
  assert.equal((await second.refresh(made.refreshToken)).status, 200);
  assert.equal((await second.get('/users/me', { token: ended.accessToken })).status, 401);
  assert.equal((await second.refresh(ended.refreshToken)).body.error, 'session_ended');
  assert.equal((await second.login('manager@example.com')).error, 'invalid_credentials', 'still locked');
  const { accessToken: token } = await second.login('admin@example.com');
  const page = (await second.get('/audit?event=locked_out', { token })).body;
  assert.deepEqual(
    page.entries.map(({ user }) => user),
    ['demo-manager'],
  );
  await second.stop();
});

test('a revocation that had not got onto the list before a restart gets there after it', async () => {
  const database = new DatabaseSync(join(folder, 'outbox.db'));
  const stores = sqliteStores(database);
  stores.revocations.put = () => {
    throw new Error('not now');
  };
  const first = await startExpress({ stores });
  const { accessToken, refreshToken } = await first.login('user@example.com');
  assert.equal((await first.post('/auth/logout', { refreshToken })).status, 204);
  await first.stop();
  database.close();

  const second = await open('outbox.db');
  let listed = [];
  for (let tries = 0; tries < 100 && listed.length === 0; tries++) {
    await wait(100);
    listed = (await second.get('/auth/revocations')).body.sessions;
  }
  assert.deepEqual(listed, [claimsOf(accessToken).sid]);
  await second.stop();
});

test('two processes on one file: one refresh wins, the others get the same', { timeout: 120_000 }, async () => {
  const file = join(folder, 'shared.db');
  const started = [await startChild(file), await startChild(file)];
  const origins = started.map(({ origin }) => origin);
  const calls = origins.map(client);
  const { refreshToken, user } = await calls[0].register('both@example.com');
  const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => calls[n % 2].refresh(refreshToken)));
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  const successors = new Set(answers.map(({ body }) => body.refreshToken));
  assert.equal(successors.size, 1);
  assert.equal(claimsOf([...successors][0]).gen, claimsOf(refreshToken).gen + 1);

  // Guesses are counted together, wherever they come in.
  const guess = (n) => calls[n % 2].login('both@example.com', `wrong password ${n}`);
  await Promise.all(Array.from({ length: 10 }, (_, n) => guess(n)));
  assert.equal((await calls[1].login('both@example.com')).error, 'invalid_credentials');

  // What one ends is ended in the other at once.
  const { accessToken, refreshToken: next } = answers[0].body;
  assert.equal((await calls[1].get('/users/me', { token: accessToken })).body.id, user.id);
  assert.equal((await calls[0].post('/auth/logout', { refreshToken: next })).status, 204);
  assert.equal((await calls[1].get('/users/me', { token: accessToken })).status, 401);

  for (const { child } of started) {
    child.stdin.end();
    await once(child, 'exit');
  }
});

test('killed in the middle of a burst: what reached a client holds, and what had ended stays ended', async () => {
  const file = join(folder, 'killed.db');
  const { child, origin } = await startChild(file);
  const calls = client(origin);
  const users = await Promise.all([1, 2, 3, 4].map((n) => calls.register(`killed${n}@example.com`)));
  const ended = await calls.login('user@example.com');
  assert.equal((await calls.post('/auth/logout', { refreshToken: ended.refreshToken })).status, 204);
  const newest = users.map(({ refreshToken }) => refreshToken);
  let refreshes = 0;
  const loops = users.map(async (_, index) => {
    for (;;) {
      const { status, body } = await calls.refresh(newest[index]);
      assert.equal(status, 200);
      newest[index] = body.refreshToken;
      refreshes += 1;
      if (refreshes === 40) child.kill('SIGKILL');
    }
  });
  for (const { reason } of await Promise.allSettled(loops)) assert.notEqual(reason.name, 'AssertionError');

  const second = await open('killed.db');
  for (const token of newest) assert.equal((await second.refresh(token)).status, 200);
  assert.equal((await second.refresh(ended.refreshToken)).body.error, 'session_ended');
  assert.equal((await second.get('/users/me', { token: ended.accessToken })).status, 401);
  await second.stop();
});

test('what an application has in tables of these names is left alone', () => {
  const database = new DatabaseSync(':memory:');
  database.exec("CREATE TABLE users (mine TEXT); INSERT INTO users VALUES ('still here')");
  assert.throws(() => sqliteStores(database), { code: 'ERR_OPTION_INVALID', message: /users/ });
  assert.deepEqual({ ...database.prepare('SELECT * FROM users').get() }, { mine: 'still here' });
  assert.throws(() => sqliteStores({}), { code: 'ERR_OPTION_INVALID', message: /DatabaseSync/ });
});

test('every migration of the Worker is one of theirs', () => {
  const database = new DatabaseSync(':memory:');
  sqliteStores(database);
  sqliteStores(database);
  const applied = database.prepare('SELECT name FROM portcullis_migrations').all();
  const files = readdirSync(new URL('../../migrations/', import.meta.url)).filter((name) => name.endsWith('.sql'));
  const names = new Set(applied.map(({ name }) => `${name}.sql`));
  assert.deepEqual(
    files.filter((file) => !names.has(file)),
    [],
  );
});
