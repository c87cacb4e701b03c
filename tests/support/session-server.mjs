/**
 * A small server with the product's /auth routes over memory, for tests of the browser client: sessions rotate and have their grace as
 * the design says, and a test can shorten lives, count calls, and break things on purpose. Tokens are unsigned stand-ins.
 */

import { createServer } from 'node:http';

const GRACE_MILLIS = 30_000;

/**
 * Starts one. `files` maps paths to `[type, text]`.
 * Returns what `client-suite.mjs` asks for.
 */
export async function startSessionServer({ lifetimeSeconds = 900, files = {} } = {}) {
  const sessions = new Map();
  const counts = new Map();
  const control = {
    lifetimeSeconds,
    /** How much of the second in which a token is made was over by then. */
    secondGoneMillis: 0,
    refreshDelayMillis: 0,
    refuse: undefined,
    drop: undefined,
    dateShiftMillis: 0,
  };
  let numbered = 0;

  function grant(session, response, withUser) {
    const exp = Date.now() + control.lifetimeSeconds * 1000 - control.secondGoneMillis;
    const claims = { sid: session.sid, exp, n: ++numbered };
    response.setHeader('set-cookie', `rt=${session.sid}.${session.generation}; HttpOnly; SameSite=Strict; Path=/auth`);
    return {
      accessToken: `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.y`,
      expiresIn: control.lifetimeSeconds,
      tokenType: 'Bearer',
      ...(withUser ? { user: session.user } : {}),
    };
  }

  const routes = {
    'POST /auth/login': (body, _request, response) => {
      if (body.password !== 'right') {
        return [401, { error: 'invalid_credentials', message: 'email or password is wrong' }];
      }
      const session = { sid: crypto.randomUUID(), generation: 1, rotatedAt: 0, user: { id: '1', email: body.email } };
      sessions.set(session.sid, session);
      return [200, grant(session, response, true)];
    },
    'POST /auth/refresh': async (_body, request, response) => {
      await new Promise((resolve) => setTimeout(resolve, control.refreshDelayMillis));
      const [sid, generation] = (/rt=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '').split('.');
      const session = sessions.get(sid);
      if (!session) {
        return [401, { error: 'session_ended', message: 'the session has ended' }];
      }
      if (Number(generation) === session.generation) {
        session.generation += 1;
        session.rotatedAt = Date.now();
      } else if (Number(generation) !== session.generation - 1 || Date.now() - session.rotatedAt > GRACE_MILLIS) {
        sessions.delete(sid);
        return [401, { error: 'token_reused', message: 'this refresh token was used before' }];
      }
      return [200, grant(session, response, false)];
    },
    'POST /auth/logout': (body, request) => {
      const [sid] = (/rt=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '').split('.');
      if (body.session === undefined || body.session === sid) sessions.delete(sid);
      return [204, undefined];
    },
    'GET /api/data': (_body, request) => {
      const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
      const claims = token ? JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString()) : undefined;
      const good = claims && claims.exp > Date.now() && sessions.has(claims.sid);
      return good ? [200, { n: claims.n }] : [401, { error: 'invalid_token', message: 'no' }];
    },
    'POST /api/echo': (body, request) => {
      const [status, answer] = routes['GET /api/data'](undefined, request);
      return status === 200 ? [200, body] : [status, answer];
    },
  };

  const server = createServer(async (request, response) => {
    const path = request.url.split('?')[0];
    const route = routes[`${request.method} ${path}`];
    const count = (status) => counts.set(`${path} ${status}`, (counts.get(`${path} ${status}`) ?? 0) + 1);
    if (control.drop?.(path)) {
      count('dropped');
      request.socket.destroy();
      return;
    }
    const refused = control.refuse?.(path);
    if (refused) {
      count(refused);
      response.writeHead(refused, { 'content-type': 'text/html' }).end('<h1>proxy</h1>');
      return;
    }
    const file = files[path];
    if (file) {
      response.writeHead(200, { 'content-type': file[0] }).end(file[1]);
      return;
    }
    let text = '';
    for await (const chunk of request) {
      text += chunk;
    }
    response.setHeader('date', new Date(Date.now() + control.dateShiftMillis).toUTCString());
    const [status, answer] = route
      ? await route(text ? JSON.parse(text) : {}, request, response)
      : [404, { error: 'not_found', message: 'no such route' }];
    count(status);
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(answer === undefined ? undefined : JSON.stringify(answer));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    origin: `http://localhost:${server.address().port}`,
    counts,
    control,
    account: { email: 'a@example.com', password: 'right' },
    shortLife: 0.2,
    endSessions: () => sessions.clear(),
    openSessions: () => sessions.size,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
