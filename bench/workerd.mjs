/**
 * Verification inside workerd: Portcullis against jose and against WebCrypto called bare, measured from outside, in processor time.
 *
 * `node bench/workerd.mjs [--quick]` prints JSON rows. Microseconds are net of the loop itself.
 */

import { fileURLToPath } from 'node:url';
import { rows } from './support/duel.mjs';
import { processorTime } from './support/processor.mjs';
import { serve } from './support/workerd.mjs';

const ROUNDS = process.argv.includes('--quick') ? 3 : 25;
/** Verifications in one request. */
const TIMES = { HS256: 3000, ES256: 300, RS256: 600, EdDSA: 400 };
const PEERS = ['portcullis', 'WebCrypto alone', 'jose'];
const AIMS = { HS256: { 'WebCrypto alone': 1 } };
const OTHERS = { 'WebCrypto alone': 1 / 1.15, jose: 1 };

const { ports, pid, stop } = await serve({
  verify: { entry: fileURLToPath(new URL('support/verify-worker.mjs', import.meta.url)) },
});
try {
  const all = [];
  for (const [alg, times] of Object.entries(TIMES)) {
    const best = Object.fromEntries(PEERS.map((peer) => [peer, Number.POSITIVE_INFINITY]));
    let loop = Number.POSITIVE_INFINITY;
    for (let round = 0; round < ROUNDS; round++) {
      loop = Math.min(loop, await microseconds('loop', times));
      for (const peer of PEERS) best[peer] = Math.min(best[peer], await microseconds(`${alg}-${peer}`, times));
    }
    for (const peer of PEERS) best[peer] -= loop;
    all.push(...rows('workerd', `${alg} verify`, best, AIMS[alg] ?? OTHERS));
  }
  console.log(JSON.stringify(all));
} finally {
  await stop();
}

async function microseconds(contestant, times) {
  const before = processorTime(pid);
  const answer = await fetch(`http://127.0.0.1:${ports.verify}/${encodeURIComponent(contestant)}/${times}`);
  const text = await answer.text();
  if (text !== 'done') throw new Error(`${contestant} answered ${text.slice(0, 200)}`);
  return (processorTime(pid) - before) / 1000 / times;
}
