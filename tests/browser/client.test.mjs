/** `portcullis/client` against a small server that follows the product's /auth routes. */

import { clientSuite } from '../support/client-suite.mjs';
import { startSessionServer } from '../support/session-server.mjs';

clientSuite('a stand-in server', startSessionServer);
