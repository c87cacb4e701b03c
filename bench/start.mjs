/**
 * Starting: from the birth of the process to the first answer, beside the bare hello Worker. Each start is a process of its own, in
 * turns.
 *
 * `node bench/start.mjs [--quick]` prints JSON rows.
 */

import { fileURLToPath } from 'node:url';
import { withDatabase } from './support/edge.mjs';
import { serve } from './support/workerd.mjs';
import { quartile } from './support/wrk.mjs';

const STARTS = process.argv.includes('--quick') ? 5 : 20;
const HELLO = { worker: { entry: fileURLToPath(new URL('support/hello-worker.mjs', import.meta.url)) } };

const took = { hello: [], edge: [] };
for (let start = -1; start < STARTS; start++) {
  for (const name of Object.keys(took)) {
    const { firstAnswers, stop } = await serve(name === 'edge' ? withDatabase() : HELLO);
    await stop();
    if (start >= 0) took[name].push(firstAnswers.worker);
  }
}
console.log(
  JSON.stringify(
    [
      ['milliseconds', 'ms'],
      ['processor', 'ms of processor time'],
    ].map(([what, unit]) => {
      const [ours, theirs] = [took.edge, took.hello].map((runs) =>
        quartile(
          runs.map((run) => run[what]),
          'low',
        ),
      );
      const text = 'from process start to the first answer, against a bare hello';
      return { bench: 'start', case: text, ours, theirs, unit, ratio: theirs / ours };
    }),
  ),
);
