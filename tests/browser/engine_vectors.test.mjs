/**
 * The engine suite in a page of Chromium: the package's engine over its WebCrypto, with ES256K, which Web Cryptography has not, by
 * the build's larger wasm module. No exceptions. And the build for browsers against Node, token by token.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import * as node from 'portcullis';
import { ALGORITHMS } from '../support/engine-behaviour.mjs';
import { faults, portions, privateKeys, vectors } from '../support/engine-vectors.mjs';
import { openPackagePage } from '../support/package-page.mjs';

const places = { issuer: 'https://id.example', audience: 'api' };
const source = (path) => JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));

let opened;

before(async () => {
  const contents = `export { webEngine } from ${source('../../js/src/engines/webcrypto.ts')};
    export * from ${source('../support/engine-behaviour.mjs')};`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    format: 'esm',
    write: false,
    // Beside the bundle in the page stands the build, with its own.
    external: ['../full.js'],
  });
  opened = await openPackagePage({ 'engine.mjs': `text:${outputFiles[0].text}` });
});
after(() => opened?.close());

test("Chromium's WebCrypto judges every vector right", async () => {
  const asked = vectors();
  const said = [];
  for (const portion of portions(asked)) {
    const answers = await opened.page.evaluate(async (some) => {
      const { judged, webEngine } = await import('/engine.mjs');
      return judged(webEngine(), some);
    }, portion);
    said.push(...answers);
  }
  assert.deepEqual(faults(asked, said), []);
});

test("Chromium's WebCrypto signs, and accepts nothing but its own signatures", async () => {
  const wrong = await opened.page.evaluate(async (keys) => {
    const { misbehaviour, mounted, webEngine } = await import('/engine.mjs');
    return misbehaviour(mounted(webEngine()), keys);
  }, privateKeys(ALGORITHMS));
  assert.deepEqual(wrong, []);
});

for (const alg of ['HS256', 'HS384', 'HS512', ...ALGORITHMS]) {
  test(`${alg}: the build in the page and Node make and check each other's tokens`, async () => {
    const jwk = node.exportJwk(await node.generateKey(alg, { kid: 'k' }), { private: true });
    const theirs = await node.createSigner({ key: jwk, ...places, expiresIn: '5m' }).sign({ sub: '7' });
    const asked = { jwk, places, theirs };
    const { token, sub, refused, made } = await opened.page.evaluate(
      async ({ jwk: key, places: where, theirs: other }) => {
        const { createSigner, createVerifier, exportJwk, generateKey } = await import('/index.js');
        const ours = await createSigner({ key, ...where, expiresIn: '5m' }).sign({ sub: '8' });
        const verifier = createVerifier({ key, ...where });
        const { claims } = await verifier.verify(other);
        const mixed = other.slice(0, other.lastIndexOf('.')) + ours.slice(ours.lastIndexOf('.'));
        const code = await verifier.verify(mixed).catch((error) => error.code);
        return {
          token: ours,
          sub: claims.sub,
          refused: code,
          made: exportJwk(await generateKey(key.alg), { private: true }),
        };
      },
      asked,
    );
    assert.deepEqual([sub, refused], ['7', 'ERR_SIGNATURE_INVALID']);
    assert.equal((await node.createVerifier({ key: jwk, ...places }).verify(token)).claims.sub, '8');
    assert.equal(node.importKey(made).alg, alg);
  });
}
