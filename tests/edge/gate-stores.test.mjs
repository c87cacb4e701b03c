/** The gate's rules about revocation and rates, over real KV, Durable Objects and rate-limit bindings. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decode } from 'portcullis';
import { startWorker } from '../support/worker.mjs';

/** What the rate-limit bindings of this test allow a minute. */
const LIMIT = 3;
const POLICY = `
[[rules]]
path = "/off"
revocation = "off"
answer = { body = "off" }

[[rules]]
path = "/cached"
answer = { body = "cached" }

[[rules]]
path = "/strict"
revocation = "strict"
answer = { body = "strict" }

[[rules]]
path = "/limited"
revocation = "off"
rate-limit = { binding = "SUBJECT_LIMIT", by = "subject" }
answer = { body = "limited" }

[[rules]]
path = "/open"
allow = "anyone"
rate-limit = { binding = "ADDRESS_LIMIT", by = "client" }
answer = { body = "open" }
`;

let worker;
before(async () => {
  worker = await startWorker({ hands: true, policy: POLICY, limits: { SUBJECT_LIMIT: LIMIT, ADDRESS_LIMIT: LIMIT } });
});
after(() => worker?.stop());

const status = async (path, session) => (await worker.get(path, { token: session?.accessToken })).status;
const statuses = async (session) => {
  const [off, cached, strict] = [
    await status('/off', session),
    await status('/cached', session),
    await status('/strict', session),
  ];
  return { off, cached, strict };
};
const open = { off: 200, cached: 200, strict: 200 };

test('logging out here is seen at once by whoever looks', async () => {
  const session = await worker.login('user@example.com');
  assert.deepEqual(await statuses(session), open);
  assert.equal((await worker.post('/auth/logout', { refreshToken: session.refreshToken })).status, 204);
  assert.deepEqual(await statuses(session), { off: 200, cached: 401, strict: 401 });
});

test('logging out elsewhere is seen at once by strict rules, and within the cache’s time by cached ones', async () => {
  const session = await worker.login('user@example.com');
  assert.deepEqual(await statuses(session), open);
  const { sub, sid } = decode(session.accessToken).claims;
  // What another place does: the session ends in the user's object, and this isolate is not told.
  await worker.hands({ user: sub, event: JSON.stringify({ end: { sid } }) });
  assert.deepEqual(await statuses(session), { off: 200, cached: 200, strict: 401 });
  await worker.hands({ ahead: 29_000 });
  assert.equal(await status('/cached', session), 200);
  await worker.hands({ ahead: 1_500 });
  assert.deepEqual(await statuses(session), { off: 200, cached: 401, strict: 401 });
});

test('a user’s object out of reach closes strict rules alone', async () => {
  const session = await worker.login('manager@example.com');
  await worker.hands({ broken: true });
  try {
    const refused = await worker.get('/strict', { token: session.accessToken });
    assert.deepEqual([refused.status, refused.body.error], [503, 'unavailable']);
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    assert.equal(await status('/cached', session), 200);
  } finally {
    await worker.hands({ broken: false });
  }
  assert.equal(await status('/strict', session), 200);
});

test('a revocation list out of reach closes cached rules where nothing fresh is known', async () => {
  const [known, unknown] = [await worker.login('manager@example.com'), await worker.login('manager@example.com')];
  assert.equal(await status('/cached', known), 200);
  const failing = (stores) => worker.get('/healthz', { headers: { 'x-test-fail': stores } });
  await failing('revocations');
  assert.equal(await status('/cached', known), 200);
  assert.equal(await status('/cached', unknown), 503);
  assert.equal(await status('/strict', unknown), 200);
  await failing('');
  assert.equal(await status('/cached', unknown), 200);
});

test('an entry of the revocation list that cannot be read lets nobody in', async () => {
  const session = await worker.login('manager@example.com');
  await worker.hands({ listed: `s:${decode(session.accessToken).claims.sid}`, as: 'revoked' });
  assert.deepEqual(await statuses(session), { off: 200, cached: 503, strict: 200 });
});

/** Asks until it is refused; how often it was let through. A minute that ends meanwhile lets one more set through. */
async function untilFull(path, session) {
  for (let times = 0; times <= 2 * LIMIT; times++) {
    const answer = await worker.get(path, { token: session?.accessToken });
    if (answer.status === 200) continue;
    assert.deepEqual([answer.status, answer.body.error], [429, 'too_many_requests']);
    assert.equal(answer.headers.get('retry-after'), '60');
    return times;
  }
  return assert.fail('never refused');
}

test('a rate limit counts each subject by itself, and says when to come back', async () => {
  const [user, manager] = [await worker.login('user@example.com'), await worker.login('manager@example.com')];
  assert.ok((await untilFull('/limited', user)) >= LIMIT);
  assert.equal(await status('/limited', manager), 200);
});

test('a rate limit by client needs no token', async () => {
  assert.ok((await untilFull('/open')) >= LIMIT);
});
