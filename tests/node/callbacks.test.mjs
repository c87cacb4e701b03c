/**
 * Every function that an application passes in, called so that it throws, rejects, never answers, and answers with something else. None of
 * it is an accept, an unhandled rejection or the end of the process: the test runner fails a test for either of the last two.
 * The rules are in docs/errors.md.
 */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import { promisify } from 'node:util';
import { createSigner, createVerifier, remoteKeys, revocationList, trustGate } from 'portcullis';
import { createClient } from 'portcullis/client';
import * as express from 'portcullis/express';
import * as overFetch from 'portcullis/fetch';
import * as hono from 'portcullis/hono';
import jwt from 'portcullis/jsonwebtoken';
import { Strategy } from 'portcullis/passport';
import { createAuthContext } from 'portcullis/trpc';

const key = 'a secret of at least thirty-two bytes, for tests';
const places = { issuer: null, audience: null };
const trust = { key, algorithms: ['HS256'], ...places };
const token = createSigner({ key, algorithm: 'HS256' }).signSync({ sub: '7', sid: 's' });
const PASSWORD = 'correct horse battery staple';

/** The ways to fail. `other` is what stands in place of the right answer. */
const WAYS = {
  throws: () => () => {
    throw new Error('boom');
  },
  rejects: () => async () => {
    throw new Error('boom');
  },
  'throws nothing': () => () => {
    throw undefined;
  },
  'rejects with nothing': () => () => Promise.reject(),
  hangs: () => () => new Promise(() => {}),
  other: (other) => () => other,
};

/** What an accept looks like in the outcomes below. */
const ACCEPTED = new Set([
  '7',
  200,
  'let through',
  'next: undefined',
  'good',
  'success: ann',
  'error: undefined',
  'no answer',
]);

const turn = promisify(setImmediate);
/** What the package reported on the console. */
let reported;

beforeEach(() => {
  reported = [];
  mock.timers.enable({ apis: ['setTimeout'] });
  mock.method(console, 'error', (line) => reported.push(String(line)));
});
afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

/** What comes of `work`: its value, or the code or the message of its error. Time passes only where somebody has to be given up. */
async function outcome(work, way) {
  let settled;
  const done = (value) => {
    settled = { value };
  };
  Promise.resolve()
    .then(work)
    .then(done, (error) => done(error?.code ?? error?.message ?? String(error)));
  const start = performance.now();
  while (settled === undefined && performance.now() - start < 20_000) {
    await turn();
    if (way === 'hangs' || way === 'other') mock.timers.tick(1000);
  }
  for (let more = 0; more < 5; more++) await turn();
  return settled === undefined ? 'no answer' : settled.value;
}

/**
 * One test per callback and way. `mount(callback, way)` uses the package with the callback in its place; `expected` is an outcome for each
 * way. With `reports`, a line on the console is due for whatever throws or rejects.
 */
function table(rows) {
  for (const [name, { mount, expected, other, reports }] of Object.entries(rows)) {
    for (const [way, make] of Object.entries(WAYS)) {
      test(`${name}: ${way}`, async () => {
        const given = await outcome(() => mount(make(other), way), way);
        if (typeof expected !== 'object') assert.equal(given, expected);
        else if (way.endsWith('nothing')) assert.ok(!ACCEPTED.has(given), `${given}`);
        else assert.equal(given, expected[way]);
        const fails = way === 'throws' || way === 'rejects';
        if (reports && fails) assert.match(reported.join('\n'), reports);
      });
    }
  }
}

const verdict = async (options) => (await createVerifier({ ...trust, ...options }).verify(token)).claims.sub;
const NOW = { throws: 'boom', rejects: 'ERR_OPTION_INVALID', hangs: 'ERR_OPTION_INVALID', other: 'ERR_OPTION_INVALID' };
const DECIDES = { throws: 'boom', rejects: 'boom', hangs: 'ERR_CALLBACK_TIMEOUT' };

describe('verifiers and signers', () => {
  table({
    key: { mount: (key) => verdict({ key }), expected: { ...DECIDES, other: 'ERR_OPTION_INVALID' }, other: 7 },
    keysFor: {
      mount: (keysFor) => verdict({ key: { keysFor } }),
      expected: { ...DECIDES, other: 'ERR_OPTION_INVALID' },
    },
    isRevoked: {
      mount: (isRevoked) => verdict({ revocations: { isRevoked } }),
      expected: { ...DECIDES, other: 'ERR_TOKEN_REVOKED' },
    },
    check: {
      mount: (check) => verdict({ check }),
      expected: { ...DECIDES, other: 'ERR_CLAIM_MISMATCH' },
      other: false,
    },
    'now of a verifier': { mount: (now) => verdict({ now }), expected: NOW, other: Number.NaN },
    'now of a signer': {
      mount: (now) => createSigner({ key, algorithm: 'HS256', now }).sign({}),
      expected: NOW,
      other: '2024',
    },
    jwtId: { mount: (jwtId) => createSigner({ key, algorithm: 'HS256', jwtId }).sign({}), expected: NOW, other: 7 },
    'now of trustGate': {
      mount: (now) =>
        trustGate({ key, upstream: 'app', now }).identify({
          method: 'GET',
          url: 'https://app.example/',
          headers: new Headers({ 'x-portcullis-proof': token }),
        }),
      expected: NOW,
    },
  });
});

/** Two questions to something that is fetched; at the second it is old enough to be fetched again beside the answer. */
async function twice(make, ask) {
  let moment = 1_700_000_000_000;
  const it = make({ now: () => moment, freshFor: 1, cooldown: 0 });
  await ask(it).catch(() => undefined);
  moment += 2000;
  return ask(it);
}

const LIST = 'https://id.example/auth/revocations';
const listed = () => Response.json({ sessions: [], users: {} });

describe('what is fetched', () => {
  table({
    'fetch of remoteKeys': {
      mount: (fetch) => verdict({ key: remoteKeys('https://id.example/jwks.json', { fetch }) }),
      expected: 'ERR_KEY_UNAVAILABLE',
      other: 7,
    },
    'fetch of revocationList': {
      mount: (fetch) => verdict({ revocations: revocationList(LIST, { fetch }) }),
      expected: 'ERR_REVOCATION_UNAVAILABLE',
      other: 7,
    },
    'now of revocationList': {
      mount: (now) => verdict({ revocations: revocationList(LIST, { fetch: async () => listed(), now }) }),
      expected: NOW,
    },
    waitUntil: {
      mount: (waitUntil) =>
        twice(
          (options) => revocationList(LIST, { ...options, fetch: async () => listed(), waitUntil }),
          async (list) => list.isRevoked({ sid: 's' }),
        ),
      expected: false,
      reports: /waitUntil failed: boom/,
    },
  });
});

/** A request as Node gives it. */
function incoming(path, { method = 'GET', body, headers = {} } = {}) {
  const all = { host: 'id.example', ...headers };
  const request = new Readable({ autoDestroy: false, read() {} });
  if (body !== undefined) request.push(JSON.stringify(body));
  request.push(null);
  const rawHeaders = Object.entries(all).flat();
  return Object.assign(request, {
    method,
    url: path,
    headers: all,
    rawHeaders,
    socket: { remoteAddress: '192.0.2.1' },
  });
}

/** What a middleware makes of a request: the status of its answer, or what it hands to `next`. */
function through(middleware, request, next = () => undefined) {
  return new Promise((resolve) => {
    const response = Object.assign(new EventEmitter(), {
      statusCode: 200,
      setHeader() {},
      appendHeader() {},
      end: (body) => resolve(response.body === true ? JSON.parse(Buffer.from(body).toString()) : response.statusCode),
    });
    response.body = request.wantsBody;
    middleware(request, response, (error) => {
      resolve(error === undefined ? 'let through' : `next: ${error.code ?? error.message}`);
      return next(error);
    });
  });
}

const bearer = { authorization: `Bearer ${token}` };
const asked = () => new Request('https://app.example/', { headers: bearer });
const adapters = {
  express: (options) => through(express.authenticate(options), incoming('/', { headers: bearer })),
  fetch: async (options) => (await overFetch.authenticate(options).protect(() => new Response('in'))(asked())).status,
  hono: async (options) => {
    const context = { req: { raw: asked() }, set() {}, get() {} };
    const answer = await hono.authenticate(options)(context, async () => {});
    return answer?.status ?? 'let through';
  },
  trpc: async (options) => {
    const context = await createAuthContext(options)({ req: asked() });
    return context.authError?.code ?? (context.auth === undefined ? 'nobody' : 'let through');
  },
};
const CANNOT = { express: 'next: boom', fetch: 500, hono: 'boom', trpc: 'boom' };
const LATE = { express: 503, fetch: 503, hono: 503, trpc: 'ERR_CALLBACK_TIMEOUT' };
const UNKNOWN = { express: 401, fetch: 401, hono: 401, trpc: 'ERR_CLAIM_MISMATCH' };
const INVALID = {
  express: 'next: ERR_CALLBACK_INVALID',
  fetch: 500,
  hono: 'ERR_CALLBACK_INVALID',
  trpc: 'ERR_CALLBACK_INVALID',
};

describe('adapters', () => {
  for (const [name, enter] of Object.entries(adapters)) {
    const fails = { throws: CANNOT[name], rejects: CANNOT[name], hangs: LATE[name] };
    table({
      [`user of ${name}`]: {
        mount: (user) => enter({ ...trust, user }),
        expected: { ...fails, other: UNKNOWN[name] },
        other: false,
      },
      [`a ready verifier of ${name}`]: {
        mount: (verify) => enter({ verifier: { verify } }),
        expected: { ...fails, other: INVALID[name] },
        other: true,
      },
    });
  }
  table({
    'next of authenticate': {
      mount: (next) => through(express.authenticate(trust), incoming('/', { headers: bearer }), next),
      expected: 'let through',
      reports: /next\(\) failed: boom/,
    },
    'next of authorize': {
      mount: (next) => {
        const auth = { claims: { roles: ['admin'] } };
        return through(express.authorize('admin'), Object.assign(incoming('/'), { auth }), next);
      },
      expected: 'let through',
      reports: /next\(\) failed: boom/,
    },
    'next of authorize, for a request that it refuses': {
      mount: (next) => through(express.authorize({ roles: ['admin'], failWithError: true }), incoming('/'), next),
      expected: 'next: ERR_TOKEN_MISSING',
      reports: /next\(\) failed: boom/,
    },
    'next of trustGate': {
      mount: (next) =>
        through(trustGate({ serviceBinding: true }), incoming('/', { headers: { 'x-portcullis-sub': '7' } }), next),
      expected: 'let through',
      reports: /next\(\) failed: boom/,
    },
    'next of trustGate, for a failure': {
      mount: (next) =>
        through(trustGate({ key, upstream: 'app', now: () => Number.NaN }), incoming('/', { headers: bearer }), next),
      expected: 'next: ERR_OPTION_INVALID',
      reports: /next\(\) failed: boom/,
    },
  });
});

/** An auth service whose stores the test may break afterwards, and somebody signed in who administers. */
async function service(options = {}) {
  const stores = express.memoryStores();
  const logged = [];
  const auth = express.authRoutes({
    issuer: 'https://id.example',
    audience: 'https://api.example',
    jwtSecret: 'an access secret of a good length, for tests',
    jwtRefreshSecret: 'a refresh secret of a good length, for tests',
    logger: { info() {}, error: (line) => logged.push(line) },
    stores,
    ...options,
  });
  const ask = (path, how, next) => through(auth, incoming(path, how), next);
  return { auth, stores, logged, ask };
}

const ann = { email: 'ann@example.com', password: PASSWORD, name: 'Ann', tokenDelivery: 'body' };
const nobody = { method: 'POST', body: { email: 'nobody@example.com', password: PASSWORD } };

/** The status of a request by an administrator once `break` has put the callback into its place. */
async function broken(store, verb, callback, path, { method = 'GET', body } = {}) {
  const { auth, stores, ask } = await service();
  const post = (path, body) =>
    through(auth, Object.assign(incoming(path, { method: 'POST', body }), { wantsBody: true }));
  await post('/auth/register', ann);
  // Who registers does not administer, and roles stand in the record of somebody's sessions from the first one.
  const email = 'admin@example.com';
  const row = await stores.accounts.findByEmail(ann.email);
  await stores.accounts.create({ ...row, id: 'admin', email, emailKey: email, roles: ['user', 'admin'] });
  const { accessToken } = await post('/auth/login', { ...ann, email });
  stores[store][verb] = callback;
  const status = await ask(path, { method, body, headers: { authorization: `Bearer ${accessToken}` } });
  auth.close();
  return status;
}

describe('the auth service', () => {
  const post = (body) => ({ method: 'POST', body });
  const asks = [
    ['accounts', 'create', '/auth/register', post({ ...ann, email: 'bob@example.com' })],
    ['accounts', 'findByEmail', '/auth/login', post(ann)],
    ['accounts', 'findById', '/users/me'],
    ['accounts', 'list', '/users'],
    ['accounts', 'update', '/users/me', { method: 'PUT', body: { name: 'Anna' } }],
    ['sessions', 'update', '/auth/login', post(ann)],
    ['revocations', 'get', '/users/me'],
    ['revocations', 'since', '/auth/revocations'],
    ['audit', 'find', '/audit'],
  ];
  table(
    Object.fromEntries(
      asks.map(([store, verb, path, how]) => [
        `stores.${store}.${verb}`,
        { mount: (callback) => broken(store, verb, callback, path, how), expected: 503, other: {} },
      ]),
    ),
  );

  table({
    'the list of stores.accounts.list': {
      mount: (entry) => broken('accounts', 'list', () => ({ accounts: [entry], next: null }), '/users'),
      expected: 503,
    },
  });

  /** What is logged first of a store that breaks once somebody has signed in, after `work`. */
  const loggedOf = async (store, verb, callback, work) => {
    const { auth, stores, ask, logged } = await service();
    const registered = incoming('/auth/register', { method: 'POST', body: ann });
    const { refreshToken } = await through(auth, Object.assign(registered, { wantsBody: true }));
    let calls = 0;
    stores[store][verb] = (...given) => {
      calls += 1;
      return callback(...given);
    };
    await work({ ask, refreshToken, logged, calls: () => calls });
    auth.close();
    return `${logged[0]?.reason}`;
  };
  /** Lets the time pass until something has happened. */
  const until = async (happened) => {
    while (!happened()) {
      for (let more = 0; more < 10; more++) await turn();
      mock.timers.tick(60_000);
    }
  };
  /** What is done beside requests is tried again after a failure, so one call is not the last. */
  const beside = (store, verb) => (callback) =>
    loggedOf(store, verb, callback, ({ calls }) => until(() => calls() > 1));
  const reasons = (start, other) => ({
    throws: `${start} boom`,
    rejects: `${start} boom`,
    hangs: `${start} no answer in time`,
    other,
  });
  const forgetting = reasons('what is past its time could not be forgotten:', 'undefined');
  const unread = 'what waits with the sessions could not be read:';
  table({
    'stores.revocations.put': {
      mount: (put, way) =>
        loggedOf('revocations', 'put', put, async ({ ask, refreshToken, logged }) => {
          // The answer waits a second for the list, and no longer.
          assert.equal(await ask('/auth/logout', { method: 'POST', body: { refreshToken } }), 204);
          if (way !== 'other') await until(() => logged.length > 0);
        }),
      expected: reasons('revocations or audit entries will be tried again:', 'undefined'),
      other: 7,
    },
    'stores.revocations.prune': { mount: beside('revocations', 'prune'), expected: forgetting, other: 7 },
    'stores.audit.prune': { mount: beside('audit', 'prune'), expected: forgetting, other: 7 },
    'stores.sessions.waiting': {
      mount: beside('sessions', 'waiting'),
      expected: reasons(unread, `${unread} sessions.waiting must return an array of strings`),
      other: 'ann',
    },
  });

  /** A request with an option of the service's. */
  const withOption = async (options, path, how, next) => {
    const { auth, ask, logged } = await service(options);
    const status = await ask(path, how, next);
    auth.close();
    return { status, logged };
  };
  const status = async (...given) => (await withOption(...given)).status;
  const boom = { throws: 'next: boom' };
  const promises = { ...boom, rejects: 'next: ERR_CALLBACK_INVALID', hangs: 'next: ERR_CALLBACK_INVALID' };
  table({
    clientAddress: {
      mount: (clientAddress) => status({ clientAddress }, '/auth/login', nobody),
      expected: { ...promises, other: 'next: ERR_CALLBACK_INVALID' },
      other: 7,
    },
    place: {
      mount: (place) => status({ place }, '/auth/login', nobody),
      expected: { ...promises, other: 'next: ERR_CALLBACK_INVALID' },
      other: {},
    },
    now: {
      mount: (now) => status({ now }, '/auth/login', nobody),
      expected: Object.fromEntries(Object.entries(NOW).map(([way, it]) => [way, `next: ${it}`])),
    },
    'limiter.allow': {
      mount: async (allow) => {
        const { status, logged } = await withOption({ limiter: { allow } }, '/auth/login', nobody);
        return `${status}, ${logged[0]?.reason}`;
      },
      expected: {
        throws: '401, limiter.allow: boom',
        rejects: '401, limiter.allow: boom',
        hangs: '401, limiter.allow: no answer in time',
        other: '429, limiter.allow must return true or false',
      },
    },
    'logger.info': {
      mount: (info) => status({ logger: { info, error() {} } }, '/auth/login', nobody),
      expected: 401,
      reports: /logger\.info failed: boom/,
    },
    'logger.error': {
      mount: (error) => {
        const stores = express.memoryStores();
        stores.accounts.findByEmail = () => {
          throw new Error('down');
        };
        return status({ stores, logger: { info() {}, error } }, '/auth/login', nobody);
      },
      expected: 503,
      reports: /logger\.error failed: boom/,
    },
    'stores.audit.append': {
      mount: (append) => {
        const stores = express.memoryStores();
        stores.audit.append = append;
        return status({ stores }, '/auth/login', nobody);
      },
      expected: 401,
    },
    'next of authRoutes': {
      mount: (next) => status({}, '/auth/nothing-here-that-is-ours', {}, next),
      expected: 'let through',
      reports: /next\(\) failed: boom/,
    },
  });
});

describe('jsonwebtoken', () => {
  const secret = key;
  const signed = jwt.sign({ sub: '7' }, secret);
  const failed = 'error in secret or public key callback';
  /** The callback under test, and a word of what happened to its caller. */
  const calledBack = async (call, callback) => {
    let called = 0;
    const counted = (...given) => {
      called += 1;
      return callback(...given);
    };
    try {
      call(counted);
    } catch (error) {
      return `to the caller: ${error.message}, called ${called}`;
    }
    for (let more = 0; more < 5; more++) await turn();
    return `called ${called}`;
  };
  const later = { throws: 'called 1', rejects: 'called 1', hangs: 'called 1', other: 'called 1' };
  table({
    'the key function': {
      mount: (getKey) =>
        new Promise((resolve) => jwt.verify(signed, getKey, (error) => resolve(error?.message ?? 'good'))),
      expected: {
        throws: `${failed}: boom`,
        rejects: `${failed}: boom`,
        hangs: `${failed}: no answer in time`,
        other: `${failed}: no answer in time`,
      },
    },
    'the answer of the key function': {
      mount: (callback) =>
        new Promise((resolve) =>
          jwt.verify(
            signed,
            (_header, done) => done(null, callback()),
            (error) => resolve(error?.message ?? 'good'),
          ),
        ).catch((error) => error.message),
      expected: {
        throws: `${failed}: boom`,
        rejects: 'secretOrPublicKey is not valid key material',
        hangs: 'secretOrPublicKey is not valid key material',
        other: 'secretOrPublicKey is not valid key material',
      },
      other: {},
    },
    'the callback of verify': {
      mount: (callback) => calledBack((done) => jwt.verify(signed, secret, done), callback),
      expected: { ...later, throws: 'to the caller: boom, called 1' },
    },
    'the callback of verify, for a bad token': {
      mount: (callback) => calledBack((done) => jwt.verify('x', secret, done), callback),
      expected: { ...later, throws: 'to the caller: boom, called 1' },
    },
    'the callback of sign': {
      mount: (callback) => calledBack((done) => jwt.sign({}, secret, done), callback),
      expected: later,
      reports: /the callback of sign failed: boom/,
    },
    'the callback of sign, for bad arguments': {
      mount: (callback) => calledBack((done) => jwt.sign({}, '', done), callback),
      expected: { ...later, throws: 'to the caller: boom, called 1' },
    },
  });
});

describe('passport', () => {
  /** What a strategy ends in, and how often. */
  const strategy = (options, verify) =>
    new Promise((resolve) => {
      const made = new Strategy({ secretOrKey: key, jwtFromRequest: () => token, ...options }, verify);
      const end = (how) => (what) => resolve(`${how}: ${what?.message ?? what}`);
      Object.assign(made, { success: end('success'), fail: end('fail'), error: end('error') }).authenticate({});
    });
  const find = (_payload, done) => done(null, 'ann');
  const answers = { throws: 'error: boom', rejects: 'error: boom' };
  table({
    jwtFromRequest: {
      mount: (jwtFromRequest) => strategy({ jwtFromRequest }, find),
      expected: {
        throws: 'error: boom',
        rejects: 'error: jwtFromRequest must return a string or null, and at once',
        hangs: 'error: jwtFromRequest must return a string or null, and at once',
        other: 'error: jwtFromRequest must return a string or null, and at once',
      },
      other: 7,
    },
    secretOrKeyProvider: {
      mount: (secretOrKeyProvider) => strategy({ secretOrKey: undefined, secretOrKeyProvider }, find),
      expected: {
        ...answers,
        hangs: 'error: secretOrKeyProvider did not answer in time',
        other: 'error: secretOrKeyProvider did not answer in time',
      },
    },
    'the verify callback': {
      mount: (verify) => strategy({}, verify),
      expected: {
        ...answers,
        hangs: 'error: the verify callback did not answer in time',
        other: 'error: the verify callback did not answer in time',
      },
    },
  });
});

describe('the client', () => {
  /** A page, as far as the client looks at one. */
  const withPage = async (options, work) => {
    const names = ['location', 'addEventListener', 'removeEventListener'];
    const before = names.map((name) => Object.getOwnPropertyDescriptor(globalThis, name));
    const page = { location: { href: 'https://app.example/' }, addEventListener() {}, removeEventListener() {} };
    for (const name of names) Object.defineProperty(globalThis, name, { value: page[name], configurable: true });
    const client = createClient(options);
    try {
      return await work(client);
    } finally {
      client.close();
      names.forEach((name, at) => {
        if (before[at] === undefined) delete globalThis[name];
        else Object.defineProperty(globalThis, name, before[at]);
      });
    }
  };
  const answer = async () => Response.json({ accessToken: token, expiresIn: 900, user: { id: '7' } });
  const credentials = { email: 'ann@example.com', password: PASSWORD };
  const inAndOut = async (client) => {
    await client.login(credentials);
    await client.logout();
    return client.state;
  };
  table({
    onState: {
      mount: (onState) => withPage({ fetch: answer, onState }, inAndOut),
      expected: 'signed-out',
      reports: /onState failed: boom/,
    },
    onSignedOut: {
      mount: (onSignedOut) => withPage({ fetch: answer, onSignedOut }, inAndOut),
      expected: 'signed-out',
      reports: /onSignedOut failed: boom/,
    },
    fetch: {
      mount: (fetch) => withPage({ fetch }, (client) => client.login(credentials)),
      expected: 'unreachable',
      other: 7,
    },
  });
});
