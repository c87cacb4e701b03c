/**
 * Builds the package from `src` and `wasm` into `dist`:
 *
 * - `dist/node`: CommonJS for Node, Deno and Bun, each entry beside an `.mjs` that hands the same objects to ES modules, so that
 *   `import` and `require` in one program share their classes and the one wasm instance.
 * - `dist/web`: ES modules for browsers and everything else, with the wasm in the file.
 * - `dist/workerd`: the same for Cloudflare Workers, with the wasm as a file of its own.
 * - `dist/types`, `dist/types-cjs`: declarations for both module systems.
 *
 * The wasm itself is made by `cargo xtask build`. `node build.mjs --types-only | --js-only` does half.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { build } from 'esbuild';
import { writeLicences, writeMaterials } from './scripts/licences.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const at = (...parts) => join(here, ...parts);
const { version: VERSION } = JSON.parse(readFileSync(at('package.json'), 'utf8'));
const only = process.argv.slice(2);

/** Entry name -> source. Every entry but `internal`, `full`, `policy-doors` and `service` is a public import path. */
const ENTRIES = {
  index: 'src/index.ts',
  internal: 'src/internal.ts',
  full: 'src/full.ts',
  'policy-doors': 'src/policy-doors.ts',
  service: 'src/service.ts',
  jsonwebtoken: 'src/jsonwebtoken/index.ts',
  passport: 'src/passport/index.ts',
  express: 'src/adapters/express.ts',
  fetch: 'src/adapters/fetch.ts',
  hono: 'src/adapters/hono.ts',
  trpc: 'src/adapters/trpc.ts',
  client: 'src/client/index.ts',
  inspect: 'src/inspect.ts',
};
const entries = Object.fromEntries(Object.entries(ENTRIES).filter(([, source]) => existsSync(at(source))));
/** These do not run outside Node. */
const NODE_ONLY = ['jsonwebtoken', 'passport', 'express', 'service'];
/** These stand in for CommonJS packages: `require` gives their default export itself, as it does with the originals. */
const STAND_INS = ['jsonwebtoken', 'passport'].filter((name) => name in entries);

const MADE = ['core', 'policy', 'full', 'service'].map((name) => `wasm/${name}/portcullis_bg.wasm`);
for (const made of [...MADE, 'wasm/licences.txt', 'wasm/sbom.cdx.json']) {
  if (existsSync(at(made))) continue;
  console.error(`js/${made} is not there: run \`cargo xtask build npm\` first, which makes it`);
  process.exit(1);
}
if (!only.includes('--types-only')) {
  rmSync(at('dist/node'), { recursive: true, force: true });
  await nodeBuild();
  await webBuild('web', { loader: { '.wasm': 'base64' } });
  await webBuild('workerd', { external: ['*.wasm'] });
  // For editors: `#:schema` of a policy points here.
  cpSync(at('../schema/portcullis.schema.json'), at('dist/schema.json'));
}
if (!only.includes('--js-only')) types();

/** One CommonJS file per entry; what entries share is required from `internal.js`, not copied into each. */
async function nodeBuild() {
  const { metafile } = await build({
    ...shared(),
    metafile: true,
    entryPoints: absolute(entries),
    outdir: at('dist/node'),
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    loader: { '.sql': 'text' },
    plugins: [wasmPacked(), programs(), platformFile('node'), betweenEntries(), builtins()],
  });
  const inputs = [...Object.keys(metafile.inputs), ...(await cli())].map((input) => resolve(input));
  writeLicences(inputs, at('wasm/licences.txt'), at('dist/licences.txt'));
  writeMaterials(inputs, at('wasm/sbom.cdx.json'), at('dist/sbom.cdx.json'));
  writeFileSync(at('dist/node/package.json'), '{ "type": "commonjs" }\n');
  for (const name of STAND_INS) {
    appendFileSync(at('dist/node', `${name}.js`), 'module.exports = module.exports.default;\n');
  }
  const require = createRequire(import.meta.url);
  for (const name of Object.keys(entries)) {
    const names = Object.keys(require(at('dist/node', `${name}.js`))).filter((one) => /^[A-Za-z_$][\w$]*$/.test(one));
    const named = names.filter((one) => one !== 'default');
    const lines = [`import it from './${name}.js';`, `export const { ${named.join(', ')} } = it;`];
    if (named.length === 0) lines.pop();
    lines.push('export default it.default ?? it;', '');
    writeFileSync(at('dist/node', `${name}.mjs`), lines.join('\n'));
  }
}

/** The command; gives the files that went into it. */
async function cli() {
  if (!existsSync(at('src/cli/main.ts'))) return [];
  const { metafile } = await build({
    ...shared(),
    metafile: true,
    entryPoints: [at('src/cli/main.ts')],
    outfile: at('dist/node/cli.js'),
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    banner: { js: '#!/usr/bin/env node' },
    plugins: [platformFile('node'), betweenEntries(), builtins()],
  });
  return Object.keys(metafile.inputs);
}

async function webBuild(name, options) {
  rmSync(at('dist', name), { recursive: true, force: true });
  const { 'policy-doors': policyDoors, ...others } = entries;
  const chosen = Object.fromEntries(Object.entries(others).filter(([entry]) => !NODE_ONLY.includes(entry)));
  const { external = [], ...more } = options;
  const common = {
    ...shared(),
    outdir: at('dist', name),
    platform: 'neutral',
    format: 'esm',
    target: 'es2022',
    // Node's files stay readable: an uncaught error prints the line it came from.
    minifySyntax: true,
    minifyWhitespace: true,
    ...more,
  };
  const plugins = [platformFile(name), ...(external.length > 0 ? [wasmBeside(name)] : [])];
  await build({
    ...common,
    entryPoints: absolute(chosen),
    splitting: true,
    chunkNames: 'shared-[hash]',
    plugins: [...plugins, apart('policy-doors')],
  });
  // By itself: in a file that others share, an app without a policy would load its wasm too.
  await build({
    ...common,
    entryPoints: absolute({ 'policy-doors': policyDoors }),
    plugins: [...plugins, apart('internal')],
  });
}

/** An import that ends in `?program` is the text of a program that runs on a thread of its own: a script, whole. */
function programs() {
  return {
    name: 'programs',
    setup(on) {
      on.onResolve({ filter: /\?program$/ }, ({ path, resolveDir }) => ({
        path: resolve(resolveDir, path).replace(/\.js\?program$/, '.ts'),
        namespace: 'program',
      }));
      on.onLoad({ filter: /.*/, namespace: 'program' }, async ({ path }) => {
        const { outputFiles, metafile } = await build({
          bundle: true,
          write: false,
          metafile: true,
          entryPoints: [path],
          platform: 'node',
          format: 'cjs',
          target: 'node20',
          minify: true,
          legalComments: 'none',
          logLevel: 'warning',
        });
        const watchFiles = Object.keys(metafile.inputs).map((input) => resolve(input));
        return { contents: outputFiles[0].text, loader: 'text', watchFiles };
      });
    },
  };
}

/** Leaves an entry that another entry imports a file of its own. */
function apart(entry) {
  return {
    name: `${entry}-apart`,
    setup(on) {
      on.onResolve({ filter: new RegExp(`/${entry}\\.js$`) }, () => ({ path: `./${entry}.js`, external: true }));
    },
  };
}

function shared() {
  return {
    bundle: true,
    external: ['@trpc/server'],
    logLevel: 'warning',
    legalComments: 'none',
    define: { PORTCULLIS_VERSION: JSON.stringify(VERSION) },
  };
}

/** Puts the runtime's file in the place of `platform/current.ts`. */
function platformFile(name) {
  return {
    name: 'platform',
    setup(on) {
      on.onResolve({ filter: /platform\/current\.js$/ }, () => ({ path: at('src/platform', `${name}.ts`) }));
    },
  };
}

/** Turns an import of another entry's source into a `require` of its built file. */
function betweenEntries() {
  const byPath = new Map(Object.entries(entries).map(([name, source]) => [at(source), name]));
  const core = [`${at('src/core')}/`, `${at('src/engines')}/`];
  return {
    name: 'between-entries',
    setup(on) {
      on.onResolve({ filter: /^\.\.?\//, namespace: 'file' }, ({ importer, path, resolveDir }) => {
        if (importer === '') return undefined;
        const wanted = resolve(resolveDir, path).replace(/\.js$/, '.ts');
        const name = byPath.get(wanted);
        if (name === 'policy-doors') return { path: name, namespace: 'when-used' };
        if (name !== undefined && wanted !== importer) return { path: `./${name}.js`, external: true };
        const fromOutside = !core.some((folder) => importer.startsWith(folder)) && importer !== at('src/internal.ts');
        if (
          core.some((folder) => wanted.startsWith(folder)) &&
          fromOutside &&
          !importer.startsWith(at('src/platform'))
        ) {
          return {
            errors: [
              {
                text: `${relative(here, importer)}: import from internal.js, not ${path}: a copy would have its own wasm`,
              },
            ],
          };
        }
        return undefined;
      });
      on.onResolve({ filter: /.*/, namespace: 'when-used' }, ({ path }) => ({ path, external: true }));
      // Its wasm is of no use to those without a policy, and CommonJS can wait until somebody has one.
      on.onLoad({ filter: /.*/, namespace: 'when-used' }, ({ path }) => ({
        contents: `exports.policyDoors = () => require('./${path}.js').policyDoors();`,
      }));
    },
  };
}

/**
 * Reads Node's own modules without `require` where Node allows it: a bundler that turns these files into an ES module leaves no
 * `require` to call.
 */
function builtins() {
  return {
    name: 'builtins',
    setup(on) {
      on.onResolve({ filter: /^node:/ }, ({ path, namespace }) =>
        namespace === 'builtin' ? { path, external: true } : { path, namespace: 'builtin' },
      );
      on.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
        contents: `module.exports = process.getBuiltinModule ? process.getBuiltinModule('${path}') : require('${path}');`,
      }));
    },
  };
}

/** Leaves the wasm a file of its own, under a name that says what it is. */
function wasmBeside(name) {
  return {
    name: 'wasm-beside',
    setup(on) {
      on.onResolve({ filter: /\.wasm$/ }, ({ path }) => {
        const which = basename(dirname(path));
        mkdirSync(at('dist', name), { recursive: true });
        cpSync(at('wasm', which, 'portcullis_bg.wasm'), at('dist', name, `${which}.wasm`));
        return { path: `./${which}.wasm`, external: true };
      });
    },
  };
}

/**
 * Writes the wasm into the file that imports it, compressed: three of the package's four modules are in it three times, once for
 * each way of loading. Quality 11 gains a tenth over 9 and takes 25 times as long.
 */
function wasmPacked() {
  return {
    name: 'wasm-packed',
    setup(on) {
      on.onLoad({ filter: /\.wasm$/ }, ({ path }) => {
        const wasm = readFileSync(path);
        const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: wasm.length };
        return { contents: brotliCompressSync(wasm, { params }).toString('base64'), loader: 'text' };
      });
    },
  };
}

function absolute(map) {
  return Object.fromEntries(Object.entries(map).map(([name, source]) => [name, at(source)]));
}

function types() {
  for (const folder of ['types', 'types-cjs']) rmSync(at('dist', folder), { recursive: true, force: true });
  const manifest = createRequire(import.meta.url).resolve('typescript/package.json');
  const tsc = join(dirname(manifest), 'bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', at('tsconfig.build.json')], { stdio: 'inherit', cwd: here });
  cpSync(at('dist/types'), at('dist/types-cjs'), { recursive: true });
  writeFileSync(at('dist/types-cjs/package.json'), '{ "type": "commonjs" }\n');
  for (const name of STAND_INS) {
    const file = at('dist/types-cjs', name, 'index.d.ts');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^export default .*\n/m, ''));
  }
}
