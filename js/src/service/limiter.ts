/** Limits per client and per account, in memory: the same numbers as the Worker's bindings. @module */
import type { Limiter } from './types.js';

const PERIOD_MILLIS = 60_000;
/** Most password hashes in a period, by their cost: at about 30 ms each, 600 keep one core busy for 18 seconds of a minute. */
const MOST = { client: 600, account: 300 } as const;
/** Most keys counted at once: beyond that, whoever has tried least lately is forgotten first. */
const MOST_KEYS = 100_000;

/** Counts what hashes cost in periods of a minute. Each process counts for itself; the lockout of an account is everyone's. */
export function memoryLimiter(now: () => number): Limiter {
  const counts = new Map<string, { since: number; cost: number }>();
  return {
    allow(limit, key, cost) {
      const name = `${limit}:${key}`;
      const at = now();
      const known = counts.get(name);
      const count = known !== undefined && at - known.since < PERIOD_MILLIS ? known : { since: at, cost: 0 };
      count.cost += cost;
      counts.delete(name);
      counts.set(name, count);
      if (counts.size > MOST_KEYS) counts.delete(counts.keys().next().value as string);
      return count.cost <= MOST[limit];
    },
  };
}
