/** The Express example, with tokens that somebody else issued: by a shared secret, and by a JWKS address. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, describe, test } from 'node:test';
import { createSigner, exportJwks, generateKey, remoteKeys } from 'portcullis';
import { createAppWithAccounts } from '../../examples/express/accounts.js';
import { createApp } from '../../examples/express/app.js';

const places = { issuer: 'http://localhost:8787', audience: 'portcullis' };
const claims = { sub: '1', sid: 's1', roles: ['admin'] };
const access = { ...places, typ: 'at+jwt', expiresIn: '15m' };

async function listen(handler) {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

/** What every way of trusting must give. */
function behaves(name, setUp) {
  describe(name, async () => {
    const { url, sign } = await setUp();
    const get = async (path, token) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const response = await fetch(`${url}${path}`, { headers });
      return {
        status: response.status,
        body: await response.json(),
        challenge: response.headers.get('www-authenticate'),
      };
    };

    test('a signed-in user sees themselves', async () => {
      const { body } = await get('/me', sign(claims));
      assert.deepEqual(body, { user: { id: '1', nickname: 'root' }, roles: ['admin'] });
    });

    test('a manager is refused on an admin route', async () => {
      const { status, challenge } = await get('/admin', sign({ sub: '2', roles: ['manager'] }));
      assert.equal(status, 403);
      assert.match(challenge, /insufficient_scope/);
      assert.equal((await get('/admin', sign(claims))).status, 200);
    });

    test('anyone is welcome at the front door, but not with a bad token', async () => {
      assert.deepEqual((await get('/')).body, { hello: 'whoever you are' });
      assert.deepEqual((await get('/', sign(claims))).body, { hello: '1' });
      assert.equal((await get('/', `${sign(claims).slice(0, -4)}AAAA`)).status, 401);
    });

    test('expired, unsigned and missing tokens are refused', async () => {
      const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`;
      for (const token of [sign({ ...claims, exp: 1 }), none, undefined]) {
        const { status, challenge } = await get('/me', token);
        assert.equal(status, 401);
        assert.match(challenge, /^Bearer/);
      }
    });
  });
}

behaves('by shared secret', async () => {
  const secret = 'the secret that both sides share, in full';
  const signer = createSigner({ key: secret, algorithm: 'HS256', ...access });
  return {
    url: await listen(createApp({ key: secret, algorithms: ['HS256'], ...places })),
    sign: (c) => signer.signSync(c),
  };
});

behaves('by JWKS address', async () => {
  const key = await generateKey('ES256', { kid: true });
  let fetches = 0;
  const issuer = await listen((_, response) => {
    fetches += 1;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(exportJwks([key])));
  });
  const signer = createSigner({ key, ...access });
  const trust = { key: remoteKeys(`${issuer}/.well-known/jwks.json`, { allowLoopbackHttp: true }), ...places };
  after(() => assert.equal(fetches, 1, 'one fetch for all'));
  return { url: await listen(createApp(trust)), sign: (c) => signer.signSync(c) };
});

test('an issuer that is down is a 503, not the client’s fault', async () => {
  const app = createApp({ key: remoteKeys('http://127.0.0.1:9/jwks.json', { allowLoopbackHttp: true }), ...places });
  const url = await listen(app);
  const token = createSigner({ key: await generateKey('ES256'), ...access }).signSync(claims);
  const response = await fetch(`${url}/me`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(response.status, 503);
  assert.equal(response.headers.get('retry-after'), '5');
});

test('with accounts of its own, whoever registers is signed in, with the roles they have', async () => {
  const secrets = {
    jwtSecret: 'one secret of at least thirty-two bytes',
    jwtRefreshSecret: 'another, of a good length as well',
  };
  const url = await listen(createAppWithAccounts({ file: ':memory:', issuer: 'https://app.example', ...secrets }));
  const body = JSON.stringify({ email: 'ada@example.com', password: 'correct horse battery staple', name: 'Ada' });
  const made = await fetch(`${url}/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const { accessToken, user } = await made.json();
  const get = (path) => fetch(url + path, { headers: { authorization: `Bearer ${accessToken}` } });
  const me = { user: { id: user.id, nickname: 'a guest' }, roles: ['user'] };
  assert.deepEqual(await (await get('/me')).json(), me);
  assert.equal((await get('/admin')).status, 403);
  const out = { method: 'POST', headers: { authorization: `Bearer ${accessToken}` } };
  assert.equal((await fetch(`${url}/auth/logout`, out)).status, 204);
  assert.equal((await get('/me')).status, 401);
});
