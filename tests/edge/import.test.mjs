// Users of another system, brought along by the commands of docs/storage.md.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PASSWORD } from '../support/http-client.mjs';
import { run, startWorker } from '../support/worker.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const users = await readFile(join(root, 'tests/support/users.jsonl'), 'utf8');

let worker;
let sql;
let complaints;
let code;
before(async () => {
  const command = spawn('cargo', ['run', '--quiet', '--example', 'import_users'], { cwd: root });
  command.stdin.end(users);
  const exited = new Promise((resolve) => command.once('exit', resolve));
  [sql, complaints] = await Promise.all([text(command.stdout), text(command.stderr)]);
  code = await exited;
  worker = await startWorker();
  const file = join(worker.folder, 'users.sql');
  await writeFile(file, sql);
  await run(['d1', 'execute', 'DB', '--local', '--yes', '--persist-to', worker.folder, '--file', file]);
});
after(() => worker?.stop());

test('lines that cannot be used are named by their number, with the reason', () => {
  assert.equal(code, 1);
  const lines = complaints.trim().split('\n');
  assert.deepEqual(
    lines.slice(0, -1).map((line) => line.match(/^line (\d+): /)?.[1]),
    ['10', '11', '12', '13', '14', '15'],
    complaints,
  );
  assert.match(lines[1], /email must be an email address/);
  assert.match(lines[2], /passwordHash must be bcrypt/);
  assert.match(lines[3], /cost 12 or less/);
  assert.match(lines[4], /pasword_hash/);
  assert.match(lines[5], /roles must/);
  assert.equal(lines.at(-1), '6 lines were left out');
  assert.ok(!complaints.includes('EixZaYVK1fsbw1ZfbX3OXeo1GNzkttcU2xiSeZ'), 'no hash in what is printed');
});

for (const email of [
  'old.node@example.com',
  'php@example.com',
  'spring@example.com',
  'passlib@example.com',
  "O'Neill+tag@example.com",
  'current@example.com',
]) {
  test(`${email} signs in with the old password, and then has a hash of today`, async () => {
    const wrong = await worker.post('/auth/login', { email, password: 'wrong, and long enough' });
    assert.equal(wrong.status, 401);
    const { accessToken } = await worker.login(email);
    assert.equal((await worker.get('/users/me', { token: accessToken })).status, 200);
    const [{ password_hash }] = await rows(`SELECT password_hash FROM users WHERE email_key = '${quoted(email)}'`);
    assert.match(password_hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    assert.notEqual((await worker.login(email, PASSWORD)).accessToken, undefined);
  });
}

test('names, roles and times are taken over, and an address keeps the account it has', async () => {
  const found = await rows('SELECT email, name, roles, created_at FROM users ORDER BY seq');
  const by = (email) => found.filter((row) => row.email.toLowerCase() === email);
  const [node] = by('old.node@example.com');
  assert.deepEqual(node, {
    email: 'Old.Node@example.com',
    name: 'From node.bcrypt',
    roles: '["manager","user"]',
    created_at: 1_500_000_000_000,
  });
  assert.equal(by("o'neill+tag@example.com")[0].name, "Robert'); DROP TABLE users; --");
  assert.deepEqual(
    by('php@example.com').map(({ name }) => name),
    ["From PHP's password_hash"],
  );
  assert.notEqual(by('user@example.com')[0].name, 'Has an account already');
  assert.equal(found.length, 3 + 6);
});

test('the same file once more changes nothing', async () => {
  const before = await rows('SELECT * FROM users ORDER BY seq');
  const file = join(worker.folder, 'users.sql');
  await run(['d1', 'execute', 'DB', '--local', '--yes', '--persist-to', worker.folder, '--file', file]);
  assert.deepEqual(await rows('SELECT * FROM users ORDER BY seq'), before);
});

async function rows(query) {
  const options = ['--local', '--json', '--persist-to', worker.folder, '--command', query];
  const output = await run(['d1', 'execute', 'DB', ...options]);
  return JSON.parse(output.slice(output.indexOf('['))).at(-1).results;
}

function quoted(email) {
  return email.toLowerCase().replaceAll("'", "''");
}
