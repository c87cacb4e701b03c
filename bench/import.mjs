/** How long a program waits for the package: `node` started cold, one import, the end. The bare start is taken off. */

import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const require = createRequire(new URL('../js/package.json', import.meta.url));
const ROUNDS = process.argv.includes('--quick') ? 3 : 15;
const home = fileURLToPath(new URL('..', import.meta.url));
const at = (name) => pathToFileURL(require.resolve(name)).href;
const programs = {
  nothing: '',
  portcullis: "await import('portcullis')",
  'portcullis/jsonwebtoken': "await import('portcullis/jsonwebtoken')",
  jose: `await import('${at('jose')}')`,
  jsonwebtoken: `await import('${at('jsonwebtoken')}')`,
};
const best = Object.fromEntries(Object.keys(programs).map((name) => [name, Number.POSITIVE_INFINITY]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, program] of Object.entries(programs)) best[name] = Math.min(best[name], milliseconds(program));
}
const net = (name) => best[name] - best.nothing;
const rows = [
  ['portcullis', 'jose'],
  ['portcullis', 'jsonwebtoken'],
  ['portcullis/jsonwebtoken', 'jsonwebtoken'],
].map(([our, their]) => ({
  bench: 'import',
  case: `import ${our}, against ${their}`,
  ours: net(our),
  theirs: net(their),
  unit: 'ms',
  ratio: net(their) / net(our),
}));
console.log(JSON.stringify([...rows, wasmCompile()]));

function milliseconds(program) {
  const start = process.hrtime.bigint();
  execFileSync(process.execPath, ['--input-type=module', '--eval', program], { cwd: home });
  return Number(process.hrtime.bigint() - start) / 1e6;
}

/** What compiling the core module costs by itself, in a process that has done nothing else. */
function wasmCompile() {
  const file = fileURLToPath(new URL('../js/wasm/core/portcullis_bg.wasm', import.meta.url));
  const program = `const bytes = require('node:fs').readFileSync(${JSON.stringify(file)});
    const start = process.hrtime.bigint(); new WebAssembly.Module(bytes);
    console.log(Number(process.hrtime.bigint() - start) / 1e6)`;
  const runs = Array.from({ length: ROUNDS }, () =>
    Number(execFileSync(process.execPath, ['--eval', program], { encoding: 'utf8' })),
  );
  const ours = Math.min(...runs);
  return { bench: 'import', case: 'of that, compiling the wasm', ours, theirs: null, unit: 'ms', ratio: null };
}
