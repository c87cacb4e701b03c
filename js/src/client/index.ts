/**
 * Keeps a user signed in, in the browser.
 *
 * The access token is only in memory; the refresh token is in a cookie that no script can read. All tabs share one
 * session: one of them refreshes, the others receive the result, and a sign-out reaches all of them. A network failure
 * does not sign the user out.
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
