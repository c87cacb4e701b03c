// A refresh token in the wrong hands, in real workerd.

import { theftSuite } from '../support/theft-suite.mjs';
import { startWorker } from '../support/worker.mjs';

theftSuite('the Worker', ({ graceSeconds }) =>
  startWorker({ build: 'edge', vars: { REFRESH_GRACE_SECONDS: String(graceSeconds) } }),
);
