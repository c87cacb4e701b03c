/**
 * The gate in workerd: requests per second of an authenticated request that is verified, decided on and answered, beside a bare
 * JavaScript Worker that says hello without looking at anything. Driven by `wrk`, in turns.
 *
 * `node bench/gate.mjs [--quick]` prints JSON rows.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { serve, text } from './support/workerd.mjs';

const require = createRequire(new URL('../js/package.json', import.meta.url));
const { SignJWT } = await import(require.resolve('jose'));
const quick = process.argv.includes('--quick');
const ROUNDS = quick ? 2 : 5;
const SECONDS = quick ? 2 : 5;
const SECRET = 'a-shared-secret-of-more-than-thirty-two-bytes-for-this-bench-only';
const ISSUER = 'http://localhost:8787';
/** A rule of portcullis.toml that the gate answers itself. */
const PATH = '/hello';

if (spawnSync('wrk', ['--version']).error) {
  console.error('this bench needs wrk, which loads a server hard enough: install it (Debian: apt-get install wrk)');
  process.exit(1);
}
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const { ports, stop } = await serve({
  hello: { entry: at('support/hello-worker.mjs') },
  gate: {
    entry: at('../build/edge/index.js'),
    bindings: [
      text('ISSUER', ISSUER),
      text('AUDIENCE', ISSUER),
      text('JWT_SECRET', SECRET),
      text('JWT_REFRESH_SECRET', `another-${SECRET}`),
      '(name = "USER_SESSIONS", durableObjectNamespace = "UserSessions")',
      '(name = "REVOCATIONS", kvNamespace = "hello")',
    ].join(', '),
    more: `durableObjectNamespaces = [(className = "UserSessions", uniqueKey = "bench", enableSql = true)],
      durableObjectStorage = (inMemory = void)`,
  },
});
try {
  const token = await accessToken();
  const answer = await fetch(`http://127.0.0.1:${ports.gate}${PATH}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (answer.status !== 200)
    throw new Error(`the gate answered ${answer.status}: ${(await answer.text()).slice(0, 200)}`);
  const best = { hello: 0, gate: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of Object.keys(best)) best[name] = Math.max(best[name], requestsPerSecond(ports[name], token));
  }
  const row = { bench: 'gate', case: 'authenticated request, against a bare hello', unit: 'requests/s', aim: 0.75 };
  console.log(JSON.stringify([{ ...row, ours: best.gate, theirs: best.hello, ratio: best.gate / best.hello }]));
} finally {
  await stop();
}

function accessToken() {
  return new SignJWT({ roles: ['user'], sid: 'bench' })
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
    .setIssuer(ISSUER)
    .setAudience(ISSUER)
    .setSubject('bench')
    .setJti('bench')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET));
}

function requestsPerSecond(port, token) {
  const args = [
    '-t1',
    '-c16',
    `-d${SECONDS}s`,
    '-H',
    `authorization: Bearer ${token}`,
    `http://127.0.0.1:${port}${PATH}`,
  ];
  const output = execFileSync('wrk', args, { encoding: 'utf8' });
  const refused = output.match(/Non-2xx or 3xx responses: (\d+)/);
  if (refused) throw new Error(`${refused[1]} requests were refused`);
  return Number(output.match(/Requests\/sec:\s+([\d.]+)/)[1]);
}
