/**
 * What a start costs: `node -e` cold, one `import` or `require`, the end; and the same with one HS256 token verified, for the wasm is
 * compiled when it is first used. Counted is processor time of the whole process, which a busy machine does not lengthen; the
 * bare start is taken off. The cheapest of many starts counts, the programs taking turns.
 */

import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const require = createRequire(new URL('../js/package.json', import.meta.url));
const ROUNDS = process.argv.includes('--quick') ? 3 : 15;
const home = fileURLToPath(new URL('..', import.meta.url));
const SECRET = 'a-shared-secret-of-more-than-thirty-two-bytes-for-HS256';
const INPUT = [{ alg: 'HS256' }, { sub: '7' }]
  .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  .join('.');
const TOKEN = `${INPUT}.${createHmac('sha256', SECRET).update(INPUT).digest('base64url')}`;

/** One verification by each; `it` is what was imported. */
const jsonwebtoken = `it.verify('${TOKEN}', '${SECRET}')`;
const OURS = {
  portcullis: `it.createVerifier({ key: '${SECRET}', algorithms: ['HS256'], issuer: null, audience: null }).verifySync('${TOKEN}')`,
  'portcullis/jsonwebtoken': jsonwebtoken,
};
const THEIRS = { jose: `await it.jwtVerify('${TOKEN}', new TextEncoder().encode('${SECRET}'))`, jsonwebtoken };
/** Ours are found by name from the project's root, as an application finds them; peers belong to the package alone. */
const WAYS = {
  import: (name) => `const m = await import('${name in OURS ? name : pathToFileURL(require.resolve(name)).href}')`,
  require: (name) => `const m = require('${name in OURS ? name : require.resolve(name)}')`,
};

const programs = new Map();
for (const [way, load] of Object.entries(WAYS)) {
  programs.set(`${way} nothing`, [way, '']);
  for (const [name, use] of Object.entries({ ...OURS, ...THEIRS })) {
    programs.set(`${way} ${name}`, [way, load(name)]);
    programs.set(`${way} ${name} and verify`, [way, `${load(name)}; const it = m.default ?? m; ${use};`]);
  }
}
const best = new Map([...programs.keys()].map((name) => [name, Number.POSITIVE_INFINITY]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, [way, program]] of programs) best.set(name, Math.min(best.get(name), milliseconds(way, program)));
}
const cases = Object.keys(WAYS).flatMap((way) => [...rowsOf(way, ''), ...rowsOf(way, ' and verify')]);
console.log(JSON.stringify([...cases, wasmCompile()]));

function rowsOf(way, what) {
  const net = (name) => best.get(`${way} ${name}${what}`) - best.get(`${way} nothing`);
  const pairs = Object.keys(OURS).flatMap((our) => Object.keys(THEIRS).map((their) => [our, their]));
  return pairs.map(([our, their]) => ({
    bench: 'import',
    case: `${way} ${our}${what}, against ${their}`,
    ours: net(our),
    theirs: net(their),
    unit: 'ms',
    ratio: net(their) / net(our),
  }));
}

function milliseconds(way, program) {
  const type = way === 'import' ? 'module' : 'commonjs';
  const count = 'const { user, system } = process.cpuUsage(); console.log((user + system) / 1000)';
  const code = `(async () => { ${program}; ${count} })()`;
  return Number(
    execFileSync(process.execPath, [`--input-type=${type}`, '--eval', code], { cwd: home, encoding: 'utf8' }),
  );
}

/** What compiling the core module costs by itself, in a process that has done nothing else. */
function wasmCompile() {
  const file = fileURLToPath(new URL('../js/wasm/core/portcullis_bg.wasm', import.meta.url));
  const program = `const bytes = require('node:fs').readFileSync(${JSON.stringify(file)});
    const start = process.cpuUsage(); new WebAssembly.Module(bytes); const { user, system } = process.cpuUsage(start);
    console.log((user + system) / 1000)`;
  const runs = Array.from({ length: ROUNDS }, () =>
    Number(execFileSync(process.execPath, ['--eval', program], { encoding: 'utf8' })),
  );
  return {
    bench: 'import',
    case: 'of the first verification, compiling the wasm',
    ours: Math.min(...runs),
    theirs: null,
    unit: 'ms',
    ratio: null,
  };
}
