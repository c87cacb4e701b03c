/**
 * Writes `tests/vectors/verdicts.json`: tokens and keys, and the one code each must get wherever it is judged. Made with `node:crypto` alone,
 * so that no code of ours vouches for itself; the codes are written here by hand. Run it after changing the list:
 *
 *     node tests/support/make-verdicts.mjs
 */
import { constants, createHash, createHmac, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const here = (path) => new URL(path, import.meta.url);
const NOW = 1_800_000_000;
const SECRET = Buffer.from('a shared secret for the table of verdicts, 64 bytes of it; no more');
const files = JSON.parse(readFileSync(here('../vectors/keys/keys.jwk.json'), 'utf8'));
const privates = Object.fromEntries(
  ['rsa', 'p256', 'p384', 'p521', 'secp256k1', 'ed25519'].map((name) => [
    name,
    createPrivateKey({ key: files[name], format: 'jwk' }),
  ]),
);
const KEY_OF = { RS: 'rsa', PS: 'rsa', ES256: 'p256', ES384: 'p384', ES512: 'p521', ES256K: 'secp256k1' };
const keyNameOf = (alg) => KEY_OF[alg] ?? KEY_OF[alg.slice(0, 2)] ?? 'ed25519';
const ALGORITHMS = 'HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 ES256K EdDSA Ed25519'.split(
  ' ',
);

const SECRETS = ALGORITHMS.filter((alg) => alg.startsWith('HS'));
const PUBLIC = ALGORITHMS.filter((alg) => !alg.startsWith('HS'));

function publicJwk(alg, more = {}) {
  if (alg.startsWith('HS')) return { kty: 'oct', k: SECRET.toString('base64url'), alg, ...more };
  return { ...createPublicKey(privates[keyNameOf(alg)]).export({ format: 'jwk' }), alg, ...more };
}

/** What a good token of this table says. */
const CLAIMS = { iss: 'https://id.example', aud: 'api', sub: '7', iat: NOW - 60, exp: NOW + 600 };
const places = { issuer: ['https://id.example'], audience: ['api'] };
const only = (alg, more) => ({ keys: [publicJwk(alg, more)] });

/** Options of `createVerifier`, with lists where it takes one or many. */
const verifiers = {
  each: { jwks: { keys: PUBLIC.map((alg) => publicJwk(alg, { kid: alg })) }, ...places },
  secrets: { jwks: { keys: SECRETS.map((alg) => publicJwk(alg, { kid: alg })) }, ...places },
  hs: { jwks: only('HS256'), algorithms: ['HS256'], ...places },
  rs: { jwks: only('RS256'), algorithms: ['RS256'], ...places },
  es: { jwks: only('ES256'), ...places },
  twins: { jwks: { keys: [publicJwk('ES256', { kid: 'a' }), publicJwk('ES256', { kid: 'b' })] }, ...places },
  access: { jwks: only('HS256'), ...places, typ: 'at+jwt' },
  strict: {
    jwks: only('HS256'),
    ...places,
    subject: ['7', '8'],
    maxAge: 3600,
    leeway: 0,
    requiredClaims: ['scope'],
  },
  open: { jwks: only('HS256'), issuer: null, audience: null, leeway: 30 },
  several: { jwks: only('HS256'), issuer: ['https://a.example', 'https://b.example'], audience: ['one', 'two'] },
};

const b64 = (value) => Buffer.from(value).toString('base64url');
const json = (value) => (typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value));

function signature(alg, input) {
  const hash = `sha${alg.slice(2, 5)}`;
  if (alg.startsWith('HS')) return createHmac(hash, SECRET).update(input).digest('base64url');
  const key = privates[keyNameOf(alg)];
  const how = { key };
  if (alg.startsWith('ES')) how.dsaEncoding = 'ieee-p1363';
  if (alg.startsWith('PS'))
    Object.assign(how, { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
  return sign(alg.startsWith('Ed') ? null : hash, Buffer.from(input), how).toString('base64url');
}

/** A token with a good signature over any header and any payload. */
function token(header, payload = CLAIMS, alg = header.alg) {
  return signed(b64(json(header)), b64(json(payload)), alg);
}
function signed(head, body, alg = 'HS256') {
  return `${head}.${body}.${signature(alg, `${head}.${body}`)}`;
}
const hs = (claims, header) => token({ alg: 'HS256', ...header }, claims);
const withClaims = (more) => hs({ ...CLAIMS, ...more });
const without = (...names) => hs(Object.fromEntries(Object.entries(CLAIMS).filter(([name]) => !names.includes(name))));
const raw = (claims) => hs(claims);
const header = (text) => signed(b64(text), b64(json(CLAIMS)));

const good = withClaims({});
const [GOOD_HEAD, GOOD_BODY, GOOD_SIGNATURE] = good.split('.');
const flipped = (text) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1);
const derOf = (alg) => {
  const input = `${b64(json({ alg }))}.${b64(json(CLAIMS))}`;
  return `${input}.${sign('sha256', Buffer.from(input), privates.p256).toString('base64url')}`;
};
const confused = (pem) => {
  const input = `${b64(json({ alg: 'HS256' }))}.${b64(json(CLAIMS))}`;
  return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
};
const nested = (depth) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
const rsaPem = createPublicKey(privates.rsa).export({ type: 'spki', format: 'pem' });
/** Changes the last character to another that decodes to the same bytes: 43 characters carry 258 bits, of which 256 count. */
const stray = (text) => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1)) + 1];
};

const bigOf = (bytes) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
const bytesOf = (number, length) => Buffer.from(number.toString(16).padStart(2 * length, '0'), 'hex');
const modulus = Buffer.from(publicJwk('RS256').n, 'base64url');

/** A token whose signature s is written as s + n, where that still fits: engines that do not ask for s < n take it (RFC 8017 section 5.2.2). */
function secondSpelling(alg) {
  for (let jti = 0; ; jti += 1) {
    const made = token({ alg, kid: alg }, { ...CLAIMS, jti: String(jti) });
    const at = made.lastIndexOf('.') + 1;
    const sum = bigOf(Buffer.from(made.slice(at), 'base64url')) + bigOf(modulus);
    if (sum < 1n << BigInt(8 * modulus.length)) return made.slice(0, at) + b64(bytesOf(sum, modulus.length));
  }
}

/** The order of Ed25519's generator. */
const ED_ORDER = 0x1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3edn;
const littleEndian = (number) => bytesOf(number, 32).reverse();
const fromLittleEndian = (bytes) => bigOf(Buffer.from(bytes).reverse());

/** A token of EdDSA with R a point of small order, and S so that the equation with the cofactor holds. */
function smallOrder(encodedR) {
  const [head, body] = token({ alg: 'EdDSA', kid: 'EdDSA' }).split('.');
  const hash = (...parts) => createHash('sha512').update(Buffer.concat(parts)).digest();
  const scalar = hash(Buffer.from(files.ed25519.d, 'base64url')).subarray(0, 32);
  scalar[0] &= 248;
  scalar[31] = (scalar[31] & 127) | 64;
  const r = Buffer.from(encodedR, 'hex');
  const h = fromLittleEndian(hash(r, Buffer.from(files.ed25519.x, 'base64url'), Buffer.from(`${head}.${body}`)));
  const s = littleEndian((h * fromLittleEndian(scalar)) % ED_ORDER);
  return `${head}.${body}.${b64(Buffer.concat([r, s]))}`;
}

/** A good token of EdDSA with the order added to S. */
function grownS() {
  const [head, body, its] = token({ alg: 'EdDSA', kid: 'EdDSA' }).split('.');
  const [r, s] = [Buffer.from(its, 'base64url').subarray(0, 32), Buffer.from(its, 'base64url').subarray(32)];
  return `${head}.${body}.${b64(Buffer.concat([r, littleEndian(fromLittleEndian(s) + ED_ORDER)]))}`;
}

const hex = (text) => Buffer.from(text, 'hex').toString('base64url');
const rsaWith = (more) => ({ ...publicJwk('RS256'), ...more });
const okp = (encoded) => ({ kty: 'OKP', crv: 'Ed25519', x: hex(encoded) });
/** 2048 bits, of the generator of CVE-2017-15361: made of two primes k * M + (65537^a mod M), M the product of the first 126 primes. */
const ROCA =
  'ylOSbVAa4KklAAASJsYWEqejT0uwhwSYt-lWLbSjMkqSKqXS3kqK2CoznbqjXE80du5W8c1jjHpZC01IfPOYmHMUiC-fVuugl35ve7EalsLIM9' +
  'SqR8YAaXUYu_02NjuURTsci1clO18sFwDy7xNQq4vgKItMxWHclWgwCwkj_kJczSG-jvJEPuXJ0ZzG_57l5WC4qPLq54-UR8asbvF5swbWawnR' +
  'hNVGdSRPU_Sne14Ys0CzmGURNFq4G4V2PwrGEF7s9gQgz1S7H48zTkufckNDhHNlK90NFfbQbp7CLe3vKeVYKo_ub9KlLj3GtIUx1CHJV-DpSe' +
  'vPoenF-X9VTw';
const P256_ORDER = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';

/** `[name, JWK, code]`; no code: it is imported. What hosts judge differently has one answer here. */
const keys = [
  ...['03', '11', '010001'].map((e) => [`RSA, exponent ${e}`, rsaWith({ e: hex(e) })]),
  ...['01', '05', '07', '010003', '010000', '0100000001', 'ffffffff', '01ffffffff'].map((e) => [
    `RSA, exponent ${e}`,
    rsaWith({ e: hex(e) }),
    'ERR_KEY_WEAK',
  ]),
  ['RSA, of the generator of CVE-2017-15361', rsaWith({ n: ROCA }), 'ERR_KEY_WEAK'],
  ['RSA, 2040 bits', rsaWith({ n: b64(modulus.subarray(1)) }), 'ERR_KEY_WEAK'],
  ['RSA, 2049 bits', rsaWith({ n: b64(Buffer.concat([Buffer.from([1]), modulus])) }), 'ERR_KEY_WEAK'],
  ['RSA, 8193 bits', rsaWith({ n: b64(Buffer.concat([Buffer.from([1]), Buffer.alloc(1024, 255)])) }), 'ERR_KEY_WEAK'],
  ['RSA, even', rsaWith({ n: b64(modulus.map((byte, at) => (at === 255 ? byte & 254 : byte))) }), 'ERR_KEY_WEAK'],
  ['Ed25519, the generator', okp('5866666666666666666666666666666666666666666666666666666666666666')],
  [
    'Ed25519, a point and one of order two together',
    okp('9599999999999999999999999999999999999999999999999999999999999999'),
    'ERR_KEY_WEAK',
  ],
  [
    'Ed25519, a point and one of order four together',
    okp('5252cc0a7f208133b620acbd4537eba2a4123bf0a8c2e4f980c3b31bb69765ea'),
    'ERR_KEY_WEAK',
  ],
  [
    'Ed25519, a point and one of order eight together',
    okp('13661d745ad63221ca5da0456fa618713511dc60668aa464e55b09a20ff7fc1d'),
    'ERR_KEY_WEAK',
  ],
  ['Ed25519, order one', okp(`01${'00'.repeat(31)}`), 'ERR_KEY_WEAK'],
  ['Ed25519, order two', okp(`ec${'ff'.repeat(30)}7f`), 'ERR_KEY_WEAK'],
  ['Ed25519, order four', okp('00'.repeat(32)), 'ERR_KEY_WEAK'],
  ['Ed25519, order eight', okp('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'), 'ERR_KEY_WEAK'],
  ['Ed25519, y above the field', okp(`f0${'ff'.repeat(30)}7f`), 'ERR_KEY_WEAK'],
  ['P-256, off the curve', { ...publicJwk('ES256'), y: publicJwk('ES256').x }, 'ERR_KEY_INVALID'],
  ['P-256, d zero', { ...publicJwk('ES256'), d: hex('00'.repeat(32)) }, 'ERR_KEY_INVALID'],
  ['P-256, d the order', { ...publicJwk('ES256'), d: hex(P256_ORDER) }, 'ERR_KEY_INVALID'],
  ['HS256, 31 bytes', { kty: 'oct', alg: 'HS256', k: b64(SECRET.subarray(0, 31)) }, 'ERR_KEY_WEAK'],
  ['HS256, 32 bytes', { kty: 'oct', alg: 'HS256', k: b64(SECRET.subarray(0, 32)) }],
];

const home = (alg) => (alg.startsWith('HS') ? 'secrets' : 'each');

/** `[name, verifier, token, code]`; no code: it passes. */
const tokens = [
  ...ALGORITHMS.map((alg) => [`${alg}, good`, home(alg), token({ alg, kid: alg })]),
  ...ALGORITHMS.map((alg) => {
    const [head, body, its] = token({ alg, kid: alg }).split('.');
    return [`${alg}, signature of other bytes`, home(alg), `${head}.${body}.${flipped(its)}`, 'ERR_SIGNATURE_INVALID'];
  }),
  ['good, with a typ', 'hs', hs(CLAIMS, { typ: 'JWT' })],
  ['good, with a typ in full', 'access', hs(CLAIMS, { typ: 'application/AT+JWT' })],
  ['good, with unknown header members', 'hs', hs(CLAIMS, { x: [1, { y: null }], jku: 'https://evil.example/jwks' })],
  ['good, with text beyond ASCII', 'hs', withClaims({ name: 'Zażółć \u{1f511}' })],
  ['good, aud a list with ours in it', 'hs', withClaims({ aud: ['other', 'api'] })],
  ['good, iss and aud among several', 'several', withClaims({ iss: 'https://b.example', aud: ['two'] })],
  ['good, checks left out', 'open', raw('{}')],
  ['good, expired within the leeway', 'open', raw({ exp: NOW - 29 })],
  ['good, nested to the limit', 'open', raw(nested(31))],
  ['good, a member called __proto__', 'open', raw('{"__proto__":{"exp":1}}')],
  ['good, a date with a fraction', 'open', raw(`{"exp":${NOW}.5}`)],
  ['good, all that strict asks', 'strict', withClaims({ scope: '' })],
  ['empty', 'hs', '', 'ERR_TOKEN_MISSING'],
  ['too long', 'hs', `${GOOD_HEAD}.${'A'.repeat(8192)}.${GOOD_SIGNATURE}`, 'ERR_TOKEN_TOO_LONG'],
  ['a space before', 'hs', ` ${good}`, 'ERR_TOKEN_CHARACTERS'],
  ['a line break after', 'hs', `${good}\n`, 'ERR_TOKEN_CHARACTERS'],
  ['a NUL after', 'hs', `${good}\0`, 'ERR_TOKEN_CHARACTERS'],
  ['Bearer before', 'hs', `Bearer ${good}`, 'ERR_TOKEN_CHARACTERS'],
  [
    'the other alphabet of base64',
    'hs',
    `${GOOD_HEAD}.${GOOD_BODY}.+${GOOD_SIGNATURE.slice(1)}`,
    'ERR_TOKEN_CHARACTERS',
  ],
  ['padding', 'hs', `${good}=`, 'ERR_TOKEN_CHARACTERS'],
  [
    'letters that only look like ours',
    'hs',
    `${GOOD_HEAD}.${GOOD_BODY}.\uff21${GOOD_SIGNATURE.slice(1)}`,
    'ERR_TOKEN_CHARACTERS',
  ],
  ['one part', 'hs', GOOD_HEAD, 'ERR_TOKEN_PARTS'],
  ['two parts', 'hs', `${GOOD_HEAD}.${GOOD_BODY}`, 'ERR_TOKEN_PARTS'],
  ['four parts', 'hs', `${good}.${GOOD_SIGNATURE}`, 'ERR_TOKEN_PARTS'],
  [
    'five parts, as encrypted ones have',
    'hs',
    `${GOOD_HEAD}.${GOOD_BODY}.${GOOD_BODY}.${GOOD_BODY}.${GOOD_BODY}`,
    'ERR_TOKEN_PARTS',
  ],
  ['stray bits at the end', 'hs', stray(good), 'ERR_TOKEN_BASE64'],
  ['a header of an impossible length', 'hs', `${GOOD_HEAD}A.${GOOD_BODY}.${GOOD_SIGNATURE}`, 'ERR_TOKEN_BASE64'],
  ['a header that is no JSON', 'hs', header('alg: HS256'), 'ERR_HEADER_INVALID'],
  ['a header that is a list', 'hs', header('[]'), 'ERR_HEADER_INVALID'],
  ['a header without alg', 'hs', header('{}'), 'ERR_HEADER_INVALID'],
  ['an alg that is no string', 'hs', header('{"alg":256}'), 'ERR_HEADER_INVALID'],
  ['alg twice', 'hs', header('{"alg":"none","alg":"HS256"}'), 'ERR_HEADER_INVALID'],
  ['alg twice, once escaped', 'hs', header('{"alg":"HS256","\\u0061lg":"none"}'), 'ERR_HEADER_INVALID'],
  ['a header behind a BOM', 'hs', header('\ufeff{"alg":"HS256"}'), 'ERR_HEADER_INVALID'],
  ['a header with text after it', 'hs', header('{"alg":"HS256"}x'), 'ERR_HEADER_INVALID'],
  [
    'a header that is not UTF-8',
    'hs',
    signed(Buffer.from('{"alg":"HS256","x":"\xff"}', 'latin1').toString('base64url'), GOOD_BODY),
    'ERR_HEADER_INVALID',
  ],
  ['a kid that is no string', 'hs', header('{"alg":"HS256","kid":1}'), 'ERR_HEADER_INVALID'],
  ['crit', 'hs', hs(CLAIMS, { crit: ['x'], x: 1 }), 'ERR_HEADER_CRIT'],
  ['an unencoded payload', 'hs', hs(CLAIMS, { crit: ['b64'], b64: false }), 'ERR_HEADER_CRIT'],
  ['b64 without crit', 'hs', hs(CLAIMS, { b64: false }), 'ERR_HEADER_CRIT'],
  ['alg none, no signature', 'hs', `${b64('{"alg":"none"}')}.${GOOD_BODY}.`, 'ERR_ALG_NOT_ALLOWED'],
  ['alg nOnE, with one', 'hs', `${b64('{"alg":"nOnE"}')}.${GOOD_BODY}.${GOOD_SIGNATURE}`, 'ERR_ALG_NOT_ALLOWED'],
  ['an alg in small letters', 'hs', signed(b64('{"alg":"hs256"}'), GOOD_BODY), 'ERR_ALG_NOT_ALLOWED'],
  ['another alg of the family', 'hs', token({ alg: 'HS512' }), 'ERR_ALG_NOT_ALLOWED'],
  ['another padding with the same key', 'rs', token({ alg: 'PS256' }), 'ERR_ALG_NOT_ALLOWED'],
  ['the public key as an HMAC secret', 'rs', confused(rsaPem), 'ERR_ALG_NOT_ALLOWED'],
  ['the public key as an HMAC secret, where HMAC is at home', 'secrets', confused(rsaPem), 'ERR_SIGNATURE_INVALID'],
  ['HMAC where only public keys are', 'each', good, 'ERR_ALG_NOT_ALLOWED'],
  ['an unknown kid', 'each', token({ alg: 'ES256', kid: 'gone' }), 'ERR_KEY_NOT_FOUND'],
  ['the kid of a key for another alg', 'each', token({ alg: 'ES256', kid: 'RS256' }), 'ERR_KEY_NOT_FOUND'],
  ['two keys fit', 'twins', token({ alg: 'ES256' }), 'ERR_KEY_AMBIGUOUS'],
  ['no signature', 'hs', `${GOOD_HEAD}.${GOOD_BODY}.`, 'ERR_SIGNATURE_MISSING'],
  [
    'a signature cut short',
    'hs',
    `${GOOD_HEAD}.${GOOD_BODY}.${b64(Buffer.from(GOOD_SIGNATURE, 'base64url').subarray(0, 31))}`,
    'ERR_SIGNATURE_INVALID',
  ],
  [
    'a signature of zeros',
    'es',
    `${b64('{"alg":"ES256"}')}.${GOOD_BODY}.${b64(Buffer.alloc(64))}`,
    'ERR_SIGNATURE_INVALID',
  ],
  ['an ECDSA signature in DER', 'es', derOf('ES256'), 'ERR_SIGNATURE_INVALID'],
  [
    'changed claims',
    'hs',
    `${GOOD_HEAD}.${b64(json({ ...CLAIMS, sub: '8' }))}.${GOOD_SIGNATURE}`,
    'ERR_SIGNATURE_INVALID',
  ],
  [
    'expired, and of another key: the signature counts first',
    'hs',
    `${GOOD_HEAD}.${b64(json({ ...CLAIMS, exp: 1 }))}.${GOOD_SIGNATURE}`,
    'ERR_SIGNATURE_INVALID',
  ],
  ...PUBLIC.filter((alg) => /^[RP]S/.test(alg)).map((alg) => [
    `${alg}, s + n for s`,
    'each',
    secondSpelling(alg),
    'ERR_SIGNATURE_INVALID',
  ]),
  ['EdDSA, S + L for S', 'each', grownS(), 'ERR_SIGNATURE_INVALID'],
  ...[
    ['one', `01${'00'.repeat(31)}`],
    ['one, with a sign', `01${'00'.repeat(30)}80`],
    ['one, y above the field', `ee${'ff'.repeat(30)}7f`],
    ['two', `ec${'ff'.repeat(30)}7f`],
    ['four', '00'.repeat(32)],
    ['eight', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
  ].map(([order, r]) => [`EdDSA, R of order ${order}`, 'each', smallOrder(r), 'ERR_SIGNATURE_INVALID']),
  ['claims that are no JSON', 'hs', raw('sub=7'), 'ERR_CLAIMS_INVALID'],
  ['claims that are text', 'hs', raw('"7"'), 'ERR_CLAIMS_INVALID'],
  ['a claim twice', 'open', raw('{"sub":"7","sub":"8"}'), 'ERR_CLAIMS_INVALID'],
  ['a claim twice, far down', 'open', raw('{"a":[{"b":{"c":1,"c":1}}]}'), 'ERR_CLAIMS_INVALID'],
  ['claims that are not UTF-8', 'open', raw(Buffer.from('{"a":"\xff"}', 'latin1')), 'ERR_CLAIMS_INVALID'],
  ['half a surrogate pair, escaped', 'open', raw('{"a":"\\ud800"}'), 'ERR_CLAIMS_INVALID'],
  ['nested too deep', 'open', raw(nested(32)), 'ERR_CLAIMS_INVALID'],
  ['a refresh token', 'hs', hs(CLAIMS, { typ: 'rt+jwt' }), 'ERR_HEADER_TYP'],
  ['no typ where one is asked for', 'access', good, 'ERR_HEADER_TYP'],
  ['expired', 'hs', withClaims({ exp: NOW - 6 }), 'ERR_TOKEN_EXPIRED'],
  ['expired to the moment, leeway and all', 'hs', withClaims({ exp: NOW - 5 }), 'ERR_TOKEN_EXPIRED'],
  ['not yet valid', 'hs', withClaims({ nbf: NOW + 6 }), 'ERR_TOKEN_NOT_YET_VALID'],
  ['issued in the future', 'hs', withClaims({ iat: NOW + 60 }), 'ERR_TOKEN_ISSUED_IN_FUTURE'],
  ['too old', 'strict', withClaims({ iat: NOW - 3600, scope: '' }), 'ERR_TOKEN_TOO_OLD'],
  ['no iat where an age is asked for', 'strict', hs({ ...CLAIMS, iat: undefined, scope: '' }), 'ERR_CLAIM_MISSING'],
  ['a required claim is not there', 'strict', good, 'ERR_CLAIM_MISSING'],
  ['no iss', 'hs', without('iss'), 'ERR_CLAIM_MISSING'],
  ['no aud', 'hs', without('aud'), 'ERR_CLAIM_MISSING'],
  ['another iss', 'hs', withClaims({ iss: 'https://id.example/' }), 'ERR_CLAIM_MISMATCH'],
  ['another aud', 'hs', withClaims({ aud: ['api2', 'ap'] }), 'ERR_CLAIM_MISMATCH'],
  ['an empty aud', 'hs', withClaims({ aud: [] }), 'ERR_CLAIM_MISMATCH'],
  ['another sub', 'strict', withClaims({ sub: '9', scope: '' }), 'ERR_CLAIM_MISMATCH'],
  ['exp as text', 'hs', withClaims({ exp: String(NOW + 600) }), 'ERR_CLAIM_TYPE'],
  ['exp null', 'hs', withClaims({ exp: null }), 'ERR_CLAIM_TYPE'],
  ['iss a list', 'hs', withClaims({ iss: ['https://id.example'] }), 'ERR_CLAIM_TYPE'],
  ['aud an object', 'hs', withClaims({ aud: { api: true } }), 'ERR_CLAIM_TYPE'],
  ['sub a number', 'strict', withClaims({ sub: 7, scope: '' }), 'ERR_CLAIM_TYPE'],
];

const entries = tokens.map(([name, verifier, text, code]) => ({ name, verifier, token: text, code: code ?? null }));
const imports = keys.map(([name, jwk, code]) => ({ name, jwk, code: code ?? null }));
writeFileSync(
  here('../vectors/verdicts.json'),
  `${JSON.stringify({ now: NOW, verifiers, tokens: entries, keys: imports }, null, 1)}\n`,
);
console.log(`${entries.length} tokens, ${new Set(entries.map(({ code }) => code)).size - 1} codes`);
