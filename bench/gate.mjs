/**
 * The gate in workerd: requests per second of an authenticated request that is verified, decided on and answered, beside a bare
 * JavaScript Worker that says hello without looking at anything. Driven by `wrk`, in turns.
 *
 * `node bench/gate.mjs [--quick]` prints JSON rows.
 */

import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { serve, text } from './support/workerd.mjs';
import { load, needWrk, quartile } from './support/wrk.mjs';

const require = createRequire(new URL('../js/package.json', import.meta.url));
const { SignJWT } = await import(require.resolve('jose'));
const quick = process.argv.includes('--quick');
const ROUNDS = quick ? 5 : 15;
const SECONDS = quick ? 1 : 2;
/** Rounds until the engine has compiled what is hot. */
const WARM_UP = 3;
const SECRET = 'a-shared-secret-of-more-than-thirty-two-bytes-for-this-bench-only';
const ISSUER = 'http://localhost:8787';
/** A rule of portcullis.toml that the gate answers itself. */
const PATH = '/hello';

needWrk();
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const { ports, pid, stop } = await serve({
  hello: { entry: at('support/hello-worker.mjs') },
  // An empty revocation list: every key is unknown.
  list: { entry: at('support/empty-list-worker.mjs') },
  gate: {
    entry: at('../build/edge/index.js'),
    bindings: [
      text('ISSUER', ISSUER),
      text('AUDIENCE', ISSUER),
      text('JWT_SECRET', SECRET),
      text('JWT_REFRESH_SECRET', `another-${SECRET}`),
      '(name = "USER_SESSIONS", durableObjectNamespace = "UserSessions")',
      '(name = "REVOCATIONS", kvNamespace = "list")',
      // Never asked: a request at the gate reads no account.
      '(name = "DB", service = "hello")',
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
  const runs = { hello: [], gate: [] };
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const name of Object.keys(runs)) {
      const url = `http://127.0.0.1:${ports[name]}${PATH}`;
      const run = load({ url, pid, seconds: SECONDS, headers: [`authorization: Bearer ${token}`] });
      if (round >= 0) runs[name].push(run);
    }
  }
  const row = (what, unit, best, ratio) => {
    const of = (name) =>
      quartile(
        runs[name].map((run) => run[what]),
        best,
      );
    const [ours, theirs] = [of('gate'), of('hello')];
    return {
      bench: 'gate',
      case: 'authenticated request, against a bare hello',
      ours,
      theirs,
      unit,
      ratio: ratio(ours, theirs),
      aim: 0.75,
    };
  };
  console.log(
    JSON.stringify([
      row('perSecond', 'requests/s', 'high', (ours, theirs) => ours / theirs),
      row('microseconds', 'µs of processor time', 'low', (ours, theirs) => theirs / ours),
    ]),
  );
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
