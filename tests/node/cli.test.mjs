/** The command line: what it prints, how it ends, where secrets come from. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const cli = join(dirname(fileURLToPath(import.meta.url)), '../../js/dist/node/cli.js');
const folder = mkdtempSync(join(tmpdir(), 'portcullis-cli-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = (name) => join(folder, name);

/** Calls the command; gives its exit code and output. */
function portcullis(args, { input = '', env = {} } = {}) {
  const clean = { PATH: process.env.PATH, ...env };
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    input,
    env: clean,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}
const places = ['--issuer', 'https://id.example', '--audience', 'api'];

test('keys new, sign, keys public, verify: the whole way', () => {
  assert.equal(portcullis(['keys', 'new', '--alg', 'es256', '--out', file('keys.json')]).status, 0);
  assert.equal(statSync(file('keys.json')).mode & 0o777, 0o600);
  const signed = portcullis([
    'sign',
    '--key',
    file('keys.json'),
    ...places,
    '--subject',
    '7',
    '--expires-in',
    '15m',
    '--claim',
    'roles=["admin"]',
    'note=hello',
  ]);
  assert.equal(signed.status, 0, signed.stderr);
  const { stdout } = portcullis(['keys', 'public', file('keys.json')]);
  assert.ok(!stdout.includes('"d"'));
  writeFileSync(file('public.json'), stdout);
  const verified = portcullis(['verify', '--key', file('public.json'), ...places, '--json'], { input: signed.stdout });
  assert.equal(verified.status, 0, verified.stderr);
  const { claims } = JSON.parse(verified.stdout);
  assert.deepEqual([claims.sub, claims.roles, claims.note], ['7', ['admin'], 'hello']);
  const shown = portcullis(['verify', '--key', file('public.json'), ...places], { input: signed.stdout });
  assert.match(shown.stdout, /the token is valid[\s\S]*exp .*in 1[45] minutes/);
});

test('an RSA key is as large as was asked for', () => {
  const sizeOf = (args) => {
    const { status, stdout, stderr } = portcullis(['keys', 'new', ...args]);
    assert.equal(status, 0, stderr);
    return Buffer.from(JSON.parse(stdout).keys[0].n, 'base64url').length * 8;
  };
  assert.equal(sizeOf(['--alg', 'RS256']), 2048);
  assert.equal(sizeOf(['--alg', 'PS256', '--size', '3072']), 3072);
  for (const [args, says] of [
    [['--alg', 'RS256', '--size', '1024'], /2048 to 8192/],
    [['--alg', 'RS256', '--size', 'large'], /not a whole number/],
    [['--alg', 'ES256', '--size', '2048'], /ES256 keys have one size/],
  ]) {
    const { status, stdout, stderr } = portcullis(['keys', 'new', ...args]);
    assert.ok(status !== 0 && stdout === '', stdout);
    assert.match(stderr, says);
  }
});

const setIn = (name) => JSON.parse(readFileSync(file(name), 'utf8')).keys;
const states = (name) => setIn(name).map(({ state }) => state);
/** Makes the next key of a set two hours older. */
function age(name) {
  const keys = setIn(name).map((key) => (key.made_at ? { ...key, made_at: key.made_at - 7200 } : key));
  writeFileSync(file(name), JSON.stringify({ keys }));
}

test('rotate lets the next key sign, and keeps the one before for checking', () => {
  const [active, next] = setIn('keys.json');
  assert.deepEqual(states('keys.json'), ['active', 'next']);
  const old = portcullis(['sign', '--key', file('keys.json'), ...places]).stdout;
  const early = portcullis(['keys', 'rotate', file('keys.json')]);
  assert.match(early.stderr, /the next key was made 0 minutes ago/);
  age('keys.json');
  const done = portcullis(['keys', 'rotate', file('keys.json'), '--out', file('rotated.json')]);
  assert.equal(done.status, 0, done.stderr);
  assert.deepEqual(states('rotated.json'), ['active', 'next', 'retired']);
  const [now, , before] = setIn('rotated.json');
  assert.deepEqual([now.kid, before.kid], [next.kid, active.kid]);
  assert.equal(portcullis(['verify', '--key', file('rotated.json'), ...places], { input: old }).status, 0);
  // The two commands, and nothing of the keys.
  assert.match(done.stderr, /npx wrangler secret put JWT_KEYS < /);
  assert.match(done.stderr, /npx portcullis keys rotate .*rotated.json && npx wrangler secret put JWT_KEYS < /);
  for (const { d } of setIn('rotated.json')) assert.ok(!(done.stdout + done.stderr).includes(d));
});

test('a new set does not take the place of one that is there', () => {
  const before = readFileSync(file('keys.json'), 'utf8');
  const { status, stderr } = portcullis(['keys', 'new', '--out', file('keys.json')]);
  assert.notEqual(status, 0);
  assert.match(stderr, /keys\.json already exists/);
  assert.equal(readFileSync(file('keys.json'), 'utf8'), before);
});

test('retired keys leave after their time; a stolen set at once and whole', () => {
  age('rotated.json');
  assert.equal(portcullis(['keys', 'rotate', file('rotated.json'), '--keep-for', '0']).status, 0);
  assert.deepEqual(states('rotated.json'), ['active', 'next', 'retired'], 'the one that has just retired stays');
  assert.equal(statSync(file('rotated.json')).mode & 0o777, 0o600);
  const before = setIn('rotated.json').map(({ kid }) => kid);
  const stolen = portcullis(['keys', 'rotate', file('rotated.json'), '--compromised']);
  assert.match(stolen.stderr, /every key of the set before is gone, and with them every token they signed/);
  // The thief has the next key and the retired ones as well, and those would verify what the thief signs.
  assert.deepEqual(states('rotated.json'), ['active', 'next']);
  for (const { kid } of setIn('rotated.json')) assert.ok(!before.includes(kid));
});

test('a set from before there were states first gets a next key', () => {
  const [{ state, ...old }] = setIn('keys.json');
  const done = portcullis(['keys', 'rotate', '-'], { input: JSON.stringify({ keys: [old] }) });
  const { keys } = JSON.parse(done.stdout);
  assert.deepEqual(
    keys.map((key) => key.state),
    [state, 'next'],
  );
  assert.match(done.stderr, /In an hour/);
  const secret = portcullis(['keys', 'new', '--alg', 'HS256']).stdout;
  assert.match(portcullis(['keys', 'rotate'], { input: secret }).stderr, /holds a secret/);
});

test('a refused token ends with 1 and says why', () => {
  const token = portcullis(['sign', '--key', file('keys.json'), ...places]).stdout.trim();
  const bad = portcullis(['verify', `${token.slice(0, -4)}AAAA`, '--key', file('keys.json'), ...places, '--json']);
  assert.equal(bad.status, 1);
  assert.equal(JSON.parse(bad.stdout).error.code, 'ERR_SIGNATURE_INVALID');
});

test('the token may follow every option', () => {
  const audiences = ['--audience', 'web', '--audience', 'api'];
  const token = portcullis(['sign', '--key', file('keys.json'), ...places.slice(0, 2), ...audiences]).stdout.trim();
  const { status, stdout } = portcullis(['verify', '--key', file('keys.json'), ...places, token]);
  assert.equal(status, 0, stdout);
  assert.match(stdout, /"web","api"|web.*api/s);
});

test('a reader that stops reading is no fault', async () => {
  const child = spawn(process.execPath, [cli, 'inspect']);
  const complaints = [];
  child.stderr.on('data', (chunk) => complaints.push(chunk));
  child.stdout.destroy();
  await once(child.stdout, 'close');
  child.stdin.end('Bearer of nothing');
  await once(child, 'close');
  assert.equal(Buffer.concat(complaints).toString(), '');
});

test('called wrongly it ends with 2 and says how', () => {
  for (const [args, says] of [
    [['verify', 'x', '--key', file('keys.json')], /--issuer is required; use --any-issuer to skip the check/],
    [['sign', '--issuer', 'x'], /no key provided: use --key/],
    [['sign', '--key', file('none.json')], /file not found/],
    [['keys', 'new', '--alg', 'none'], /"none" is not a supported algorithm/],
    [['dance'], /unknown command/],
  ]) {
    const { status, stderr } = portcullis(args);
    assert.equal(status, 2, stderr);
    assert.match(stderr, says);
  }
});

test('secrets come from the environment', () => {
  const env = { JWT_SECRET: 'a secret of at least thirty-two bytes' };
  const { stdout } = portcullis(['sign', '--alg', 'HS256', ...places], { env });
  assert.equal(portcullis(['verify', '--alg', 'HS256', ...places], { env, input: stdout }).status, 0);
  assert.equal(
    portcullis(['verify', '--alg', 'HS256', ...places], { env: { JWT_SECRET: 'short' }, input: stdout }).status,
    2,
  );
});

test('hash, and its comparison', () => {
  const { stdout } = portcullis(['hash'], { input: 'correct horse battery staple\n' });
  assert.match(stdout, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.equal(portcullis(['hash', '--verify', stdout.trim()], { input: 'correct horse battery staple' }).status, 0);
  assert.equal(portcullis(['hash', '--verify', stdout.trim()], { input: 'wrong' }).status, 1);
});

test('inspect explains what is pasted', () => {
  const token = portcullis(['sign', '--key', file('keys.json'), ...places, '--subject', '7']).stdout;
  const { status, stdout } = portcullis(['inspect', '--json'], { input: `Authorization: Bearer ${token}` });
  assert.equal(status, 0);
  assert.equal(JSON.parse(stdout).claims.sub, '7');
});

test('inspect checks the signature with a key that does not say what it is for', () => {
  const env = { SECRET: 'a secret of at least thirty-two bytes' };
  const token = portcullis(['sign', '--key-env', 'SECRET', '--alg', 'HS256', ...places], { env }).stdout.trim();
  for (const alg of [[], ['--alg', 'HS256']]) {
    const { status, stdout } = portcullis(['inspect', token, '--key-env', 'SECRET', ...alg], { env });
    assert.equal(status, 0);
    assert.match(stdout, /The signature is valid\./);
  }
});

test('policy check warns of an open rule that takes more spellings of a path than it shows', () => {
  const rules =
    '[[rules]]\npath = "/users/new"\nallow = "anyone"\n\n[[rules]]\npath = "/users/:id"\nallow = "signed-in"\n';
  writeFileSync(file('spellings.toml'), rules);
  const { status, stdout } = portcullis(['policy', 'check', file('spellings.toml')]);
  assert.equal(status, 0);
  assert.match(stdout, /:6:8: warning: .+ opens `\/users\/new` in upper and lower case; `\/users\/:id` guards none/);
  assert.match(stdout, /help: .+case = "sensitive"/);
  writeFileSync(file('exact.toml'), `[paths]\ncase = "sensitive"\n\n${rules}`);
  const exact = portcullis(['policy', 'check', file('exact.toml')]);
  assert.equal(exact.status, 0);
  assert.doesNotMatch(exact.stdout, /warning/);
});

test('policy check and explain', () => {
  writeFileSync(
    file('policy.toml'),
    '[roles]\nadmin = { inherits = "user" }\nuser = {}\n\n[[rules]]\npath = "/admin/*rest"\nroles = "admin"\n',
  );
  const explain = (role) => portcullis(['policy', 'explain', role, 'GET', '/admin/x', '--file', file('policy.toml')]);
  assert.equal(portcullis(['policy', 'check', file('policy.toml')]).status, 0);
  assert.equal(explain('admin').status, 0);
  assert.equal(explain('user').status, 1);
  assert.match(explain('user').stdout, /the role admin/);
  const asOption = [
    'policy',
    'explain',
    '--role',
    'user',
    '--role',
    'admin',
    'GET',
    '/admin/x',
    '--file',
    file('policy.toml'),
  ];
  assert.match(portcullis(asOption).stdout, /ALLOW/);
  writeFileSync(file('wrong.toml'), '[[rules]]\npath = "/x"\nroles = "ghost"\n');
  const wrong = portcullis(['policy', 'check', file('wrong.toml')]);
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /ghost/);
});

test('help everywhere, colour only where asked', () => {
  for (const args of [
    [],
    ['keys'],
    ['keys', 'new'],
    ['sign'],
    ['verify'],
    ['inspect'],
    ['hash'],
    ['policy', 'explain'],
  ]) {
    const { status, stdout } = portcullis([...args, '--help']);
    assert.equal(status, 0);
    assert.match(stdout, /Usage: portcullis/);
    assert.ok(!stdout.includes('\x1b['));
  }
  const env = { FORCE_COLOR: '1' };
  const token = portcullis(['sign', '--key', file('keys.json'), ...places]).stdout;
  assert.ok(
    portcullis(['verify', '--key', file('keys.json'), ...places], { env, input: token }).stdout.includes('\x1b['),
  );
});

test('keys go into a new file that only its owner reads, never through a link or a file put there before', () => {
  const mode = (name) => (lstatSync(file(name)).mode & 0o777).toString(8);
  const elsewhere = file('elsewhere');
  writeFileSync(elsewhere, 'mine', { mode: 0o644 });
  symlinkSync(elsewhere, file('link.json'));
  symlinkSync(file('nowhere'), file('dangling.json'));
  writeFileSync(file('fresh.json.new'), 'loose', { mode: 0o666 });
  symlinkSync(elsewhere, file('kept.json.new'));
  for (const name of ['link.json', 'dangling.json']) {
    const made = portcullis(['keys', 'new', '--out', file(name)]);
    assert.equal(made.status, 2, made.stderr);
    assert.match(made.stderr, /already exists/);
  }
  assert.ok(!existsSync(file('nowhere')));
  for (const name of ['fresh.json', 'kept.json']) {
    assert.equal(portcullis(['keys', 'new', '--out', file(name)]).status, 0);
    assert.equal(mode(name), '600');
  }
  symlinkSync(file('fresh.json'), file('fresh-link.json'));
  const throughLink = portcullis(['keys', 'rotate', '--now', file('fresh-link.json')]);
  assert.equal(throughLink.status, 2);
  assert.match(throughLink.stderr, /symbolic link/);
  chmodSync(file('fresh.json'), 0o644);
  chmodSync(file('kept.json'), 0o644);
  for (const name of ['fresh.json', 'kept.json']) {
    const rotated = portcullis(['keys', 'rotate', '--now', file(name)]);
    assert.equal(rotated.status, 0, rotated.stderr);
    assert.equal(mode(name), '600');
  }
  assert.equal(readFileSync(elsewhere, 'utf8'), 'mine');
  assert.equal(readFileSync(file('fresh.json.new'), 'utf8'), 'loose');
});
