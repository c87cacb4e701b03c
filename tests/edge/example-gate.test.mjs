/** The example of the gate: its policy, its unchanged Express app, and the three demo accounts in front. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startWorker } from '../support/worker.mjs';
import { freePort, SECRETS } from '../support/workerd.mjs';

const example = fileURLToPath(new URL('../../examples/gate/', import.meta.url));
const PEOPLE = ['user', 'manager', 'admin'];

let app;
let worker;
const tokens = {};

before(async () => {
  const port = await freePort();
  const { scripts } = JSON.parse(readFileSync(`${example}package.json`, 'utf8'));
  const [program, ...args] = scripts.start.split(' ');
  assert.equal(program, 'node');
  app = spawn(process.execPath, args, {
    cwd: example,
    env: { ...process.env, PORT: port },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(app.stdout, 'data');
  worker = await startWorker({
    policy: readFileSync(`${example}portcullis.toml`, 'utf8'),
    vars: { UPSTREAM_URL: `http://127.0.0.1:${port}`, GATE_KEY: SECRETS.GATE_KEY },
  });
  for (const name of PEOPLE) tokens[name] = (await worker.login(`${name}@example.com`)).accessToken;
});

after(async () => {
  await worker?.stop();
  app?.kill();
});

/** The statuses for nobody, a user, a manager and an admin. */
async function everybody(method, path) {
  const answers = await Promise.all(['', ...PEOPLE].map((name) => worker.send(method, path, { token: tokens[name] })));
  return answers.map(({ status }) => status);
}

test('each role gets as far as the policy lets it', async () => {
  assert.deepEqual(await everybody('GET', '/hello'), [200, 200, 200, 200]);
  assert.deepEqual(await everybody('GET', '/reports'), [401, 403, 200, 200]);
  assert.deepEqual(await everybody('GET', '/reports/7'), [401, 403, 200, 200]);
  assert.deepEqual(await everybody('GET', '/profile/demo-user'), [401, 200, 200, 200]);
  assert.deepEqual(await everybody('GET', '/profile/demo-admin'), [401, 403, 200, 200]);
  assert.deepEqual(await everybody('POST', '/admin/restart'), [401, 403, 403, 200]);
  assert.deepEqual(await everybody('POST', '/reports/7'), [404, 404, 404, 404]);
});

test('the app learns who asks, and nothing from outside', async () => {
  const headers = { 'x-portcullis-sub': 'root' };
  assert.equal((await worker.get('/hello', { headers })).text, 'Hello, somebody.\n');
  assert.equal((await worker.get('/hello', { headers, token: tokens.manager })).text, 'Hello, demo-manager.\n');
  const restarted = await worker.post('/admin/restart', undefined, { headers, token: tokens.admin });
  assert.deepEqual(restarted.body, { restartedBy: 'demo-admin' });
});

test('what the app says of its own comes back as it is', async () => {
  const answer = await worker.get('/reports/7/pages', { token: tokens.manager });
  assert.equal(answer.status, 404);
  assert.match(answer.text, /Cannot GET \/reports\/7\/pages/);
});
