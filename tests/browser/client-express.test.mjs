/** `portcullis/client` against an Express application with `authRoutes`. */

import { clientSuite } from '../support/client-suite.mjs';
import { startExpressSessions } from '../support/express-sessions.mjs';

clientSuite('Express', startExpressSessions);
