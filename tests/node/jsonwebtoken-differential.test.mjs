/**
 * The same calls to jsonwebtoken and to `portcullis/jsonwebtoken`, thousands of them, put together from what people pass and what
 * they pass by mistake. Results, errors, their members and their timing must be the same, but for the differences listed here by
 * name. A listed difference that no call shows is a failure too.
 */

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { inspect, isDeepStrictEqual } from 'node:util';
import ours from 'portcullis/jsonwebtoken';
import * as calls from '../support/jsonwebtoken-calls.mjs';
import { observe, observeCallback, seeded } from '../support/observe.mjs';

const theirs = createRequire(new URL('../../js/package.json', import.meta.url))('jsonwebtoken');
const { pick, chance } = seeded(20_240_229);
const realNow = Date.now;

before(() => {
  Date.now = () => calls.NOW * 1000 + 999;
});
after(() => {
  Date.now = realNow;
});

/**
 * What differs on purpose. `is` looks at one call: its arguments and what each package made of it. `rare` ones depend on chance or on
 * the version of OpenSSL, and need not be seen in every run.
 */
const DIFFERENCES = [
  {
    name: 'a crash on a key that is missing becomes an error about the key',
    why: 'an unsigned token under an unknown kid must not bring the process down',
    is: ({ their, our }) =>
      /reading 'type'|reading 'asymmetricKeyType'/.test(their) && our === 'secret or public key must be provided',
  },
  {
    name: 'a crash on a header that is no algorithm becomes an error about it',
    why: 'bad input is refused in words',
    is: ({ their, our }) =>
      /startsWith/.test(their) && /^invalid algorithm$|the header's "alg" must be a string/.test(our),
  },
  {
    name: 'a crash on a payload of null becomes an error',
    why: 'bad input is refused in words',
    is: ({ their, our }) => /of null \(reading 'nbf'\)/.test(their) && our === 'invalid token',
  },
  {
    name: "members called like Object's own are members like any other",
    why: 'a user-supplied claim called `constructor` must not break signing',
    is: ({ their }) => /validator\.isValid is not a function/.test(their),
  },
  {
    name: 'a signature the wrong curve cannot hold is refused in other words',
    why: 'only under allowInvalidAsymmetricKeyTypes, where both refuse',
    is: ({ their, our }) =>
      /specified length of|Could not find expected/.test(their) &&
      /the algorithm has room for|needs a key on an elliptic curve/.test(our),
  },
  {
    name: 'a key that cannot check this way at all makes the signature invalid',
    why: 'only under allowInvalidAsymmetricKeyTypes, where both refuse',
    rare: true,
    is: ({ their, our }) => /Unsupported crypto operation/.test(their) && our === 'invalid signature',
  },
  {
    name: 'numbers and booleans are signed with a callback as they are without',
    why: 'an error belongs into the callback, and there is none here',
    is: ({ them, us }) =>
      /^Unexpected data type/.test(them.threw?.message) && us.calls?.length === 1 && !us.calls[0].error,
  },
  {
    name: "a key that cannot sign this way at all is refused in OpenSSL's words",
    why: 'only under allowInvalidAsymmetricKeyTypes, where both refuse',
    rare: true,
    is: ({ their, our }) => /Unsupported crypto operation/.test(their) && /invalid digest/.test(our),
  },
  {
    name: 'of several faults of an RSA-PSS key OpenSSL names another first',
    why: 'only under allowInvalidAsymmetricKeyTypes, where both refuse',
    rare: true,
    is: ({ their, our }) => /Provider routines/.test(their) && /Provider routines/.test(our),
  },
  {
    name: 'whether RS* over an elliptic key counts as too short is left to chance',
    why: 'only under allowInvalidAsymmetricKeyTypes; the length of such a signature varies from one to the next',
    rare: true,
    is: ({ args, their, our }) =>
      args[2]?.allowInvalidAsymmetricKeyTypes && /minimum key size/.test(their) !== /minimum key size/.test(our),
  },
  {
    name: 'after a clash of option and claim the callback is called once, with the error',
    why: 'calling twice, first with an error and then with a token, invites accepting the token',
    is: ({ them, us }) =>
      them.calls?.length > 1 && us.calls.length === 1 && isDeepStrictEqual(them.calls[0], us.calls[0]),
  },
  {
    name: 'empty text, and an unsigned token without a key, reach their callback',
    why: 'waiting for ever is no answer',
    is: ({ them, us }) => !them.threw && them.calls?.length === 0 && us.calls?.length === 1,
  },
  {
    name: 'a token without a signature needs algorithm: none, not just a header that says so',
    why: 'one opt-in, in one place',
    is: ({ args, our }) => args[2]?.header?.alg === 'none' && /needs the option algorithm/.test(our),
  },
  {
    name: 'a tolerance that is no number is refused',
    why: 'text is glued to the digits of exp and NaN fails every comparison: tokens would never expire',
    is: ({ our }) => our === 'clockTolerance must be a number',
  },
  {
    name: 'a maxAge of NaN is refused',
    why: 'the check would silently not be made',
    is: ({ args, our }) => Number.isNaN(args[2]?.maxAge) && /"maxAge" should be/.test(our),
  },
  {
    name: 'an issuer that is neither text nor an array matches nothing',
    why: 'the check would silently not be made',
    is: ({ args, our }) =>
      typeof args[2]?.issuer !== 'string' && !Array.isArray(args[2]?.issuer) && /jwt issuer invalid/.test(our),
  },
  {
    name: 'an audience pattern sees text only',
    why: 'a token without aud would match as the text `undefined`',
    is: ({ args, our }) =>
      [args[2]?.audience].flat().some((one) => one instanceof RegExp) && /jwt audience invalid/.test(our),
  },
  {
    name: 'algorithms that is no list is refused in words',
    why: 'bad input is refused in words',
    is: ({ their, our }) => /indexOf/.test(their) && our === 'algorithms must be an array of algorithm names',
  },
  {
    name: 'a token whose header says `crit` is refused',
    why: 'RFC 7515 section 4.1.11: what must be understood and is not, is refused (CVE-2026-35042, CVE-2026-32597)',
    is: ({ our }) => /"crit" header/.test(our),
  },
  {
    name: 'an empty secret is no secret',
    why: 'anyone can sign with it (CVE-2019-20933, GHSA-gmvf-9v4p-v8jc)',
    is: ({ our, args }) => sizeOf(args[1]) === 0 && /must be provided|must have a value/.test(our),
  },
  {
    name: 'a public key is no secret, however it is wrapped',
    why: 'anyone can sign with it (CVE-2015-9235, CVE-2022-29217, CVE-2023-48223, CVE-2026-34950)',
    is: ({ our, args }) =>
      (calls.UNSAFE_SECRETS.includes(args[1]) || calls.KEYS.publicKeys.includes(args[1])) &&
      /must be a symmetric key/.test(our),
  },
];
const seen = new Set();

/** Compares one call, and notes which difference explains it where it is not the same. */
function compare(what, args, them, us) {
  if (isDeepStrictEqual(them, us)) return;
  const [their, our] = [them, us].map((one) => one.threw?.message ?? one.calls?.at(-1)?.error?.message ?? '');
  const difference = DIFFERENCES.find(({ is }) => is({ args, them, us, their, our }));
  if (difference) seen.add(difference.name);
  else
    assert.fail(
      `${what}(${inspect(args, { depth: 4 })})\n  jsonwebtoken: ${inspect(them, { depth: 6 })}\n  portcullis:   ${inspect(us, { depth: 6 })}`,
    );
}

/** Makes a call in both packages, without and with a callback. `read` makes results comparable. */
async function both(what, makeArgs, read = (value) => value) {
  const sync = [theirs, ours].map((jwt) => observe(() => read(jwt[what](...makeArgs()))));
  compare(what, makeArgs(), ...sync);
  if (what === 'decode') return;
  const later = [];
  for (const jwt of [theirs, ours]) {
    later.push(
      await observeCallback((done) =>
        jwt[what](...makeArgs(), (error, value) => (error ? done(error) : done(null, read(value)))),
      ),
    );
  }
  compare(`${what}, with a callback`, makeArgs(), ...later);
}

function someOptions(table, probability) {
  return Object.fromEntries(
    Object.entries(table)
      .filter(([name]) => chance(name === 'unknown' ? probability / 10 : probability))
      .map(([name, values]) => [name, pick(values)]),
  );
}

const ODD_OPTIONS = [undefined, null, 'x', 5, [], new Map(), Object.create({ algorithm: 'HS512' })];

/** A token as far as it is the same each time: ECDSA and PSS signatures are not, and are left out. */
function readToken(token) {
  if (typeof token !== 'string') return token;
  const [head, , signature] = token.split('.');
  const { alg } = JSON.parse(Buffer.from(head, 'base64url').toString('latin1'));
  // RS* with an elliptic key (a caller may insist) is ECDSA too; RSA signatures have at least 171 characters.
  const randomised = /^(?:ES|PS)/.test(alg) || (/^RS/.test(alg) && signature.length < 171);
  return randomised ? token.slice(0, token.lastIndexOf('.')) : token;
}

/** What a token's signature covers: all that two signers share when any key may sign. */
const readInput = (token) => token?.slice(0, token.lastIndexOf('.'));

function sizeOf(key) {
  return key?.byteLength ?? key?.symmetricKeySize;
}

describe('calls with one odd thing', () => {
  test('sign: each value of each option, with a key that fits', async () => {
    for (const [name, values] of Object.entries(calls.SIGN_OPTIONS)) {
      for (const value of values) {
        const key = /^(?:RS|PS)/.test(value) ? calls.KEYS.pairs.rsa.privateKey : 'secret';
        for (const payload of [{ sub: 'x' }, { iat: 5, exp: 9, nbf: 8, aud: 'q', iss: 'r', jti: 's' }, 'text']) {
          const fresh = typeof payload === 'object' ? () => ({ ...payload }) : () => payload;
          await both('sign', () => [fresh(), key, { [name]: value }], readToken);
        }
      }
    }
  });

  test('sign: each payload', async () => {
    for (const payload of calls.PAYLOADS) {
      await both('sign', () => [payload, 'secret', {}], readToken);
      await both('sign', () => [payload, 'secret', { noTimestamp: true }], readToken);
      await both('sign', () => [payload, 'secret', { expiresIn: 5, issuer: 'x' }], readToken);
    }
  });

  test('sign: each key with each algorithm', async () => {
    for (const key of calls.KEYS.all) {
      for (const algorithm of [...calls.ALGORITHMS, 'none']) {
        await both('sign', () => [{ a: 1 }, key, { algorithm }], readToken);
        await both(
          'sign',
          () => [{ a: 'x'.repeat(30) }, key, { algorithm, allowInvalidAsymmetricKeyTypes: true }],
          readInput,
        );
      }
      await both('sign', () => [{ a: 1 }, key, { algorithm: 'RS256', allowInsecureKeySizes: true }], readToken);
    }
  });

  test('verify: each value of each option, with each set of claims', async () => {
    for (const [name, values] of Object.entries(calls.VERIFY_OPTIONS)) {
      for (const value of values) {
        for (const payload of calls.PAYLOAD_TEXTS) {
          const token = calls.signed('HS256', calls.HEADER_TEXTS[0]('HS256'), payload);
          await both('verify', () => [token, 'secret', { [name]: copyOf(value) }]);
        }
      }
    }
  });

  test('verify: each key with each algorithm, named and by default', async () => {
    for (const alg of calls.ALGORITHMS) {
      const token = calls.signed(alg, calls.HEADER_TEXTS[0](alg), '{}');
      for (const key of calls.KEYS.all) {
        await both('verify', () => [token, key]);
        await both('verify', () => [token, key, { algorithms: [alg] }]);
        await both('verify', () => [token, key, { algorithms: [alg], allowInvalidAsymmetricKeyTypes: true }]);
      }
    }
  });

  test('verify: each header and each mutation, signed and unsigned', async () => {
    for (const alg of ['HS256', 'ES256', 'RS256', 'none']) {
      for (const header of calls.HEADER_TEXTS) {
        for (const mutate of calls.MUTATIONS) {
          const token = mutate(calls.signed(alg, header(alg), '{"a":1}'));
          for (const key of [calls.verifierOf(alg), undefined, '']) {
            for (const algorithms of [undefined, [alg], ['none']])
              await both('verify', () => [token, key, { algorithms }]);
          }
        }
      }
    }
  });

  test('decode: each header, payload and mutation', async () => {
    for (const header of calls.HEADER_TEXTS) {
      for (const payload of calls.PAYLOAD_TEXTS) {
        for (const mutate of calls.MUTATIONS) {
          const token = mutate(calls.signed('HS256', header('HS256'), payload));
          for (const options of [undefined, { complete: true }, { complete: 1, json: 1, encoding: 'latin1' }]) {
            await both('decode', () => [token, options]);
          }
        }
      }
    }
  });

  test("mutatePayload: what becomes of the caller's object", () => {
    for (const payload of [{}, { iat: 5 }, { iat: 'x' }, { aud: 'a' }, { exp: 1 }]) {
      for (const options of [
        {},
        { noTimestamp: true },
        { expiresIn: 5, notBefore: '1h', issuer: 'i' },
        { audience: 'b' },
        { expiresIn: 'x' },
      ]) {
        const [their, our] = [theirs, ours].map((jwt) => {
          const own = { ...payload };
          const outcome = observe(() => jwt.sign(own, 'secret', { ...options, mutatePayload: true }));
          return [outcome, own];
        });
        if (our[0].threw) their[1] = our[1] = 'whatever it was when the error came';
        assert.deepEqual(our, their);
      }
    }
  });

  test('options that are no object', async () => {
    const token = calls.signed('HS256', calls.HEADER_TEXTS[0]('HS256'), '{}');
    for (const options of ODD_OPTIONS) {
      await both('sign', () => [{ a: 1 }, 'secret', options], readToken);
      await both('verify', () => [token, 'secret', options]);
      await both('decode', () => [token, options]);
    }
  });
});

describe('calls with many odd things', () => {
  test('sign', async () => {
    for (let round = 0; round < 2000; round++) {
      const payload = pick(calls.PAYLOADS);
      const key = chance(0.6) ? pick(calls.KEYS.secrets) : pick(calls.KEYS.all);
      const options = someOptions(calls.SIGN_OPTIONS, 0.15);
      // The payloads are shared by all rounds, so none may be changed. What mutatePayload does has a test of its own.
      if (options.mutatePayload) delete options.mutatePayload;
      const read = options.allowInvalidAsymmetricKeyTypes ? readInput : readToken;
      await both('sign', () => [payload, key, options], read);
    }
  });

  test('verify', async () => {
    for (let round = 0; round < 4000; round++) {
      const alg = chance(0.5) ? 'HS256' : pick([...calls.ALGORITHMS, 'none']);
      const token = pick(calls.MUTATIONS)(calls.signed(alg, pick(calls.HEADER_TEXTS)(alg), pick(calls.PAYLOAD_TEXTS)));
      const key = chance(0.7) ? calls.verifierOf(alg) : pick(calls.KEYS.all);
      const options = someOptions(calls.VERIFY_OPTIONS, 0.12);
      await both('verify', () => [
        token,
        key,
        Object.fromEntries(Object.entries(options).map(([name, value]) => [name, copyOf(value)])),
      ]);
    }
  });
});

describe('key functions', () => {
  const token = calls.signed('HS256', calls.HEADER_TEXTS[0]('HS256'), '{"a":1}');
  const unsigned = token.slice(0, token.lastIndexOf('.') + 1);
  const answers = [
    [null, 'secret'],
    [undefined, 'secret'],
    [null, 'wrong'],
    [null, undefined],
    [null, ''],
    [null, calls.KEYS.pairs.rsa.publicKey],
    [new Error('no such key')],
    ['text'],
    [null, {}],
  ];
  test("answered at once and later, with and without a callback of one's own", async () => {
    for (const one of [token, unsigned, 'a.b', undefined, `${token}x`]) {
      for (const answer of answers) {
        for (const options of [{}, { complete: true }, { algorithms: ['HS256'] }, { algorithms: ['none'] }]) {
          await both('verify', () => [one, (_header, done) => done(...answer), options]);
          // Without a key jsonwebtoken throws where nobody can catch it, which would end this test.
          if (answer[0] || answer[1])
            await both('verify', () => [one, (_header, done) => process.nextTick(done, ...answer), options]);
        }
      }
    }
  });

  test("the header handed over is the token's", () => {
    const headers = [theirs, ours].map((jwt) => {
      let seenHeader;
      jwt.verify(
        token,
        (header, done) => {
          seenHeader = header;
          done(null, 'secret');
        },
        () => {},
      );
      return seenHeader;
    });
    assert.deepEqual(headers[1], headers[0]);
  });
});

describe('what differs on purpose', () => {
  test('hostile and careless calls', async () => {
    const header = calls.HEADER_TEXTS[0]('HS256');
    for (const secret of calls.UNSAFE_SECRETS) {
      const bytes = secret?.export?.() ?? secret;
      const token = calls.signed('HS256', header, '{}', bytes);
      await both('verify', () => [token, secret, { algorithms: ['HS256'] }]);
      await both('sign', () => [{}, secret, {}]);
    }
    const token = calls.signed('HS256', header, '{"exp":1}');
    for (const clockTolerance of ['10', 'x', {}, true, Number.NaN])
      await both('verify', () => [token, 'secret', { clockTolerance }]);
    const aged = calls.signed('HS256', header, '{"iat":1}');
    await both('verify', () => [aged, 'secret', { maxAge: Number.NaN }]);
    for (const issuer of [/i/, 5, {}]) await both('verify', () => [aged, 'secret', { issuer }]);
    for (const audience of [/./, [/^undefined$/]]) await both('verify', () => [aged, 'secret', { audience }]);
    await both('verify', () => [aged, 'secret', { algorithms: 5 }]);
    await both('verify', () => [calls.signed('HS256', '{"alg":"HS256","crit":["x"],"x":1}', '{}'), 'secret', {}]);
    await both('verify', () => [calls.signed('HS256', header, 'null'), 'secret', {}]);
    await both('verify', () => [calls.signed('HS256', '{"alg":5}', '{}'), 'secret', { algorithms: [5] }]);
    await both('sign', () => [{ constructor: 1 }, 'secret', {}]);
    await both('sign', () => [{}, 'secret', { header: { alg: 'none' } }]);
    await both('sign', () => [{}, 'secret', { header: { alg: 5 } }]);
    await both('sign', () => [{}, null, { algorithm: 'none' }]);
    await both('sign', () => [{ aud: 'x' }, 'secret', { audience: 'y' }]);
  });

  test('every listed difference was seen', () => {
    const unseen = DIFFERENCES.filter(({ rare }) => !rare)
      .map(({ name }) => name)
      .filter((name) => !seen.has(name));
    assert.deepEqual(unseen, []);
  });
});

/** Patterns carry state: each call gets its own. */
function copyOf(value) {
  if (value instanceof RegExp) return new RegExp(value);
  return Array.isArray(value) ? value.map(copyOf) : value;
}
