/** Password hashes are computed beside Node's own thread: it answers meanwhile, and what happens to a thread does not happen to the process. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { errors, hashPassword, verifyPassword } from 'portcullis';
import { startExpress } from '../support/express-auth.mjs';

const run = promisify(execFile);
const PASSWORD = 'correct horse battery staple';
const WRONG = 'wrong password, long enough';
/** The threads that have been made; Node tells of each. */
const threads = new Set();
process.on('worker', (thread) => {
  threads.add(thread);
  thread.once('exit', () => threads.delete(thread));
});

const hash = await hashPassword(PASSWORD);

const json = (body) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

test('a hash fits its password and no other', async () => {
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.equal(await verifyPassword(PASSWORD, hash), true);
  assert.equal(await verifyPassword(WRONG, hash), false);
});

test('timers fire while hashes are computed', async () => {
  let ended = 0;
  const work = Array.from({ length: 8 }, () => hashPassword(PASSWORD).finally(() => ended++));
  let fired = 0;
  const timer = setInterval(() => fired++, 1);
  await Promise.race(work);
  const endedAtFirst = ended;
  await Promise.all(work);
  clearInterval(timer);
  assert.ok(endedAtFirst < 8, 'they do not all end in one turn of the loop');
  assert.ok(fired > 0);
});

test('a request is answered before the sign-ins that came before it', async () => {
  const server = await startExpress();
  after(() => server.stop());
  const order = [];
  const asked = json({ email: 'user@example.com', password: WRONG });
  const signIns = Array.from({ length: 8 }, async () => {
    const { status } = await fetch(`${server.origin}/auth/login`, asked);
    order.push(status);
  });
  const keys = await fetch(`${server.origin}/auth/revocations`);
  order.push(keys.status);
  await Promise.all(signIns);
  assert.ok(order.indexOf(200) >= 0 && order.indexOf(200) < 8, order.join());
  assert.equal(order.filter((status) => status === 401).length, 8);
});

test('where too many hashes wait, the next is refused at once', async () => {
  const results = await Promise.allSettled(Array.from({ length: 400 }, () => verifyPassword(WRONG, '$2b$04$short')));
  const refused = results.filter(({ status }) => status === 'rejected').map(({ reason }) => reason);
  assert.ok(refused.length > 0 && refused.length < 400);
  for (const error of refused) {
    assert.ok(error instanceof errors.PasswordError);
    assert.equal(error.code, 'ERR_HASHING_UNAVAILABLE');
    assert.equal(error.status, 503);
  }
});

test('sign-ins that find no room are 503 with Retry-After, and the others are judged', async () => {
  const server = await startExpress({ limiter: false });
  after(() => server.stop());
  const asked = json({ email: 'nobody@example.com', password: WRONG });
  const answers = await Promise.all(Array.from({ length: 400 }, () => fetch(`${server.origin}/auth/login`, asked)));
  const [judged, refused] = [401, 503].map((status) => answers.filter((answer) => answer.status === status));
  assert.equal(judged.length + refused.length, 400);
  assert.ok(judged.length > 0 && refused.length > 0);
  for (const answer of refused) assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
  assert.match(server.logged[0].reason, /^password hashing: too many password hashes are waiting$/);
});

test('a thread that is killed fails its own hash, and another takes its place', async () => {
  await hashPassword(PASSWORD);
  const work = Array.from({ length: 8 }, () => hashPassword(PASSWORD));
  const settled = Promise.allSettled(work);
  await Promise.race(work);
  const [victim] = threads;
  await victim.terminate();
  const results = await settled;
  const failed = results.filter(({ status }) => status === 'rejected').map(({ reason }) => reason.code);
  assert.ok(failed.length <= 1 && failed.every((code) => code === 'ERR_HASHING_UNAVAILABLE'), failed.join());
  assert.equal(await verifyPassword(PASSWORD, hash), true);
});

/** Runs a program in a process of its own; gives what it wrote. */
async function program(text, ...options) {
  const source = `import { hashPassword, verifyPassword } from 'portcullis';\n${text}`;
  const given = [...options, '--input-type=module', '--eval', source];
  return run(process.execPath, given, { cwd: import.meta.dirname });
}

test('threads keep no process alive, and one that waits for a hash is kept', async () => {
  const { stdout, stderr } = await program(
    `const hash = await hashPassword('x'); console.log(await verifyPassword('x', hash));`,
  );
  assert.equal(stdout, 'true\n');
  assert.equal(stderr, '');
});

test('where a thread may not be made, hashes are computed on the main thread, and a warning says so once', async () => {
  const { stdout, stderr } = await program(
    `for (const _ of [1, 2]) console.log(await verifyPassword('x', await hashPassword('x')));`,
    '--permission',
    '--allow-fs-read=*',
  );
  assert.equal(stdout, 'true\ntrue\n');
  assert.equal(stderr.match(/PORTCULLIS_NO_HASH_THREADS/g)?.length, 1, stderr);
});
