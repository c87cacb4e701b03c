/**
 * Refreshing sessions through workerd: every request turns a session one step further and stores that, beside bare round trips to a
 * Durable Object in the same workerd, one that only answers and one that writes a row first. Driven by `wrk`, in turns. Both tokens are
 * signed with HS256, in wasm; the bare Worker gets a POST of the same size and reads it too.
 *
 * `node bench/refresh.mjs [--quick]` prints JSON rows.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrate, objects, PASSWORD, post, withDatabase } from './support/edge.mjs';
import { serve } from './support/workerd.mjs';
import { load, needWrk, quartile } from './support/wrk.mjs';

const quick = process.argv.includes('--quick');
const ROUNDS = quick ? 4 : 12;
const SECONDS = quick ? 1 : 3;
/** Rounds until the engine has compiled what is hot. */
const WARM_UP = 2;
const CONNECTIONS = 16;
/** More than connections, so that no two of them ever want one session at once; and the end of each round cuts some off half-way. */
const SESSIONS = CONNECTIONS * (WARM_UP + ROUNDS + 2);

needWrk();
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'portcullis-refresh-'));
process.env.TOKENS = join(folder, 'tokens');
const { ports, pid, stop } = await serve({
  ...withDatabase(),
  bare: {
    entry: at('support/bare-object-worker.mjs'),
    bindings: '(name = "BARE", durableObjectNamespace = "Bare")',
    more: objects('Bare'),
  },
});
const worker = `http://127.0.0.1:${ports.worker}`;
const bare = `http://127.0.0.1:${ports.bare}`;
try {
  await migrate(ports);
  const tokens = [];
  for (let user = 0; user < SESSIONS; user++) tokens.push(await signedIn(user));
  writeFileSync(process.env.TOKENS, `${tokens.join('\n')}\n`);
  const runs = { refresh: [], look: [], write: [] };
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const drive = (url, script) => load({ url, pid, seconds: SECONDS, connections: CONNECTIONS, script: at(script) });
    const all = {
      refresh: drive(`${worker}/auth/refresh`, 'support/refresh.lua'),
      look: drive(`${bare}/look`, 'support/bare.lua'),
      write: drive(`${bare}/write`, 'support/bare.lua'),
    };
    if (round >= 0) for (const name of Object.keys(runs)) runs[name].push(all[name]);
  }
  console.log(
    JSON.stringify([
      ...rows(runs, 'look', 'a bare round trip to an object', 0.7),
      ...rows(runs, 'write', 'one that writes a row'),
    ]),
  );
} finally {
  await stop();
  rmSync(folder, { recursive: true, force: true });
}

async function signedIn(user) {
  const body = { email: `${user}@example.com`, password: PASSWORD, name: 'Somebody', tokenDelivery: 'body' };
  return (await post(`${worker}/auth/register`, body, 201)).refreshToken;
}

function rows(runs, peer, name, aim) {
  const measure = (what, unit, best) => {
    const of = (who) =>
      quartile(
        runs[who].map((run) => run[what]),
        best,
      );
    const [ours, theirs] = [of('refresh'), of(peer)];
    const ratio = best === 'high' ? ours / theirs : theirs / ours;
    return { bench: 'refresh', case: `${what}, against ${name}`, ours, theirs, unit, ratio };
  };
  return [
    { ...measure('perSecond', 'requests/s', 'high'), case: `refresh, against ${name}`, aim },
    { ...measure('microseconds', 'µs of processor time', 'low'), case: `refresh, against ${name}`, aim },
    { ...measure('p50', 'ms', 'low'), case: `half of all answers within, against ${name}` },
    { ...measure('p99', 'ms', 'low'), case: `99 of 100 answers within, against ${name}` },
  ];
}
