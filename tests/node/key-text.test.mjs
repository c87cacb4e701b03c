/**
 * The text of a key is no HMAC secret, however it is disguised, at every door of the package that takes a secret. There is one detector;
 * `tests/key_refusals.rs` has all its disguises, `tests/service/http.rs` the Worker's settings.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createSigner, createVerifier, importKey } from 'portcullis';
import jsonwebtoken from 'portcullis/jsonwebtoken';
import { Strategy } from 'portcullis/passport';

const cli = fileURLToPath(new URL('../../js/dist/node/cli.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'portcullis-key-text-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const read = (name) => readFileSync(new URL(`../vectors/keys/${name}`, import.meta.url), 'utf8');
const pem = read('rsa.spki.pem');
const body = pem.replace(/-----[A-Z ]+-----|\n/g, '');
const der = Buffer.from(body, 'base64');
const { kty, n, e } = JSON.parse(read('keys.jwk.json')).rsa;
const jwk = JSON.stringify({ kty, n, e });
const bigEndian = (text) => Buffer.from(text, 'utf16le').swap16();
const ssh = Buffer.concat([
  Buffer.from('\0\0\0\x07ssh-rsa\0\0\0\x03\x01\0\x01\0\0\x01\x01', 'latin1'),
  Buffer.alloc(257, 0xa5),
]);

const DISGUISES = {
  PEM: pem,
  'PEM in UTF-16LE': Buffer.from(pem, 'utf16le'),
  'PEM in UTF-16BE with a mark': bigEndian(`\ufeff${pem}`),
  'PEM with literal line breaks': pem.replaceAll('\n', '\\n'),
  'PEM as a JSON string': JSON.stringify(pem),
  'PEM in base64': Buffer.from(pem).toString('base64'),
  'PEM in hex': Buffer.from(pem).toString('hex'),
  DER: der,
  'DER in base64, a line break after': `${body}\n`,
  'DER in base64url, quoted': `"${der.toString('base64url')}"`,
  'DER in hex': der.toString('hex'),
  'a certificate': read('rsa.cert.pem'),
  'JWK in a JSON string': JSON.stringify(jwk),
  'JWK in base64': Buffer.from(jwk).toString('base64'),
  'JWK in UTF-16LE': Buffer.from(jwk, 'utf16le'),
  'JWKS in base64url': Buffer.from(`{"keys":[${jwk}]}`).toString('base64url'),
  'an SSH line': `ssh-rsa ${ssh.toString('base64')} user@host`,
  'an SSH key without its name': ssh.toString('base64'),
  'an SSH key in hex': ssh.toString('hex'),
};

const places = { issuer: null, audience: null };
/** A token signed with HMAC under the bytes that everybody can read. */
function forged(secret) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: 'admin' })}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** What passport says of a request that brings a forged token. */
function strategyAnswer(secretOrKey) {
  const strategy = new Strategy(
    { jwtFromRequest: () => forged(secretOrKey), secretOrKey, algorithms: ['HS256'] },
    (_claims, done) => done(null, { id: 'admin' }),
  );
  return new Promise((resolve) => {
    Object.assign(strategy, { success: () => resolve('in'), fail: () => resolve('out'), error: () => resolve('out') });
    strategy.authenticate({});
  });
}

/** How the command line ends when it is to verify a forged token. */
function exitOf(secret) {
  const path = join(folder, 'secret');
  writeFileSync(path, secret);
  const args = ['verify', '--key', path, '--alg', 'HS256', '--any-issuer', '--any-audience', forged(secret)];
  return spawnSync(process.execPath, [cli, ...args]).status;
}

for (const [name, secret] of Object.entries(DISGUISES)) {
  test(`${name} is no secret at any door`, async () => {
    const refused = { code: /^ERR_KEY_/ };
    assert.throws(() => importKey(secret, { alg: 'HS256' }), refused);
    assert.throws(() => importKey(Buffer.from(secret), { alg: 'HS256' }), refused);
    assert.throws(() => createVerifier({ key: secret, algorithms: ['HS256'], ...places }), refused);
    assert.throws(() => createSigner({ key: secret, algorithm: 'HS256', issuer: 'i', audience: 'a' }), refused);
    assert.throws(() => jsonwebtoken.sign({ sub: 'admin' }, secret, { algorithm: 'HS256' }));
    assert.throws(() => jsonwebtoken.verify(forged(secret), secret, { algorithms: ['HS256'] }));
    assert.throws(() => jsonwebtoken.verify(forged(secret), secret));
    assert.equal(await strategyAnswer(secret), 'out');
    assert.notEqual(exitOf(secret), 0);
  });
}

test('a plain secret passes through the same doors', async () => {
  const secret = 'correct horse battery staple, and seven words more';
  assert.equal(importKey(secret, { alg: 'HS256' }).alg, 'HS256');
  assert.equal(jsonwebtoken.verify(forged(secret), secret).sub, 'admin');
  assert.equal(await strategyAnswer(secret), 'in');
  assert.equal(exitOf(secret), 0);
});
