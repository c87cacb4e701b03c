/** Contestants take turns in short rounds and the best round of each counts, so that a busy machine slows all alike. */

/** Long enough to be above the clock's grain, short enough that a whole round can fall between two disturbances. */
const ROUND_MICROSECONDS = 2000;

/**
 * Microseconds per call of each contestant.
 *
 * @param {Record<string, () => unknown>} contestants - a function that gives a promise is awaited, call by call
 * @param {number} rounds
 * @returns {Promise<Record<string, number>>}
 */
export async function duel(contestants, rounds) {
  const names = Object.keys(contestants);
  const calls = {};
  const best = {};
  for (const name of names) {
    await microseconds(contestants[name], 200);
    calls[name] = Math.max(2, Math.round(ROUND_MICROSECONDS / (await microseconds(contestants[name], 50))));
    best[name] = Number.POSITIVE_INFINITY;
  }
  for (let round = 0; round < rounds; round++) {
    for (const name of names) best[name] = Math.min(best[name], await microseconds(contestants[name], calls[name]));
  }
  return best;
}

async function microseconds(call, times) {
  const waits = call() instanceof Promise;
  const start = process.hrtime.bigint();
  if (waits) for (let time = 0; time < times; time++) await call();
  else for (let time = 0; time < times; time++) call();
  return Number(process.hrtime.bigint() - start) / 1000 / times;
}

/** One row per peer. `ratio` is how many times as fast ours is; `aim` is what it should at least be. */
export function rows(bench, name, best, aims = {}) {
  const { portcullis, ...peers } = best;
  return Object.entries(peers).map(([peer, theirs]) => ({
    bench,
    case: `${name}, against ${peer}`,
    ours: portcullis,
    theirs,
    unit: 'µs',
    ratio: theirs / portcullis,
    ...(aims[peer] ? { aim: aims[peer] } : {}),
  }));
}
