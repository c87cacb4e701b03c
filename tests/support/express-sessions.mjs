/** An Express application with `authRoutes` and an API of its own, for tests of the browser client: what `client-suite.mjs` asks for. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import express from 'express';
import { authenticate, authRoutes, memoryStores } from 'portcullis/express';
import { SECRETS } from './express-auth.mjs';
import { client, PASSWORD } from './http-client.mjs';

/** Starts one. `files` maps paths to `[type, text]`. */
export async function startExpressSessions({ files = {} } = {}) {
  const counts = new Map();
  const control = {
    lifetimeSeconds: 900,
    refreshDelayMillis: 0,
    refuse: undefined,
    drop: undefined,
    dateShiftMillis: 0,
  };
  const stores = memoryStores();
  /** One per life of access tokens, over the same stores. */
  const routes = new Map();
  const current = () => {
    const seconds = Math.ceil(control.lifetimeSeconds);
    const options = { issuer: 'https://id.example', audience: 'app', ...SECRETS, stores, accessTokenLifetime: seconds };
    if (!routes.has(seconds)) routes.set(seconds, authRoutes(options));
    return routes.get(seconds);
  };

  const app = express();
  app.disable('x-powered-by').set('etag', false);
  app.use(async (request, response, next) => {
    const { path } = request;
    const count = (what) => counts.set(`${path} ${what}`, (counts.get(`${path} ${what}`) ?? 0) + 1);
    if (control.drop?.(path)) {
      count('dropped');
      request.socket.destroy();
      return;
    }
    response.on('finish', () => count(response.statusCode));
    const refused = control.refuse?.(path);
    if (refused) {
      response.status(refused).type('html').send('<h1>proxy</h1>');
      return;
    }
    response.setHeader('date', new Date(Date.now() + control.dateShiftMillis).toUTCString());
    if (path === '/auth/refresh') await wait(control.refreshDelayMillis);
    next();
  });
  for (const [path, [type, text]] of Object.entries(files)) {
    app.get(path, (_request, response) => response.type(type).send(text));
  }
  app.use((request, response, next) => current()(request, response, next));
  const signedIn = authenticate({ ...current().trust, user: ({ sub }) => ({ id: sub }) });
  app.get('/api/data', signedIn, (request, response) => response.json({ id: request.user.id }));
  app.post('/api/echo', signedIn, express.json({ type: () => true }), (request, response) =>
    response.json(request.body),
  );

  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const account = { email: 'a@example.com', password: PASSWORD };
  const { login, post, get } = client(`http://127.0.0.1:${port}`);
  await post('/auth/register', { ...account, name: 'Somebody', tokenDelivery: 'body' });
  const signIn = () => login(account.email);
  const endSessions = async () => {
    const { refreshToken } = await signIn();
    await post('/auth/logout-all', { refreshToken });
  };
  // Registering has opened one.
  await endSessions();
  counts.clear();
  return {
    origin: `http://localhost:${port}`,
    counts,
    control,
    account,
    shortLife: 1,
    endSessions,
    async openSessions() {
      const { accessToken: token, refreshToken } = await signIn();
      const { sessions } = (await get('/auth/sessions', { token })).body;
      await post('/auth/logout', { refreshToken });
      return sessions.length - 1;
    },
    async stop() {
      for (const auth of routes.values()) auth.close();
      server.closeAllConnections();
      server.close();
    },
  };
}
