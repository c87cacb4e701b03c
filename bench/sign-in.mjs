/**
 * Signing in: what it costs beside the password check in it called alone in the same workerd; and how long the answer takes for an
 * account that is unknown, known, or locked, which must not be told apart.
 *
 * `node bench/sign-in.mjs [--quick]` prints JSON rows.
 */

import { fileURLToPath } from 'node:url';
import { migrate, PASSWORD, post, withDatabase } from './support/edge.mjs';
import { processorTime } from './support/processor.mjs';
import { serve } from './support/workerd.mjs';

const TRIES = process.argv.includes('--quick') ? 40 : 200;
const WARM_UP = 5;
/** Failures that lock an account. */
const FAILURES = 10;
const QUANTILES = { p5: 0.05, p25: 0.25, p50: 0.5, p75: 0.75, p95: 0.95 };
const WRONG = 'not the password, but as long';
const HASH = '$argon2id$v=19$m=19456,t=2,p=1$c29tZSBzYWx0IGhlcmU$2sSEUV5fSyHSAYyoODqLqZMwlE6tT2CPDZ9xKHHX3aA';

const { ports, pid, stop } = await serve({
  ...withDatabase(),
  hash: { entry: fileURLToPath(new URL('support/hash-worker.mjs', import.meta.url)) },
});
const at = (name, path) => `http://127.0.0.1:${ports[name]}${path}`;
const signIn = (who, password, expected) =>
  post(at('worker', '/auth/login'), { email: `${who}@example.com`, password }, expected);
try {
  await migrate(ports);
  for (const email of ['known@example.com', 'locked@example.com']) {
    await post(at('worker', '/auth/register'), { email, password: PASSWORD, name: 'Somebody' }, 201);
  }
  for (let failure = 0; failure < FAILURES; failure++) await signIn('locked', WRONG, 401);
  const contestants = {
    alone: () => post(at('hash', '/'), { password: WRONG, hash: HASH }),
    good: () => signIn('known', PASSWORD, 200),
    unknown: () => signIn('unknown', WRONG, 401),
    locked: () => signIn('locked', WRONG, 401),
    // The good one before it keeps the account from being locked.
    known: () => signIn('known', WRONG, 401),
  };
  const took = Object.fromEntries(Object.keys(contestants).map((name) => [name, { wall: [], processor: [] }]));
  for (let round = -WARM_UP; round < TRIES; round++) {
    for (const [name, call] of Object.entries(contestants)) {
      const [begun, spent] = [process.hrtime.bigint(), processorTime(pid)];
      await call();
      if (round < 0) continue;
      took[name].wall.push(Number(process.hrtime.bigint() - begun) / 1e6);
      took[name].processor.push((processorTime(pid) - spent) / 1e6);
    }
  }
  console.log(JSON.stringify([...costs(took), ...distributions(took)]));
} finally {
  await stop();
}

function costs({ good, alone }) {
  return [
    ['processor', 'ms of processor time'],
    ['wall', 'ms'],
  ].map(([what, unit]) => {
    const [ours, theirs] = [quantile(good[what], 0.25), quantile(alone[what], 0.25)];
    const name = 'a whole sign-in, against its password check alone';
    return { bench: 'sign-in', case: name, ours, theirs, unit, ratio: theirs / ours, aim: 1 / 1.15 };
  });
}

/** `ours` is the account that exists and is open; a ratio of 1 tells nothing. */
function distributions({ known, unknown, locked }) {
  return Object.entries({ unknown, locked }).flatMap(([name, other]) =>
    Object.entries(QUANTILES).map(([label, share]) => {
      const [ours, theirs] = [quantile(known.processor, share), quantile(other.processor, share)];
      const text = `wrong password, open account against ${name} one, ${label} of ${TRIES}`;
      return { bench: 'sign-in', case: text, ours, theirs, unit: 'ms of processor time', ratio: theirs / ours };
    }),
  );
}

function quantile(numbers, share) {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length * share)];
}
