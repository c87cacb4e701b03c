/** The adapters' types, beside those of the frameworks and of Passport. */
import 'passport';
import { DatabaseSync } from 'node:sqlite';
import { initTRPC } from '@trpc/server';
import express from 'express';
import { Hono } from 'hono';
import {
  type AuthStores,
  authenticate,
  authorize,
  authRoutes,
  memoryStores,
  optionalAuth,
  type SessionStore,
  sqliteStores,
} from 'portcullis/express';
import * as forFetch from 'portcullis/fetch';
import * as forHono from 'portcullis/hono';
import { type AuthContext, createAuthContext, requireAuth, requireRole } from 'portcullis/trpc';

interface MyClaims {
  sub: string;
  tenant: string;
}
interface MyUser {
  id: string;
}

declare global {
  namespace Express {
    interface User extends MyUser {}
  }
}

const options = { key: new Uint8Array(32), algorithms: ['HS256'], issuer: null, audience: 'api' } as const;

// Express: middlewares fit its own types, and req.user is the application's, Passport's types notwithstanding.
const app = express();
app.use(authenticate({ ...options, user: (claims) => ({ id: claims.sub ?? '' }) }));
app.use(optionalAuth({ ...options, invalidToken: 'treat-as-missing' }));
app.get('/', authorize('admin', 'manager'), authorize({ permissions: ['a:b'], all: true }), (request, response) => {
  const id: string | undefined = request.user?.id;
  const sub: string | undefined = request.auth?.claims.sub;
  response.json({ id, sub, passport: request.isAuthenticated() });
});
// @ts-expect-error authenticate has no such option
authenticate({ ...options, invalidToken: 'treat-as-missing' });
// @ts-expect-error roles are names
authorize({ roles: [1] });

// authRoutes: mounts, and hands authenticate what it needs; stores may answer at once or later.
const secrets = { jwtSecret: 'a', jwtRefreshSecret: 'b' };
const places = { issuer: 'https://id.example', audience: 'api' };
const routes = authRoutes({ ...places, ...secrets, stores: sqliteStores(new DatabaseSync(':memory:')), leeway: '5s' });
app.use(routes);
app.use('/api', authenticate({ ...routes.trust, user: (claims) => ({ id: claims.sub ?? '' }) }));
authenticate({ ...options, key: routes.key, revocations: routes.revocations });
const sessions: SessionStore = {
  update: async (_user, change) => void change(undefined)?.record.length,
  waiting: () => [],
};
export const stores: AuthStores = { ...memoryStores(), sessions };
authRoutes({ ...places, keys: { keys: [] }, stores, clientAddress: (request) => request.socket.remoteAddress });
// @ts-expect-error stores are needed
authRoutes({ ...places, ...secrets });
// @ts-expect-error a store has more verbs than that
authRoutes({ ...places, ...secrets, stores: { ...stores, audit: { append() {} } } });
// @ts-expect-error no such option
authRoutes({ ...places, ...secrets, stores, secret: 'a' });

// fetch: claims and user are generic.
const auth = forFetch.authenticate<MyClaims, MyUser>({ ...options, user: ({ tenant }) => ({ id: tenant }) });
export const handler = auth.protect((_request, { auth, user }) => Response.json([auth.claims.tenant, user?.id]));

// Hono: the context knows what is in it.
const hono = new Hono<{ Variables: forHono.AuthVariables<MyClaims, MyUser> }>();
hono.use('/api/*', forHono.authenticate<MyClaims, MyUser>({ ...options, user: () => ({ id: '1' }) }));
hono.get('/api/x', forHono.authorize('admin'), (c) =>
  c.json({ tenant: c.get('auth').claims.tenant, id: c.get('user').id }),
);

// tRPC: the context narrows behind requireAuth and requireRole.
const t = initTRPC.context<AuthContext<MyClaims, MyUser>>().create();
export const context = createAuthContext<MyClaims, MyUser>({ ...options, user: () => ({ id: '1' }) });
export const router = t.router({
  open: t.procedure.query(({ ctx }) => {
    // @ts-expect-error nobody may be signed in here
    ctx.auth.claims;
    return ctx.roles;
  }),
  mine: t.procedure
    .use(requireAuth<MyClaims, MyUser>())
    .query(({ ctx }): [string, string] => [ctx.auth.claims.tenant, ctx.user.id]),
  admin: t.procedure.use(requireRole<MyClaims, MyUser>('admin')).query(({ ctx }): string => ctx.auth.claims.sub),
});
