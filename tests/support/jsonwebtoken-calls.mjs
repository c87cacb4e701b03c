/** Values that calls to `sign`, `verify` and `decode` are put together from: what people pass, and what they pass by mistake. */

import { createHmac, createSecretKey, generateKeyPairSync, sign } from 'node:crypto';

/** The moment at which all calls are made, in seconds since 1970. */
export const NOW = 1_700_000_000;

const pair = (type, options) => generateKeyPairSync(type, options);
const pairs = {
  rsa: pair('rsa', { modulusLength: 2048 }),
  smallRsa: pair('rsa', { modulusLength: 1024 }),
  pss256: pair('rsa-pss', {
    modulusLength: 2048,
    hashAlgorithm: 'sha256',
    mgf1HashAlgorithm: 'sha256',
    saltLength: 32,
  }),
  pssLong: pair('rsa-pss', {
    modulusLength: 2048,
    hashAlgorithm: 'sha256',
    mgf1HashAlgorithm: 'sha256',
    saltLength: 48,
  }),
  pss512: pair('rsa-pss', {
    modulusLength: 2048,
    hashAlgorithm: 'sha512',
    mgf1HashAlgorithm: 'sha512',
    saltLength: 32,
  }),
  pssFree: pair('rsa-pss', { modulusLength: 2048 }),
  pssMixed: pair('rsa-pss', {
    modulusLength: 2048,
    hashAlgorithm: 'sha256',
    mgf1HashAlgorithm: 'sha512',
    saltLength: 32,
  }),
  p256: pair('ec', { namedCurve: 'P-256' }),
  p384: pair('ec', { namedCurve: 'P-384' }),
  p521: pair('ec', { namedCurve: 'P-521' }),
  k1: pair('ec', { namedCurve: 'secp256k1' }),
  ed: pair('ed25519', {}),
};

const pem = (key) => key.export({ type: key.type === 'public' ? 'spki' : 'pkcs8', format: 'pem' });

/** The forms a key of a pair can be handed in as: all of them for two kinds, the usual two for the rest. */
function forms(key) {
  if (!['rsa', 'ec'].includes(key.asymmetricKeyType)) return [key, pem(key)];
  return [key, pem(key), Buffer.from(pem(key)), { key: pem(key) }, { key: pem(key), format: 'pem' }];
}

const secrets = [
  'secret',
  'ein längeres Geheimnis für HMAC ✓',
  Buffer.from('secret'),
  new Uint8Array(Buffer.from('secret')),
  new DataView(new Uint8Array(Buffer.from('secret')).buffer),
  createSecretKey(Buffer.from('secret')),
  Buffer.alloc(64, 7),
];
const publicKeys = Object.values(pairs).flatMap(({ publicKey }) => forms(publicKey));
const privateKeys = Object.values(pairs).flatMap(({ privateKey }) => forms(privateKey));
const encrypted = {
  key: pairs.rsa.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open' }),
  passphrase: 'open',
};
const noKeys = [
  undefined,
  null,
  '',
  0,
  false,
  5,
  true,
  {},
  [],
  { kty: 'oct', k: 'AAAA' },
  Symbol.iterator,
  new Date(0),
];

/** Keys by what they are, and all of them together. */
export const KEYS = {
  pairs,
  secrets,
  publicKeys,
  privateKeys,
  all: [
    ...secrets,
    ...publicKeys,
    ...privateKeys,
    encrypted,
    { ...encrypted, passphrase: 'wrong' },
    { key: pairs.rsa.publicKey.export({ format: 'jwk' }), format: 'jwk' },
    pairs.rsa.publicKey.export({ format: 'der', type: 'pkcs1' }).subarray(0, 60),
    new Uint8Array(Buffer.from('array buffer')).buffer,
    ...noKeys,
  ],
};

/** Keys that make HS256 look like a mistake of the caller's: public, or empty. Only for the tests of what is refused. */
export const UNSAFE_SECRETS = [
  Buffer.alloc(0),
  createSecretKey(Buffer.alloc(0)),
  ` ${pem(pairs.rsa.publicKey)}`,
  `note: ${pem(pairs.p256.publicKey)}`,
  createSecretKey(Buffer.from(pem(pairs.rsa.publicKey))),
  JSON.stringify(pairs.p256.publicKey.export({ format: 'jwk' })),
  JSON.stringify({ keys: [pairs.p256.publicKey.export({ format: 'jwk' })] }),
  pairs.rsa.publicKey.export({ format: 'der', type: 'spki' }),
  pairs.rsa.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl someone@example.com',
  'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBA== someone@example.com',
];

/** The private half that `signed` uses for an algorithm. */
const SIGNERS = { RS: pairs.rsa, PS: pairs.rsa };
const EC_SIGNERS = { ES256: pairs.p256, ES384: pairs.p384, ES512: pairs.p521 };

export const ALGORITHMS = ['HS', 'RS', 'PS', 'ES'].flatMap((family) => [256, 384, 512].map((bits) => family + bits));

/** A token with any header and payload text, signed as `alg` says, made without either package. */
export function signed(alg, headerText, payloadText, key = signerOf(alg)) {
  const input = `${base64url(headerText)}.${base64url(payloadText)}`;
  return `${input}.${signature(alg, input, key)}`;
}

function signerOf(alg) {
  return (EC_SIGNERS[alg] ?? SIGNERS[alg.slice(0, 2)])?.privateKey ?? 'secret';
}

/** The public key that fits what `signed` makes for an algorithm. */
export function verifierOf(alg) {
  return (EC_SIGNERS[alg] ?? SIGNERS[alg.slice(0, 2)])?.publicKey ?? 'secret';
}

function signature(alg, input, key) {
  if (alg === 'none') return '';
  const hash = `sha${alg.slice(2)}`;
  if (alg.startsWith('HS')) return createHmac(hash, key).update(input).digest('base64url');
  const padding = alg.startsWith('PS') ? { padding: 6, saltLength: -1 } : {};
  return sign(hash, Buffer.from(input), { key, ...padding, dsaEncoding: 'ieee-p1363' }).toString('base64url');
}

export const base64url = (text) => Buffer.from(text).toString('base64url');

/** Payloads for `sign`. */
export const PAYLOADS = [
  {},
  { sub: 'alice', n: 1 },
  { iat: NOW - 100 },
  { iat: NOW - 100.5 },
  { iat: 0 },
  { iat: Number.NaN },
  { iat: 'x' },
  { iat: null },
  { iat: undefined },
  { exp: NOW + 60 },
  { exp: 'soon' },
  { exp: undefined },
  { nbf: NOW },
  { nbf: 'x' },
  { nbf: Number.POSITIVE_INFINITY },
  { aud: 'a' },
  { iss: 'i', sub: 's', jti: 'j' },
  { aud: ['a', 'b'], deep: { a: [1, { b: null }] }, text: 'Grüße ✓ \u2028 𝄞' },
  { toJSON: () => ({ replaced: true }) },
  Object.create(null),
  Object.assign(Object.create({ inherited: 1 }), { own: 1 }),
  new (class Person {})(),
  new Map(),
  new Date(0),
  [],
  [1, 2],
  null,
  undefined,
  'text',
  '',
  '{"json":"text"}',
  '{"exp":1}',
  'Grüße ✓',
  0,
  12.5,
  true,
  false,
  Buffer.from('bytes'),
  Buffer.from([0xff, 0xfe]),
  Buffer.alloc(0),
  new Uint8Array([1, 2]),
  new String('boxed'),
];

const TIMESPANS = [
  0,
  10,
  -10,
  60.5,
  '1h',
  '10 minutes',
  '120',
  '-1d',
  '1 monkey',
  '',
  '1'.repeat(101),
  null,
  true,
  {},
  [],
  new String('1d'),
  Number.NaN,
  Number.POSITIVE_INFINITY,
];
const TEXTS = ['a', '', 'b', 5, null, true, {}, ['a'], new String('boxed'), /a/];
const FLAGS = [true, false, undefined, 'true', 1, null, new Boolean(true)];

/** For each option of `sign`, what it is given. `undefined` stands for itself: a member that is there and undefined. */
export const SIGN_OPTIONS = {
  algorithm: [...ALGORITHMS, 'HS256', 'none', 'hs256', 'foo', '', undefined, null, 5, 'EdDSA'],
  expiresIn: [...TIMESPANS, undefined],
  notBefore: [...TIMESPANS, undefined],
  audience: [...TEXTS, ['a', 'b'], [], undefined],
  issuer: [...TEXTS, undefined],
  subject: [...TEXTS, undefined],
  jwtid: [...TEXTS, undefined],
  keyid: ['k1', '', 'é', 5, null, undefined, {}],
  noTimestamp: FLAGS,
  mutatePayload: FLAGS,
  allowInsecureKeySizes: FLAGS,
  allowInvalidAsymmetricKeyTypes: FLAGS,
  encoding: ['utf8', 'latin1', 'hex', 'base64', 'foo', '', 5, null, undefined],
  header: [
    {},
    { alg: 'HS512' },
    { alg: 'RS256' },
    { alg: 'XX' },
    { alg: '' },
    { typ: 'at+jwt' },
    { kid: 'k2', x: [1] },
    { typ: undefined },
    null,
    'x',
    5,
    [],
    undefined,
    new Map(),
  ],
  unknown: [1, undefined],
};

/** For each option of `verify`, what it is given. */
export const VERIFY_OPTIONS = {
  algorithms: [
    ...ALGORITHMS.map((alg) => [alg]),
    ['HS256', 'RS256'],
    ['RS256', 'ES256', 'PS256'],
    ['none'],
    ['HS256', 'none'],
    ['foo'],
    ['hs256'],
    [''],
    [undefined],
    [],
    'HS256',
    'RS256,ES256',
    null,
    undefined,
  ],
  audience: ['a', 'b', '', ['a'], ['x', 'b'], [], /^a$/, [/x/, /^b/], ['x', /A/i], 5, null, undefined, {}],
  issuer: ['i', 'x', '', ['i'], ['x', 'i'], ['x'], [], null, undefined],
  subject: ['s', 'x', '', 5, null, ['s'], undefined],
  jwtid: ['j', 'x', '', 5, null, ['j'], undefined],
  nonce: ['n', 'x', '', ' ', 5, null, undefined, {}],
  maxAge: [
    10,
    1000,
    0,
    '10s',
    '1h',
    '1000',
    '1 monkey',
    '',
    true,
    {},
    [],
    null,
    undefined,
    Number.POSITIVE_INFINITY,
    -5,
  ],
  clockTolerance: [0, 10, 1000, -10, null, undefined],
  clockTimestamp: [NOW, NOW - 1000, NOW + 1000, 0, 1, 'now', Number.NaN, null, undefined, {}],
  ignoreExpiration: FLAGS,
  ignoreNotBefore: FLAGS,
  complete: FLAGS,
  allowInvalidAsymmetricKeyTypes: [...FLAGS, true, false],
  unknown: [1],
};

const CLAIMS = [
  {},
  { exp: NOW },
  { exp: NOW + 5 },
  { exp: NOW - 5 },
  { exp: 0 },
  { exp: '1' },
  { exp: null },
  { exp: 1e20 },
  { nbf: NOW },
  { nbf: NOW + 5 },
  { nbf: NOW - 5 },
  { nbf: '1' },
  { nbf: null },
  { iat: NOW - 20 },
  { iat: NOW + 500 },
  { iat: 0 },
  { iat: '1' },
  { aud: 'a' },
  { aud: ['a', 'b'] },
  { aud: [] },
  { aud: [['a']] },
  { iss: 'i' },
  { iss: ['i'] },
  { iss: 'xi' },
  { sub: 's', jti: 'j', nonce: 'n', aud: 'a', iss: 'i', iat: NOW - 5, exp: NOW + 60, nbf: NOW - 60 },
  { sub: ['s'], jti: 5, nonce: null },
];

/** Payload texts for `verify` and `decode`. */
export const PAYLOAD_TEXTS = [
  ...CLAIMS.map((claims) => JSON.stringify(claims)),
  '{"exp":1e999,"__proto__":{"exp":1},"constructor":1}',
  '{"exp":1,"exp":99999999999}',
  '[]',
  '["a"]',
  'text',
  '"quoted"',
  '123',
  'true',
  '{broken',
  ' {} ',
  'Grüße ✓',
  '\uFEFF{}',
];

/** Header texts, given an algorithm name. */
export const HEADER_TEXTS = [
  (alg) => JSON.stringify({ alg, typ: 'JWT' }),
  (alg) => JSON.stringify({ alg, typ: 'JWT' }),
  (alg) => JSON.stringify({ alg, typ: 'JWT', kid: 'ké' }),
  (alg) => JSON.stringify({ alg }),
  (alg) => JSON.stringify({ alg, typ: 'jwt' }),
  (alg) => JSON.stringify({ typ: 'JWT', alg: alg.toLowerCase() }),
  () => JSON.stringify({ typ: 'JWT' }),
  () => JSON.stringify({ alg: 'foo' }),
  () => JSON.stringify({ alg: '' }),
  () => '{}',
  () => '[]',
  () => 'null',
  () => '5',
  () => '"x"',
  () => '{broken',
  () => '',
];

/** Ways a token arrives other than it left. */
export const MUTATIONS = [
  (token) => token,
  (token) => token,
  (token) => token,
  (token) => token,
  (token) => token.slice(0, token.lastIndexOf('.') + 1),
  (token) => token.slice(0, token.lastIndexOf('.')),
  (token) => `${token}A`,
  (token) => token.slice(0, -1),
  (token) => `${token}.`,
  (token) => ` ${token}`,
  (token) => `${token}\n`,
  (token) => `${token}=`,
  (token) => token.replace(/[A-Za-z](?=[^.]*$)/, (one) => (one === 'A' ? 'B' : 'A')),
  (token) => token.replace('.', '..'),
  (token) => token.replaceAll('-', '+').replaceAll('_', '/'),
  (token) => `${token.slice(0, token.lastIndexOf('.'))}.`.replace(/\.$/, '. '),
  (token) => `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(86)}`,
  (token) => `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(43)}`,
  (token) => Buffer.from(token),
  () => undefined,
  () => null,
  () => '',
  () => 0,
  () => 5,
  () => true,
  () => ({}),
  () => [],
  () => '..',
  () => 'a.b.c',
  () => 'a.b',
  () => 'null',
];
