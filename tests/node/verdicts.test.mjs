/** The table of verdicts in Node: the same token gets the same code everywhere. Rust judges it in `tests/token/verdicts.rs`. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as node from 'portcullis';
import * as web from '../../js/dist/web/index.js';
import { judge } from '../support/verdicts.mjs';

const table = JSON.parse(readFileSync(new URL('../vectors/verdicts.json', import.meta.url), 'utf8'));

test('the table has every code that a token alone can bring about', () => {
  const seen = new Set(table.tokens.map(({ code }) => code));
  for (const code of [
    null,
    'ERR_TOKEN_MISSING',
    'ERR_TOKEN_TOO_LONG',
    'ERR_TOKEN_CHARACTERS',
    'ERR_TOKEN_PARTS',
    'ERR_TOKEN_BASE64',
    'ERR_HEADER_INVALID',
    'ERR_HEADER_CRIT',
    'ERR_HEADER_TYP',
    'ERR_ALG_NOT_ALLOWED',
    'ERR_KEY_NOT_FOUND',
    'ERR_KEY_AMBIGUOUS',
    'ERR_SIGNATURE_MISSING',
    'ERR_SIGNATURE_INVALID',
    'ERR_CLAIMS_INVALID',
    'ERR_CLAIM_MISSING',
    'ERR_CLAIM_TYPE',
    'ERR_CLAIM_MISMATCH',
    'ERR_TOKEN_EXPIRED',
    'ERR_TOKEN_NOT_YET_VALID',
    'ERR_TOKEN_ISSUED_IN_FUTURE',
    'ERR_TOKEN_TOO_OLD',
  ]) {
    assert.ok(seen.has(code), `${code} has no token`);
  }
});

for (const [name, module] of Object.entries({ 'node:crypto': node, "the web build over Node's WebCrypto": web })) {
  test(`${name} gives every verdict of the table`, async () => {
    assert.deepEqual(await judge(module, table), { judged: table.tokens.length + table.keys.length, wrong: [] });
  });
}

test('where nothing needs waiting, the synchronous door gives the same verdicts', async () => {
  const atOnce = {
    importKey: node.importKey,
    createVerifier(options) {
      const verifier = node.createVerifier(options);
      return { verify: async (token) => verifier.verifySync(token) };
    },
  };
  assert.deepEqual((await judge(atOnce, table)).wrong, []);
});
