// The Worker in real workerd, with a state of its own, for tests.

import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { client } from './http-client.mjs';
import { buildPolicy } from './workerd.mjs';

export { PASSWORD } from './http-client.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const wrangler = [join(root, 'node_modules/wrangler/bin/wrangler.js')];
const environment = { ...process.env, WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1', CI: '1' };

export const SECRETS = {
  JWT_SECRET: 'an access secret of a good length, for tests',
  JWT_REFRESH_SECRET: 'a refresh secret of a good length, for tests',
  OAUTH_CLIENTS: '{"api":"0123456789abcdef0123456789abcdef"}',
};

/**
 * Starts the Worker of `build/<build>` with migrations applied and the demo accounts in. `vars` adds to or replaces settings and secrets;
 * one set to undefined is left out. `state` keeps or takes over a folder; without it the state is fresh and goes at `stop()`. `policy` is
 * the text of another portcullis.toml, `limits` sets how much the rate-limit bindings `{ CLIENT_LIMIT, ACCOUNT_LIMIT }`, or more of
 * other names, allow a minute. `hands` puts `hands.mjs` before the entry; the worker's `hands({ ahead, broken, user, event })` asks it.
 * `objectsOf` names a running worker whose Durable Objects this one calls instead of having its own, as two isolates of one account do.
 */
export async function startWorker(options = {}) {
  const { build = 'edge-test', vars = {}, state, seeded = true, policy, limits, hands = false, objectsOf } = options;
  const folder = state ?? (await mkdtemp(join(tmpdir(), 'portcullis-edge-')));
  const secrets = Object.entries({ ...SECRETS, ...vars }).filter(([, value]) => value !== undefined);
  const secretsFile = join(folder, 'secrets.env');
  await writeFile(secretsFile, secrets.map(([name, value]) => `${name}='${value}'\n`).join(''));
  if (state === undefined && seeded) {
    await run(['d1', 'migrations', 'apply', 'DB', '--local', '--persist-to', folder]);
    const seed = 'migrations/demo/accounts.sql';
    await run(['d1', 'execute', 'DB', '--local', '--yes', '--persist-to', folder, '--file', seed]);
  }
  const port = await freePort();
  const script = await scriptOf(build, folder, policy, hands);
  const flags = ['--port', String(port), '--inspector-port', '0', '--persist-to', folder, '--env-file', secretsFile];
  // wrangler looks for its configuration beside the script, which a copy has left behind.
  const differs = limits !== undefined || policy !== undefined || hands || objectsOf !== undefined;
  if (differs) flags.push('--config', await configWith(limits ?? {}, folder, objectsOf));
  const child = spawn(process.execPath, [...wrangler, 'dev', script, ...flags], {
    cwd: root,
    // Workers find each other by this folder.
    env: { ...environment, WRANGLER_REGISTRY_PATH: join(folder, 'registry') },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const origin = `http://localhost:${port}`;
  const worker = {
    origin,
    folder,
    output: () => output,
    /** Everything at once, as when a machine loses power. */
    async kill() {
      process.kill(-child.pid, 'SIGKILL');
      await exited;
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        process.kill(-child.pid, 'SIGKILL');
        await exited;
      }
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
    async hands(asked) {
      const response = await fetch(`${origin}/hands?${new URLSearchParams(asked)}`);
      if (!response.ok) throw new Error(`hands: ${response.status} ${await response.text()}`);
    },
    ...client(origin),
  };
  try {
    await ready(origin, child, () => output);
  } catch (error) {
    await worker.stop();
    throw error;
  }
  return worker;
}

/** The entry of a build, or of a copy of it with another policy or with hands. */
async function scriptOf(build, folder, policy, hands) {
  if (policy === undefined && !hands) return join(root, 'build', build, 'index.js');
  const copy = join(folder, 'build');
  await cp(join(root, 'build', build), copy, { recursive: true });
  if (policy !== undefined) buildPolicy(policy, copy);
  if (hands) {
    await rename(join(copy, 'index.js'), join(copy, 'worker.mjs'));
    await cp(join(root, 'tests/support/hands.mjs'), join(copy, 'index.js'));
  }
  return join(copy, 'index.js');
}

/** wrangler.toml, for its own place and with other rate limits. */
async function configWith(limits, folder, objectsOf) {
  let text = await readFile(join(root, 'wrangler.toml'), 'utf8');
  text = text.replace(/"(build\/\w+|migrations)"/g, (_, path) => JSON.stringify(join(root, path)));
  for (const [at, [name, limit]] of Object.entries(limits).entries()) {
    const found = new RegExp(`(name = "${name}"[^[]*limit = )\\d+`);
    const one = `\n[[ratelimits]]\nname = "${name}"\nnamespace_id = "${9001 + at}"\nsimple = { limit = ${limit}, period = 60 }\n`;
    text = found.test(text) ? text.replace(found, `$1${limit}`) : text + one;
  }
  // What `hands` imports; wrangler takes along only what a rule names.
  text += '\n[[rules]]\ntype = "ESModule"\nglobs = ["**/worker.mjs"]\n';
  if (objectsOf !== undefined) {
    text = text.replace('name = "portcullis"', 'name = "portcullis-second"');
    text = text.replace('class_name = "UserSessions"', '$&\nscript_name = "portcullis"');
    text = text.replace(/\[\[migrations\]\][^[]*/, '');
  }
  const file = join(folder, objectsOf === undefined ? 'wrangler.toml' : 'wrangler-second.toml');
  await writeFile(file, text);
  return file;
}

/** Runs wrangler to its end and gives what it printed. */
export async function run(args) {
  const child = spawn(process.execPath, [...wrangler, ...args], { cwd: root, env: environment });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`wrangler ${args.join(' ')} failed:\n${output}`);
  return output;
}

async function ready(origin, child, output) {
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null) throw new Error(`the Worker did not start:\n${output()}`);
    try {
      const response = await fetch(`${origin}/healthz`, { signal: AbortSignal.timeout(5000) });
      if (response.ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`the Worker was not ready in time:\n${output()}`);
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
