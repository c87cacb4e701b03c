/** Input above a limit is refused by its length, before any of it reaches the wasm module. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as node from 'portcullis';
import { inspect } from 'portcullis/inspect';
import jsonwebtoken from 'portcullis/jsonwebtoken';
import * as web from '../../js/dist/web/index.js';
import { startExpress } from '../support/express-auth.mjs';

const root = new URL('../../', import.meta.url);
const secret = Buffer.alloc(32, 7);
const options = { key: secret, algorithms: ['HS256'], issuer: null, audience: null };
const huge = 'a'.repeat(2 * 1024 * 1024);
const asked = { method: 'GET', path: '/' };

test('the limits of the JavaScript doors are those of the core', async () => {
  const rust = await readFile(new URL('src/limits.rs', root), 'utf8');
  const script = await readFile(new URL('js/src/core/limits.ts', root), 'utf8');
  const product = (text) => text.split('*').reduce((all, one) => all * Number(one), 1);
  const core = new Map(
    [...rust.matchAll(/const (\w+): usize = ([\d* ]+);/g)].map(([, name, text]) => [name, product(text)]),
  );
  const ours = [...script.matchAll(/const (\w+_BYTES) = ([\d* ]+);/g)];
  assert.ok(ours.length >= 10);
  for (const [, name, text] of ours) assert.equal(product(text), core.get(name), name);
  // Twice, for a character may take two UTF-16 units; four of them may be composed into one.
  const [, chars] = /MAX_PASSWORD_INPUT_CHARS = ([\d* ]+);/.exec(script);
  assert.equal(product(chars), (core.get('MAX_PASSWORD_CHARS') + 1) * 4 * 2);
});

for (const [name, module] of Object.entries({ node, web })) {
  test(`${name}: an oversized token is refused with the same code at every door`, async () => {
    const tooLong = { code: 'ERR_TOKEN_TOO_LONG', status: 401 };
    const verifier = module.createVerifier(options);
    const finder = module.createVerifier({ ...options, key: () => secret });
    for (const token of [huge, 'a'.repeat(8193), `${'ä'.repeat(5000)}.a.a`]) {
      await assert.rejects(verifier.verify(token), tooLong);
      assert.throws(() => verifier.verifySync(token), tooLong);
      await assert.rejects(finder.verify(token), tooLong);
      assert.throws(() => module.decode(token), tooLong);
      await assert.rejects(module.jws.verify(token, { key: secret, algorithms: ['HS256'] }), tooLong);
    }
  });

  test(`${name}: oversized keys, claims, payloads and policies are refused with a stable code`, async () => {
    const invalid = { code: 'ERR_KEY_INVALID' };
    assert.throws(() => module.importKey(Buffer.alloc(65_537, 7), { alg: 'HS256' }), invalid);
    assert.throws(() => module.importKey(huge, { alg: 'HS256' }), invalid);
    assert.throws(() => module.importKey(`-----BEGIN PUBLIC KEY-----${huge}`, { alg: 'RS256' }), invalid);
    assert.throws(() => module.importKey({ kty: 'oct', k: huge }, { alg: 'HS256' }), invalid);
    assert.throws(() => module.importKey(`{"kty":"oct","k":"${huge}"}`, { alg: 'HS256' }), invalid);
    assert.throws(() => module.createVerifier({ ...options, key: { keys: [{ kty: 'oct', k: huge }] } }), invalid);
    const option = (claim) => ({ code: 'ERR_OPTION_INVALID', claim });
    const signer = module.createSigner({ key: secret, algorithm: 'HS256' });
    assert.throws(() => signer.signSync({ huge }), option('claims'));
    for (const payload of [huge, Buffer.from(huge)]) {
      await assert.rejects(module.jws.sign(payload, { key: secret, algorithm: 'HS256' }), option('payload'));
    }
    assert.throws(() => module.policy(huge), option('policy'));
    const rules = module.policy({ rules: [{ path: '/' }] });
    assert.throws(() => rules.decide({ huge }, asked), option('claims'));
    assert.equal(rules.decide(undefined, { ...asked, path: `/${huge}` }).status, 414);
    assert.equal(rules.decide(undefined, { ...asked, method: huge, host: huge }).allowed, false);
  });

  test(`${name}: an oversized text in any option is refused by its name`, async () => {
    const option = (claim) => ({ code: 'ERR_OPTION_INVALID', claim });
    for (const claim of ['issuer', 'audience', 'subject', 'typ', 'requiredClaims']) {
      const value = claim === 'requiredClaims' ? [huge] : huge;
      assert.throws(() => module.createVerifier({ ...options, [claim]: value }), option(claim));
    }
    assert.throws(() => module.createVerifier({ ...options, issuer: [huge] }), option('issuer'));
    for (const claim of ['kid', 'typ', 'issuer', 'audience', 'subject']) {
      assert.throws(() => module.createSigner({ key: secret, algorithm: 'HS256', [claim]: huge }), option(claim));
    }
    assert.throws(() => module.importKey(secret, { alg: 'HS256', kid: huge }), option('kid'));
    await assert.rejects(module.generateKey('HS256', { kid: huge }), option('kid'));
    assert.throws(() => module.policy({ rules: [] }, { file: huge }), option('file'));
    assert.throws(() => module.remoteKeys('https://id.example', { maxBytes: 2 ** 40 }), option('maxBytes'));
    assert.throws(() => module.remoteKeys(`https://id.example/${huge}`), option('url'));
  });

  test(`${name}: an oversized password is refused, and neither it nor an oversized hash fits`, async () => {
    await assert.rejects(module.hashPassword(huge), { code: 'ERR_OPTION_INVALID', claim: 'password' });
    const hash = await module.hashPassword('correct horse battery staple');
    assert.equal(await module.verifyPassword(huge, hash), false);
    assert.equal(await module.verifyPassword('correct horse battery staple', hash + huge), false);
  });
}

test('an oversized text is reported as too long, and is no token for the jsonwebtoken drop-in', async () => {
  assert.equal((await inspect(huge)).kind, 'too-long');
  assert.throws(() => jsonwebtoken.verify(`a.${huge}.a`, secret), {
    name: 'JsonWebTokenError',
    message: 'jwt malformed',
  });
  assert.equal(jsonwebtoken.decode(`a.${huge}.a`), null);
});

test('the jsonwebtoken drop-in takes what it signs, up to its own limit', () => {
  const sized = (bytes) => {
    const token = jsonwebtoken.sign('a'.repeat(bytes), secret);
    return { token, content: () => jsonwebtoken.verify(token, secret) };
  };
  const within = sized(700_000);
  assert.ok(within.token.length > 900_000 && within.token.length < 1024 * 1024);
  assert.equal(within.content().length, 700_000);
  const above = sized(800_000);
  assert.ok(above.token.length > 1024 * 1024);
  assert.throws(above.content, { name: 'JsonWebTokenError', message: 'jwt malformed' });
});

test('a hundred refused tokens of ten megabytes leave no memory behind', async () => {
  const script = `
    import { createVerifier, decode, importKey } from 'portcullis';
    const verifier = createVerifier({ key: Buffer.alloc(32, 7), algorithms: ['HS256'], issuer: null, audience: null });
    const token = Buffer.alloc(10 * 1024 * 1024, 'a').toString('latin1');
    const tries = [() => verifier.verifySync(token), () => decode(token), () => importKey(token, { alg: 'HS256' })];
    const before = process.memoryUsage().rss;
    let refused = 0;
    for (let round = 0; round < 100; round++) for (const one of tries) try { one(); } catch { refused++; }
    console.log(JSON.stringify({ refused, grown: process.memoryUsage().rss - before }));
  `;
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], {
    cwd: new URL('tests/node/', root),
  });
  const { refused, grown } = JSON.parse(stdout);
  assert.equal(refused, 300);
  assert.ok(grown < 64 * 1024 * 1024, `${grown} bytes`);
});

test('the auth service refuses an address, headers and a body above the limits with a code each', async (t) => {
  const server = await startExpress({ http: { maxHeaderSize: 256 * 1024 } });
  t.after(() => server.stop());
  const send = (path, { headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      const method = body === undefined ? 'GET' : 'POST';
      const sent = request(server.origin + path, { method, headers, maxHeaderSize: 256 * 1024 });
      sent.on('error', reject);
      sent.on('response', async (response) => {
        let text = '';
        for await (const chunk of response) text += chunk;
        resolve([response.statusCode, JSON.parse(text).error, response.headers['cache-control']]);
      });
      sent.end(body);
    });
  const long = 'a'.repeat(16 * 1024);
  const headers = Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`x-${at}`, 'a'.repeat(9 * 1024)]));
  assert.deepEqual(await send(`/users/me?${long}`), [414, 'uri_too_long', 'no-store']);
  assert.deepEqual(await send('/users/me', { headers }), [431, 'headers_too_large', 'no-store']);
  const body = JSON.stringify({ email: 'a@example.com', password: 'x'.repeat(65 * 1024) });
  const json = { 'content-type': 'application/json' };
  assert.deepEqual(await send('/auth/login', { headers: json, body }), [413, 'body_too_large', 'no-store']);
  assert.deepEqual(
    (await send(`/elsewhere?${long}`)).slice(0, 2),
    [404, 'not_found'],
    "an application's own path is its own",
  );
  assert.equal((await server.login('user@example.com')).tokenType, 'Bearer');
  await assert.rejects(startExpress({ keys: { keys: [{ kty: huge }] } }), { code: 'ERR_OPTION_INVALID' });
});

test('the command line reads no input above its limit, from a file, a pipe or a device without an end', async (t) => {
  const cli = fileURLToPath(new URL('../../js/dist/node/cli.js', import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-input-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'large'), 'a'.repeat(1024 * 1024 + 1));
  const run = (args, input) => spawnSync(process.execPath, [cli, ...args], { input, encoding: 'utf8' });
  for (const { status, stderr } of [
    run(['inspect'], 'a'.repeat(1024 * 1024 + 1)),
    run(['policy', 'check', join(folder, 'large')]),
    run(['policy', 'check', '/dev/zero']),
    run(['verify', 'a.b.c', '--key', '/dev/zero', '--issuer', 'x', '--audience', 'y']),
  ]) {
    assert.equal(status, 2, stderr);
    assert.match(stderr, /is longer than 1048576 bytes/);
  }
});
