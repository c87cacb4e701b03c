// Every step of every request that asks a store: failing, never ending, and carried out without a word. The answer is a 503 that says
// when to try again, or a good one; and asking again brings what was asked for, whatever the first one left behind.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PASSWORD } from '../support/http-client.mjs';
import { startWorker } from '../support/worker.mjs';

let worker;
let admin;
before(async () => {
  worker = await startWorker();
  admin = (await worker.login('admin@example.com')).accessToken;
});
after(() => worker?.stop());

const NEW_PASSWORD = 'another long password';
let made = 0;
const person = () => worker.register(`person${++made}@example.com`);
const sessionOf = ({ user }, password = PASSWORD) => worker.login(user.email, password);
const alive = async (tokens) => {
  assert.equal((await worker.get('/users/me', { token: tokens.accessToken })).status, 200);
  assert.equal((await worker.refresh(tokens.refreshToken)).status, 200);
};
const ended = async (tokens) => assert.equal((await worker.refresh(tokens.refreshToken)).body.error, 'session_ended');

/**
 * The requests: what they stand on, how they are sent, which statuses are good, and what has to be true in the end. `again` are the answers
 * to the same request sent once more after a 503, `also` names steps that go wrong together.
 */
const REQUESTS = {
  register: {
    make: () => ({ email: `new${++made}@example.com`, password: PASSWORD, name: 'New', tokenDelivery: 'body' }),
    send: (form, headers) => worker.post('/auth/register', form, { headers }),
    good: [201],
    // The account may have been made without a word. It is whole then: its owner can sign in.
    again: [201, 409],
    async check(form, answer) {
      const login = await worker.login(form.email);
      await alive(login);
      const sessions = await worker.get('/auth/sessions', { token: login.accessToken });
      assert.ok(sessions.body.sessions.length <= 2, 'no session that nobody was told of');
      if (answer.status === 201) await alive(answer.body);
    },
  },
  login: {
    make: person,
    send: ({ user }, headers) =>
      worker.post('/auth/login', { email: user.email, password: PASSWORD, tokenDelivery: 'body' }, { headers }),
    good: [200],
    async check(before, answer) {
      await alive(answer.body);
      await alive(before);
    },
  },
  refresh: {
    make: person,
    send: ({ refreshToken }, headers) => worker.post('/auth/refresh', { refreshToken }, { headers }),
    good: [200],
    check: (_, answer) => alive(answer.body),
  },
  logout: {
    make: person,
    send: ({ refreshToken }, headers) => worker.post('/auth/logout', { refreshToken }, { headers }),
    good: [204],
    check: ended,
  },
  'logout-all': {
    async make() {
      const one = await person();
      return { one, two: await sessionOf(one) };
    },
    send: ({ two }, headers) => worker.post('/auth/logout-all', { refreshToken: two.refreshToken }, { headers }),
    good: [204],
    // Over already, by the first one.
    again: [204, 401],
    async check({ one, two }) {
      await ended(one);
      await ended(two);
    },
  },
  password: {
    async make() {
      const one = await person();
      return { one, two: await sessionOf(one) };
    },
    send: ({ two }, headers) =>
      worker.post(
        '/auth/password',
        { currentPassword: PASSWORD, newPassword: NEW_PASSWORD },
        { token: two.accessToken, headers },
      ),
    good: [204],
    // The object is told twice before that is given up.
    also: ['sessions#2,sessions#3'],
    async check({ one, two }) {
      await ended(one);
      await alive(two);
      await alive(await sessionOf(one, NEW_PASSWORD));
      assert.equal((await sessionOf(one)).error, 'invalid_credentials');
    },
  },
  'taking a role away': {
    make: person,
    send: ({ user }, headers) =>
      worker.send('PATCH', `/users/${user.id}`, { token: admin, body: { roles: [] }, headers }),
    good: [200],
    async check(before, answer) {
      assert.deepEqual(answer.body.roles, []);
      await ended(before);
    },
  },
  'forcing out': {
    make: person,
    send: ({ user }, headers) => worker.send('POST', `/users/${user.id}/logout`, { token: admin, headers }),
    good: [204],
    check: ended,
  },
  'ending a device': {
    async make() {
      const one = await person();
      return { one, two: await sessionOf(one) };
    },
    send: ({ one, two }, headers) =>
      worker.send('DELETE', `/auth/sessions/${sidOf(one)}`, { token: two.accessToken, headers }),
    good: [204],
    // Gone already, by the first one.
    again: [204, 404],
    async check({ one, two }) {
      await ended(one);
      await alive(two);
    },
  },
  'a new name': {
    make: person,
    send: ({ accessToken: token }, headers) =>
      worker.send('PUT', '/users/me', { token, body: { name: 'Renamed' }, headers }),
    good: [200],
    async check({ accessToken: token }) {
      assert.equal((await worker.get('/users/me', { token })).body.name, 'Renamed');
    },
  },
  introspection: {
    make: person,
    send: ({ accessToken }, headers) => oauth('introspect', accessToken, headers),
    good: [200],
    check: (_, answer) => assert.equal(answer.body.active, true),
  },
  revocation: {
    make: person,
    send: ({ refreshToken }, headers) => oauth('revoke', refreshToken, headers),
    good: [200],
    check: ended,
  },
};
for (const path of ['/users', '/audit', '/users/me', '/auth/sessions', '/auth/revocations']) {
  REQUESTS[`GET ${path}`] = {
    make: () => ({}),
    send: (_, headers) => worker.get(path, { token: admin, headers: { ...headers, ...later() } }),
    good: [200],
    check: () => {},
  };
}

for (const [name, { make, send, good, again = good, also = [], check }] of Object.entries(REQUESTS)) {
  test(name, async () => {
    const steps = stepsOf(await send(await make(), {}));
    assert.ok(steps.length > 0, 'it asks a store');
    for (const step of [...steps, ...also]) {
      for (const mode of ['fail', 'slow', 'late']) {
        const what = `${mode} ${step}`;
        const before = await make();
        let answer = await send(before, { [`x-test-${mode}`]: step, 'x-test-patience': '250' });
        if (!good.includes(answer.status)) {
          assert.deepEqual([answer.status, answer.body.error], [503, 'unavailable'], `${what}: ${answer.text}`);
          assert.ok(Number(answer.headers.get('retry-after')) > 0, what);
          assert.equal(answer.headers.get('set-cookie'), null, what);
          answer = await send(before, {});
          assert.ok(again.includes(answer.status), `${what}, then again: ${answer.status} ${answer.text}`);
        }
        try {
          await check(before, answer);
        } catch (error) {
          throw new Error(`after ${what}: ${error.message}`, { cause: error });
        }
      }
    }
  });
}

/** A minute and a little later: a change that nobody heard of again is over by then. */
const OVER = { 'x-test-ahead': '61000' };

for (const name of ['password', 'taking a role away']) {
  test(`${name}, and nobody asks again`, async () => {
    const { make, send, good, also = [] } = REQUESTS[name];
    const steps = stepsOf(await send(await make(), {}));
    for (const step of [...steps, ...also]) {
      for (const mode of ['fail', 'slow', 'late']) {
        const before = await make();
        const { one = before, two } = before;
        const answer = await send(before, { [`x-test-${mode}`]: step, 'x-test-patience': '250' });
        assert.ok(good.includes(answer.status) || answer.status === 503, answer.text);
        // One who knows the old password, and comes in while the account is not written.
        const thief = await worker.login(one.user.email);
        const refresh = ({ refreshToken }) => worker.post('/auth/refresh', { refreshToken }, { headers: OVER });
        const statusOf = async (tokens) => (await refresh(tokens)).status;
        const changed =
          name === 'password'
            ? (await sessionOf(one, NEW_PASSWORD)).accessToken !== undefined
            : (await worker.get('/users/me', { token: (await sessionOf(one)).accessToken })).body.roles.length === 0;
        const what = `${mode} ${step}: ${answer.status}`;
        if (changed) assert.equal(await statusOf(one), 401, `${what}: a session from before is left`);
        else assert.equal(answer.status, 503, what);
        if (two) assert.equal(await statusOf(two), 200, `${what}: the session that made the change is lost`);
        if (name === 'password' && changed) assert.equal(thief.error, 'invalid_credentials', what);
        // Begun and not carried out, as far as the sessions know: it may still be, so whoever came in goes.
        const begun = !changed && (await statusOf(one)) === 401;
        if (begun) assert.equal(await statusOf(thief), 401, `${what}: whoever came in meanwhile stays`);
      }
    }
  });
}

test('what a change that nobody heard of again leaves open ends without another request to that user', async () => {
  const one = await person();
  const owner = await sessionOf(one);
  const form = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
  const lost = { 'x-test-fail': 'database#2' };
  const { status } = await worker.post('/auth/password', form, { token: owner.accessToken, headers: lost });
  assert.equal(status, 503);
  const thief = await sessionOf(one);
  const listed = async (headers) => (await worker.get('/auth/revocations', { headers })).body.sessions;
  assert.ok(!(await listed({})).includes(sidOf(thief)));
  // The object looks at its clock: a second is left of the minute. From here on nobody asks it anything.
  const almost = { 'x-test-ahead': '59000' };
  assert.equal((await worker.get('/auth/sessions', { token: owner.accessToken, headers: almost })).status, 200);
  let tries = 0;
  while (!(await listed(almost)).includes(sidOf(thief))) {
    assert.ok(++tries < 200, 'the alarm never came');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await alive(owner);
  const entries = (await worker.get(`/audit?event=sessions_ended&user=${one.user.id}`, { token: admin })).body.entries;
  assert.ok(
    entries.some(({ detail }) => detail === 'password change, begun and not heard of again, 1 sessions'),
    JSON.stringify(entries),
  );
});

test('who cannot be looked up on the list is refused, unless that was done a moment ago', async () => {
  const { accessToken: token, refreshToken } = await person();
  const away = { 'x-test-fail': 'revocations' };
  const me = (headers) => worker.get('/users/me', { token, headers });
  const unread = await me(away);
  assert.deepEqual([unread.status, unread.body.error], [503, 'unavailable']);
  assert.ok(Number(unread.headers.get('retry-after')) > 0);
  assert.equal((await me({})).status, 200);
  assert.equal((await me(away)).status, 200, 'it was read a moment ago');
  assert.equal((await me({ ...away, 'x-test-ahead': '31000' })).status, 503, 'not a moment ago any more');
  const refreshed = await worker.post('/auth/refresh', { refreshToken }, { headers: away });
  assert.equal(refreshed.status, 200, 'the object is the truth, not the list');
});

/** Each time a minute later, so that no answer about the administrator is remembered; back again before the token expires. */
let minutes = 0;
function later() {
  minutes = (minutes + 1) % 10;
  return { 'x-test-ahead': String(minutes * 60_000) };
}

/** Every step of an answer, as `store#number`. */
function stepsOf(answer) {
  assert.ok(answer.status < 300, answer.text);
  const counts = answer.headers.get('x-test-steps').split(', ').filter(Boolean);
  return counts.flatMap((one) => {
    const [store, count] = one.split('=');
    return Array.from({ length: Number(count) }, (_, index) => `${store}#${index + 1}`);
  });
}

function oauth(what, token, headers) {
  const basic = `Basic ${btoa('api:0123456789abcdef0123456789abcdef')}`;
  const form = { 'content-type': 'application/x-www-form-urlencoded', authorization: basic };
  return worker.post(`/oauth/${what}`, `token=${token}`, { headers: { ...headers, ...form } });
}

function sidOf({ accessToken }) {
  return JSON.parse(Buffer.from(accessToken.split('.')[1], 'base64url')).sid;
}
