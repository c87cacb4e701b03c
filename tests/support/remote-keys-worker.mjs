/**
 * A Worker whose keys are published by the issuer in its binding `ISSUER`. A request may leave before its fetch came in: then
 * the runtime kills what it was waiting for, and others must not wait with it.
 */
import { createVerifier, remoteKeys } from 'portcullis';

let context;
let env;
let ahead = 0;
const key = remoteKeys('https://id.example/jwks.json', {
  fetch: (...asked) => env.ISSUER.fetch(...asked),
  // What `waitUntil` belongs to is the request that found the keys old.
  waitUntil: (work) => context.waitUntil(work),
  now: () => Date.now() + ahead,
});
const verifier = createVerifier({ key, issuer: null, audience: null });

export default {
  async fetch(request, itsEnv, itsContext) {
    [env, context] = [itsEnv, itsContext];
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/later') {
      ahead += Number(searchParams.get('seconds')) * 1000;
      return new Response();
    }
    if (pathname !== '/verify') return new Response('ready');
    const token = request.headers.get('authorization');
    const verdict = verifier.verify(token).then(
      ({ claims }) => claims.sub,
      ({ code }) => code,
    );
    // The answer goes out, and with it the request that fetches.
    if (searchParams.has('hurry')) return new Response('left');
    return new Response(await verdict);
  },
};
