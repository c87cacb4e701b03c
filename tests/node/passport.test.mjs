/** `portcullis/passport` under passport 0.7 in an Express 5 app, and beside passport-jwt 4. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { inherits } from 'node:util';
import jwt from 'portcullis/jsonwebtoken';
import ours, { ExtractJwt, Strategy } from 'portcullis/passport';
import { KEYS } from '../support/jsonwebtoken-calls.mjs';
import { observe } from '../support/observe.mjs';

const require = createRequire(new URL('../../js/package.json', import.meta.url));
const express = require('express');
const { Passport } = require('passport');
const { Strategy: LocalStrategy } = require('passport-local');
const theirs = require('passport-jwt');

const secret = 'a shared secret';
const bearer = ExtractJwt.fromAuthHeaderAsBearerToken();
const tokenFor = (claims, options) => jwt.sign(claims, secret, { expiresIn: 60, ...options });
const findUser = (payload, done) => done(null, payload.sub ? { id: payload.sub } : false);

describe('in an Express app', () => {
  let server;
  let url;
  before(async () => {
    const passport = new Passport();
    passport.use(new LocalStrategy((name, password, done) => done(null, password === 'open' && { id: name })));
    passport.use(new Strategy({ jwtFromRequest: bearer, secretOrKey: secret, algorithms: ['HS256'] }, findUser));
    const inCookie = {
      jwtFromRequest: ExtractJwt.fromCookie('token'),
      secretOrKey: secret,
      challenge: { realm: 'Users' },
    };
    passport.use('cookie', new Strategy(inCookie, findUser));
    const app = express();
    app.use(express.json(), passport.initialize());
    app.post('/login', passport.authenticate('local', { session: false }), (req, res) =>
      res.send(tokenFor({ sub: req.user.id })),
    );
    const me = (req, res) => res.json({ user: req.user, info: req.authInfo });
    app.get('/me', passport.authenticate('jwt', { session: false }), me);
    app.get('/cookie', passport.authenticate('cookie', { session: false }), me);
    app.get('/either', passport.authenticate(['cookie', 'jwt'], { session: false }), me);
    app.get('/custom', (req, res, next) => {
      passport.authenticate('jwt', { session: false }, (error, user, info) => {
        if (error) next(error);
        else res.json({ user, info: info && { name: info.name, message: info.message } });
      })(req, res, next);
    });
    server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${server.address().port}`;
  });
  after(() => server.close());

  const get = (path, headers = {}) => fetch(url + path, { headers });

  test('a token from a local sign-in opens what the strategy guards', async () => {
    const headers = { 'content-type': 'application/json' };
    const login = (password) =>
      fetch(`${url}/login`, { method: 'POST', headers, body: JSON.stringify({ username: 'alice', password }) });
    assert.equal((await login('wrong')).status, 401);
    const token = await (await login('open')).text();
    const answer = await get('/me', { authorization: `Bearer ${token}` });
    assert.deepEqual((await answer.json()).user, { id: 'alice' });
  });

  test('a refusal is a bare 401, as passport-jwt’s is', async () => {
    for (const headers of [
      {},
      { authorization: 'Bearer x' },
      { authorization: `Bearer ${tokenFor({ sub: 'a' }, { expiresIn: -5 })}` },
    ]) {
      const answer = await get('/me', headers);
      assert.equal(answer.status, 401);
      assert.equal(await answer.text(), 'Unauthorized');
      assert.equal(answer.headers.get('www-authenticate'), null);
    }
  });

  test('a refusal carries a challenge where that was asked for', async () => {
    const none = await get('/cookie');
    assert.equal(none.headers.get('www-authenticate'), 'Bearer realm="Users"');
    const old = await get('/cookie', { cookie: `token=${tokenFor({ sub: 'a' }, { expiresIn: -5 })}` });
    assert.equal(old.status, 401);
    assert.equal(
      old.headers.get('www-authenticate'),
      'Bearer realm="Users", error="invalid_token", error_description="jwt expired"',
    );
  });

  test('a challenge for a good token of nobody', async () => {
    const gone = await get('/cookie', { cookie: `token=${tokenFor({})}` });
    assert.equal(
      gone.headers.get('www-authenticate'),
      'Bearer realm="Users", error="invalid_token", error_description="the user is unknown"',
    );
  });

  test('a token in a cookie', async () => {
    const answer = await get('/cookie', { cookie: `other=1; token=${tokenFor({ sub: 'bob' })}` });
    assert.deepEqual((await answer.json()).user, { id: 'bob' });
  });

  test('several strategies, the second of which succeeds', async () => {
    const answer = await get('/either', { authorization: `Bearer ${tokenFor({ sub: 'carol' })}` });
    assert.deepEqual((await answer.json()).user, { id: 'carol' });
    assert.equal(answer.headers.get('www-authenticate'), null);
  });

  test('a custom callback gets the error as info', async () => {
    const answer = await get('/custom', { authorization: `Bearer ${tokenFor({ sub: 'a' }, { expiresIn: -5 })}` });
    assert.deepEqual(await answer.json(), { user: false, info: { name: 'TokenExpiredError', message: 'jwt expired' } });
  });
});

/** What a strategy does with a request. */
function ask(strategy, request, done) {
  const acting = Object.create(strategy);
  for (const action of ['success', 'fail', 'error', 'pass', 'redirect'])
    acting[action] = (...args) => done(action, ...args);
  acting.authenticate(request, {});
}

const outcome = (strategy, request) =>
  new Promise((resolve) => {
    ask(strategy, request, (action, ...args) =>
      resolve([action, ...args.map((arg) => (arg instanceof Error ? `${arg.name}: ${arg.message}` : arg))]),
    );
  });

describe('the strategy', () => {
  const from = (token) => ({ headers: { authorization: `Bearer ${token}` } });
  const base = { jwtFromRequest: bearer, secretOrKey: secret };

  for (const [what, options, verify] of [
    ['options', undefined, findUser],
    ['a key', { jwtFromRequest: bearer }, findUser],
    ['one key only', { ...base, secretOrKeyProvider: () => {} }, findUser],
    ['a verify callback', base, undefined],
    ['a place to look', { secretOrKey: secret }, findUser],
  ]) {
    test(`needs ${what}`, () => {
      const [their, our] = [theirs, ours].map((pkg) => observe(() => new pkg.Strategy(options, verify)).threw);
      assert.equal(our.class, 'TypeError');
      if (options) assert.equal(our.message, their.message);
    });
  }

  test('does what passport-jwt does, request by request', async () => {
    const good = tokenFor({ sub: 'alice', aud: 'a', iss: 'i' });
    const requests = [
      { headers: {} },
      from(good),
      from('x'),
      from(`${good}x`),
      from(tokenFor({ sub: 'a' }, { expiresIn: -9 })),
      from(tokenFor({})),
    ];
    const choices = [
      [base, findUser],
      [{ ...base, issuer: 'x' }, findUser],
      [{ ...base, audience: ['a', 'b'] }, findUser],
      [{ ...base, algorithms: ['HS512'] }, findUser],
      [{ ...base, ignoreExpiration: true }, findUser],
      [{ ...base, jsonWebTokenOptions: { clockTolerance: 30 } }, findUser],
      [
        { ...base, passReqToCallback: true },
        (req, payload, done) => done(null, { has: Boolean(req.headers), payload: payload.sub }, { info: 1 }),
      ],
      [base, (_payload, done) => done(new Error('database'))],
      [base, (_payload, done) => done(null, false, { message: 'gone' })],
      [
        base,
        () => {
          throw new Error('thrown');
        },
      ],
      [
        {
          jwtFromRequest: bearer,
          secretOrKeyProvider: (_req, token, done) => setImmediate(done, null, token && secret),
        },
        findUser,
      ],
      [{ jwtFromRequest: bearer, secretOrKeyProvider: (_req, _token, done) => done('no key') }, findUser],
      [{ jwtFromRequest: bearer, secretOrKeyProvider: (_req, _token, done) => done(null, undefined) }, findUser],
    ];
    for (const [options, verify] of choices) {
      for (const request of requests) {
        const [their, our] = await Promise.all(
          [theirs, ours].map((pkg) => outcome(new pkg.Strategy(options, verify), request)),
        );
        assert.deepEqual(our, their);
      }
    }
  });

  test('honours every option inside jsonWebTokenOptions, which passport-jwt drops', async () => {
    const token = tokenFor({ sub: 'a', aud: 'wrong', iss: 'wrong' });
    for (const [jsonWebTokenOptions, message] of [
      [{ audience: 'right' }, 'jwt audience invalid. expected: right'],
      [{ issuer: 'right' }, 'jwt issuer invalid. expected: right'],
      [{ algorithms: ['HS512'] }, 'invalid algorithm'],
    ]) {
      const [action, info] = await outcome(new Strategy({ ...base, jsonWebTokenOptions }, findUser), from(token));
      assert.deepEqual([action, info], ['fail', `JsonWebTokenError: ${message}`]);
    }
    const expired = from(tokenFor({ sub: 'a' }, { expiresIn: -9 }));
    const lenient = new Strategy({ ...base, jsonWebTokenOptions: { ignoreExpiration: true } }, findUser);
    assert.equal((await outcome(lenient, expired))[0], 'success');
    const own = new Strategy(
      { ...base, ignoreExpiration: false, jsonWebTokenOptions: { ignoreExpiration: true } },
      findUser,
    );
    assert.equal((await outcome(own, expired))[0], 'fail');
  });

  test('lets tests replace the check of tokens', async () => {
    const original = Strategy.JwtVerifier;
    const seen = [];
    Strategy.JwtVerifier = (...args) => {
      seen.push(args.slice(0, 3));
      args[3](null, { sub: 'stubbed' });
    };
    try {
      const strategy = new Strategy(
        { ...base, issuer: 'i', audience: 'a', algorithms: ['HS256'], jsonWebTokenOptions: { maxAge: '1h' } },
        findUser,
      );
      assert.deepEqual(await outcome(strategy, from('any')), ['success', { id: 'stubbed' }, undefined]);
    } finally {
      Strategy.JwtVerifier = original;
    }
    assert.deepEqual(seen, [
      ['any', secret, { issuer: 'i', audience: 'a', algorithms: ['HS256'], ignoreExpiration: false, maxAge: '1h' }],
    ]);
  });

  test('can be extended either way', async () => {
    class Modern extends Strategy {
      constructor() {
        super(base, (payload, done) => this.validate(payload, done));
      }
      validate(payload, done) {
        done(null, { modern: payload.sub });
      }
    }
    function Classic() {
      Strategy.call(this, base, findUser);
      this.name = 'classic';
    }
    inherits(Classic, Strategy);
    assert.deepEqual((await outcome(new Modern(), from(tokenFor({ sub: 'a' }))))[1], { modern: 'a' });
    assert.deepEqual((await outcome(new Classic(), from(tokenFor({ sub: 'a' }))))[1], { id: 'a' });
    assert.equal(new Modern().name, 'jwt');
    assert.equal(new Classic().name, 'classic');
  });

  test('reports a rejected promise of the verify callback', async () => {
    const strategy = new Strategy(base, async () => {
      throw new Error('rejected');
    });
    assert.deepEqual(await outcome(strategy, from(tokenFor({ sub: 'a' }))), ['error', 'Error: rejected']);
  });

  test('takes asymmetric keys, and refuses their public half as a secret', async () => {
    const { publicKey, privateKey } = KEYS.pairs.p256;
    const strategy = new Strategy(
      { jwtFromRequest: bearer, secretOrKey: publicKey.export({ type: 'spki', format: 'pem' }) },
      findUser,
    );
    assert.equal(
      (await outcome(strategy, from(jwt.sign({ sub: 'a' }, privateKey, { algorithm: 'ES256' }))))[0],
      'success',
    );
    assert.equal((await outcome(strategy, from(tokenFor({ sub: 'a' }))))[1], 'JsonWebTokenError: invalid algorithm');
  });
});

describe('the extractors', () => {
  const requests = [
    { headers: {} },
    { headers: {}, url: '/' },
    { headers: { authorization: 'Bearer abc' }, url: '/?token=q' },
    { headers: { authorization: 'bearer  abc def' }, url: '/?token=q&token=r' },
    { headers: { authorization: '  BEARER\tabc ' }, url: '/?token=' },
    { headers: { authorization: 'Bearer' }, url: '/?tok%65n=a+b%20c' },
    { headers: { authorization: 'x Bearer abc' }, url: 'http://host/p?x=1&token=q#token=h' },
    { headers: { authorization: '' }, body: { token: 'b' } },
    { headers: { authorization: 5 }, body: { token: 5 } },
    { headers: { 'x-token': 'h', token: 'JWT t' }, body: null },
    { headers: { authorization: 'JWT abc' }, body: 'text', url: '/?auth_token=q' },
    { headers: {}, body: Object.create({ token: 'inherited' }) },
    { headers: {}, body: { auth_token: 'b' }, url: '/?auth_token=q' },
  ];
  const make = [
    (from) => from.fromHeader('x-token'),
    (from) => from.fromHeader('authorization'),
    (from) => from.fromBodyField('token'),
    (from) => from.fromBodyField('toString'),
    (from) => from.fromUrlQueryParameter('token'),
    (from) => from.fromUrlQueryParameter('__proto__'),
    (from) => from.fromAuthHeaderAsBearerToken(),
    (from) => from.fromAuthHeaderWithScheme('jwt'),
    (from) =>
      from.fromExtractors([
        from.fromHeader('x-token'),
        from.fromBodyField('token'),
        from.fromUrlQueryParameter('token'),
      ]),
    (from) => from.fromExtractors([]),
    (from) => from.versionOneCompatibility({}),
    (from) =>
      from.versionOneCompatibility({ authScheme: 'Bearer', tokenBodyField: 'token', tokenQueryParameterName: 'token' }),
  ];
  test('find what passport-jwt’s find', () => {
    for (const extractor of make) {
      for (const request of requests) {
        const [their, our] = [theirs, ours].map(({ ExtractJwt: from }) => observe(() => extractor(from)(request)));
        // Where a request without a url makes passport-jwt throw, there is simply no token.
        if (their.threw && request.url === undefined)
          assert.deepEqual([extractor(ExtractJwt)(request)].flat()[0] ?? null, our.returned ?? null);
        else assert.deepEqual(our, their, `${extractor} ${JSON.stringify(request)}`);
      }
    }
  });

  test('refuse what is no list', () => {
    for (const value of [undefined, null, 'x', {}]) {
      assert.throws(() => ExtractJwt.fromExtractors(value), {
        name: 'TypeError',
        message: 'extractors.fromExtractors expects an array',
      });
    }
  });

  test('a cookie: the only one of its name, decoded, and nothing inherited', () => {
    const find = (name, cookie) => ExtractJwt.fromCookie(name)({ headers: { cookie } });
    assert.equal(find('token', 'a=1; token=x%20y'), 'x y');
    assert.equal(find('token', 'a=1; token=50%'), '50%');
    assert.equal(find('token', 'a=1; token=x; token=z'), null, 'a neighboring host may have planted one');
    assert.equal(find('token', 'xtoken=1'), null);
    assert.equal(find('token', undefined), null);
    for (const name of ['__proto__', 'constructor', 'toString']) assert.equal(find(name, 'a=1'), null);
  });

  test('a long header costs one pass', () => {
    assert.equal(bearer({ headers: { authorization: 'x'.repeat(1_000_000) } }), null);
  });
});
