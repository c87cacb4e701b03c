import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { createSigner, createVerifier, decode, errors, importKey, Key, sign, verify } from 'portcullis';

const secret = Buffer.alloc(32, 7);
const places = { issuer: 'https://id.example', audience: 'api' };
const signer = createSigner({ key: secret, algorithm: 'HS256', ...places, expiresIn: '15m' });
const verifier = createVerifier({ key: secret, algorithms: ['HS256'], ...places });

/** The error that `attempt` throws. */
function refusal(attempt) {
  try {
    attempt();
  } catch (error) {
    return error;
  }
  return assert.fail('nothing was refused');
}

test('what was signed verifies, with header and claims', () => {
  const token = signer.signSync({ sub: '7', name: 'Zażółć gęślą jaźń', roles: ['admin'] });
  const verified = verifier.verifySync(token);
  assert.equal(verified.claims.sub, '7');
  assert.equal(verified.claims.name, 'Zażółć gęślą jaźń');
  assert.deepEqual(verified.header, { alg: 'HS256', typ: 'JWT' });
  assert.equal(verified.claims.exp - verified.claims.iat, 900);
  assert.equal(verified.token, token);
  assert.ok(!JSON.stringify(verified).includes(token), 'the token does not end up in a log by accident');
});

test('the asynchronous doors say the same', async () => {
  const token = await signer.sign({ sub: '7' });
  assert.deepEqual((await verifier.verify(token)).claims, verifier.verifySync(token).claims);
  await assert.rejects(verifier.verify(`${token.slice(0, -4)}AAAA`), { code: 'ERR_SIGNATURE_INVALID' });
});

test('one-off verify and sign take the options of the makers', async () => {
  const token = await sign({ sub: '7' }, { key: secret, algorithm: 'HS256', ...places });
  const { claims } = await verify(token, { key: secret, algorithms: ['HS256'], ...places });
  assert.equal(claims.sub, '7');
});

test('decode shows what nobody vouches for', () => {
  const { header, claims } = decode(signer.signSync({ sub: '7' }));
  assert.equal(header.alg, 'HS256');
  assert.equal(claims.sub, '7');
});

test('an error has a class, a stable code and no token in it', () => {
  const token = signer.signSync({ sub: '7', aud: 'other' });
  const error = refusal(() => verifier.verifySync(token));
  assert.ok(error instanceof errors.ClaimError);
  assert.ok(error instanceof errors.PortcullisError);
  assert.equal(error.code, 'ERR_CLAIM_MISMATCH');
  assert.equal(error.claim, 'aud');
  assert.match(error.expected, /api/);
  assert.equal(error.status, 401);
  assert.ok(!`${error.stack}${JSON.stringify(error)}`.includes(token));
});

test('a wrong option is named, with what was given and what is allowed', () => {
  const make = (more) => () => createVerifier({ key: secret, algorithms: ['HS256'], ...places, ...more });
  for (const [more, says] of [
    [{ issuer: undefined }, /"issuer" must be .*null to leave the check out.* is missing/],
    [{ audience: 5 }, /"audience" must be .* is the number 5/],
    [{ algorithms: ['none'] }, /"algorithms" must be an array of HS256/],
    [{ leeway: 'soon' }, /"leeway" must be a number of seconds/],
    [{ maxAge: -1 }, /"maxAge" must be/],
    [{ isuer: 'x' }, /"isuer" must be left out: createVerifier takes key, algorithms/],
  ]) {
    const error = refusal(make(more));
    assert.equal(error.code, 'ERR_OPTION_INVALID');
    assert.match(error.message, says);
  }
});

test('a token that is no text is refused by name', () => {
  assert.equal(refusal(() => verifier.verifySync('')).code, 'ERR_TOKEN_MISSING');
  assert.equal(refusal(() => verifier.verifySync(undefined)).code, 'ERR_TOKEN_MISSING');
  assert.equal(refusal(() => verifier.verifySync({})).code, 'ERR_OPTION_INVALID');
});

test('long and odd texts are refused, and the next token is fine', () => {
  for (const odd of ['x'.repeat(100_000), 'ŁŁŁ.ŁŁ.Ł', '\ud800.a.b', '😀'.repeat(20_000), 'a.b.c', '....']) {
    assert.ok(refusal(() => verifier.verifySync(odd)) instanceof errors.PortcullisError);
  }
  assert.equal(verifier.verifySync(signer.signSync({ sub: '7' })).claims.sub, '7');
});

test('claims larger than the shared area travel both ways', () => {
  const token = signer.signSync({ sub: '7', note: 'ż'.repeat(40_000) });
  assert.ok(token.length > 100_000);
  assert.equal(refusal(() => verifier.verifySync(token)).code, 'ERR_TOKEN_TOO_LONG');
});

test('weak secrets are refused', () => {
  assert.equal(refusal(() => importKey(Buffer.alloc(16), { alg: 'HS256' })).code, 'ERR_KEY_WEAK');
});

test('hostile members change nothing', () => {
  const claims = JSON.parse('{"sub":"7","__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}');
  const got = verifier.verifySync(signer.signSync(claims)).claims;
  assert.equal(got.admin, undefined);
  assert.equal({}.admin, undefined);
  assert.ok(Object.hasOwn(got, '__proto__'));
  const options = JSON.parse('{"issuer":"x","audience":"y","__proto__":{"algorithms":["HS256"]}}');
  assert.equal(refusal(() => createVerifier({ ...options, key: secret })).code, 'ERR_OPTION_INVALID');
});

test('the cache gives the same claims, frozen, and not past their time', () => {
  let now = Date.now();
  const cached = createVerifier({ key: secret, algorithms: ['HS256'], ...places, cache: true, now: () => now });
  const token = signer.signSync({ sub: '7', roles: ['user'] });
  const first = cached.verifySync(token);
  assert.equal(cached.verifySync(`${token}`), first);
  assert.throws(() => first.claims.roles.push('admin'), TypeError);
  now += 16 * 60 * 1000;
  assert.equal(refusal(() => cached.verifySync(token)).code, 'ERR_TOKEN_EXPIRED');
});

test('revocation and a check of one’s own are asked, remembered token or not', async () => {
  const gone = new Set();
  const careful = createVerifier({
    key: secret,
    algorithms: ['HS256'],
    ...places,
    cache: true,
    revocations: { isRevoked: (claims) => gone.has(claims.sid) },
    check: (claims) => claims.tenant === 'acme',
  });
  const token = signer.signSync({ sub: '7', sid: 's1', tenant: 'acme' });
  assert.equal(careful.verifySync(token).claims.sub, '7');
  gone.add('s1');
  assert.equal(refusal(() => careful.verifySync(token)).code, 'ERR_TOKEN_REVOKED');
  await assert.rejects(careful.verify(signer.signSync({ tenant: 'other' })), { code: 'ERR_CLAIM_MISMATCH' });
});

test('keys found by a function of the header', async () => {
  const byKid = { a: importKey(secret, { alg: 'HS256', kid: 'a' }) };
  const finder = createVerifier({ key: (header) => byKid[header.kid] ?? [], ...places });
  const later = createVerifier({ key: async (header) => byKid[header.kid] ?? [], ...places });
  const token = createSigner({ key: byKid.a, ...places }).signSync({ sub: '7' });
  assert.equal(finder.verifySync(token).header.kid, 'a');
  assert.equal((await later.verify(token)).claims.sub, '7');
  assert.equal(refusal(() => later.verifySync(token)).code, 'ERR_SYNC_UNAVAILABLE');
});

test('import and require give the same objects', () => {
  assert.equal(createRequire(import.meta.url)('portcullis').Key, Key);
});

test('a refresh token never passes for another, unless it is asked for', () => {
  const refresh = createSigner({ key: secret, algorithm: 'HS256', ...places, typ: 'rt+jwt' }).signSync({ sub: '7' });
  assert.equal(refusal(() => verifier.verifySync(refresh)).code, 'ERR_HEADER_TYP');
  const asked = createVerifier({ key: secret, algorithms: ['HS256'], ...places, typ: 'rt+jwt' });
  assert.equal(asked.verifySync(refresh).claims.sub, '7');
});
