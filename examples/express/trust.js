/** What the application trusts, from its environment. */
import { remoteKeys } from 'portcullis';

/**
 * The options for `authenticate`, or a sentence about what is missing.
 * @param {Record<string, string | undefined>} environment `process.env`, or what stands for it
 */
export function trustFrom({ JWT_SECRET, JWKS_URL, ISSUER = 'http://localhost:8787', AUDIENCE = ISSUER }) {
  const places = { issuer: ISSUER, audience: AUDIENCE };
  // Plain http is for this machine only: anywhere else an address must be https.
  if (JWKS_URL !== undefined) return { key: remoteKeys(JWKS_URL, { allowLoopbackHttp: true }), ...places };
  if (JWT_SECRET !== undefined) return { key: JWT_SECRET, algorithms: ['HS256'], ...places };
  throw new Error(
    'Set JWKS_URL (http://localhost:8787/.well-known/jwks.json while `cargo xtask dev` runs), or JWT_SECRET to the secret that ' +
      'both sides share.',
  );
}
