/** Loads a server with `wrk`, and says what a request cost. */

import { execFileSync, spawnSync } from 'node:child_process';
import { processorTime } from './processor.mjs';

/** Ends the bench with a sentence when `wrk` is not there. */
export function needWrk() {
  if (!spawnSync('wrk', ['--version']).error) return;
  console.error('this bench needs wrk, which loads a server hard enough: install it (Debian: apt-get install wrk)');
  process.exit(1);
}

/**
 * One run. Processor time is that of the whole server process: unlike requests per second, it hardly depends on what else the
 * machine is doing.
 *
 * @param {{url: string, pid: number, seconds: number, headers?: string[], script?: string, connections?: number}} options
 * @returns {{perSecond: number, microseconds: number, p50: number, p99: number}} requests per second, processor time per request,
 *   and latencies in milliseconds
 */
export function load({ url, pid, seconds, headers = [], script, connections = 16 }) {
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', ...headers.flatMap((line) => ['-H', line])];
  if (script) args.push('-s', script);
  const before = processorTime(pid);
  const output = execFileSync('wrk', [...args, url], { encoding: 'utf8' });
  const spent = processorTime(pid) - before;
  const refused = output.match(/Non-2xx or 3xx responses: (\d+)/);
  if (refused) throw new Error(`${url}: ${refused[1]} requests were refused`);
  const requests = Number(output.match(/(\d+) requests in/)[1]);
  return {
    perSecond: Number(output.match(/Requests\/sec:\s+([\d.]+)/)[1]),
    microseconds: spent / 1000 / requests,
    p50: milliseconds(output, 50),
    p99: milliseconds(output, 99),
  };
}

/** The quartile on the side of the best, which a busy machine disturbs less than the middle. */
export function quartile(numbers, best) {
  const sorted = numbers.toSorted((one, other) => (best === 'low' ? one - other : other - one));
  return sorted[Math.floor(sorted.length / 4)];
}

function milliseconds(output, percent) {
  const [, number, unit] = output.match(new RegExp(`${percent}%\\s+([\\d.]+)(us|ms|s)`));
  return Number(number) * { us: 1 / 1000, ms: 1, s: 1000 }[unit];
}
