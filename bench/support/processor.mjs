import { readdirSync, readFileSync } from 'node:fs';

/** Nanoseconds that a process has spent on a processor, all its threads together (Linux). */
export function processorTime(pid) {
  const threads = `/proc/${pid}/task`;
  return readdirSync(threads)
    .map((id) => Number(readFileSync(`${threads}/${id}/schedstat`, 'utf8').split(' ')[0]))
    .reduce((sum, time) => sum + time, 0);
}
