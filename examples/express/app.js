/**
 * An Express 5 application behind Portcullis. It trusts the tokens that somebody else issued, the Worker for example, by one of
 * two things: a secret both sides know, or the issuer's public keys under a URL.
 */
import express from 'express';
import { authenticate, authorize, optionalAuth } from 'portcullis/express';

/** Users of this application, by the subject of their tokens. A real one asks its database. */
const users = new Map([['1', { id: '1', nickname: 'root' }]]);

/**
 * @param {object} trust what tokens are checked with: `{ key, algorithms }`, and `{ issuer, audience }`
 */
export function createApp(trust) {
  const app = express();
  app.disable('x-powered-by');

  const signedIn = authenticate({
    ...trust,
    user: (claims) => users.get(claims.sub) ?? { id: claims.sub, nickname: 'a guest' },
  });

  app.get('/', optionalAuth(trust), (request, response) => {
    response.json({ hello: request.auth?.claims.sub ?? 'whoever you are' });
  });
  app.get('/me', signedIn, (request, response) => {
    response.json({ user: request.user, roles: request.auth.claims.roles ?? [] });
  });
  app.get('/admin', signedIn, authorize('admin'), (request, response) => {
    response.json({ secret: 'the cake', for: request.user.nickname });
  });
  app.get(
    '/reports',
    signedIn,
    authorize({ roles: ['manager'], permissions: ['reports:read'], all: true }),
    (_, response) => {
      response.json({ reports: [] });
    },
  );
  return app;
}
