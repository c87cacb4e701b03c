/** The built Worker in real workerd, by itself: `workerd serve` over a configuration made for one test. */
import { spawn, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Settings under which {@link accessToken} makes good tokens. */
export const SECRETS = {
  JWT_SECRET: 'a secret for tests, longer than 32 bytes',
  JWT_REFRESH_SECRET: 'another secret for tests, longer than 32',
  GATE_KEY: 'a key for the gate, longer than 32 bytes',
  ISSUER: 'https://id.example',
  AUDIENCE: 'https://api.example',
};

/** An access token as the Worker issues them, with claims changed as a test likes. */
export function accessToken(claims = {}, header = {}) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const { ISSUER: iss, AUDIENCE: aud } = SECRETS;
  const all = { iss, aud, sub: '7', sid: 'session-7', iat: now, exp: now + 600, ...claims };
  const input = `${part({ alg: 'HS256', typ: 'at+jwt', ...header })}.${part(all)}`;
  return `${input}.${createHmac('sha256', SECRETS.JWT_SECRET).update(input).digest('base64url')}`;
}

/** The bindings of the Worker's stores. */
export const STORES = ['DB', 'REVOCATIONS', 'USER_SESSIONS'];

/** A port that nobody listens on. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Puts the text of a portcullis.toml into a folder as the Worker reads it, by the program that `cargo xtask build` uses. */
export function buildPolicy(policy, folder) {
  writeFileSync(join(folder, 'portcullis.toml'), policy);
  const compiler = join(root, 'target/xtask/policy-build');
  const { error, status, stderr } = spawnSync(compiler, ['portcullis.toml', 'policy.json'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(stderr);
}

/**
 * Serves the Worker with a policy and text bindings; `services` names other Workers by binding, each the text of a module. Under the
 * names of `stores` stands a Worker that seems to have every method and is asked for none.
 * `change` is given the policy as it was built and gives what the Worker gets. Gives `{ url, log(), stop() }`.
 */
export async function serveWorker({
  policy,
  change = (built) => built,
  bindings = {},
  services = {},
  stores = STORES,
}) {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-workerd-'));
  for (const file of ['index.js', 'portcullis.wasm']) copyFileSync(join(root, 'build/edge', file), join(folder, file));
  buildPolicy(policy, folder);
  const built = join(folder, 'policy.json');
  writeFileSync(built, change(readFileSync(built, 'utf8')));
  for (const [name, text] of Object.entries(services)) writeFileSync(join(folder, `${name}.mjs`), text);
  const port = await freePort();
  writeFileSync(
    join(folder, 'config.capnp'),
    configuration({ port, bindings, services: Object.keys(services), stores }),
  );
  const child = spawn(join(root, 'node_modules/.bin/workerd'), ['serve', 'config.capnp', '--verbose'], { cwd: folder });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (log += text));
  const ended = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  for (let tries = 0; ; tries++) {
    const answered = await fetch(url).then(
      (response) => response.arrayBuffer(),
      () => undefined,
    );
    if (answered !== undefined) return { url, port, pid: child.pid, log: () => log, stop };
    if (child.exitCode !== null || tries > 600) {
      await stop();
      throw new Error(`workerd did not start:\n${log}`);
    }
    await new Promise((done) => setTimeout(done, 50));
  }
}

function configuration({ port, bindings, services, stores }) {
  const text = (value) => JSON.stringify(value);
  const bound = [
    ...Object.entries(bindings).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`),
    ...services.map((name) => `(name = ${text(name)}, service = ${text(`bound-${name}`)})`),
    ...stores.map((name) => `(name = ${text(name)}, service = "stores")`),
  ];
  const others = services.map(
    (name) => `( name = ${text(`bound-${name}`)}, worker = (
      modules = [( name = "${name}.mjs", esModule = embed "${name}.mjs" )], compatibilityDate = "2026-01-01" ) ),`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ( name = "main", worker = .portcullisWorker ),
    ( name = "stores", worker = ( modules = [( name = "stores.mjs", esModule = "export default {}" )], compatibilityDate = "2026-01-01" ) ),
    ( name = "internet", network = ( allow = ["public", "private", "local"] ) ),
    ${others.join('\n')}
  ],
  sockets = [ ( name = "http", address = "127.0.0.1:${port}", http = (), service = "main" ) ],
);
const portcullisWorker :Workerd.Worker = (
  modules = [
    ( name = "index.js", esModule = embed "index.js" ),
    ( name = "portcullis.wasm", wasm = embed "portcullis.wasm" ),
    ( name = "policy.json", text = embed "policy.json" ),
  ],
  bindings = [ ${bound.join(', ')} ],
  compatibilityDate = "2026-01-01",
);
`;
}
