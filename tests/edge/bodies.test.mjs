// Bodies as they come over the wire: announced, in chunks, in pieces, too large, broken off.

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { startWorker } from '../support/worker.mjs';

const CREDENTIALS = JSON.stringify({ email: 'user@example.com', password: 'correct horse battery staple' });
const LIMIT = 65_536;

let worker;
before(async () => {
  worker = await startWorker();
});
after(() => worker?.stop());

/** Sends `pieces`, each on its own; without a content-length they go in chunks. */
function send(pieces, headers = {}) {
  return new Promise((resolve, reject) => {
    const sent = request(`${worker.origin}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
    });
    sent.once('error', reject).once('response', async (response) => {
      const text = (await response.toArray()).join('');
      resolve([response.statusCode, JSON.parse(text).error ?? 'none']);
    });
    sent.flushHeaders();
    (async () => {
      for (const piece of pieces) {
        sent.write(piece);
        await new Promise((done) => setTimeout(done, 20));
      }
      sent.end();
    })();
  });
}

const inPieces = [CREDENTIALS.slice(0, 20), CREDENTIALS.slice(20)];
const padded = (length) => CREDENTIALS + ' '.repeat(length - CREDENTIALS.length);

test('a body is read to its end, announced or in chunks, at once or in pieces', async () => {
  const announced = { 'content-length': CREDENTIALS.length };
  assert.deepEqual(await send([CREDENTIALS], announced), [200, 'none']);
  assert.deepEqual(await send(inPieces, announced), [200, 'none']);
  assert.deepEqual(await send([CREDENTIALS]), [200, 'none']);
  assert.deepEqual(await send(inPieces), [200, 'none']);
});

test('the largest body that is read is as large in chunks as announced', async () => {
  for (const [length, answer] of [
    [LIMIT, [200, 'none']],
    [LIMIT + 1, [413, 'body_too_large']],
    [3_000_000, [413, 'body_too_large']],
  ]) {
    assert.deepEqual(await send([padded(length)], { 'content-length': length }), answer, `${length} announced`);
    assert.deepEqual(await send([padded(length)]), answer, `${length} in chunks`);
  }
});

test('an address or headers above the limit are refused', async () => {
  const answer = async (path, headers) => {
    const sent = request(worker.origin + path, { headers }).end();
    const response = await new Promise((done, failed) => sent.once('response', done).once('error', failed));
    const text = (await response.toArray()).join('');
    return [response.statusCode, JSON.parse(text).error ?? 'none'];
  };
  assert.deepEqual(await answer(`/healthz?${'a'.repeat(17_000)}`), [414, 'uri_too_long']);
  assert.deepEqual(await answer('/healthz', { 'x-much': 'a'.repeat(66_000) }), [431, 'headers_too_large']);
});

test('no body at all is one without fields', async () => {
  assert.deepEqual(await send([], { 'content-length': 0 }), [400, 'invalid_json']);
  assert.deepEqual(await send([]), [400, 'invalid_json']);
});

test('one that breaks off half-way leaves everything standing', async () => {
  const { port } = new URL(worker.origin);
  const socket = connect(port, 'localhost');
  socket.write('POST /auth/login HTTP/1.1\r\nhost: localhost\r\ncontent-length: 500\r\n\r\n{"email":');
  await new Promise((done) => setTimeout(done, 100));
  socket.destroy();
  assert.deepEqual(await send([CREDENTIALS], { 'content-length': CREDENTIALS.length }), [200, 'none']);
});
