/**
 * Builds the inspector page into `build/inspector/`: one page, one script, one style sheet, an icon and the wasm. The folder works from any
 * static host. Needs `js/wasm/page` (`cargo xtask build` makes it).
 *
 * usage: node js/scripts/build-inspector.mjs [--dev] [--out FOLDER]
 */

import { copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const js = dirname(dirname(fileURLToPath(import.meta.url)));
const page = join(js, 'src/inspector');
const wasm = join(js, 'wasm/page/portcullis_bg.wasm');

const { values: options } = parseArgs({
  options: {
    dev: { type: 'boolean', default: false },
    out: { type: 'string', default: join(js, '../build/inspector') },
  },
});
const out = resolve(options.out);

if (!(await stat(wasm).catch(() => undefined))) {
  console.error('js/wasm/page is not there yet: run `cargo xtask build` first.');
  process.exit(1);
}

/** What the page cannot say of itself: read by Cloudflare and others that know the `_headers` convention; the rest ignore it. */
const HEADERS = `/*
  Content-Security-Policy: frame-ancestors 'none'
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer
  Cross-Origin-Opener-Policy: same-origin
`;

/** The page fetches its wasm beside it instead of carrying it inside the script, and has a module of its own with fewer doors. */
const pagePlatform = {
  name: 'page-platform',
  setup({ onResolve }) {
    onResolve({ filter: /platform\/current\.js$/ }, () => ({ path: join(page, 'platform.ts') }));
    onResolve({ filter: /wasm\/core\/portcullis\.js$/ }, () => ({ path: join(dirname(wasm), 'portcullis.js') }));
  },
};

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await build({
  entryPoints: { inspector: join(page, 'main.ts') },
  bundle: true,
  format: 'esm',
  target: 'es2023',
  minify: !options.dev,
  sourcemap: options.dev ? 'linked' : false,
  legalComments: 'none',
  charset: 'utf8',
  outdir: out,
  // The pure-Rust engines stay out: a page that explains tokens can do without algorithms its browser does not know.
  external: ['../full.js', '../policy-doors.js'],
  plugins: [pagePlatform],
  logLevel: 'warning',
});
await build({ entryPoints: [join(page, 'inspector.css')], minify: !options.dev, outdir: out, logLevel: 'warning' });
await copyFile(join(page, 'index.html'), join(out, 'index.html'));
await copyFile(join(page, 'icon.svg'), join(out, 'icon.svg'));
await copyFile(wasm, join(out, 'page.wasm'));
await writeFile(join(out, '_headers'), HEADERS);

if (!options.dev) {
  await report();
}

/** Says what the page weighs on its way to a browser. */
async function report() {
  let total = 0;
  for (const name of ['index.html', 'inspector.css', 'inspector.js', 'icon.svg', 'page.wasm']) {
    const bytes = await readFile(join(out, name));
    const packed = gzipSync(bytes, { level: 9 }).length;
    total += packed;
    console.log(`${name.padEnd(14)} ${String(bytes.length).padStart(8)} bytes ${String(packed).padStart(8)} gzipped`);
  }
  console.log(`${'together'.padEnd(29)} ${String(total).padStart(8)} gzipped`);
}
