/**
 * The schema says what the server checks. For every operation of /openapi.json, made from the document itself: values at, just inside and
 * just beyond every bound are taken where the schema takes them and refused where it does not, and every answer is as described.
 */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import Ajv from 'ajv/dist/2020.js';
import { describedBy } from '../support/described.mjs';
import { startExpress } from '../support/express-auth.mjs';
import { PASSWORD } from '../support/http-client.mjs';

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';
const AT_ONCE = 4;

const server = await startExpress({ limiter: false, accountPages: true });
after(() => server.stop());
const description = (await server.get('/openapi.json')).body;
const assertDescribed = describedBy(description);
const ajv = new Ajv({ strict: false });
ajv.addSchema(description, 'openapi', false, false);
const admin = (await server.login('admin@example.com')).accessToken;
const someone = await server.register('someone@example.com');

/** Where a value in an address is of something that is there, the answer is more than a 404. */
const IDS = { '/users': someone.user.id };

const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation, name: `${method} ${path}` })),
);

/** Texts that one schema or another takes, and characters that one or another does not. */
const TEXTS = ['a@b.example', 'Some words', 'a', '0', 'A'.repeat(22)];
const LETTERS = ['a', 'é', '🙂', '0'];
const ODD = ['\0', '\t', '\n', '\x1f', ' ', '"', '%', ',', '.', '/', ';', '<', '@', '\\', '\x7f', 'é', '🙂']
  .concat(['\x85', '\xa0', '\u180e', '\u200b', '\u2028', '\u3000', '\ufeff', '..', 'A', '-', '_'])
  .flat();
const OF_OTHER_TYPES = [null, true, 0, 1.5, [], {}, ['a'], { body: null }];

const isFit = (schema, value) => ajv.validate(schema, value);
const resolved = (schema) => (schema.$ref ? description.components.schemas[schema.$ref.split('/').at(-1)] : schema);

/** A value that the schema takes. */
function sample(schema) {
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.type === 'array') return [sample(schema.items)];
  if (schema.type === 'integer') return schema.minimum;
  const length = schema.minLength ?? 0;
  const texts = TEXTS.flatMap((text) => [text, 'a'.repeat(Math.max(0, length - text.length)) + text]);
  const found = texts.find((text) => isFit(schema, text));
  assert.notEqual(found, undefined, `no text fits ${JSON.stringify(schema)}`);
  return found;
}

/** Values in and around a schema of texts. */
function texts(schema) {
  const base = sample(schema);
  const lengths = [schema.minLength, schema.maxLength, ...quantities(schema.pattern)].filter((at) => at !== undefined);
  const around = lengths.flatMap((length) => [length - 1, length, length + 1]).filter((length) => length >= 0);
  const room = Math.max(0, (schema.maxLength ?? Number.POSITIVE_INFINITY) - 1);
  const short = [...base].slice(0, room).join('');
  const middle = Math.floor(short.length / 2);
  return [
    base,
    '',
    ...(schema.enum ?? []).flatMap((text) => [text, `${text}x`, text.toUpperCase()]),
    ...around.flatMap((length) =>
      LETTERS.map((letter) => letter.repeat(Math.max(0, length - base.length)) + [...base].slice(0, length).join('')),
    ),
    ...around.map((length) => 'Aa'.repeat(length).slice(0, length)),
    ...ODD.flatMap((odd) => {
      const inside = short.slice(0, middle) + odd + short.slice(middle);
      return schema.pattern === undefined ? [inside] : [odd, odd + short, inside, short + odd];
    }),
  ];
}

/** The lengths that a pattern speaks of. */
function quantities(pattern = '') {
  return [...pattern.matchAll(/\{(\d+)(?:,(\d+))?\}/g)]
    .flatMap(([, from, to]) => [from, to])
    .filter(Boolean)
    .map(Number);
}

/** Values in and around any schema of a member of a body. */
function values(schema) {
  if (schema.type === 'array') {
    const { items, maxItems, minItems = 0 } = schema;
    const many = (length) => Array.from({ length }, (_, at) => `${sample(items)}${at}`);
    const lengths = [minItems, maxItems - 1, maxItems, maxItems + 1];
    return [...lengths.map(many), ...values(items).map((value) => [value]), ...OF_OTHER_TYPES];
  }
  return [...texts(schema), ...OF_OTHER_TYPES];
}

let numbered = 0;
/** A body that the schema takes, new each time. */
function body(schema) {
  const entries = Object.entries(schema.properties).map(([name, member]) => [name, sample(member)]);
  const all = Object.fromEntries(entries);
  if ('email' in all) all.email = `person${++numbered}@example.com`;
  if ('name' in all) all.name = 'Somebody else';
  if ('password' in all) all.password = PASSWORD;
  // So that no password is changed, which happens one at a time.
  if ('currentPassword' in all) all.currentPassword = 'another one than it is';
  // Tokens and sessions of nobody would be refused for what they are.
  for (const name of ['refreshToken', 'session', 'next']) delete all[name];
  return all;
}

/** Bodies in and around a schema: each member by itself, left out, and one more. */
function* bodies(schema) {
  yield body(schema);
  yield { ...body(schema), more: 'x' };
  for (const [name, member] of Object.entries(schema.properties)) {
    const { [name]: _, ...rest } = body(schema);
    yield rest;
    for (const value of values(member)) yield { ...body(schema), [name]: value };
  }
  yield* [null, [], 'x', 7, true, [body(schema)]];
}

/** Whether a parameter's schema takes a text: numbers are written in one way. */
function isFitText(schema, text) {
  if (schema.type !== 'integer') return isFit(schema, text);
  return /^(0|-?[1-9]\d*)$/.test(text) && isFit(schema, Number(text));
}

function parameterTexts(schema) {
  if (schema.type !== 'integer') return texts(schema);
  const { minimum, maximum } = schema;
  const numbers = [minimum - 1, minimum, minimum + 1, maximum - 1, maximum, maximum + 1].map(String);
  return [...numbers, '', 'x', '+5', '05', '1.0', '1e1', ' 5', '-0', '5 ', '٣', `${maximum}0`];
}

function request(operation, { id, query = '', sent, type } = {}) {
  const schemes = operation.security.map((scheme) => Object.keys(scheme)[0]);
  const headers = type === undefined ? {} : { 'content-type': type };
  if (schemes[0] === 'client') headers.authorization = `Basic ${btoa('api:0123456789abcdef0123456789abcdef')}`;
  const first = Object.keys(IDS).find((start) => operation.path.startsWith(start));
  const path = operation.path.replace('{id}', id ?? IDS[first] ?? 'A'.repeat(22));
  // Where no token is needed none is sent: some would be used up.
  const token = schemes.length === 1 && schemes[0] === 'accessToken' ? admin : undefined;
  return server.send(operation.method.toUpperCase(), path + query, { body: sent, headers, token });
}

/** Asks and judges. `refusals` are the statuses of a refusal, none of which an accepted value may have. */
async function judge(operation, isAccepted, asked, { refusal = 400 } = {}) {
  const answer = await request(operation, asked);
  const what = `${operation.name} ${JSON.stringify(asked).slice(0, 400)}: ${answer.status} ${answer.text.slice(0, 300)}`;
  if (isAccepted) assert.ok(answer.status < 500 && ![400, 413, 415, 422].includes(answer.status), `refused: ${what}`);
  else assert.equal(answer.status, refusal, `taken: ${what}`);
  assertDescribed(answer, operation.path, operation.method);
}

/** A few at once, because each password costs a hash. */
async function each(list, run) {
  const waiting = [...list].values();
  const next = async () => {
    for (const one of waiting) await run(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}

const contentOf = (operation) => Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
const withBody = operations.filter((operation) => operation.requestBody !== undefined);

for (const operation of withBody) {
  const [type, content] = contentOf(operation);
  const schema = resolved(content.schema);

  test(`${operation.name}: a body is taken exactly where its schema takes it`, async () => {
    const counted = { taken: 0, refused: 0 };
    const all = [...bodies(schema)];
    // A form has nothing but texts.
    const isForm = (value) =>
      value?.constructor === Object && Object.values(value).every((one) => typeof one === 'string');
    await each(type === FORM ? all.filter(isForm) : all, async (value) => {
      const isTaken = isFit(schema, value);
      counted[isTaken ? 'taken' : 'refused'] += 1;
      const sent = type === FORM ? new URLSearchParams(value).toString() : JSON.stringify(value);
      await judge(operation, isTaken, { sent, type });
    });
    assert.ok(counted.taken > 1, JSON.stringify(counted));
    assert.ok(counted.refused > 1 || (type === FORM && schema.required.length === 0), JSON.stringify(counted));
  });

  test(`${operation.name}: a body that is not of its media type is refused`, async () => {
    const value = body(schema);
    const form = new URLSearchParams(value).toString() || 'x=y';
    const good = type === FORM ? form : JSON.stringify(value);
    await judge(operation, true, { sent: good, type: `${type}; charset=utf-8` });
    for (const other of ['text/plain', 'multipart/form-data', 'application/xml', type === FORM ? JSON_TYPE : FORM]) {
      await judge(operation, false, { sent: good, type: other }, { refusal: 415 });
    }
    const [name = 'x'] = Object.keys(value);
    const field = Object.keys(schema.properties)[0];
    const twice = type === FORM ? `${form}&${field}=a&${field}=b` : `{"${name}":"a",${good.slice(1)}`;
    const known = type === FORM || Object.keys(value).length > 0;
    if (known) await judge(operation, false, { sent: twice, type });
    if (operation.requestBody.required) await judge(operation, false, { sent: '', type });
    else await judge(operation, true, {});
    if (type === FORM) return;
    if (known) await judge(operation, false, { sent: `{"${name}":"\\ud800"}`, type });
    const deep = `{"x":${'['.repeat(1000)}`;
    for (const bad of ['{', `${good}}`, `\ufeff${good}`, '{"x":1e', deep, "{'x':1}", 'x=y']) {
      await judge(operation, false, { sent: bad, type });
    }
  });
}

for (const operation of operations) {
  for (const { name, in: place, schema } of operation.parameters ?? []) {
    if (place === 'header') continue;
    test(`${operation.name}: ${name} in the ${place} is taken exactly where its schema takes it`, async () => {
      const [type, content] = contentOf(operation);
      const rest = type === undefined ? {} : { sent: JSON.stringify(body(resolved(content.schema))), type };
      const all = place === 'query' ? parameterTexts(schema) : texts(schema).filter((text) => !/^\.*$|\//.test(text));
      const counted = { taken: 0, refused: 0 };
      await each(all, async (text) => {
        const isTaken = isFitText(schema, text);
        counted[isTaken ? 'taken' : 'refused'] += 1;
        const value = encodeURIComponent(text);
        // A client need not encode what a path segment may hold.
        if (place === 'path') {
          const id = isTaken ? text : value;
          await judge(operation, isTaken, { id, ...rest }, { refusal: 404 });
        } else {
          await judge(operation, isTaken, { query: `?${name}=${value}` });
        }
      });
      assert.ok(counted.taken > 0, JSON.stringify(counted));
      const isBound = place === 'path' || Object.keys(schema).length > 1;
      assert.ok(counted.refused > 0 || !isBound, JSON.stringify(counted));
      if (place === 'query' && isBound) {
        const value = encodeURIComponent(sample(schema));
        await judge(operation, false, { query: `?${name}=${value}&${name}=${value}` });
        await judge(operation, true, { query: `?${name}=${value}&more=x` });
      }
    });
  }
}

test('a method that is not described is a 405 that names those that are', async () => {
  for (const [path, methods] of Object.entries(description.paths)) {
    const described = Object.keys(methods).map((method) => method.toUpperCase());
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
      if (described.includes(method)) continue;
      const answer = await server.send(method, path.replace('{id}', 'x'), {
        body: method === 'GET' ? undefined : '{}',
      });
      assert.equal(answer.status, 405, `${method} ${path}`);
      const allowed = answer.headers.get('allow').split(', ');
      assert.deepEqual(
        allowed.filter((name) => name !== 'HEAD'),
        described.sort(),
        path,
      );
    }
  }
});
