/** Policies and the gate's proof through the npm package. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import Ajv2020 from 'ajv/dist/2020.js';
import { checkPolicy, createVerifier, policy, trustGate } from 'portcullis';

const HOUSE = readFileSync(new URL('../../examples/gate/portcullis.toml', import.meta.url), 'utf8');
const GATE_KEY = 'a key for the gate, longer than 32 bytes';
const NOW = 1_800_000_000;

test('decides like the gate', () => {
  const house = policy(HOUSE);
  const decide = (roles, method, path) => house.decide({ sub: '7', roles }, { method, path });
  assert.equal(decide(['manager'], 'GET', '/reports/7').allowed, true);
  const refused = decide(['user'], 'GET', '/reports/7?a=b');
  assert.deepEqual([refused.allowed, refused.status, refused.rule], [false, 403, 'reports']);
  assert.match(refused.why, /the permission reports:read/);
  assert.equal(decide(['user'], 'GET', '/profile/7').allowed, true);
  assert.equal(decide(['user'], 'GET', '/profile/8').allowed, false);
  assert.equal(decide(['user'], 'GET', '/nowhere').status, 404);
  assert.equal(decide(['user'], 'GET', '/a%2fb').status, 400);
  assert.equal(decide(['admin'], 'GET', '/reports/./%37').path, '/reports/7');
  assert.equal(house.decide(undefined, { method: 'GET', path: '/reports/7' }).status, 401);
  assert.equal(house.decide(undefined, { method: 'GET', path: '/hello' }).allowed, true);
  assert.equal(house.decide(undefined, { method: 'GET', path: '/hello', invalidToken: true }).status, 401);
  assert.deepEqual(house.roles, ['user', 'manager', 'admin']);
});

test('a claim named claims is only a claim', () => {
  const forged = { sub: '7', roles: ['user'], header: {}, claims: { roles: ['admin'] } };
  assert.equal(policy(HOUSE).decide(forged, { method: 'POST', path: '/admin/restart' }).allowed, false);
});

test('explains, and shows who can do what', () => {
  const house = policy(HOUSE);
  const walk = house.explain({ sub: '7', roles: ['user'] }, { method: 'GET', path: '/reports/7' });
  assert.match(walk, /"reports" \(line \d+\)\s+fits/);
  assert.match(walk, /DENY \(403\)/);
  assert.match(house.table(), /GET\|HEAD \/reports\/\*rest\s+-\s+-\s+-\s+yes\s+yes/);
  assert.match(house.table('html'), /<table>/);
});

test('the schema for editors is in the package', () => {
  const packed = JSON.parse(readFileSync(fileURLToPath(import.meta.resolve('portcullis/schema.json')), 'utf8'));
  const source = new URL('../../schema/portcullis.schema.json', import.meta.url);
  assert.deepEqual(packed, JSON.parse(readFileSync(source, 'utf8')));
});

test('the schema refuses by shape what the policy refuses, and nothing that it takes', () => {
  const schema = JSON.parse(readFileSync(new URL('../../schema/portcullis.schema.json', import.meta.url), 'utf8'));
  const shape = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
  const rule = { path: '/a' };
  for (const [taken, rules] of [
    [true, [rule]],
    [true, [{ ...rule, methods: 'GET', hosts: ['*.example.com'], permissions: 'reports:read' }]],
    [true, [{ path: ['/', '/a/:id', '/b/*rest'], claims: [{ claim: 'tier', 'one-of': ['pro'] }] }]],
    [true, [{ ...rule, answer: { status: 204 }, cors: false }]],
    [false, [{}]],
    [false, [{ path: 'a' }]],
    [false, [{ path: '/a?b=c' }]],
    [false, [{ path: [] }]],
    [false, [{ ...rule, methods: 'get' }]],
    [false, [{ ...rule, methods: [] }]],
    [false, [{ ...rule, roles: [] }]],
    [false, [{ ...rule, any: [] }]],
    [false, [{ ...rule, any: [{ permissions: [] }] }]],
    [false, [{ ...rule, allow: 'everyone' }]],
    [false, [{ ...rule, role: 'admin' }]],
    [false, [{ ...rule, answer: { status: 99 } }]],
    [false, [{ ...rule, 'rate-limit': { by: 'client' } }]],
    [false, {}],
  ]) {
    const said = JSON.stringify(rules);
    assert.equal(shape({ rules }), taken, said);
    assert.equal(
      checkPolicy({ rules }).every(({ severity }) => severity === 'warning'),
      taken,
      said,
    );
  }
});

test('says everything that is wrong, with its place', () => {
  const findings = checkPolicy('[roles]\nmanager = {}\n[[rules]]\npath = "/a"\nroles = "manger"\n');
  assert.deepEqual(findings, [
    {
      severity: 'error',
      line: 5,
      column: 9,
      message: 'role `manger` is not defined',
      help: 'did you mean `manager`?',
    },
  ]);
  assert.throws(() => policy({ rules: [{ path: 'a' }] }), { code: 'ERR_OPTION_INVALID' });
});

const identity = { sub: '8', roles: ['manager', 'a,b'], sid: 's' };
const plain = { 'x-portcullis-sub': '8', 'x-portcullis-roles': 'manager,a%2Cb', 'x-portcullis-sid': 's' };

test('trustGate believes a proof for this very request', () => {
  const { status, gate } = ask({ ...plain, 'x-portcullis-proof': proof(identity) });
  assert.equal(status, 200);
  assert.deepEqual(gate, { subject: '8', roles: ['manager', 'a,b'], session: 's' });
  assert.deepEqual(ask({ 'x-portcullis-proof': proof({}) }), { status: 200, gate: null });
  const request = new Request('https://app.test/reports/7?a=b', {
    headers: { ...plain, 'x-portcullis-proof': proof(identity) },
  });
  assert.equal(trust().identify(request).subject, '8');
});

test('trustGate refuses everything else', () => {
  for (const [why, headers] of Object.entries({
    'no proof': plain,
    'another method': { ...plain, 'x-portcullis-proof': proof({ ...identity, htm: 'POST' }) },
    'another target': { ...plain, 'x-portcullis-proof': proof({ ...identity, htu: '/reports/8?a=b' }) },
    'another upstream': { ...plain, 'x-portcullis-proof': proof({ ...identity, aud: 'other' }) },
    'an old proof': { ...plain, 'x-portcullis-proof': proof({ ...identity, exp: NOW - 60 }) },
    'another key': { ...plain, 'x-portcullis-proof': proof(identity, 'another key, but still longer than 32 bytes') },
    'another type': { ...plain, 'x-portcullis-proof': proof(identity, GATE_KEY, 'at+jwt') },
    'another subject': { ...plain, 'x-portcullis-sub': '9', 'x-portcullis-proof': proof(identity) },
    'more roles': { ...plain, 'x-portcullis-roles': 'manager,a%2Cb,admin', 'x-portcullis-proof': proof(identity) },
    'headers beside an anonymous proof': { ...plain, 'x-portcullis-proof': proof({}) },
  })) {
    assert.deepEqual(ask(headers), { status: 401, gate: undefined }, why);
  }
  assert.throws(() => trustGate({}), { code: 'ERR_OPTION_INVALID' });
  assert.throws(() => trustGate({ key: GATE_KEY }), { code: 'ERR_OPTION_INVALID' });
  assert.throws(() => trustGate({ key: GATE_KEY, upstream: 'app', serviceBinding: true }), {
    code: 'ERR_OPTION_INVALID',
  });
});

test('trustGate knows the path that the policy puts in front', () => {
  const gate = trustGate({ key: GATE_KEY, upstream: 'app', basePath: '/v1', now: () => NOW * 1000 });
  const headers = { ...plain, 'x-portcullis-proof': proof(identity) };
  const identify = (path) => gate.identify(new Request(`https://app.test${path}`, { headers }));
  assert.equal(identify('/v1/reports/7?a=b').subject, '8');
  for (const path of ['/reports/7?a=b', '/v1reports/7?a=b', '/v2/reports/7?a=b']) {
    assert.throws(() => identify(path), { code: 'ERR_CLAIM_MISMATCH' }, path);
  }
  for (const basePath of ['v1', '/v1/', '/', '']) {
    assert.throws(() => trustGate({ key: GATE_KEY, upstream: 'app', basePath }), { code: 'ERR_OPTION_INVALID' });
  }
});

test('a proof is no access token', () => {
  const verifier = createVerifier({
    key: GATE_KEY,
    algorithms: ['HS256'],
    issuer: null,
    audience: null,
    typ: 'at+jwt',
  });
  assert.throws(() => verifier.verifySync(proof(identity)));
});

function trust() {
  return trustGate({ key: GATE_KEY, upstream: 'app', now: () => NOW * 1000 });
}

function ask(headers) {
  const request = { method: 'GET', url: '/7?a=b', originalUrl: '/reports/7?a=b', headers: { ...headers } };
  const response = { statusCode: 200, setHeader() {}, end() {} };
  trust()(request, response, (error) => assert.ifError(error));
  return { status: response.statusCode, gate: request.gate };
}

function proof(claims, key = GATE_KEY, typ = 'gate+jwt') {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const all = {
    iss: 'portcullis-gate',
    aud: 'app',
    iat: NOW,
    exp: NOW + 60,
    htm: 'GET',
    htu: '/reports/7?a=b',
    ...claims,
  };
  const input = `${part({ alg: 'HS256', typ })}.${part(all)}`;
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
}
