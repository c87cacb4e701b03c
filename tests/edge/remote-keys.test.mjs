/** Keys at an address in workerd, where a promise dies with the request that made it: callers must not wait on each other's. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createSigner, exportJwks, generateKey } from 'portcullis';
import { serve } from '../../bench/support/workerd.mjs';

const keys = [await generateKey('ES256', { kid: '1' }), await generateKey('ES256', { kid: '2' })];
const [token, newer] = keys.map((key) => createSigner({ key }).signSync({ sub: `by ${key.kid}` }));

/** The issuer, whose answers the test lets go. */
let issuer;
let published;
let waiting;
let hits;
let holding;
let worker;

before(async () => {
  issuer = createServer((_request, response) => {
    hits += 1;
    const answer = () => {
      if (published === undefined) response.writeHead(500).end();
      else response.end(JSON.stringify(exportJwks(published)));
    };
    if (holding) waiting.push(answer);
    else answer();
  });
  await new Promise((resolve) => issuer.listen(0, '127.0.0.1', resolve));
});
after(() => {
  issuer?.closeAllConnections();
  issuer?.close();
});

/** A Worker that has seen no keys yet. */
async function fresh(run) {
  [published, waiting, hits, holding] = [[keys[0]], [], 0, false];
  const entry = fileURLToPath(new URL('../support/remote-keys-worker.mjs', import.meta.url));
  const address = `127.0.0.1:${issuer.address().port}`;
  worker = await serve({ keys: { entry, bindings: '(name = "ISSUER", service = "issuer")' } }, [
    `(name = "issuer", external = (address = "${address}", http = ()))`,
  ]);
  try {
    await run();
  } finally {
    await worker.stop();
  }
}

async function ask(path, authorization = token) {
  const reply = await fetch(`http://127.0.0.1:${worker.ports.keys}${path}`, { headers: { authorization } });
  return reply.text();
}
const later = (seconds) => ask(`/later?seconds=${seconds}`);
async function reached(count) {
  while (hits < count) await new Promise((resolve) => setTimeout(resolve, 10));
}
function letGo() {
  holding = false;
  for (const answer of waiting.splice(0)) answer();
}

test('requests at once are one fetch, and each gets its answer', () =>
  fresh(async () => {
    holding = true;
    const answers = Array.from({ length: 20 }, () => ask('/verify'));
    await reached(1);
    letGo();
    assert.deepEqual(new Set(await Promise.all(answers)), new Set(['by 1']));
    assert.equal(hits, 1);
  }));

test('a request that leaves takes its fetch along; the one that waits takes over when its time is up', () =>
  fresh(async () => {
    holding = true;
    assert.equal(await ask('/verify?hurry'), 'left');
    const patient = ask('/verify');
    assert.equal(await ask('/verify?hurry'), 'left');
    holding = false;
    await later(7);
    assert.equal(await patient, 'by 1');
    assert.ok(hits <= 2, `${hits} fetches`);
    assert.equal(await ask('/verify'), 'by 1');
  }));

test('old keys answer at once, and waitUntil keeps the fetch that renews them', () =>
  fresh(async () => {
    assert.equal(await ask('/verify'), 'by 1');
    await later(660);
    published = keys;
    holding = true;
    assert.equal(await ask('/verify'), 'by 1');
    await reached(2);
    letGo();
    assert.equal(await ask('/verify', newer), 'by 2');
    assert.equal(hits, 2, 'the fetch outlived the request that began it');
  }));

test('a failure is remembered across requests', () =>
  fresh(async () => {
    published = undefined;
    for (let times = 0; times < 3; times++) assert.equal(await ask('/verify'), 'ERR_KEY_UNAVAILABLE');
    assert.equal(hits, 1);
    published = keys;
    await later(30);
    assert.equal(await ask('/verify'), 'by 1');
    assert.equal(hits, 2);
  }));
