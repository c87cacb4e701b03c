/** Rate limits per client and per account, in memory, with the same numbers as the Worker's bindings. @module */
import type { Limiter } from './types.js';

const PERIOD_MILLIS = 60_000;
/**
 * Maximum cost of the password hashes in a period: at about 30 ms each, 600 use one core for 18 seconds of a minute.
 */
const MOST = { client: 600, account: 300 } as const;
/** Maximum number of keys: beyond that, the key with the oldest attempt is removed first. */
const MOST_KEYS = 100_000;

/**
 * Counts the cost of hashes in periods of a minute. Each process has its own counters; account lockouts apply to all
 * processes.
 */
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
