/** The commands and snippets of docs/policy.md, run as they stand there. (Its policies are compiled by tests/policy_docs.rs.) */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'docs/policy.md'), 'utf8');
const blocks = (language) =>
  page
    .split(`\`\`\`${language}\n`)
    .slice(1)
    .map((rest) => rest.split('```')[0]);
const folder = mkdtempSync(join(tmpdir(), 'portcullis-policy-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('the commands', () => {
  writeFileSync(join(folder, 'portcullis.toml'), blocks('toml')[0]);
  const [commands, ...others] = blocks('sh');
  assert.deepEqual(others, []);
  const cli = join(root, 'js/dist/node/cli.js');
  const script = `set -e\nportcullis() { '${process.execPath}' '${cli}' "$@"; }\n${commands}`;
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script], { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /portcullis\.toml is valid/);
  assert.match(stdout, /ALLOW \(200\)/);
  assert.match(stdout, /^GET\|HEAD \/reports\/:id +- +- +- +yes +yes/m);
  assert.match(readFileSync(join(folder, 'who.html'), 'utf8'), /<table>/);
});

test('the snippets', () => {
  const [trust, decide, ...others] = blocks('js');
  assert.deepEqual(others, []);
  const run = (code) => {
    const env = { ...process.env, GATE_KEY: 'a key for the gate, longer than 32 bytes' };
    const args = ['--input-type=module', '--eval', code];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  run(`const app = { use(middleware) { middleware.call; }, get() {} };\n${trust}`);
  assert.equal(run(decide.replace(/^(rules\.decide.*); \/\/ true$/m, 'console.log($1);')), 'true\n');
});
