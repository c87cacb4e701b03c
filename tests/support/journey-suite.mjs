/** The main job from end to end, through HTTP, wherever the service is mounted. */

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { claimsOf } from './http-client.mjs';

const base64url = (value) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Runs it on what `start` starts, whose access tokens are signed with `secret`; `more` adds tests of a mount's own. */
export function journeySuite(name, start, secret, more = () => {}) {
  describe(name, () => {
    let server;
    before(async () => {
      server = await start();
    });
    after(() => server?.stop());

    function forge(claims, { header = {}, secret: by = secret } = {}) {
      const input = `${base64url({ alg: 'HS256', typ: 'at+jwt', ...header })}.${base64url(claims)}`;
      return `${input}.${createHmac('sha256', by).update(input).digest('base64url')}`;
    }

    test('log in, look, be refused, refresh, log out, be refused', async () => {
      const manager = await server.login('manager@example.com');
      assert.equal(manager.tokenType, 'Bearer');
      const me = await server.get('/users/me', { token: manager.accessToken });
      assert.equal(me.body.email, 'manager@example.com');

      const refused = await server.get('/users', { token: manager.accessToken });
      assert.equal(refused.status, 403);
      assert.equal(refused.body.error, 'insufficient_scope');
      assert.match(refused.headers.get('www-authenticate'), /^Bearer .*error="insufficient_scope"/);

      const refreshed = (await server.refresh(manager.refreshToken)).body;
      assert.notEqual(refreshed.refreshToken, manager.refreshToken);
      assert.equal((await server.get('/users/me', { token: refreshed.accessToken })).status, 200);

      assert.equal((await server.post('/auth/logout', { refreshToken: refreshed.refreshToken })).status, 204);
      const ended = await server.refresh(refreshed.refreshToken);
      assert.deepEqual([ended.status, ended.body.error], [401, 'session_ended']);
      const { sid } = claimsOf(manager.accessToken);
      assert.equal((await server.get('/users/me', { token: refreshed.accessToken })).status, 401);
      assert.deepEqual((await server.get('/auth/revocations')).body.sessions, [sid]);
    });

    test('an administrator lists, promotes, demotes and forces out', async () => {
      const admin = await server.login('admin@example.com');
      const token = admin.accessToken;
      const page = (await server.get('/users?limit=2', { token })).body;
      assert.equal(page.users.length, 2);
      const rest = (await server.get(`/users?limit=200&cursor=${page.next}`, { token })).body;
      const everyone = [...page.users, ...rest.users];
      const user = everyone.find(({ email }) => email === 'user@example.com');
      const set = (roles) => server.send('PATCH', `/users/${user.id}`, { token, body: { roles } });
      assert.deepEqual((await set(['admin', 'user'])).body.roles, ['admin', 'user']);
      const promoted = await server.login('user@example.com');
      assert.equal((await server.get('/users', { token: promoted.accessToken })).status, 200);
      assert.equal((await set(['user'])).status, 200);
      assert.equal((await server.get('/users', { token: promoted.accessToken })).status, 401);
      assert.equal((await server.refresh(promoted.refreshToken)).body.error, 'session_ended');
      const again = await server.login('user@example.com');
      assert.equal((await server.send('POST', `/users/${user.id}/logout`, { token })).status, 204);
      assert.equal((await server.refresh(again.refreshToken)).body.error, 'session_ended');
      assert.equal((await server.send('POST', '/users/nobody/logout', { token })).status, 404);
      const changes = (await server.get(`/audit?event=roles_changed&user=${user.id}`, { token })).body.entries;
      assert.deepEqual(
        changes.map(({ detail }) => detail),
        ['from [admin user] to [user]', 'from [user] to [admin user]'],
      );
      assert.ok(changes.every(({ actor }) => actor === 'demo-admin'));
    });

    test('forged, tampered, expired and unsigned tokens are refused with the right challenge', async () => {
      const { accessToken } = await server.login('admin@example.com');
      const claims = claimsOf(accessToken);
      const [header, payload, signature] = accessToken.split('.');
      const forged = {
        tampered: `${header}.${base64url({ ...claims, roles: ['root'] })}.${signature}`,
        'signature cut': `${header}.${payload}.${signature.slice(0, -4)}`,
        expired: forge({ ...claims, iat: claims.iat - 9000, exp: claims.iat - 8000 }),
        'not valid yet': forge({ ...claims, nbf: claims.iat + 9000 }),
        'other issuer': forge({ ...claims, iss: 'https://evil.example' }),
        'other audience': forge({ ...claims, aud: 'https://evil.example' }),
        'plain JWT type': forge(claims, { header: { typ: 'JWT' } }),
        'other secret': forge(claims, { secret: `${secret}.` }),
        'alg none': `${base64url({ alg: 'none', typ: 'at+jwt' })}.${payload}.`,
        'alg None': `${base64url({ alg: 'None', typ: 'at+jwt' })}.${payload}.x`,
        'expiry as text': forge({ ...claims, exp: String(claims.exp) }),
        'no expiry': forge({ ...claims, exp: undefined }),
        'not a token': 'x',
      };
      assert.equal((await server.get('/users/me', { token: forge(claims) })).status, 200, 'the forger is able');
      for (const [name, token] of Object.entries(forged)) {
        const { status, body, headers } = await server.get('/users/me', { token });
        assert.deepEqual([status, body.error], [401, 'invalid_token'], name);
        const challenge = headers.get('www-authenticate');
        assert.match(
          challenge,
          /^Bearer realm="portcullis", error="invalid_token", error_description="[^"\\]+"$/,
          name,
        );
      }
      const none = await server.get('/users/me');
      assert.deepEqual([none.status, none.headers.get('www-authenticate')], [401, 'Bearer realm="portcullis"']);
    });

    test('bad input is a 4xx with a code', async () => {
      const refusal = async (method, path, options) => {
        const { status, body } = await server.send(method, path, options);
        return [status, body.error];
      };
      assert.deepEqual(await refusal('POST', '/auth/login', { body: 'x' }), [400, 'invalid_json']);
      assert.deepEqual(await refusal('POST', '/auth/login', { body: {} }), [400, 'invalid_request']);
      assert.deepEqual(await refusal('POST', '/auth/login', { body: 'x'.repeat(65_537) }), [413, 'body_too_large']);
      assert.deepEqual(await refusal('POST', '/auth/login', { body: 'x'.repeat(5_000_000) }), [413, 'body_too_large']);
      assert.deepEqual(await refusal('GET', '/auth/nothing'), [404, 'not_found']);
      const wrong = await server.send('DELETE', '/auth/login');
      assert.deepEqual(
        [wrong.status, wrong.body.error, wrong.headers.get('allow')],
        [405, 'method_not_allowed', 'POST'],
      );
      const foreign = await server.post('/auth/refresh', {}, { headers: { origin: 'https://evil.example' } });
      assert.deepEqual([foreign.status, foreign.body.error], [403, 'cross_site_request']);
    });

    test('a browser keeps its refresh token in a cookie it cannot read', async () => {
      const response = await server.post('/auth/login', {
        email: 'user@example.com',
        password: 'correct horse battery staple',
      });
      assert.equal(response.body.refreshToken, undefined);
      const set = response.headers.get('set-cookie');
      for (const part of ['HttpOnly', 'Secure', 'SameSite=Strict', 'Path=/'])
        assert.ok(set.split('; ').includes(part), set);
      const cookie = set.split(';')[0];
      assert.match(cookie, /^__Host-refresh=/);
      const refreshed = await server.send('POST', '/auth/refresh', { cookie });
      assert.equal(refreshed.status, 200);
      const racing = await server.send('POST', '/auth/refresh', { cookie });
      assert.equal(racing.headers.get('set-cookie').split(';')[0], refreshed.headers.get('set-cookie').split(';')[0]);
      const out = await server.send('POST', '/auth/logout', { cookie });
      assert.match(out.headers.get('set-cookie'), /^__Host-refresh=;.*Max-Age=0/);
    });

    more(() => server);
  });
}
