/**
 * Signing keys are rotated twice under load: sign-ins, refreshes, requests to the Worker and verifications elsewhere go on
 * throughout, and not one of them fails.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createVerifier, decode, remoteKeys } from 'portcullis';
import { PASSWORD, startWorker } from '../support/worker.mjs';

const cli = fileURLToPath(new URL('../../js/dist/node/cli.js', import.meta.url));
const PLACES = { ISSUER: 'https://id.example', AUDIENCE: 'https://api.example' };
/** How often each client gets its turn before, between and after the rotations. */
const TURNS = 8;
/** Milliseconds between turns, so that nobody meets a rate limit. */
const PAUSES = { signIn: 500, refresh: 200 };

test('keys rotate without one failed request', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-rotation-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'keys.json');
  keys('new', '--out', file);
  const vars = () => ({
    ...PLACES,
    JWT_SECRET: undefined,
    JWT_REFRESH_SECRET: undefined,
    JWT_KEYS: readFileSync(file, 'utf8').replaceAll('\n', ''),
  });
  let worker = await startWorker({ build: 'edge', vars: vars() });
  t.after(() => worker.stop());
  const front = await startFront(() => worker.origin);
  t.after(() => front.close());

  const load = startLoad(front.url);
  t.after(() => load.end());
  await load.turns(TURNS);
  for (let rotation = 0; rotation < 2; rotation++) {
    age(file);
    keys('rotate', file);
    await front.hold();
    await worker.kill();
    worker = await startWorker({ build: 'edge', vars: vars(), state: worker.folder });
    front.release();
    await load.turns(TURNS);
  }
  await load.end();

  assert.deepEqual(load.failures, []);
  assert.equal(load.signers.size, 3, 'each of the three active keys has signed');
  assert.equal(load.fetched.get('once'), 1, 'the keys fetched at the start were enough for the key that came next');
  const published = (await worker.get('/.well-known/jwks.json')).body.keys.map(({ kid }) => kid);
  assert.equal(published.length, 4, 'active, next, and two retired');
  t.diagnostic(`${JSON.stringify(Object.fromEntries(load.counts))}`);
});

function keys(...args) {
  const { status, stderr } = spawnSync(process.execPath, [cli, 'keys', ...args], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

/** As if the next key had been waiting for hours, and verifiers had fetched it. */
function age(file) {
  const set = JSON.parse(readFileSync(file, 'utf8'));
  for (const key of set.keys) if (key.made_at) key.made_at -= 7200;
  writeFileSync(file, JSON.stringify(set));
}

/** What stands before the Worker: while one deployment follows another, requests wait here, as they do on the platform. */
async function startFront(origin) {
  let open = Promise.resolve();
  let release = () => {};
  let underway = 0;
  const server = createServer(async (request, response) => {
    await open;
    underway++;
    response.once('close', () => underway--);
    const { method, url, headers } = request;
    const sent = httpRequest(origin() + url, { method, headers });
    sent.on('error', (error) => response.destroy(error));
    sent.on('response', (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    request.pipe(sent);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    async hold() {
      open = new Promise((resolve) => {
        release = resolve;
      });
      while (underway > 0) await new Promise((done) => setTimeout(done, 5));
    },
    release: () => release(),
    close() {
      release();
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Clients that go on and on. */
function startLoad(url) {
  const [failures, signers, counts, fetched] = [[], new Set(), new Map(), new Map()];
  const tokens = [];
  let ended = false;

  const post = async (path, body) => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${answer.error}`);
    tokens.push(answer.accessToken);
    signers.add(decode(answer.accessToken).header.kid);
    return answer;
  };
  const signIn = () => post('/auth/login', { email: 'user@example.com', password: PASSWORD, tokenDelivery: 'body' });
  let session;
  const refresh = async () => {
    session =
      session === undefined ? await signIn() : await post('/auth/refresh', { refreshToken: session.refreshToken });
  };
  /** The newest token, or the oldest. */
  const some = () => (Math.random() < 0.5 ? tokens.at(-1) : tokens[0]);
  const ask = async () => {
    const response = await fetch(`${url}/users/me`, { headers: { authorization: `Bearer ${some()}` } });
    if (response.status !== 200) throw new Error(`/users/me: ${response.status} ${await response.text()}`);
    await response.arrayBuffer();
  };
  const verifying = (name, options) => {
    const { ISSUER: issuer, AUDIENCE: audience } = PLACES;
    const counted = (...asked) => {
      fetched.set(name, (fetched.get(name) ?? 0) + 1);
      return fetch(...asked);
    };
    const key = remoteKeys(`${url}/.well-known/jwks.json`, { allowLoopbackHttp: true, fetch: counted, ...options });
    const verifier = createVerifier({ key, algorithms: ['ES256'], issuer, audience, typ: 'at+jwt', cache: false });
    return () => verifier.verify(some());
  };

  const once = verifying('once', { freshFor: '2h' });
  const clients = {
    signIn,
    refresh,
    ask,
    askToo: ask,
    poll: verifying('poll', { freshFor: 1, cooldown: 1 }),
    // What it fetched before the first rotation has the key that signs after it, and not the one after that.
    once: async () => signers.size < 3 && once(),
  };
  const run = async (name, turn) => {
    while (!ended) {
      if (tokens.length > 0 || name === 'signIn') {
        await turn().catch((error) => failures.push(`${name}: ${error.message}`));
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      await new Promise((done) => setTimeout(done, PAUSES[name] ?? 5));
    }
  };
  const running = Promise.all(Object.entries(clients).map(([name, turn]) => run(name, turn)));
  return {
    failures,
    signers,
    counts,
    fetched,
    /** Until every client has had so many turns more. */
    async turns(many) {
      const before = new Map(counts);
      const had = (name) => (counts.get(name) ?? 0) - (before.get(name) ?? 0) >= many;
      while (!Object.keys(clients).every(had)) await new Promise((done) => setTimeout(done, 20));
    },
    async end() {
      ended = true;
      await running;
    },
  };
}
