/** What a signed-in developer learns from a 403 on his own machine, and nobody anywhere else. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { textOf } from '../support/upstream.mjs';
import { accessToken, SECRETS, serveWorker } from '../support/workerd.mjs';

const POLICY = `
[roles]
manager = {}
user = {}

[defaults]
revocation = "off"

[[rules]]
name = "the front <page>"
path = "/"

[[rules]]
name = "reports & figures"
path = "/reports/:id"
roles = ["manager"]
answer = { body = "the report" }
`;
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const PLAIN = { error: 'insufficient_scope', message: "You don't have permission to do this." };
const user = () => accessToken({ roles: ['user'] });

let worker;
/** Sends a path byte for byte, to a host of any name. */
async function get(path, { accept = '*/*', token = user(), host = 'localhost:8787' } = {}) {
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
  const sent = httpRequest({ host: '127.0.0.1', port: worker.port, path, headers: { accept, host, ...authorization } });
  sent.end();
  const [response] = await once(sent, 'response');
  return { status: response.statusCode, headers: response.headers, text: await textOf(response) };
}

describe('in local mode', () => {
  before(async () => {
    worker = await serveWorker({ policy: POLICY, bindings: { ...SECRETS, LOCAL: 'true' } });
  });
  after(() => worker.stop());

  test('a browser shows the rule and the way to it, and nothing on the page runs', async () => {
    const { status, headers, text } = await get("/reports/%3Cimg%20src=x%3E'", { accept: BROWSER });
    assert.equal(status, 403);
    assert.match(headers['content-type'], /^text\/html/);
    assert.match(headers['content-security-policy'], /default-src 'none'/);
    assert.equal(headers['cache-control'], 'no-store');
    assert.match(headers['www-authenticate'], /insufficient_scope/);
    for (const part of ['reports &amp; figures', 'the front &lt;page&gt;', 'the role manager', 'DENY (403)']) {
      assert.ok(text.includes(part), `${part}:\n${text}`);
    }
    assert.ok(!text.includes('<img'), text);
  });

  test('a script gets JSON, with the reason beside', async () => {
    for (const accept of ['*/*', 'application/json']) {
      const { status, text } = await get('/reports/7', { accept });
      const { explanation, ...rest } = JSON.parse(text);
      assert.deepEqual([status, rest], [403, PLAIN]);
      assert.match(explanation, /the role manager, rule "reports & figures"/);
    }
  });

  test('whoever is not signed in learns nothing', async () => {
    for (const token of [null, `${user()}x`]) {
      const { status, text } = await get('/reports/7', { accept: BROWSER, token });
      assert.equal(status, 401);
      assert.ok(!text.includes('figures'), text);
    }
  });

  test('nor does anyone who comes by another name than this machine’s', async () => {
    for (const host of ['app.example', 'localhost.evil.example', '192.168.0.7:8787']) {
      const { text } = await get('/reports/7', { accept: BROWSER, host });
      assert.deepEqual(JSON.parse(text), PLAIN, host);
    }
  });
});

describe('elsewhere', () => {
  before(async () => {
    worker = await serveWorker({ policy: POLICY, bindings: SECRETS });
  });
  after(() => worker.stop());

  test('nobody learns anything', async () => {
    for (const accept of [BROWSER, '*/*']) {
      const { status, headers, text } = await get('/reports/7', { accept });
      assert.equal(status, 403);
      assert.equal(headers['content-type'], 'application/json');
      assert.deepEqual(JSON.parse(text), PLAIN);
    }
  });
});
