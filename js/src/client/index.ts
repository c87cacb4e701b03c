/**
 * Keeps a person signed in, in the browser.
 *
 * The access token lives in memory alone; the refresh token in a cookie that no script can read. Every tab shares one session: one of
 * them refreshes, the others receive the result, and a log-out reaches all of them. A network that fails is no log-out.
 *
 * @example
 * ```ts
 * import { createClient } from 'portcullis/client';
 *
 * const client = createClient({ onSignedOut: (reason) => showLogin(reason) });
 * if (!(await client.restore())) await client.login({ email, password });
 * const orders = await client.fetch('/api/orders').then((response) => response.json());
 * ```
 * @module
 */

export { createClient } from './client.js';
export { ClientError } from './errors.js';
export type { Client, ClientOptions, Credentials, Registration, SignedOutReason, State, User } from './types.js';
